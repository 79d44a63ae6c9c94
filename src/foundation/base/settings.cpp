#include "foundation/base/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>

#include "foundation/base/utf8.hpp"

namespace lictor {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

// Double-quoted YAML; control characters by their numbers, so that nothing is folded or stripped when it is read again.
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// A choice is a plain word but for those that YAML takes for nothing.
std::string quote_if_needed(std::string_view word) {
  const bool plain = !word.empty() && word != "null" && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  return plain ? std::string(word) : quote(word);
}

std::string bounds_text(const SettingRow& row) {
  const auto show = [&](std::int64_t n) {
    return row.type == SettingType::Duration ? format_duration(Duration{n}) : std::to_string(n);
  };
  if (row.minimum != INT64_MIN && row.maximum != INT64_MAX) {
    return fmt::format("{} to {}", show(row.minimum), show(row.maximum));
  }
  if (row.minimum != INT64_MIN) return fmt::format("at least {}", show(row.minimum));
  if (row.maximum != INT64_MAX) return fmt::format("at most {}", show(row.maximum));
  return "";
}

// The scalar forms: what is wrong with `text` for that row, or the number that it stands for.
Result<std::int64_t> read_number(const SettingRow& row, std::string_view text) {
  std::optional<std::int64_t> number;
  if (row.type == SettingType::Duration) {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error();
    number = duration->count();
  } else {
    number = to_integer(text);
    if (!number) return Error{ErrorCode::Malformed, fmt::format("\"{}\" is no whole number", utf8_prefix(text, 64))};
  }
  if (*number < row.minimum || *number > row.maximum) {
    return Error{ErrorCode::InvalidArgument, fmt::format("{} is out of bounds: {}", text, bounds_text(row))};
  }
  return *number;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto digits = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; }) - text.begin();
  const auto number = to_integer(text.substr(0, static_cast<std::size_t>(digits)));
  const auto name = text.substr(static_cast<std::size_t>(digits));
  for (const auto& unit : kUnits) {
    if (number && name == unit.name && *number <= INT64_MAX / unit.ms) return Duration{*number * unit.ms};
  }
  return Error{ErrorCode::Malformed,
               fmt::format("\"{}\" is no duration; write a number and a unit: 500ms, 30s, 15m, 12h or 90d",
                           utf8_prefix(text, 64))};
}

std::string format_duration(Duration d) {
  if (d.count() == 0) return "0s";
  for (auto unit = std::rbegin(kUnits); unit != std::rend(kUnits); ++unit) {
    if (d.count() % unit->ms == 0) return fmt::format("{}{}", d.count() / unit->ms, unit->name);
  }
  return fmt::format("{}ms", d.count());
}

const Settings::Value& Settings::get(std::string_view name, SettingType type) const {
  const auto found = values_.find(name);
  assert(found != values_.end() && "a setting that no table declares");
  assert((found->second.type == type || (type == SettingType::Text && found->second.type == SettingType::Choice)) &&
         "a setting of another type");
  (void)type;
  return found->second;
}

const std::string& Settings::text(std::string_view name) const {
  return get(name, SettingType::Text).text;
}
std::int64_t Settings::integer(std::string_view name) const {
  return get(name, SettingType::Integer).number;
}
bool Settings::boolean(std::string_view name) const {
  return get(name, SettingType::Boolean).number != 0;
}
Duration Settings::duration(std::string_view name) const {
  return Duration{get(name, SettingType::Duration).number};
}
const std::vector<std::string>& Settings::list(std::string_view name) const {
  return get(name, SettingType::List).items;
}
std::optional<SourcePosition> Settings::given_at(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second.at;
}

bool operator==(const Settings& a, const Settings& b) {
  return std::equal(a.values_.begin(), a.values_.end(), b.values_.begin(), b.values_.end(),
                    [](const auto& x, const auto& y) {
                      return x.first == y.first && x.second.text == y.second.text &&
                             x.second.number == y.second.number && x.second.items == y.second.items;
                    });
}

