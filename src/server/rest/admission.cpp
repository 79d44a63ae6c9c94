// Who is let in before a body is read (PRO-6).
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
  const auto waiting = waiting_();
  if (waiting < settings_.pressure) return std::nullopt;
  const auto limit = settings_.limits[static_cast<std::size_t>(class_of(head))];
  if (waiting < limit && is_fair(head.peer)) return std::nullopt;
  const auto& row = protocol::row(protocol::Code::LS_BUSY);
  auto response = http::problem(503, row.name, "Busy", row.text);
  response.headers.emplace_back("Retry-After", std::to_string(settings_.retry_after / seconds(1)));
  return response;
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

http::Admission make_admission(const Services& services) {
  auto gate = std::make_shared<Gate>(
      GateSettings{}, [writer = services.writer] { return writer->waiting(); }, *services.clock);
  return [gate](const http::RequestHead& head) { return gate->judge(head); };
}

}  // namespace lictor::rest
