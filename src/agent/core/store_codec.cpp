#include "agent/core/store_codec.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace lictor::agent {
namespace {

constexpr std::uint32_t kMaxItem = 16 * 1024 * 1024;  // one text or blob
constexpr std::uint32_t kMaxList = 100'000;
// Sums of these never overflow. Ids, dates and durations as the wire's codec takes them; counters go on beyond what
// came by the wire (a sequence follows the one that a server named).
constexpr std::int64_t kMostNumber = std::int64_t{1} << 60;
constexpr std::int64_t kMostId = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kLatest = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
constexpr Duration kLongest = days(400LL * 366);
constexpr int kMostCounted = 1'000'000'000;  // failures in a row, trust versions, days
constexpr std::size_t kUsual = 8192;         // bytes of a registered device's contents

// Writing and reading share one description of the contents (fields() below), so they cannot drift apart.
class Writer {
 public:
  Writer() { out_.reserve(kUsual); }
  void number(std::int64_t v) {
    const auto at = out_.size();
    make_room(8);
    out_.resize(at + 8);
    std::uint8_t* to = out_.data() + at;
    for (int shift = 56; shift >= 0; shift -= 8)
      *to++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(v) >> shift);
  }
  void blob(ByteView v) {
    number(static_cast<std::int64_t>(v.size()));
    make_room(v.size());
    out_.insert(out_.end(), v.begin(), v.end());
  }
  Bytes take() { return std::move(out_); }

 private:
  // Grows by hand: what a vector leaves behind when it grows is not wiped, and a key may stand in it.
  void make_room(std::size_t more) {
    if (out_.capacity() - out_.size() >= more) return;
    Bytes wider;
    wider.reserve(std::max(2 * out_.capacity(), out_.size() + more));
    wider.assign(out_.begin(), out_.end());
    wipe(out_);
    out_.swap(wider);
  }

  Bytes out_;
};

