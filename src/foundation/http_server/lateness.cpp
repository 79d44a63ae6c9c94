#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "foundation/http_server/loop.hpp"

namespace lictor::http {
namespace {

constexpr std::chrono::seconds kForgotten{1};            // a measure of before says nothing about now
constexpr std::chrono::milliseconds kBetweenSignals{5};  // the price of a signal is a few microseconds

}  // namespace

Lateness::Lateness(boost::asio::io_context& context) : signal_(context) {
  const int file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  boost::system::error_code ignored;
  if (file >= 0) signal_.assign(file, ignored);
}

Duration Lateness::look() {
  const auto now = Steady::now();
  if (!under_way_) {
    if (now - arrived_at_ > kForgotten) last_ = before_ = Steady::duration{0};
    if (signal_.is_open() && now - arrived_at_ >= kBetweenSignals) send();
  }
  const auto present = under_way_ ? now - sent_at_ : Steady::duration{0};
  return std::chrono::duration_cast<Duration>(std::max(std::min(present, last_), std::min(last_, before_)));
}

void Lateness::send() {
  under_way_ = true;
  sent_at_ = Steady::now();
  // Waited for first: what is ready already would be taken without the poll. It always arrives, so it keeps no loop
  // that is to end.
  signal_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    under_way_ = false;
    if (error) return;
    arrived_at_ = Steady::now();
    before_ = std::exchange(last_, arrived_at_ - sent_at_);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(signal_.native_handle(), &count, sizeof count);
  });
  const std::uint64_t one = 1;
  if (::write(signal_.native_handle(), &one, sizeof one) != sizeof one) {
    boost::system::error_code ignored;
    signal_.close(ignored);
  }
}

}  // namespace lictor::http
