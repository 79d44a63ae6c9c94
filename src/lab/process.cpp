#include "lab/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
extern "C" {  // glibc 2.36 forgets to say so itself
#include <sys/pidfd.h>
}
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "foundation/os/files.hpp"

namespace lictor::lab {
namespace {

// What the child finds on its descriptors 1 and 2.
class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

Result<pid_t> spawn(const CommandLine& command, Actions& actions) {
  std::vector<char*> arguments;
  arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const auto& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  Attributes attributes;
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, command.program.c_str(), actions.get(), attributes.get(), arguments.data(), environ);
  if (error != 0) return os::system_error(error, "cannot start", command.program);
  return pid;
}

int exit_status(int raw) {
  return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

using RealTime = std::chrono::steady_clock;

// Milliseconds until then, for poll(2).
int left(RealTime::time_point until) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - RealTime::now()).count();
  return rest < 0 ? 0 : static_cast<int>(rest);
}

}  // namespace

Result<Process> Process::start(const CommandLine& command, const std::string& log_path) {
  Actions actions;
  posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), 1, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(actions.get(), 1, 2);
  auto pid = spawn(command, actions);
  if (!pid) return pid.error();
  const int descriptor = ::pidfd_open(*pid, 0);
  if (descriptor < 0) {
    const int error = errno;
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return os::system_error(error, "cannot watch", command.program);
  }
  return Process(*pid, descriptor);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), descriptor_(std::exchange(other.descriptor_, -1)), status_(other.status_) {}

Process::~Process() {
  end();
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Process::wait(Duration real_timeout) {
  const auto until = RealTime::now() + real_timeout;
  while (pid_ >= 0) {
    pollfd ended{descriptor_, POLLIN, 0};
    const int ready = ::poll(&ended, 1, left(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    int raw = 0;
    if (::waitpid(pid_, &raw, 0) == pid_) status_ = exit_status(raw);
    pid_ = -1;
  }
  return true;
}

bool Process::running() {
  return !wait(Duration{0});
}

void Process::ask_to_end() {
  if (pid_ >= 0) ::kill(pid_, SIGTERM);
}

int Process::end() {
  ask_to_end();
  if (!wait(kGrace)) {
    ::kill(pid_, SIGKILL);
    wait(kGrace);
  }
  return status_;
}

Result<Outcome> run_process(const CommandLine& command, Duration real_timeout) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::system_error(errno, "cannot make a pipe for", command.program);
  Actions actions;
  posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], 1);
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], 2);
  auto pid = spawn(command, actions);
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return pid.error();
  }
  Outcome outcome;
  const auto until = RealTime::now() + real_timeout;
  bool ended = false;
  while (!ended) {
    pollfd readable{ends[0], POLLIN, 0};
    const int ready = ::poll(&readable, 1, left(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    char buffer[16384];
    const auto n = ::read(ends[0], buffer, sizeof buffer);
    if (n > 0) outcome.output.append(buffer, static_cast<std::size_t>(n));
    ended = n == 0 || (n < 0 && errno != EINTR);
  }
  ::close(ends[0]);
  if (!ended) ::kill(*pid, SIGKILL);
  int raw = 0;
  while (::waitpid(*pid, &raw, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return Error{ErrorCode::Timeout, fmt::format("{} did not end in time", command.program)};
  outcome.status = exit_status(raw);
  return outcome;
}

}  // namespace lictor::lab
