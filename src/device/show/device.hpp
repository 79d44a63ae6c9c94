// The other shows (CLI-4, CLI-5, CLI-7): View -> text. Pure.
#pragma once

#include <string>
#include <vector>

#include "device/show/view.hpp"

namespace lictor::device {

std::string show_version(const View& view);
std::string show_inventory(const View& view);
std::string show_clock(const View& view);
std::string show_logging(const View& view);
std::string show_switch(const View& view);
std::string show_startup_config(const View& view);
std::string show_privilege(int level);
std::string show_history(const std::vector<std::string>& lines);
std::string show_terminal(int length, int width);
// All profiles, or the one named. Error: NotFound, with the text for the user.
std::string show_call_home_profiles(const View& view);
Result<std::string> show_call_home_profile(const View& view, std::string_view name);
std::string show_call_home_smart_licensing(const View& view);

}  // namespace lictor::device
