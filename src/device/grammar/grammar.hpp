// The grammar as data (spec page 03): one tree of words per mode gives parsing with unambiguous abbreviations, `?`
// help, Tab completion and the caret errors. Pure. Keywords are compared without regard to case; arguments keep theirs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "device/grammar/commands.hpp"

namespace lictor::device {

enum class WordKind {
  Keyword,
  Word,       // anything without a blank; "..." groups blanks
  Number,     // low ... high
  Ipv4,       // A.B.C.D
  TimeOfDay,  // hh:mm:ss
  Month,      // MONTH, three letters or more
  Line,       // the rest of the line
};

inline constexpr int kUserLevel = 1;
inline constexpr int kPrivilegedLevel = 15;

struct Node {
  std::string word;  // the keyword, or how an argument reads in help: "WORD", "<1-30>"
  std::string help;
  WordKind kind = WordKind::Keyword;
  std::int64_t low = 0;   // Number
  std::int64_t high = 0;  // Number
  std::string capture;    // the name under which Parsed::values holds the word; "" = not kept
  int level = kUserLevel;
  bool hidden = false;                // not in help or completion unless asked for
  bool positive = true;               // may stand in a line without `no`
  bool negatable = false;             // may stand after `no`
  std::optional<Command> command;     // the line may end here
  std::optional<Command> no_command;  // the line may end here after `no`
  std::vector<Node> next;

  Node runs(Command c) && {
    command = c;
    return std::move(*this);
  }
  Node no_runs(Command c) && {
    no_command = c;
    negatable = true;
    return std::move(*this);
  }
  // Both forms end here and mean the same command.
  Node runs_both(Command c) && {
    command = c;
    no_command = c;
    negatable = true;
    return std::move(*this);
  }
  Node named(std::string name) && {
    capture = std::move(name);
    return std::move(*this);
  }
  Node at_level(int l) && {
    level = l;
    return std::move(*this);
  }
  Node unlisted() && {
    hidden = true;
    return std::move(*this);
  }
  Node in_no() && {
    negatable = true;
    return std::move(*this);
  }
};

Node keyword(std::string word, std::string help, std::vector<Node> next = {});
Node word(std::string shown, std::string help, std::string name, std::vector<Node> next = {});
Node number(std::int64_t low, std::int64_t high, std::string help, std::string name, std::vector<Node> next = {});
Node argument(WordKind kind, std::string shown, std::string help, std::string name, std::vector<Node> next = {});

struct Grammar {
  std::map<Mode, std::vector<Node>> modes;
};

// Who types: which words exist for them.
struct Typist {
  Mode mode = Mode::Exec;
  int level = kPrivilegedLevel;
  bool lab = false;  // hidden words are listed
};

struct Parsed {
  Command command{};
  std::map<std::string, std::string> values;  // quotes removed, keywords in full
  bool negated = false;                       // `no`
  bool by_do = false;                         // `do` in a configuration mode
  Mode mode = Mode::Exec;                     // the mode whose tree held it: a sub-mode may have fallen back
  std::string text;                           // the line without its filter, as typed

  [[nodiscard]] std::string value(std::string_view name) const;  // "" = absent
  [[nodiscard]] bool has(std::string_view name) const;
};

struct SyntaxError {
  enum class Kind { Invalid, Incomplete, Ambiguous };
  Kind kind = Kind::Invalid;
  std::size_t column = 0;  // Invalid: of the first bad character in the line
  std::string line;
};
// The lines IOS users know; `prompt_width` is what stands left of the line on the terminal.
std::string to_text(const SyntaxError& error, std::size_t prompt_width);

struct Blank {};  // an empty line or a comment
using ParseOutcome = std::variant<Parsed, SyntaxError, Blank>;

ParseOutcome parse(const Grammar& grammar, const Typist& typist, std::string_view line);

// What `?` prints after `line` (the text left of the cursor).
std::string help(const Grammar& grammar, const Typist& typist, std::string_view line);

struct Completion {
  std::string insert;              // to be typed in: the rest of the word, with a blank when it is complete
  std::vector<std::string> words;  // the candidates
};
Completion complete(const Grammar& grammar, const Typist& typist, std::string_view line);

// "show license all | include Status" -> the command and what stands after the first free-standing `|`.
struct SplitLine {
  std::string command;
  std::optional<std::string> filter;
};
SplitLine split_filter(std::string_view line);

// Does the line begin with `show` (or `do show`)? Only those take filters.
bool is_show_line(std::string_view line);

// Mode::CallHomeProfile -> Mode::CallHome -> Mode::Config -> Mode::Exec.
Mode parent(Mode mode);

}  // namespace lictor::device