SettingTable::SettingTable(std::vector<std::span<const SettingRow>> rooms) {
  for (const auto& room : rooms) {
    for (const auto& row : room) rows_.push_back(&row);
  }
  Settings check;
  for (const auto* row : rows_) {
    assert(check.values_.find(row->name) == check.values_.end() && "a setting declared twice");
    const auto set_default = set(check, row->name, row->default_text);
    assert(set_default && "a default that its own row refuses");
    (void)set_default;
  }
}

const SettingRow* SettingTable::find(std::string_view name) const {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const SettingRow* r) { return r->name == name; });
  return row == rows_.end() ? nullptr : *row;
}

Result<void> SettingTable::set(Settings& settings, std::string_view name, std::string_view text) const {
  const auto* row = find(name);
  if (row == nullptr) return Error{ErrorCode::InvalidArgument, fmt::format("there is no setting \"{}\"", name)};
  Settings::Value value;
  value.type = row->type;
  value.text = std::string(text);
  switch (row->type) {
    case SettingType::Text:
      break;
    case SettingType::Integer:
    case SettingType::Duration: {
      const auto number = read_number(*row, text);
      if (!number) return number.error().with_context(name);
      value.number = *number;
      break;
    }
    case SettingType::Boolean:
      if (text != "true" && text != "false") {
        return Error{ErrorCode::InvalidArgument, fmt::format("{}: \"{}\" is neither true nor false", name, text)};
      }
      value.number = text == "true" ? 1 : 0;
      break;
    case SettingType::Choice: {
      const auto choices = split(row->choices, '|');
      if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
        return Error{ErrorCode::InvalidArgument,
                     fmt::format("{}: \"{}\" is none of {}", name, text, fmt::join(choices, ", "))};
      }
      break;
    }
    case SettingType::List:
      value.items = split(text, ',');
      value.text = fmt::format("{}", fmt::join(value.items, ","));
      break;
  }
  settings.values_.insert_or_assign(std::string(name), std::move(value));
  return {};
}

Settings SettingTable::defaults() const {
  Settings settings;
  for (const auto* row : rows_) {
    const auto done = set(settings, row->name, row->default_text);
    assert(done);
    (void)done;
  }
  return settings;
}

namespace {

// Flattens a mapping to dotted names. Empty groups stay, as nodes without members: their names are checked, too.
void flatten(const Document& node, const std::string& prefix,
             std::vector<std::pair<std::string, const Document*>>& out) {
  for (const auto& [key, member] : node.members) {
    const auto name = prefix.empty() ? key : prefix + "." + key;
    if (member.kind == Document::Kind::Mapping && !member.members.empty()) {
      flatten(member, name, out);
    } else {
      out.emplace_back(name, &member);
    }
  }
}

bool is_empty(const Document& node) {
  return node.kind == Document::Kind::Null || (node.kind == Document::Kind::Mapping && node.members.empty());
}

Result<void> check_kind(const SettingRow& row, const Document& node) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::InvalidArgument, fmt::format("{}: {}", row.name, what)};
  };
  if (row.type == SettingType::List) {
    if (node.kind == Document::Kind::Null || node.kind == Document::Kind::Sequence) return {};
    return wrong("write a list, one item a line");
  }
  if (node.kind == Document::Kind::Scalar) return {};
  if (node.kind == Document::Kind::Null) return wrong("has no value; leave the line out for the default");
  return wrong(node.kind == Document::Kind::Sequence ? "one value, not a list" : "one value, not a group");
}

}  // namespace

Result<void> SettingTable::take(Settings& settings, const SettingRow& row, const Document& node) const {
  if (auto ok = check_kind(row, node); !ok) return ok;
  if (row.type != SettingType::List) {
    if (auto ok = set(settings, row.name, node.scalar); !ok) return ok;
  } else {
    Settings::Value value;
    value.type = SettingType::List;
    for (const auto& item : node.items) {
      if (item.kind != Document::Kind::Scalar) {
        return Error{ErrorCode::InvalidArgument, fmt::format("{}: an item must be a text", row.name)};
      }
      value.items.push_back(item.scalar);
    }
    value.text = fmt::format("{}", fmt::join(value.items, ","));
    settings.values_.insert_or_assign(std::string(row.name), std::move(value));
  }
  settings.values_.find(row.name)->second.at = node.at;
  return {};
}

