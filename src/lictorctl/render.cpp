#include "lictorctl/render.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::lictorctl {
namespace {

std::string text_of(const json::Value& value) {
  if (const auto* text = value.if_string()) return text->empty() ? "-" : *text;
  if (const auto* flag = value.if_bool()) return *flag ? "yes" : "no";
  if (value.is_null()) return "-";
  if (const auto* items = value.if_array()) {
    std::string list;
    for (const auto& item : *items) list += fmt::format("{}{}", list.empty() ? "" : ", ", text_of(item));
    return list.empty() ? "-" : list;
  }
  return json::to_text(value);
}

// Columns of a terminal: bytes that begin a character (UTF-8); wide characters count as two.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) width += byte >= 0xe3 ? 2 : 1;
  }
  return width;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string table(const json::Array& items, const std::vector<ColumnRow>& columns) {
  if (items.empty()) return "No records\n";
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> head;
  for (const auto& column : columns) head.emplace_back(column.title);
  lines.push_back(std::move(head));
  for (const auto& item : items) {
    std::vector<std::string> line;
    for (const auto& column : columns) line.push_back(member_text(item, column.member));
    lines.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string fill(widths[i] - width_of(line[i]), ' ');
      const bool right = is_number(line[i]) && &line != &lines.front();
      text += (i == 0 ? "" : "  ") + (right ? fill + line[i] : line[i] + fill);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out += text + "\n";
  }
  return out;
}

// RFC 4180; cells that a spreadsheet would take for a formula are made harmless.
std::string csv_cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos && !is_number(text)) {
    text.insert(text.begin(), '\'');
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv(const json::Array& items, const std::vector<ColumnRow>& columns) {
  std::string out;
  for (const auto& column : columns)
    out += fmt::format("{}{}", out.empty() ? "" : ",", csv_cell(std::string(column.title)));
  out += "\r\n";
  for (const auto& item : items) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i)
      line += (i == 0 ? "" : ",") + csv_cell(member_text(item, columns[i].member));
    out += line + "\r\n";
  }
  return out;
}

}  // namespace

Result<Output> parse_output(std::string_view text) {
  if (text == "table") return Output::Table;
  if (text == "json") return Output::Json;
  if (text == "csv") return Output::Csv;
  if (text == "name") return Output::Name;
  return Error{ErrorCode::InvalidArgument, fmt::format("--output {}: one of table, json, csv, name is expected", text)};
}

std::string member_text(const json::Value& item, std::string_view path) {
  const json::Value* at = &item;
  while (at != nullptr && !path.empty()) {
    const auto dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at == nullptr ? "-" : text_of(*at);
}

std::string render(Output output, const json::Value& whole, const json::Array& items,
                   const std::vector<ColumnRow>& columns) {
  switch (output) {
    case Output::Json:
      return json::to_pretty_text(whole);
    case Output::Csv:
      return csv(items, columns);
    case Output::Table:
      return table(items, columns);
    case Output::Name:
      break;
  }
  std::string out;
  for (const auto& item : items) out += member_text(item, columns.front().member) + "\n";
  return out;
}

}  // namespace lictor::lictorctl
