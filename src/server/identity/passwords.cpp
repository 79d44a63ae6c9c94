#include "server/identity/passwords.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::identity {
namespace {

constexpr std::size_t kSaltBytes = 16;

Error too_many() {
  return {ErrorCode::Busy, "Too many logins are waiting. Please try again"};
}

}  // namespace

Result<void> check_new_password(std::string_view password) {
  if (password.size() < kMinPasswordBytes || password.size() > kMaxPasswordBytes) {
    return Error{ErrorCode::InvalidArgument,
                 fmt::format("a password has {} to {} bytes", kMinPasswordBytes, kMaxPasswordBytes)};
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(password, is_control)) {
    return Error{ErrorCode::InvalidArgument, "a password has no control characters"};
  }
  return {};
}

PasswordService::PasswordService(Settings settings, Entropy& entropy, RunBlocking run_blocking)
    : settings_(settings),
      entropy_(entropy),
      run_blocking_(std::move(run_blocking)),
      waiting_(std::make_shared<std::atomic<int>>(0)) {
  // A password that nobody knows; should it not be hashed, the empty form still belongs to nobody.
  const auto text = to_base64url(entropy_.bytes(kSaltBytes));
  if (auto encoded = hash_password(text, settings_.cost, entropy_.bytes(kSaltBytes))) nobody_ = std::move(*encoded);
}

bool PasswordService::enter() {
  if (waiting_->fetch_add(1) < settings_.waiting_limit) return true;
  waiting_->fetch_sub(1);
  return false;
}

void PasswordService::hash(Secret password, std::function<void(Result<std::string>)> done) {
  if (!enter()) return done(too_many());
  // std::function wants what can be copied; the secret cannot.
  auto held = std::make_shared<Secret>(std::move(password));
  run_blocking_(
      [held, salt = entropy_.bytes(kSaltBytes), cost = settings_.cost, waiting = waiting_, done = std::move(done)] {
        auto encoded = hash_password(held->reveal_text(), cost, salt);
        waiting->fetch_sub(1);
        done(std::move(encoded));
      });
}

void PasswordService::verify(Secret password, std::string encoded, std::function<void(Result<bool>)> done) {
  if (!enter()) return done(too_many());
  const bool known = !encoded.empty();
  auto held = std::make_shared<Secret>(std::move(password));
  run_blocking_(
      [held, known, encoded = known ? std::move(encoded) : nobody_, waiting = waiting_, done = std::move(done)] {
        const bool fits = verify_password(held->reveal_text(), encoded);
        waiting->fetch_sub(1);
        done(fits && known);
      });
}

}  // namespace lictor::identity
