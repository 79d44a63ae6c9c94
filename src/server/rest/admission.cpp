// Who is let in before a body is read, and how often with one token (PRO-6).
#include "server/rest/admission.hpp"

#include <algorithm>

#include "licensing/protocol/codes.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace lictor::rest {
namespace {

std::string_view header_of(const http::RequestHead& head, std::string_view name) {
  for (const auto& [key, value] : head.headers) {
    if (key == name) return value;
  }
  return {};
}

// Health and metrics must answer most of all when it is crowded.
bool is_exempt(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

}  // namespace

AdmissionClass class_of(const http::RequestHead& head) {
  const bool device = head.path == protocol::kManagerPath || head.path == protocol::kSmartTransportPath ||
                      head.path == protocol::kOnPremPath;
  if (device) {
    const auto hint = header_of(head, "lictor-message");
    return hint == "register" || hint.empty() ? AdmissionClass::Registration : AdmissionClass::DeviceRenewal;
  }
  return head.method == "GET" || head.method == "HEAD" ? AdmissionClass::List : AdmissionClass::RestWrite;
}

Gate::Gate(GateSettings settings, std::function<std::size_t()> waiting, const Clock& clock)
    : settings_(settings), waiting_(std::move(waiting)), clock_(clock) {}

std::optional<http::ServerResponse> Gate::judge(const http::RequestHead& head) {
  if (is_exempt(head.path)) return std::nullopt;
  const auto kind = static_cast<std::size_t>(class_of(head));
  const auto waiting = waiting_();
  const bool late = head.lateness >= settings_.latest[kind];
  if (!late && waiting < settings_.pressure) return std::nullopt;
  if (!late && waiting < settings_.limits[kind] && is_fair(head.peer)) return std::nullopt;
  const auto& row = protocol::row(protocol::Code::LS_BUSY);
  auto response = http::problem(503, row.name, "Busy", row.text);
  response.headers.emplace_back("Retry-After", std::to_string(when_to_return() / seconds(1)));
  return response;
}

Duration Gate::when_to_return() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  const auto soonest = now + settings_.retry_after;
  const auto at = std::clamp(next_return_, soonest, soonest + settings_.longest_return);
  next_return_ = at + seconds(1) / static_cast<std::int64_t>(settings_.returning);
  return at - now;
}

bool Gate::is_fair(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  if (now - window_began_ >= settings_.window) {
    window_began_ = now;
    let_in_.clear();
    total_ = 0;
  }
  const auto known = let_in_.find(peer);
  if (known == let_in_.end() && let_in_.size() >= settings_.peers) return false;
  auto& count = let_in_[peer];
  const auto share = total_ / let_in_.size();
  if (count >= std::max(settings_.least_share, 2 * share)) return false;
  ++count;
  ++total_;
  return true;
}

std::int64_t Gate::spent(const Spent& token, SteadyTime now) const {
  return std::max<std::int64_t>(token.thousandths - (now - token.at) / Duration{1} * settings_.token_rate, 0);
}

bool Gate::admits(const KeyedHash& token) {
  constexpr std::int64_t kOne = 1000;
  const std::lock_guard lock(tokens_mutex_);
  const auto now = clock_.steady();
  auto at = tokens_.find(token);
  if (at == tokens_.end()) {
    if (tokens_.size() >= settings_.tokens && now - tokens_swept_ >= settings_.window) {
      std::erase_if(tokens_, [&](const auto& known) { return spent(known.second, now) == 0; });
      tokens_swept_ = now;
    }
    if (tokens_.size() >= settings_.tokens) return true;
    at = tokens_.emplace(token, Spent{}).first;
  }
  const auto already = spent(at->second, now);
  if (already + kOne > settings_.token_burst * kOne) return false;
  at->second = {already + kOne, now};
  return true;
}

GateSettings make_gate_settings(std::size_t queue, Duration latest, std::size_t returning) {
  GateSettings settings;
  const auto whole = storage::WriterSettings{}.queue_limit;
  const auto renewals = settings.latest[static_cast<std::size_t>(AdmissionClass::DeviceRenewal)];
  for (auto& limit : settings.limits) limit = std::max<std::size_t>(limit * queue / whole, 1);
  for (auto& limit : settings.latest) limit = limit * latest.count() / renewals.count();
  settings.pressure = std::min(settings.pressure * queue / whole, settings.limits.back());
  settings.returning = returning;
  return settings;
}

std::shared_ptr<Gate> make_gate(const storage::Writer& writer, const Clock& clock, GateSettings settings) {
  return std::make_shared<Gate>(
      settings, [&writer] { return writer.waiting(); }, clock);
}

http::Admission make_admission(std::shared_ptr<Gate> gate) {
  return [gate = std::move(gate)](const http::RequestHead& head) { return gate->judge(head); };
}

}  // namespace lictor::rest
