#include "device/grammar/grammar.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace lictor::device {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t n = 0;
  while (n < a.size() && n < b.size() && lower(a[n]) == lower(b[n])) ++n;
  return n;
}
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && common_prefix(a, b) == a.size();
}
bool begins(std::string_view word, std::string_view prefix) {
  return common_prefix(word, prefix) == prefix.size();
}

struct Token {
  std::string text;  // quotes removed
  std::size_t column = 0;
  bool quoted = false;
};

std::vector<Token> tokenize(std::string_view line) {
  std::vector<Token> tokens;
  std::size_t i = 0;
  while (i < line.size()) {
    if (line[i] == ' ' || line[i] == '\t') {
      ++i;
      continue;
    }
    Token token{"", i, line[i] == '"'};
    if (token.quoted) {
      for (++i; i < line.size() && line[i] != '"'; ++i) token.text += line[i];
      if (i < line.size()) ++i;
    } else {
      for (; i < line.size() && line[i] != ' ' && line[i] != '\t'; ++i) token.text += line[i];
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

bool is_number_between(std::string_view text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
}

bool is_ipv4(std::string_view text) {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || part.size() > 3 || !is_number_between(part, 0, 255)) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool is_time_of_day(std::string_view text) {
  return text.size() >= 7 && text.size() <= 8 && [&] {
    const auto a = text.find(':');
    const auto b = a == std::string_view::npos ? a : text.find(':', a + 1);
    return b != std::string_view::npos && is_number_between(text.substr(0, a), 0, 23) &&
           is_number_between(text.substr(a + 1, b - a - 1), 0, 59) && is_number_between(text.substr(b + 1), 0, 59);
  }();
}

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
bool is_month(std::string_view text) {
  return text.size() >= 3 &&
         std::any_of(std::begin(kMonths), std::end(kMonths), [&](std::string_view m) { return begins(m, text); });
}

bool accepts(const Node& node, const Token& token) {
  switch (node.kind) {
    case WordKind::Keyword:
      return false;
    case WordKind::Word:
      return !token.text.empty();
    case WordKind::Number:
      return is_number_between(token.text, node.low, node.high);
    case WordKind::Ipv4:
      return is_ipv4(token.text);
    case WordKind::TimeOfDay:
      return is_time_of_day(token.text);
    case WordKind::Month:
      return is_month(token.text);
    case WordKind::Line:
      return true;
  }
  return false;
}

// The words that may stand next, for this typist.
struct Level {
  const std::vector<Node>* nodes = nullptr;
  int level = kPrivilegedLevel;
  bool negated = false;

  [[nodiscard]] bool visible(const Node& node) const {
    return node.level <= level && (negated ? node.negatable : node.positive);
  }
};

struct Step {
  const Node* node = nullptr;
  bool ambiguous = false;
  std::size_t good = 0;  // characters of the token that some keyword begins with
};

Step choose(const Level& level, const Token& token) {
  Step step;
  const Node* prefix = nullptr;
  for (const Node& node : *level.nodes) {
    if (node.kind != WordKind::Keyword || !level.visible(node) || token.quoted) continue;
    if (same(node.word, token.text)) return {&node, false, 0};
    if (begins(node.word, token.text)) {
      step.ambiguous = prefix != nullptr;
      if (prefix != nullptr) return step;
      prefix = &node;
    }
    step.good = std::max(step.good, common_prefix(node.word, token.text));
  }
  if (prefix != nullptr) return {prefix, false, 0};
  for (const Node& node : *level.nodes) {
    if (level.visible(node) && accepts(node, token)) return {&node, false, 0};
  }
  // No argument could have begun like a keyword: the caret stands at its first character then.
  return step;
}

// A walk over the tokens of one line through one tree.
struct Walk {
  Level level;
  const Node* last = nullptr;
  std::map<std::string, std::string> values;
  std::optional<SyntaxError> error;
};

Walk walk(const Level& start, const std::vector<Token>& tokens, std::size_t first, std::size_t end,
          std::string_view line) {
  Walk w{start, nullptr, {}, std::nullopt};
  for (std::size_t i = first; i < end; ++i) {
    const Step step = choose(w.level, tokens[i]);
    if (step.node == nullptr) {
      const auto kind = step.ambiguous ? SyntaxError::Kind::Ambiguous : SyntaxError::Kind::Invalid;
      w.error = SyntaxError{kind, tokens[i].column + step.good, std::string(line)};
      return w;
    }
    w.last = step.node;
    const bool to_the_end = step.node->kind == WordKind::Line;
    if (!step.node->capture.empty()) {
      std::string value = step.node->kind == WordKind::Keyword ? step.node->word : tokens[i].text;
      if (to_the_end) {
        value = std::string(line.substr(tokens[i].column));
        while (!value.empty() && value.back() == ' ') value.pop_back();
      }
      w.values[step.node->capture] = std::move(value);
    }
    w.level.nodes = &step.node->next;
    if (to_the_end) return w;
  }
  return w;
}

const std::vector<Node>& tree(const Grammar& grammar, Mode mode) {
  return grammar.modes.at(mode);
}

// `do` and `no` stand before a line of configuration; they are words of the mode's tree for help, and switch the walk.
struct Prefixes {
  bool by_do = false;
  bool negated = false;
  std::size_t first = 0;
};

Prefixes read_prefixes(const Typist& typist, const std::vector<Token>& tokens) {
  Prefixes prefixes;
  if (typist.mode == Mode::Exec) {
    if (tokens.size() > 1 && (same(tokens[0].text, "no"))) return {false, true, 1};
    return prefixes;
  }
  if (tokens.empty()) return prefixes;
  if (same(tokens[0].text, "do")) return {true, false, 1};
  if (same(tokens[0].text, "no") || same(tokens[0].text, "default")) return {false, true, 1};
  return prefixes;
}

ParseOutcome parse_in(const Grammar& grammar, Mode mode, int level, const std::vector<Token>& tokens,
                      const Prefixes& prefixes, std::string_view line) {
  const Level start{&tree(grammar, mode), level, prefixes.negated};
  Walk w = walk(start, tokens, prefixes.first, tokens.size(), line);
  if (w.error) return *w.error;
  const auto command = w.last == nullptr ? std::nullopt : prefixes.negated ? w.last->no_command : w.last->command;
  if (!command) return SyntaxError{SyntaxError::Kind::Incomplete, 0, std::string(line)};
  return Parsed{*command, std::move(w.values), prefixes.negated, prefixes.by_do, mode, std::string(line)};
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  const auto last = text.find_last_not_of(" \t\r\n");
  return std::string(text.substr(first, last - first + 1));
}

}  // namespace

Node keyword(std::string word, std::string help, std::vector<Node> next) {
  Node node;
  node.word = std::move(word);
  node.help = std::move(help);
  // What stands below a word that may follow `no` decides; the word itself is on the way.
  node.negatable = std::any_of(next.begin(), next.end(), [](const Node& n) { return n.negatable; });
  node.next = std::move(next);
  return node;
}

Node argument(WordKind kind, std::string shown, std::string help, std::string name, std::vector<Node> next) {
  Node node = keyword(std::move(shown), std::move(help), std::move(next));
  node.kind = kind;
  node.capture = std::move(name);
  return node;
}

Node word(std::string shown, std::string help, std::string name, std::vector<Node> next) {
  return argument(WordKind::Word, std::move(shown), std::move(help), std::move(name), std::move(next));
}

Node number(std::int64_t low, std::int64_t high, std::string help, std::string name, std::vector<Node> next) {
  Node node = argument(WordKind::Number, "<" + std::to_string(low) + "-" + std::to_string(high) + ">", std::move(help),
                       std::move(name), std::move(next));
  node.low = low;
  node.high = high;
  return node;
}

std::string Parsed::value(std::string_view name) const {
  const auto it = values.find(std::string(name));
  return it == values.end() ? std::string() : it->second;
}
bool Parsed::has(std::string_view name) const {
  return values.contains(std::string(name));
}

Mode parent(Mode mode) {
  switch (mode) {
    case Mode::Exec:
    case Mode::Config:
      return Mode::Exec;
    case Mode::CallHome:
    case Mode::Trustpoint:
    case Mode::CertificateChain:
      return Mode::Config;
    case Mode::CallHomeProfile:
      return Mode::CallHome;
  }
  return Mode::Exec;
}

std::string to_text(const SyntaxError& error, std::size_t prompt_width) {
  switch (error.kind) {
    case SyntaxError::Kind::Invalid:
      return std::string(prompt_width + error.column, ' ') + "^\n% Invalid input detected at '^' marker.\n\n";
    case SyntaxError::Kind::Incomplete:
      return "% Incomplete command.\n\n";
    case SyntaxError::Kind::Ambiguous:
      return "% Ambiguous command:  \"" + trimmed(error.line) + "\"\n";
  }
  return "";
}

ParseOutcome parse(const Grammar& grammar, const Typist& typist, std::string_view line) {
  const std::string text = trimmed(line);
  if (text.empty() || text.front() == '!') return Blank{};
  const std::size_t indent = line.find_first_not_of(" \t");
  const std::string_view body = line.substr(0, indent + text.size());
  const auto tokens = tokenize(body);
  const Prefixes prefixes = read_prefixes(typist, tokens);
  if (prefixes.by_do) return parse_in(grammar, Mode::Exec, typist.level, tokens, prefixes, body);

  ParseOutcome best = parse_in(grammar, typist.mode, typist.level, tokens, prefixes, body);
  // A line of an outer mode ends the sub-mode, as pasted configurations expect.
  for (Mode mode = typist.mode; mode != Mode::Exec && mode != Mode::Config && !std::holds_alternative<Parsed>(best);) {
    mode = parent(mode);
    ParseOutcome outer = parse_in(grammar, mode, typist.level, tokens, prefixes, body);
    const auto* now = std::get_if<SyntaxError>(&best);
    const auto* then = std::get_if<SyntaxError>(&outer);
    // The tree that understood more of the line says what is wrong with it.
    if (then == nullptr || (now->kind == SyntaxError::Kind::Invalid &&
                            (then->kind != SyntaxError::Kind::Invalid || then->column > now->column))) {
      best = std::move(outer);
    }
  }
  return best;
}

namespace {

struct Place {  // where the cursor stands: the words that may follow, and what is typed of the next
  Level level;
  const Node* last = nullptr;
  std::string partial;
  std::optional<SyntaxError> error;
  bool prefix_words = false;  // `no` and `do` may stand here
};

Place find_place(const Grammar& grammar, const Typist& typist, std::string_view line) {
  auto tokens = tokenize(line);
  Place place;
  if (!tokens.empty() && line.back() != ' ' && line.back() != '\t') {
    place.partial = tokens.back().text;
    tokens.pop_back();
  }
  const Prefixes prefixes = read_prefixes(
      typist, tokens.empty() ? tokens : [&] {
        auto with = tokens;  // `no` alone before the cursor counts as the prefix
        with.push_back({});
        return with;
      }());
  const Mode mode = prefixes.by_do ? Mode::Exec : typist.mode;
  place.prefix_words = typist.mode != Mode::Exec && tokens.empty();
  for (Mode m = mode;; m = parent(m)) {
    const Level start{&tree(grammar, m), typist.level, prefixes.negated};
    Walk w = walk(start, tokens, std::min(prefixes.first, tokens.size()), tokens.size(), line);
    place.level = w.level;
    place.last = w.last;
    place.error = w.error;
    if (!w.error || m == Mode::Exec || m == Mode::Config) return place;
  }
}

struct Choice {
  std::string word, help;
};

std::vector<Choice> choices(const Typist& typist, const Place& place) {
  std::vector<Choice> found;
  for (const Node& node : *place.level.nodes) {
    if (!place.level.visible(node) || (node.hidden && !typist.lab)) continue;
    if (node.kind == WordKind::Keyword ? begins(node.word, place.partial) : place.partial.empty()) {
      found.push_back({node.word, node.help});
    }
  }
  if (place.prefix_words) {
    for (const Choice& c :
         {Choice{"do", "To run exec commands in config mode"}, Choice{"no", "Negate a command or set its defaults"}}) {
      if (begins(c.word, place.partial)) found.push_back(c);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Choice& a, const Choice& b) { return a.word < b.word; });
  return found;
}

constexpr std::string_view kFilterHelp[][2] = {
    {"begin", "Begin with the line that matches"}, {"count", "Count number of lines which match regexp"},
    {"exclude", "Exclude lines that match"},       {"include", "Include lines that match"},
    {"json", "The same values as JSON"},           {"section", "Filter a section of output"},
};

}  // namespace

std::string help(const Grammar& grammar, const Typist& typist, std::string_view line) {
  std::vector<Choice> found;
  std::string partial;
  bool may_end = false;
  if (const SplitLine split = split_filter(line); split.filter) {
    for (const auto& [name, text] : kFilterHelp) found.push_back({std::string(name), std::string(text)});
  } else {
    const Place place = find_place(grammar, typist, line);
    if (place.error) {
      return place.error->kind == SyntaxError::Kind::Ambiguous ? to_text(*place.error, 0) : "% Unrecognized command\n";
    }
    partial = place.partial;
    found = choices(typist, place);
    may_end = partial.empty() && place.last != nullptr &&
              (place.level.negated ? place.last->no_command : place.last->command).has_value();
  }
  if (!partial.empty()) {  // "sh?": the words that begin so
    if (found.empty()) return "% Unrecognized command\n";
    std::string out;
    for (const Choice& c : found) out += (out.empty() ? "" : "  ") + c.word;
    return out + "\n";
  }
  std::size_t width = may_end ? 4 : 0;
  for (const Choice& c : found) width = std::max(width, c.word.size());
  std::string out;
  for (const Choice& c : found) out += "  " + c.word + std::string(width - c.word.size() + 2, ' ') + c.help + "\n";
  if (may_end) {
    if (is_show_line(line)) out += "  |" + std::string(width + 1, ' ') + "Output modifiers\n";
    out += "  <cr>\n";
  }
  return out.empty() ? "% Unrecognized command\n" : out;
}

Completion complete(const Grammar& grammar, const Typist& typist, std::string_view line) {
  if (split_filter(line).filter) return {};
  const Place place = find_place(grammar, typist, line);
  if (place.error) return {};
  Completion result;
  for (const Choice& c : choices(typist, place)) {
    const bool is_word = std::islower(static_cast<unsigned char>(c.word.front())) != 0;
    if (is_word) result.words.push_back(c.word);
  }
  if (result.words.empty() || place.partial.empty()) return result;
  std::size_t shared = result.words.front().size();
  for (const auto& w : result.words) shared = std::min(shared, common_prefix(w, result.words.front()));
  result.insert = result.words.front().substr(place.partial.size(), shared - place.partial.size());
  if (result.words.size() == 1) result.insert += ' ';
  return result;
}

bool is_show_line(std::string_view line) {
  const auto tokens = tokenize(line);
  const std::size_t first = !tokens.empty() && same(tokens[0].text, "do") ? 1 : 0;
  return tokens.size() > first && tokens[first].text.size() >= 2 && begins("show", tokens[first].text);
}

SplitLine split_filter(std::string_view line) {
  bool quoted = false;
  if (!is_show_line(line)) return {std::string(line), std::nullopt};
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '|' && !quoted) return {std::string(line.substr(0, i)), trimmed(line.substr(i + 1))};
  }
  return {std::string(line), std::nullopt};
}

}  // namespace lictor::device
