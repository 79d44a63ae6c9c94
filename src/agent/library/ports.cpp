#include "agent/library/ports.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstring>

#include "agent/library/failure.hpp"
#include "agent/library/structures.hpp"

namespace lictor::agent {
namespace {

constexpr Duration kRestAfter = seconds(30);

std::optional<TransportFailure> failure_of(int outcome) {
  switch (outcome) {
    case LICTOR_ANSWER:
      return std::nullopt;
    case LICTOR_NOT_AVAILABLE:
      return TransportFailure::NotAvailable;
    case LICTOR_NOT_YET_VALID:
      return TransportFailure::CertificateNotYetValid;
    case LICTOR_NO_LONGER_VALID:
      return TransportFailure::CertificateExpired;
    case LICTOR_REVOCATION_UNKNOWN:
      return TransportFailure::RevocationUnknown;
    case LICTOR_OVERLOADED:
      return TransportFailure::Busy;
    case LICTOR_PENDING:
      return TransportFailure::Pending;
    case LICTOR_BAD_ANSWER:
      return TransportFailure::BadAnswer;
    case LICTOR_RESUBMIT:
      return TransportFailure::Resubmit;
    default:
      return TransportFailure::SendFailed;
  }
}

constexpr std::size_t kMostAnswer = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kMostTicket = 1024;
constexpr std::size_t kMostDetail = 1024;

Result<TransportReply> read_reply(const lictor_reply* in) {
  auto reply = read_structure(in, "reply");
  if (!reply) return reply.error();
  if (reply->outcome < LICTOR_ANSWER || reply->outcome > LICTOR_RESUBMIT)
    return Error{ErrorCode::InvalidArgument, fmt::format("{} is no outcome", reply->outcome)};
  if (reply->body == nullptr && reply->body_size > 0)
    return Error{ErrorCode::InvalidArgument, "the body of the reply is null"};
  if (reply->body_size > kMostAnswer)
    return Error{ErrorCode::TooLarge, fmt::format("the body of the reply has more than {} bytes", kMostAnswer)};
  if (reply->retry_after_ms < 0) return Error{ErrorCode::InvalidArgument, "retry_after_ms is negative"};
  auto ticket = read_text(reply->ticket, "ticket", kMostTicket, Empty::Allowed);
  if (!ticket) return ticket.error();
  auto detail = read_text(reply->detail, "detail", kMostDetail, Empty::Allowed);
  if (!detail) return detail.error();
  TransportReply out;
  out.failure = failure_of(reply->outcome);
  if (reply->body != nullptr) out.body.assign(reply->body, reply->body_size);
  out.retry_after = Duration{reply->retry_after_ms};
  out.ticket = std::move(*ticket);
  out.detail = std::move(*detail);
  return out;
}

}  // namespace

Result<void> told_by_product(int result, std::string_view what) {
  if (result == LICTOR_OK) return {};
  return Error{code_of(result), fmt::format("{}: {}", what, lictor_result_name(result))};
}

// --- signals --------------------------------------------------------------------------------------------------------
struct BlockedSignals::Mask {
  sigset_t set;
};

BlockedSignals::BlockedSignals() : before_(std::make_unique<Mask>()) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_->set);
}
BlockedSignals::~BlockedSignals() {
  pthread_sigmask(SIG_SETMASK, &before_->set, nullptr);
}

// --- the product's own ----------------------------------------------------------------------------------------------
WallTime ProductClock::wall() const {
  return wall_from_ms(clock_.wall_ms(clock_.context));
}
SteadyTime ProductClock::steady() const {
  return SteadyTime{Duration{clock_.steady_ms(clock_.context)}};
}

Result<void> ProductEntropy::renew() {
  Bytes seed(key_.begin(), key_.end());
  seed.resize(2 * key_.size());
  auto ok = told_by_product(port_.fill(port_.context, seed.data() + key_.size(), key_.size()),
                            "the product's source of chance");
  if (ok) {
    key_ = crypto_.sha256(seed).bytes;
    drawn_ = false;
  }
  wipe(seed);
  return ok;
}

// Blocks under the key by number; afterwards another key, so that what was given cannot be found again (as the DRBGs of
// NIST SP 800-90A, 10.1).
void ProductEntropy::fill(std::span<std::uint8_t> out) {
  drawn_ = true;
  std::uint64_t number = 0;
  const auto next = [&] {
    ++number;
    std::array<std::uint8_t, sizeof number> text;
    std::memcpy(text.data(), &number, sizeof number);
    return crypto_.hmac_sha256(key_, text).bytes;
  };
  while (!out.empty()) {
    auto block = next();
    const auto part = std::min(block.size(), out.size());
    std::copy_n(block.begin(), part, out.begin());
    out = out.subspan(part);
    wipe(block);
  }
  key_ = next();
}

