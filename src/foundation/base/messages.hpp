// Messages for operators, declared once: id, severity, text, what the operator should do. Each room declares its rows;
// log lines carry the id, docs are generated from the rows.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lictor {

enum class Severity { Debug, Info, Notice, Warning, Error, Critical };
std::string_view to_string(Severity severity);

struct MessageRow {
  std::string_view id;  // "STORE_OPENED": upper case, unique over the project
  Severity severity = Severity::Info;
  std::string_view text;         // a sentence without values; values travel as fields
  std::string_view action = "";  // what the operator should do; "" = nothing
};

// Markdown table for the reference page.
std::string message_reference(std::span<const MessageRow> rows);

}  // namespace lictor
