// `lictor-device shell`: the front end of the daemon's sessions, on a terminal, from a pipe, or with -c. It knows no
// command; it sends lines and prints answers.
#pragma once

#include <string>
#include <vector>

namespace lictor::device {

inline constexpr int kShellOk = 0;
inline constexpr int kShellFailed = 1;  // some command ended in a `%` error
inline constexpr int kShellUsage = 2;
inline constexpr int kShellUnreachable = 3;  // the daemon does not answer

struct ShellOptions {
  std::string socket_path;
  std::vector<std::string> commands;  // -c, in order; empty: standard input
};
// Reads standard input, writes standard output and standard error. Returns the exit status.
int run_shell(const ShellOptions& options);

}  // namespace lictor::device
