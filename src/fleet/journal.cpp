#include "fleet/journal.hpp"

#include <cerrno>

#include "foundation/json/json.hpp"
#include "foundation/os/files.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::fleet {
namespace {

std::string_view to_string(Happening what) {
  switch (what) {
    case Happening::Sent:
      return "sent";
    case Happening::Answered:
      return "answered";
    case Happening::Lost:
      return "lost";
    case Happening::Acknowledged:
      return "acknowledged";
    case Happening::Opened:
      return "opened";
    case Happening::Refused:
      return "refused";
  }
  return "unknown";
}

}  // namespace

std::optional<SentRequest> read_request(std::string_view compact) {
  const auto parsed = protocol::parse_request(compact);
  if (!parsed) return std::nullopt;
  SentRequest sent;
  sent.type = parsed->header.type;
  sent.request_id = parsed->header.request_id.text();
  sent.sequence = parsed->header.sequence;
  if (sent.type != protocol::MessageType::Authorize) return sent;
  const auto decoded = protocol::decode_request(sent.type, parsed->payload);
  if (!decoded) return std::nullopt;
  for (const auto& item : std::get<protocol::AuthorizeRequest>(*decoded).usage)
    sent.usage.emplace_back(item.tag.text, item.count);
  return sent;
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return os::system_error(errno, "cannot write", path);
  return std::unique_ptr<Journal>(new Journal(file));
}

void Journal::write(const Entry& entry, WallTime now) {
  json::Object line{{"what", to_string(entry.what)}, {"at", to_ms(now)}, {"agent", entry.agent}, {"udi", *entry.udi}};
  if (entry.request != nullptr) {
    line.emplace_back("kind", protocol::to_string(entry.request->type));
    line.emplace_back("request", entry.request->request_id);
    line.emplace_back("sequence", entry.request->sequence);
    if (entry.request->type == protocol::MessageType::Authorize) {
      json::Object usage;
      for (const auto& [tag, count] : entry.request->usage) usage.emplace_back(tag, count);
      line.emplace_back("usage", std::move(usage));
    }
  }
  if (entry.instance != 0) line.emplace_back("instance", entry.instance);
  if (!entry.detail.empty()) line.emplace_back("detail", entry.detail);
  const auto text = json::to_text(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), file_.get());
  std::fflush(file_.get());
}

}  // namespace lictor::fleet
