// Which renderer belongs to which show command. Pure.
#pragma once

#include <string>
#include <vector>

#include "device/grammar/grammar.hpp"
#include "device/show/view.hpp"

namespace lictor::device {

bool is_show(Command command);

struct ShowContext {
  View view;
  int level = kPrivilegedLevel;
  const std::vector<std::string>& history;
  int length = 24;
  int width = 80;
};
// Error: what the user is told (an unknown profile).
Result<std::string> run_show(const Parsed& command, const ShowContext& context);

// `| json`: licence shows as an object of values, the others as their lines.
std::string show_json(const Parsed& command, const View& view, const Result<std::string>& text);

}  // namespace lictor::device
