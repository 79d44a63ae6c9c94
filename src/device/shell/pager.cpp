#include "device/shell/pager.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace lictor::device {
namespace {

// One key, not echoed; 0 at the end of the input.
char read_key() {
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) return 0;
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  char key = 0;
  if (::read(STDIN_FILENO, &key, 1) != 1) key = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  return key;
}

}  // namespace

void page(const std::string& text, int lines_on_screen) {
  constexpr std::string_view kMore = " --More-- ";
  const int screen = lines_on_screen - 1;  // the last line is for the question
  int left = screen;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
    std::fwrite(line.data(), 1, line.size(), stdout);
    rest.remove_prefix(line.size());
    if (lines_on_screen <= 0 || --left > 0 || rest.empty()) continue;
    std::fwrite(kMore.data(), 1, kMore.size(), stdout);
    std::fflush(stdout);
    const char key = read_key();
    std::fputs(("\r" + std::string(kMore.size(), ' ') + "\r").c_str(), stdout);
    if (key == 'q' || key == 'Q' || key == 3 || key == 0) break;
    left = key == '\r' || key == '\n' ? 1 : screen;
  }
  std::fflush(stdout);
}

}  // namespace lictor::device
