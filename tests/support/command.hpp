// Runs a program that stands beside ours in a test: openssl, python3.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lictor::test {

struct CommandOutcome {
  int status = -1;     // exit status; -1: killed
  std::string output;  // standard output and error, as they came
};

// Waits for its end. `words` are quoted: nothing in them is special.
inline CommandOutcome run_command(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    line += line.empty() ? "'" : " '";
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += "'";
  }
  std::FILE* pipe = popen((line + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + line);
  CommandOutcome out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) out.status = WEXITSTATUS(status);
  return out;
}

}  // namespace lictor::test
