// What the shell front end and the daemon say to each other over the control socket: one JSON object a frame.
#pragma once

#include <string>
#include <vector>

#include "device/grammar/grammar.hpp"
#include "device/session/session.hpp"

namespace lictor::device::wire {

enum class Ask { Hello, Line, Help, Complete, Interrupt };

struct Question {  // front end -> daemon
  Ask ask = Ask::Line;
  std::string text;
  std::size_t echo_width = 0;  // Line: see Session::execute
};
std::string encode(const Question& question);
Result<Question> decode_question(std::string_view frame);  // Error: Malformed

enum class Kind { Reply, Help, Completion, Log };

struct Answer {  // daemon -> front end; Log comes unasked
  Kind kind = Kind::Reply;
  Reply reply;            // Reply; of the others only `output`
  int length = 24;        // Reply: lines on the screen, 0 = no paging
  Completion completion;  // Completion
};
std::string encode(const Answer& answer);
Result<Answer> decode_answer(std::string_view frame);  // Error: Malformed

}  // namespace lictor::device::wire
