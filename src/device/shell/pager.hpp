// ` --More-- ` after each screen (page 03): blank = a screen, Enter = a line, q = quit. On a terminal only.
#pragma once

#include <string>

namespace lictor::device {

void page(const std::string& text, int lines_on_screen);  // 0 = no paging

}  // namespace lictor::device
