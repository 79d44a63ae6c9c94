#include "server/account_service/use_case.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::account_service {
namespace {

// What a kept answer is sealed about.
std::string about(const Replay& replay) {
  return fmt::format("idempotency:{}:{}", replay.scope, replay.key);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

UseCase::UseCase(std::shared_ptr<const Environment> environment, Actor actor)
    : environment_(std::move(environment)), catalog_(environment_->catalog()), actor_(std::move(actor)) {}

storage::ReadKeys UseCase::keys() const {
  auto keys = reads();
  if (replay_) keys.idempotency.emplace_back(replay_->scope, replay_->key);
  return keys;
}

Result<void> UseCase::apply(storage::Rows& rows, WallTime now) {
  replayed_.reset();
  if (replay_) {
    const auto again = answer_again(rows);
    if (!again) return again.error();
    if (*again) return {};
  }
  if (auto done = execute(rows, now); !done) return done;
  return replay_ ? keep_answer(rows, now) : Result<void>{};
}

void UseCase::replay_under(Replay replay, std::function<Reply()> render) {
  replay_ = std::move(replay);
  render_ = std::move(render);
}

Result<bool> UseCase::answer_again(const storage::Rows& rows) {
  const auto* record = rows.idempotency.find({replay_->scope, replay_->key});
  if (record == nullptr) return false;
  if (record->digest != replay_->digest) {
    return Error{ErrorCode::InvalidArgument, "The Idempotency-Key was used with another request"};
  }
  const auto colon = record->body.find(':');
  const auto bytes = from_base64url(std::string_view(record->body).substr(std::min(colon + 1, record->body.size())));
  if (!bytes) return Error{ErrorCode::Corrupt, "a kept answer cannot be read"};
  const auto body = environment_->keys->open({record->body.substr(0, colon), *bytes}, about(*replay_));
  if (!body) return body.error();
  replayed_ = Reply{record->status, std::string(body->reveal_text())};
  return true;
}

Result<void> UseCase::keep_answer(storage::Rows& rows, WallTime now) {
  const Reply reply = render_();
  const auto sealed = environment_->keys->seal(reply.body, about(*replay_));
  if (!sealed) return sealed.error();
  rows.idempotency.put({replay_->scope, replay_->key, replay_->digest, reply.status,
                        fmt::format("{}:{}", sealed->key_id, to_base64url(sealed->bytes)), now});
  return {};
}

row_operations::Context UseCase::context(WallTime now) const {
  return {now, actor_.name, actor_.request_id, &catalog_->hierarchy(), &environment_->sha256};
}

void UseCase::audit(storage::Rows& rows, WallTime now, AccountId account, std::string action, std::string object,
                    json::Object detail) const {
  if (!actor_.peer.empty()) detail.emplace_back("peer", actor_.peer);
  row_operations::audit(rows, context(now), account, std::move(action), std::move(object),
                        json::to_text(json::Value(std::move(detail))));
}

Result<domain::VirtualAccount> UseCase::find_va(const storage::Rows& rows, AccountId account, VirtualAccountId va) {
  if (va.value != 0) {
    const auto* row = rows.virtual_accounts.find({account, va});
    if (row == nullptr) return no_such(what_is("virtual account", va.value));
    return *row;
  }
  std::optional<domain::VirtualAccount> found;
  rows.virtual_accounts.for_each_between({account, {}}, {AccountId{account.value + 1}, {}},
                                         [&](const domain::VirtualAccount& row) {
                                           if (row.is_default) found = row;
                                         });
  if (!found) return no_such(what_is("account", account.value));
  return *found;
}

Result<void> check_unchanged(std::string_view expected, std::string_view actual) {
  if (expected.empty() || expected == actual) return {};
  return Error{ErrorCode::Expired, "It was changed meanwhile; read it again"};
}

std::string state_tag(const domain::HashFunction& sha256, std::initializer_list<std::string_view> members) {
  std::string data;
  for (const auto member : members) data += fmt::format("{}:{};", member.size(), member);
  return sha256(as_bytes(data)).text().substr(0, 32);
}

std::string state_tag(const domain::HashFunction& sha256, const domain::SmartAccount& account) {
  return state_tag(sha256, {account.name, account.export_allowed ? "1" : "0"});
}
std::string state_tag(const domain::HashFunction& sha256, const domain::VirtualAccount& va) {
  return state_tag(sha256, {va.name, va.description});
}
std::string state_tag(const domain::HashFunction& sha256, const domain::Instance& instance) {
  return state_tag(sha256, {instance.name, std::to_string(instance.va.value), domain::to_string(instance.status)});
}

Result<void> check_text(std::string_view field, std::string_view text, std::size_t max, Empty empty) {
  if (text.empty() && empty == Empty::Allowed) return {};
  if (text.empty() || text.size() > max) {
    return Error{ErrorCode::InvalidArgument,
                 fmt::format("{}: 1 to {} bytes are wanted, not {}", field, max, text.size())};
  }
  if (has_control(text)) {
    return Error{ErrorCode::InvalidArgument, fmt::format("{}: control characters are not allowed", field)};
  }
  if (text.front() == ' ' || text.back() == ' ') {
    return Error{ErrorCode::InvalidArgument, fmt::format("{}: a blank at its beginning or end is not allowed", field)};
  }
  return {};
}

}  // namespace lictor::account_service
