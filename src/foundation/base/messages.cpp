#include "foundation/base/messages.hpp"

#include <fmt/format.h>

namespace lictor {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Debug:
      return "debug";
    case Severity::Info:
      return "info";
    case Severity::Notice:
      return "notice";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      return "error";
    case Severity::Critical:
      return "critical";
  }
  return "info";
}

std::string message_reference(std::span<const MessageRow> rows) {
  std::string text = "| message | severity | meaning | what to do |\n|---|---|---|---|\n";
  for (const auto& row : rows) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", row.id, to_string(row.severity), row.text,
                        row.action.empty() ? "–" : row.action);
  }
  return text;
}

}  // namespace lictor