class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  std::int64_t number() {
    if (in_.size() - at_ < 8) return fail("the contents end early");
    std::uint64_t v = 0;
    for (int i = 0; i < 8; ++i) v = v << 8 | in_[at_++];
    return static_cast<std::int64_t>(v);
  }
  std::int64_t number_in(std::int64_t low, std::int64_t high) {
    const auto v = number();
    return v < low || v > high ? fail("a number is out of its bounds") + low : v;
  }
  ByteView blob() {
    const auto size = static_cast<std::size_t>(number_in(0, kMaxItem));
    if (in_.size() - at_ < size) return fail("the contents end early"), ByteView{};
    const auto view = in_.subspan(at_, size);
    at_ += size;
    return view;
  }
  std::int64_t fail(std::string_view what) {
    if (problem_.empty()) problem_ = fmt::format("byte {}: {}", at_, what);
    at_ = in_.size();  // everything after reads as nothing
    return 0;
  }
  [[nodiscard]] bool failed() const { return !problem_.empty(); }
  [[nodiscard]] bool at_end() const { return at_ == in_.size(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  ByteView in_;
  std::size_t at_ = 0;
  std::string problem_;
};

// --- one overload per kind of value ---------------------------------------------------------------------------------
void io(Writer& w, const std::int64_t& v) {
  w.number(v);
}
void io(Reader& r, std::int64_t& v) {
  v = r.number_in(0, kMostNumber);
}
void io(Writer& w, const bool& v) {
  w.number(v ? 1 : 0);
}
void io(Reader& r, bool& v) {
  v = r.number_in(0, 1) == 1;
}
void io(Writer& w, const int& v) {
  w.number(v);
}
void io(Reader& r, int& v) {
  v = static_cast<int>(r.number_in(0, kMostCounted));
}
void io(Writer& w, const std::string& v) {
  w.blob(as_bytes(v));
}
void io(Reader& r, std::string& v) {
  v = std::string(as_text(r.blob()));
}
void io(Writer& w, const Bytes& v) {
  w.blob(v);
}
void io(Reader& r, Bytes& v) {
  const auto view = r.blob();
  v.assign(view.begin(), view.end());
}
void io(Writer& w, const Secret& v) {
  w.blob(v.reveal());
}
void io(Reader& r, Secret& v) {
  const auto view = r.blob();
  v = Secret(Bytes(view.begin(), view.end()));
}
void io(Writer& w, const Duration& v) {
  w.number(v.count());
}
void io(Reader& r, Duration& v) {
  v = Duration{r.number_in(0, kLongest.count())};
}
// A clock may stand anywhere, also where no date is: that makes no store damaged.
void io(Writer& w, const WallTime& v) {
  w.number(std::clamp<std::int64_t>(to_ms(v), 0, kLatest));
}
void io(Reader& r, WallTime& v) {
  v = wall_from_ms(r.number_in(0, kLatest));
}
template <class Tag>
void io(Writer& w, const StrongInt<Tag>& v) {
  w.number(v.value);
}
template <class Tag>
void io(Reader& r, StrongInt<Tag>& v) {
  v.value = r.number_in(0, kMostId);
}
template <class Tag, std::size_t N>
void io(Writer& w, const ByteId<Tag, N>& v) {
  w.blob(v.bytes);
}
template <class Tag, std::size_t N>
void io(Reader& r, ByteId<Tag, N>& v) {
  auto id = ByteId<Tag, N>::from_view(r.blob());
  if (id)
    v = *id;
  else
    r.fail("an identifier has the wrong length");
}
// Enums are stored as their number: their order is part of the format.
template <class E>
void io_enum(Writer& w, const E& v, E) {
  w.number(static_cast<std::int64_t>(v));
}
template <class E>
void io_enum(Reader& r, E& v, E last) {
  v = static_cast<E>(r.number_in(0, static_cast<std::int64_t>(last)));
}

template <class T>
void io(Writer& w, const std::optional<T>& v);
template <class T>
void io(Reader& r, std::optional<T>& v);
template <class T>
void io(Writer& w, const std::vector<T>& v);
template <class T>
void io(Reader& r, std::vector<T>& v);

// --- structures: the same function reads and writes -----------------------------------------------------------------
template <class S, class T>
constexpr bool kIs = std::is_same_v<std::remove_const_t<S>, T>;

template <class Io, class S>
requires kIs<S, UsageItem>
void io(Io& f, S& v) {
  io(f, v.tag.text), io(f, v.count), io(f, v.feature_name), io(f, v.display_name), io(f, v.description);
  io(f, v.export_controlled);
}
template <class Io, class S>
requires kIs<S, UdiEntry>
void io(Io& f, S& v) {
  io(f, v.udi.pid), io(f, v.udi.sn), io_enum(f, v.role, UdiRole::Member);
}
template <class Io, class S>
requires kIs<S, Attempt>
void io(Io& f, S& v) {
  io_enum(f, v.result, Attempt::Result::Pending), io(f, v.at), io(f, v.failure_reason);
}
template <class Io, class S>
requires kIs<S, protocol::TagResult>
void io(Io& f, S& v) {
  io(f, v.tag.text), io_enum(f, v.status, TagStatus::InvalidTag), io(f, v.count);
}
template <class Io, class S>
requires kIs<S, Identity>
void io(Io& f, S& v) {
  io(f, v.key), io(f, v.chain), io(f, v.serial), io(f, v.not_before), io(f, v.not_after), io(f, v.authority.uuid);
  io(f, v.account), io(f, v.instance), io(f, v.virtual_account), io(f, v.carrier_key), io(f, v.signing_serial);
  io(f, v.incarnation), io(f, v.next_sequence);
}
template <class Io, class S>
requires kIs<S, TraditionalLicense>
void io(Io& f, S& v) {
  io(f, v.feature), io_enum(f, v.kind, TraditionalLicense::Kind::Evaluation), io(f, v.count), io(f, v.in_use);
}
template <class Io, class S>
requires kIs<S, Conversion>
void io(Io& f, S& v) {
  io_enum(f, v.state, Conversion::State::Failed), io(f, v.at), io(f, v.reason);
}
template <class Io, class S>
requires kIs<S, RegistrationRequest>
void io(Io& f, S& v) {
  io(f, v.token), io(f, v.force), io(f, v.key), io(f, v.carrier_key);
}
template <class Io, class S>
requires kIs<S, Outgoing>
void io(Io& f, S& v) {
  io(f, v.wanted), io(f, v.request_id), io(f, v.payload), io(f, v.sequence), io(f, v.failures), io(f, v.polled);
  io(f, v.ticket), io(f, v.carried), io(f, v.again);
}
// Steady time means nothing after a restart: only the date is stored.
template <class Io, class S>
requires kIs<S, Alarm>
void io(Io& f, S& v) {
  io(f, v.date), io(f, v.by_date);
}

template <class T>
void io(Writer& w, const std::optional<T>& v) {
  io(w, v.has_value());
  if (v) io(w, *v);
}
template <class T>
void io(Reader& r, std::optional<T>& v) {
  bool there = false;
  io(r, there);
  if (there)
    io(r, v.emplace());
  else
    v.reset();
}
template <class T>
void io(Writer& w, const std::vector<T>& v) {
  w.number(static_cast<std::int64_t>(v.size()));
  for (const auto& item : v) io(w, item);
}
template <class T>
void io(Reader& r, std::vector<T>& v) {
  const auto size = r.number_in(0, kMaxList);
  v.clear();
  for (std::int64_t i = 0; i < size && !r.failed(); ++i) io(r, v.emplace_back());
}

// --- the contents; what a format added stands behind what was there -------------------------------------------------
template <class Io, class S, class Wall>
void always_part(Io& f, S& s, Wall& floor, std::int64_t format) {
  io(f, s.generation), io(f, s.evaluation_charged), io(f, s.evaluation_expired_at), io(f, s.store_damaged);
  io(f, s.saved), io(f, s.usage), io(f, s.udis), io(f, s.anchors), io(f, s.trust_version);
  io(f, floor);
  if (format < 2) return;
  io(f, s.evaluation_warned), io(f, s.communication_down), io_enum(f, s.mode, LicensingMode::Traditional);
  io(f, s.traditional), io(f, s.conversion);
}

// The timers that restore() re-arms; the others follow from the rest.
constexpr Timer kStoredTimers[] = {Timer::RegisterAttempt, Timer::Renewal, Timer::AuthorizeAttempt, Timer::Coalesce,
                                   Timer::Deadline};

template <class Io, class S>
void identity_part(Io& f, S& s, std::int64_t format) {
  io_enum(f, s.stage, Stage::Deregistering);
  io(f, s.registration_expired), io(f, s.account_name), io(f, s.virtual_account_name), io(f, s.export_allowed);
  io(f, s.initial_registration), io(f, s.last_renewal), io(f, s.identity), io(f, s.registering);
  for (auto& out : s.outgoing) io(f, out);
  for (const auto timer : kStoredTimers) io(f, s.alarm(timer));
  io_enum(f, s.authorization, AuthorizationState::AuthorizationExpired);
  io(f, s.authorization_since), io(f, s.last_communication), io(f, s.tags);
  if (format < 2) return;
  io(f, s.certificate_warned), io(f, s.grace_charged);
}

// Contents that parse and make no sense are damage too.
std::string_view contradiction(const State& s) {
  for (int e = 0; e < kExchanges; ++e) {
    const auto exchange = static_cast<Exchange>(e);
    const bool can_be_made = exchange == Exchange::Register ? s.registering && !s.registering->key.empty()
                                                            : s.identity && !s.identity->chain.empty();
    if (s.out(exchange).wanted && !can_be_made) return "a request waits, but there is nothing to make it of";
  }
  const auto shown = shown_as(s.stage);
  if (shown == RegistrationState::Registered && !s.identity) return "registered, but there is no identity";
  if (s.stage == Stage::Registering && !s.registering) return "registering, but there is no request";
  if (s.stage == Stage::FailedRetrying && !s.registering) return "a retry is due, but there is no request";
  if (s.stage == Stage::Reregistering && !s.registering) return "registering anew, but there is no request";
  if (s.mode == LicensingMode::Traditional && s.stage != Stage::Unregistered)
    return "registered, but smart licensing is off";
  if (!s.udis.empty() && !check_udis(s.udis)) return "the list of devices is not one of a stack";
  return "";
}

}  // namespace

