// `| begin|count|exclude|include|section REGEX` after a show (page 03): POSIX extended expressions over lines.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.hpp"

namespace lictor::device {

enum class FilterKind { Begin, Count, Exclude, Include, Section, Json };

struct Filter {
  FilterKind kind = FilterKind::Include;
  std::string pattern;
};

// What stands after `|`; the name may be abbreviated. Errors: Malformed (incomplete), InvalidArgument (unknown name),
// Conflict (ambiguous); the message is what the user sees.
Result<Filter> parse_filter(std::string_view text);

// Error: InvalidArgument when the expression does not compile. Json passes through.
Result<std::string> apply_filter(const Filter& filter, const std::string& output);

}  // namespace lictor::device
