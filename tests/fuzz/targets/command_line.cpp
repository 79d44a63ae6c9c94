#include <algorithm>
#include <cctype>

#include "device/grammar/command_tree.hpp"
#include "device/show/output_filter.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"

namespace lictor::fuzz {
namespace {

using namespace lictor::device;

constexpr Mode kModes[] = {Mode::Exec,       Mode::Config,          Mode::CallHome, Mode::CallHomeProfile,
                           Mode::Trustpoint, Mode::CertificateChain};

constexpr std::string_view kOutput =
    "Smart Licensing is ENABLED\n\nRegistration:\n  Status: REGISTERED\n  Smart Account: Example Networks\n"
    "  Export-Controlled Functionality: ALLOWED\n\nLicense Authorization:\n  Status: AUTHORIZED on Jan 05 2026\n"
    "    Count: 2 (aaaa aaaaaaaaaaaaaaaaaaaaaaaaaaaa)\n";

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

// Keywords are one in either case; arguments keep theirs, and nothing else may hang on it.
void require_same_in_capitals(const Grammar& grammar, const Typist& typist, const Parsed& parsed,
                              std::string_view line) {
  const auto outcome = parse(grammar, typist, upper(std::string(line)));
  const auto* other = std::get_if<Parsed>(&outcome);
  require(other != nullptr && other->command == parsed.command && other->negated == parsed.negated &&
              other->mode == parsed.mode && other->by_do == parsed.by_do,
          "the line means something else in capitals");
  require(other->values.size() == parsed.values.size(), "the line has other arguments in capitals");
  for (const auto& [name, value] : parsed.values) {
    require(upper(value) == upper(other->value(name)), "an argument changes with the line's case: " + name);
  }
}

// What Tab types after a line that is understood does not change what it means.
void require_completion_keeps(const Grammar& grammar, const Typist& typist, const Parsed& parsed,
                              std::string_view line) {
  const auto completion = complete(grammar, typist, line);
  if (completion.words.size() != 1 || completion.insert.empty()) return;
  const auto outcome = parse(grammar, typist, std::string(line) + completion.insert);
  const auto* full = std::get_if<Parsed>(&outcome);
  require(full != nullptr && full->command == parsed.command && full->negated == parsed.negated,
          "the completed line means something else");
}

void require_refusal(const SyntaxError& error, std::string_view line) {
  require(error.column <= line.size(), "the caret stands beyond the line");
  require(error.line.size() <= line.size(), "an error is about more than was typed");
  const auto text = to_text(error, 0);
  require(!text.empty() && text.back() == '\n', "a refusal without a line");
}

void filter(std::string_view line) {
  const auto split = split_filter(line);
  require(line.starts_with(split.command), "the command is not what was typed");
  if (!split.filter) return;
  const auto read = parse_filter(*split.filter);
  if (!read) return require_sentence(read.error());
  const auto out = apply_filter(*read, std::string(kOutput));
  if (!out) return require_sentence(out.error());
  if (read->kind != FilterKind::Count) require(out->size() <= kOutput.size(), "a filter adds lines");
}

}  // namespace

// The first byte: which mode, privilege, and whether in a lab.
bool command_line(ByteView input) {
  static const Grammar grammar = make_grammar();
  if (input.empty()) return false;
  const auto how = input.front();
  const Typist typist{kModes[how % 6], (how / 6) % 2 == 0 ? kPrivilegedLevel : kUserLevel, (how / 12) % 2 == 1};
  const auto line = as_text(input.subspan(1));
  const auto shown = help(grammar, typist, line);
  require(!shown.empty() && shown.back() == '\n', "help without a line");
  for (const auto& word : complete(grammar, typist, line).words) require(!word.empty(), "an empty word is offered");
  filter(line);
  const auto outcome = parse(grammar, typist, line);
  if (const auto* error = std::get_if<SyntaxError>(&outcome)) require_refusal(*error, line);
  const auto* parsed = std::get_if<Parsed>(&outcome);
  if (parsed == nullptr) return false;
  require_same_in_capitals(grammar, typist, *parsed, line);
  require_completion_keeps(grammar, typist, *parsed, line);
  return true;
}

}  // namespace lictor::fuzz
