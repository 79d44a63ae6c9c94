#include "lab/interrupt.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "foundation/os/files.hpp"

namespace lictor::lab {
namespace {

sigset_t wanted() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

Result<Interrupt> Interrupt::take() {
  const auto signals = wanted();
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return os::system_error(errno, "cannot block", "signals");
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return os::system_error(errno, "cannot watch", "signals");
  return Interrupt(descriptor);
}

Interrupt::Interrupt(Interrupt&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), raised_(other.raised_) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Interrupt::look(int timeout_ms) {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (!raised_ && ::poll(&waiting, 1, timeout_ms) > 0) raised_ = true;
}

bool Interrupt::raised() {
  look(0);
  return raised_;
}

void Interrupt::wait() {
  while (!raised_) look(-1);
}

}  // namespace lictor::lab
