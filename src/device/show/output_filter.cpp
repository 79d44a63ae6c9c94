#include "device/show/output_filter.hpp"

#include <regex.h>

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lictor::device {
namespace {

constexpr std::pair<std::string_view, FilterKind> kFilters[] = {
    {"begin", FilterKind::Begin},     {"count", FilterKind::Count}, {"exclude", FilterKind::Exclude},
    {"include", FilterKind::Include}, {"json", FilterKind::Json},   {"section", FilterKind::Section},
};

std::vector<std::string_view> lines_of(const std::string& text) {
  std::vector<std::string_view> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return lines;
}

class Expression {
 public:
  static Result<Expression> compile(const std::string& pattern) {
    Expression e;
    if (regcomp(e.compiled_.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
      return Error{ErrorCode::InvalidArgument, "% Failed to compile regular expression"};
    }
    e.owned_ = true;
    return e;
  }
  Expression(Expression&& other) noexcept
      : compiled_(std::move(other.compiled_)), owned_(std::exchange(other.owned_, false)) {}
  Expression& operator=(Expression&&) = delete;
  ~Expression() {
    if (owned_) regfree(compiled_.get());
  }
  [[nodiscard]] bool matches(std::string_view line) const {
    return regexec(compiled_.get(), std::string(line).c_str(), 0, nullptr, 0) == 0;
  }

 private:
  Expression() : compiled_(std::make_unique<regex_t>()) {}
  std::unique_ptr<regex_t> compiled_;
  bool owned_ = false;
};

std::size_t indent(std::string_view line) {
  const auto n = line.find_first_not_of(' ');
  return n == std::string_view::npos ? 0 : n;
}

// A line that matches and the deeper lines below it.
std::string section(const Expression& expression, const std::vector<std::string_view>& lines) {
  std::string out;
  bool inside = false;
  std::size_t depth = 0;
  for (const auto line : lines) {
    if (inside && (line.empty() || indent(line) <= depth)) inside = false;
    if (!inside && expression.matches(line)) {
      inside = true;
      depth = indent(line);
    }
    if (inside) (out += line) += '\n';
  }
  return out;
}

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
  const auto blank = text.find(' ');
  const std::string_view name = text.substr(0, blank);
  std::string_view pattern = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  while (!pattern.empty() && pattern.front() == ' ') pattern.remove_prefix(1);
  if (name.empty()) return Error{ErrorCode::Malformed, "% Incomplete command.\n"};
  const std::pair<std::string_view, FilterKind>* found = nullptr;
  for (const auto& entry : kFilters) {
    if (entry.first.substr(0, name.size()) != name) continue;
    if (found != nullptr) return Error{ErrorCode::Conflict, fmt::format("% Ambiguous command:  \"{}\"", text)};
    found = &entry;
  }
  if (found == nullptr) return Error{ErrorCode::InvalidArgument, "% Invalid input detected: unknown output modifier"};
  if (found->second != FilterKind::Json && pattern.empty())
    return Error{ErrorCode::Malformed, "% Incomplete command.\n"};
  return Filter{found->second, std::string(pattern)};
}

Result<std::string> apply_filter(const Filter& filter, const std::string& output) {
  if (filter.kind == FilterKind::Json) return output;
  auto expression = Expression::compile(filter.pattern);
  if (!expression) return expression.error();
  const auto lines = lines_of(output);
  if (filter.kind == FilterKind::Section) return section(*expression, lines);
  std::string out;
  std::size_t count = 0;
  bool begun = false;
  for (const auto line : lines) {
    const bool match = expression->matches(line);
    count += match ? 1 : 0;
    begun = begun || match;
    const bool keep = filter.kind == FilterKind::Include   ? match
                      : filter.kind == FilterKind::Exclude ? !match
                      : filter.kind == FilterKind::Begin   ? begun
                                                           : false;
    if (keep) (out += line) += '\n';
  }
  if (filter.kind == FilterKind::Count) return fmt::format("Number of lines which match regexp = {}\n", count);
  return out;
}

}  // namespace lictor::device