Result<Settings> SettingTable::parse(const Document& document) const {
  Settings settings = defaults();
  std::string problems;
  const auto problem = [&](const SourcePosition& at, std::string_view what) {
    problems += fmt::format("{}{}: {}", problems.empty() ? "" : "\n", to_string(at), what);
  };
  if (document.kind != Document::Kind::Mapping && document.kind != Document::Kind::Null) {
    problem(document.at, "a configuration file is a mapping of setting names to values");
  }
  std::vector<std::pair<std::string, const Document*>> given;
  flatten(document, "", given);
  for (const auto& [name, node] : given) {
    const auto* row = find(name);
    if (row == nullptr) {
      const auto in_group = [group = name + "."](const SettingRow* r) { return r->name.starts_with(group); };
      if (is_empty(*node) && std::any_of(rows_.begin(), rows_.end(), in_group)) continue;
      problem(node->at, fmt::format("there is no setting \"{}\"", name));
    } else if (const auto before = settings.given_at(name)) {
      problem(node->at, fmt::format("{}: given before, at {}", name, to_string(*before)));
    } else if (auto ok = take(settings, *row, *node); !ok) {
      problem(node->at, ok.error().message);
    }
  }
  if (!problems.empty()) return Error{ErrorCode::InvalidArgument, problems};
  return settings;
}

std::string SettingTable::dump(const Settings& settings, Secrets secrets) const {
  // Rows of one group follow each other in the file, whatever their order in the tables.
  std::string text;
  const auto write = [&](auto&& self, const std::string& prefix, int depth) -> void {
    std::vector<std::string> groups;
    for (const auto* row : rows_) {
      const std::string_view name = row->name;
      if (!name.starts_with(prefix)) continue;
      const auto rest = name.substr(prefix.size());
      const auto dot = rest.find('.');
      const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
      if (dot != std::string_view::npos) {
        const std::string group = prefix + std::string(rest.substr(0, dot)) + ".";
        if (std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
        groups.push_back(group);
        text += fmt::format("{}{}:\n", indent, rest.substr(0, dot));
        self(self, group, depth + 1);
        continue;
      }
      const auto& value = settings.values_.find(name)->second;
      if (row->secret && secrets == Secrets::Hide) {
        text += fmt::format("{}{}: \"<hidden>\"\n", indent, rest);
      } else if (row->type == SettingType::List) {
        text += fmt::format("{}{}:{}\n", indent, rest, value.items.empty() ? " []" : "");
        for (const auto& item : value.items) text += fmt::format("{}  - {}\n", indent, quote(item));
      } else if (row->type == SettingType::Text) {
        text += fmt::format("{}{}: {}\n", indent, rest, quote(value.text));
      } else if (row->type == SettingType::Choice) {
        text += fmt::format("{}{}: {}\n", indent, rest, quote_if_needed(value.text));
      } else {
        text += fmt::format("{}{}: {}\n", indent, rest, value.text);
      }
    }
  };
  write(write, "", 0);
  return text;
}

std::string SettingTable::reference() const {
  std::string text = "| setting | default | allowed | meaning |\n|---|---|---|---|\n";
  for (const auto* row : rows_) {
    std::string allowed(row->choices);
    std::replace(allowed.begin(), allowed.end(), '|', ' ');
    if (row->type == SettingType::Boolean) allowed = "true false";
    if (row->type == SettingType::Integer || row->type == SettingType::Duration) allowed = bounds_text(*row);
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", row->name,
                        row->default_text.empty() ? "–" : fmt::format("`{}`", row->default_text), allowed,
                        row->sentence, row->secret ? " (secret)" : "");
  }
  return text;
}

std::vector<const SettingRow*> SettingTable::rows() const {
  return rows_;
}

}  // namespace lictor
