// What the reader sees: one line for each thing that happened, the day at its left, what a device printed indented
// below. Colour on a terminal only.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace lictor::lab {

class Paper {
 public:
  enum class Colour { Off, On };
  // `out` must outlive it.
  Paper(std::FILE* out, Colour colour) : out_(out), colour_(colour) {}
  static Paper on(std::FILE* out);  // colour if that is a terminal and NO_COLOR is not set

  void title(std::string_view text);
  void line(std::string_view margin, std::string_view text);
  // A prompt with what was typed after it.
  void typed(std::string_view device, std::string_view command);
  // Each line of `text`, indented.
  void block(std::string_view text);

 private:
  void print(std::string_view colour, std::string_view text);
  std::FILE* out_;
  Colour colour_;
};

}  // namespace lictor::lab