void ProductTransport::send(Message message, std::function<void(TransportReply)> done) {
  const std::string kind(protocol::to_string(message.type));
  const lictor_message out{sizeof(lictor_message), kind.c_str(),         message.carrier_key.c_str(),
                           message.ticket.c_str(), message.body.c_str(), message.body.size()};
  auto exchange = std::make_unique<lictor_exchange>(lictor_exchange{loop_, std::move(done)});
  transport_.send(transport_.context, &out, exchange.release());
}
void ProductTransport::cancel() {
  transport_.cancel(transport_.context);
}

Result<StateStore::Loaded> ProductStore::load() {
  lictor_contents contents;
  const int result = store_.load(store_.context, &contents);
  if (result == LICTOR_DAMAGED) return Loaded{std::nullopt, true, {}};
  if (auto ok = told_by_product(result, "the product's store, loading"); !ok) return ok.error();
  return Loaded{std::move(contents.bytes), false, {}};
}

Result<void> ProductStore::save(const Bytes& contents, const std::vector<std::string>& new_event_lines) {
  std::vector<const char*> lines;
  lines.reserve(new_event_lines.size());
  for (const auto& line : new_event_lines) lines.push_back(line.c_str());
  return told_by_product(store_.save(store_.context, contents.data(), contents.size(), lines.data(), lines.size()),
                         "the product's store, saving");
}

Result<void> ProductStore::set_aside() {
  if (store_.set_aside == nullptr) return {};
  return told_by_product(store_.set_aside(store_.context), "the product's store, setting aside");
}

Result<std::vector<std::string>> ProductStore::event_lines() {
  std::vector<std::string> lines;
  if (store_.read_events == nullptr) return lines;
  const auto keep = [](void* reader, const char* line) {
    if (line == nullptr) return;
    (void)guarded([&] {
      static_cast<std::vector<std::string>*>(reader)->emplace_back(line);
      return 0;
    });
  };
  if (auto ok = told_by_product(store_.read_events(store_.context, keep, &lines), "the product's store, events"); !ok)
    return ok.error();
  return lines;
}

// --- those that rest ------------------------------------------------------------------------------------------------
RestingTransport::~RestingTransport() {
  if (rest_ != 0) home_.cancel(rest_);
}

void RestingTransport::send(Message message, std::function<void(TransportReply)> done) {
  if (rest_ != 0) home_.cancel(std::exchange(rest_, 0));
  if (!awake_ && !way_()) {
    TransportReply reply;
    reply.failure = TransportFailure::NotAvailable;
    home_.post([reply = std::move(reply), done = std::move(done)] { done(reply); });
    return;
  }
  if (!awake_) {
    const BlockedSignals blocked;
    awake_ = std::make_unique<HttpTransport>(home_, way_);
  }
  ++outstanding_;
  awake_->send(std::move(message), [this, done = std::move(done)](TransportReply reply) {
    if (--outstanding_ == 0) rest_soon();
    done(std::move(reply));
  });
}

void RestingTransport::cancel() {
  if (awake_) awake_->cancel();
}

void RestingTransport::rest_soon() {
  if (rest_ != 0) home_.cancel(rest_);
  rest_ = home_.call_at(clock_.steady() + kRestAfter, [this] {
    rest_ = 0;
    awake_.reset();
  });
}

void RestingKeyMaker::generate(pki::KeyAlgorithm algorithm,
                               std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  if (!awake_) {
    const BlockedSignals blocked;
    awake_ = std::make_unique<KeyMaker>(home_, crypto_);
  }
  ++outstanding_;
  awake_->generate(algorithm, [this, done = std::move(done)](Result<std::unique_ptr<pki::PrivateKey>> key) {
    --outstanding_;
    done(std::move(key));
    // Not within the maker's own call.
    home_.post([this] {
      if (outstanding_ == 0) awake_.reset();
    });
  });
}

}  // namespace lictor::agent

// --- the functions --------------------------------------------------------------------------------------------------
using namespace lictor;

int lictor_exchange_done(lictor_exchange* exchange, const lictor_reply* reply) {
  return agent::guarded([&] {
    if (exchange == nullptr) return agent::fail(LICTOR_BAD_ARGUMENT, "the exchange is null");
    const std::unique_ptr<lictor_exchange> ended(exchange);
    auto read = agent::read_reply(reply);
    agent::TransportReply heard;
    if (read) {
      heard = std::move(*read);
    } else {
      heard.failure = agent::TransportFailure::SendFailed;
      heard.detail = "the product's transport: " + read.error().message;
    }
    ended->loop->post([done = std::move(ended->done), heard = std::move(heard)] { done(heard); });
    return read ? static_cast<int>(LICTOR_OK) : agent::fail(read.error());
  });
}

int lictor_contents_set(lictor_contents* contents, const void* data, size_t size) {
  return agent::guarded([&] {
    if (contents == nullptr || (data == nullptr && size > 0))
      return agent::fail(LICTOR_BAD_ARGUMENT, "the contents or their bytes are null");
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    contents->bytes.emplace(bytes, bytes + size);
    return static_cast<int>(LICTOR_OK);
  });
}