Bytes encode_state(const State& state, IdentityPart identity, Now now) {
  Writer w;
  w.number(kStoreFormat);
  // The floor runs on by itself; what is written is where it stands.
  const auto floor = state.floor == WallTime{} ? state.floor : state.floor + (now.steady - state.floor_set);
  always_part(w, state, floor, kStoreFormat);
  const bool included = identity == IdentityPart::Included;
  io(w, included);
  if (included) identity_part(w, state, kStoreFormat);
  return w.take();
}

Result<State> decode_state(ByteView contents) {
  Reader r(contents);
  const auto format = r.number();
  if (!r.failed() && (format < 1 || format > kStoreFormat))
    return Error{format > kStoreFormat && format <= kMostStoreFormat ? ErrorCode::Unsupported : ErrorCode::Corrupt,
                 fmt::format("the trust store has format {}; this program reads 1 to {}", format, kStoreFormat)};
  State state;
  always_part(r, state, state.floor, format);
  bool included = false;
  io(r, included);
  if (included) identity_part(r, state, format);
  if (!r.failed() && !r.at_end()) r.fail("bytes follow the contents");
  if (r.failed()) return Error{ErrorCode::Corrupt, "the trust store's contents, " + r.problem()};
  if (const auto what = contradiction(state); !what.empty())
    return Error{ErrorCode::Corrupt, fmt::format("the trust store's contents: {}", what)};
  return state;
}

}  // namespace lictor::agent
