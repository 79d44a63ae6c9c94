// What lictorctl prints: aligned tables for people, JSON for programs, CSV, or bare names.
#pragma once

#include <string>

#include "foundation/json/json.hpp"
#include "lictorctl/operations.hpp"

namespace lictor::lictorctl {

enum class Output { Table, Json, Csv, Name };
Result<Output> parse_output(std::string_view text);

// `items`: what to show, one object each. JSON prints `whole`.
std::string render(Output output, const json::Value& whole, const json::Array& items,
                   const std::vector<ColumnRow>& columns);
// A member of an object by "a.b", as text: "-" for null and what is not there.
std::string member_text(const json::Value& item, std::string_view path);

}  // namespace lictor::lictorctl
