// An interactive line on a terminal: history, emacs keys, `?` help and Tab completion. The one file that knows libedit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "device/grammar/grammar.hpp"

namespace lictor::device {

struct LineHandlers {
  std::function<std::string(const std::string& left_of_cursor)> help;
  std::function<Completion(const std::string& left_of_cursor)> complete;
  // Called while waiting for a key when `descriptor` has something to read; returns text to print above the line.
  std::function<std::string()> arrived;
};

class LineEditor {
 public:
  virtual ~LineEditor() = default;
  enum class End { Line, Interrupt, EndKey, EndOfInput };  // Enter, Ctrl-C, Ctrl-Z, Ctrl-D
  struct Typed {
    End end = End::Line;
    std::string line;
  };
  virtual Typed read(const std::string& prompt) = 0;
};
// `descriptor`: watched beside the keyboard; -1 = none.
std::unique_ptr<LineEditor> make_line_editor(int descriptor, LineHandlers handlers);

}  // namespace lictor::device
