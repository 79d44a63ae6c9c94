// Views in every state of spec page 02, for golden texts.
#pragma once

#include <string>
#include <vector>

#include "device/show/view.hpp"

namespace lictor::device::test {

struct NamedView {
  std::string name;
  View view;
};

WallTime at(const char* rfc3339);
// The device of the guide's section 4.1 with that state's snapshot.
View authorized_view();
View factory_view();
View stack_view();
View busy_view();  // with event and console lines, a call-home of two profiles, zones, hosts
std::vector<NamedView> state_views();

}  // namespace lictor::device::test
