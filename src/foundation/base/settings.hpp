// Settings, declared once: name, type, default, bounds, secret or not, a sentence. Every room declares its rows; a
// program joins them. Reading, checking, dumping and the reference page come from the rows. Unknown keys fail with
// file and line; parse(dump(s)) == s.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/document.hpp"
#include "foundation/base/time.hpp"

namespace lictor {

enum class SettingType {
  Text,
  Integer,
  Boolean,   // true | false
  Duration,  // 500ms, 30s, 15m, 12h, 90d
  Choice,    // one of `choices`
  List,      // sequence of texts
};

struct SettingRow {
  std::string_view name;  // dotted path in the file: "listen.port"
  SettingType type = SettingType::Text;
  std::string_view default_text;     // as it would stand in the file; List: comma separated; "" = empty
  std::int64_t minimum = INT64_MIN;  // Integer; Duration in ms
  std::int64_t maximum = INT64_MAX;
  std::string_view choices = "";   // Choice: "a|b|c"
  bool secret = false;             // never dumped in clear, never logged
  std::string_view sentence = "";  // what it does, for the reference page and --help
};

// The checked values of one program. Getters assert that the row exists with that type: a wrong name is a bug of ours.
class Settings {
 public:
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
  // Where the value was given; nullopt: it is the default.
  [[nodiscard]] std::optional<SourcePosition> given_at(std::string_view name) const;

  friend bool operator==(const Settings& a, const Settings& b);

 private:
  friend class SettingTable;
  struct Value {
    SettingType type = SettingType::Text;
    std::string text;
    std::int64_t number = 0;
    std::vector<std::string> items;
    std::optional<SourcePosition> at;
  };
  const Value& get(std::string_view name, SettingType type) const;
  std::map<std::string, Value, std::less<>> values_;
};

class SettingTable {
 public:
  // Rows must outlive the table (they are constants). Names are unique; defaults are valid: asserted.
  explicit SettingTable(std::vector<std::span<const SettingRow>> rooms);

  // All problems at once, one per line, each with file and line. Error: InvalidArgument.
  [[nodiscard]] Result<Settings> parse(const Document& document) const;
  [[nodiscard]] Settings defaults() const;
  // One override, as from a command line: name and text. Error: InvalidArgument.
  Result<void> set(Settings& settings, std::string_view name, std::string_view text) const;
  // YAML that parses to the same settings; secrets read `"<hidden>"` when hide_secrets.
  enum class Secrets { Show, Hide };
  [[nodiscard]] std::string dump(const Settings& settings, Secrets secrets) const;
  // Markdown table for the reference page.
  [[nodiscard]] std::string reference() const;
  [[nodiscard]] std::vector<const SettingRow*> rows() const;

 private:
  [[nodiscard]] const SettingRow* find(std::string_view name) const;  // nullptr: no such row
  Result<void> take(Settings& settings, const SettingRow& row, const Document& node) const;
  std::vector<const SettingRow*> rows_;
};

// "500ms", "30s", "15m", "12h", "90d". Error: Malformed.
Result<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration d);  // the largest unit that divides it

}  // namespace lictor
