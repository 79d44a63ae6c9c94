// Child processes without a shell. A child leads a process group of its own, so that Ctrl-C at the terminal reaches the
// lab alone, which then ends its children in order.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::lab {

struct CommandLine {
  std::string program;  // a path
  std::vector<std::string> arguments;
};

class Process {
 public:
  // Input is empty; output and errors go to the end of the file. Errors: NotFound, Io.
  static Result<Process> start(const CommandLine& command, const std::string& log_path);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  // Ends it: SIGTERM, and after `kGrace` SIGKILL.
  ~Process();

  [[nodiscard]] bool running();
  void ask_to_end();  // does not wait
  // Asks it to end and waits for that; its exit status, or 128 + the signal that ended it.
  int end();
  [[nodiscard]] int status() const { return status_; }  // once it is not running

  static constexpr Duration kGrace = seconds(10);

 private:
  Process(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}
  bool wait(Duration real_timeout);

  pid_t pid_;       // -1: ended and waited for
  int descriptor_;  // of the process, for poll(2)
  int status_ = 0;
};

struct Outcome {
  int status = 0;      // as Process::end
  std::string output;  // standard output and errors, as they came
};
// Runs to the end. Errors: as start; Timeout (it was ended).
Result<Outcome> run_process(const CommandLine& command, Duration real_timeout);

}  // namespace lictor::lab
