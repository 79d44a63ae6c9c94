// The lab clock and the process's side of it.
#include "foundation/os/lab_clock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "foundation/os/control_socket.hpp"
#include "foundation/os/lab_lines.hpp"
#include "foundation/os/native_loop.hpp"

namespace lictor::os {

Now LabClock::now() const {
  if (!running_since_) return base_;
  const auto passed = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - *running_since_);
  return {base_.wall + passed, base_.steady + passed};
}
WallTime LabClock::wall() const {
  const std::lock_guard lock(mutex_);
  return now().wall;
}
SteadyTime LabClock::steady() const {
  const std::lock_guard lock(mutex_);
  return now().steady;
}
void LabClock::set(WallTime wall, SteadyTime steady) {
  const std::lock_guard lock(mutex_);
  base_ = {wall, steady};
  if (running_since_) running_since_ = std::chrono::steady_clock::now();
}
void LabClock::run() {
  const std::lock_guard lock(mutex_);
  if (!running_since_) running_since_ = std::chrono::steady_clock::now();
}
void LabClock::halt() {
  const std::lock_guard lock(mutex_);
  base_ = now();
  running_since_.reset();
}
bool LabClock::running() const {
  const std::lock_guard lock(mutex_);
  return running_since_.has_value();
}

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMostBuffered = 64 * 1024;

class Link final : public LabLink {
 public:
  Link(EventLoop& loop, LabClock& clock, LineSocket socket)
      : loop_(loop), clock_(clock), stream_(loop.native().context, socket.release()), pause_(loop.native().context) {}

  void start() { read(); }
  LabProbes& probes() override { return probes_; }

 private:
  void read() {
    asio::async_read_until(stream_, asio::dynamic_buffer(buffer_, kMostBuffered), '\n',
                           [this, alive = std::weak_ptr<int>(alive_)](const error_code& ec, std::size_t n) {
                             if (!alive.expired()) got(ec, n);
                           });
  }

  void got(const error_code& ec, std::size_t n) {
    if (ec) {  // the orchestrator is gone: time goes on by itself, so that a reader's session stays alive
      clock_.run();
      loop_.set_timers(EventLoop::Timers::Running);
      return;
    }
    const auto line = buffer_.substr(0, n - 1);
    buffer_.erase(0, n);
    handle(line);
    read();
  }

  void handle(const std::string& line) {
    const auto words = split_words(line);
    const auto& verb = words.front();
    if (verb == "set" && words.size() == 3) return answer(set(words) ? "set" : "what?");
    if (verb == "step" && words.size() == 3) return step(words);
    if (verb == "deadline?") return answer(deadline());
    if (verb == "quiet?") return when_quiet();
    if (verb == "run") {
      clock_.run();
      loop_.set_timers(EventLoop::Timers::Running);
      return answer("running");
    }
    if (verb == "halt") {
      clock_.halt();
      loop_.set_timers(EventLoop::Timers::Stepped);
      return answer(fmt::format("halted {} {}", to_ms(clock_.wall()), to_ms(clock_.steady())));
    }
    answer("what?");  // the orchestrator fails on it, with this process's name
  }

  bool set(const std::vector<std::string>& words) {
    const auto wall = to_number(words[1]);
    const auto steady = to_number(words[2]);
    if (!wall || !steady) return false;
    clock_.set(wall_from_ms(*wall), SteadyTime{Duration{*steady}});
    return true;
  }

  void step(const std::vector<std::string>& words) {
    if (!set(words)) return answer("what?");
    ++done_;
    for (const auto& stepped : probes_.stepped) stepped();
    loop_.run_due();
    when_quiet();
  }

  std::string deadline() {
    auto earliest = loop_.next_timer();
    for (const auto& probe : probes_.deadlines) {
      const auto at = probe();
      if (at && (!earliest || *at < *earliest)) earliest = at;
    }
    return earliest ? fmt::format("deadline {}", to_ms(*earliest)) : "deadline none";
  }

  // Quiet: no timer due, no probe that says otherwise, nothing posted; asked again after the loop has gone round, for
  // what was ready to be read. Work may be on other threads, so it looks again every half millisecond of real time.
  void when_quiet() {
    loop_.run_due();
    // The probes first: what a worker has finished was posted before it says that it is idle.
    const bool quiet =
        std::all_of(probes_.quiet.begin(), probes_.quiet.end(), [](const auto& probe) { return probe(); }) &&
        loop_.native().waiting == 0;
    if (quiet && calm_) {
      calm_ = false;
      return answer(fmt::format("quiet {}", done_ + loop_.native().done));
    }
    if (!quiet) ++done_;
    calm_ = quiet;
    pause_.expires_after(quiet ? std::chrono::microseconds(0) : std::chrono::microseconds(500));
    pause_.async_wait([this, alive = std::weak_ptr<int>(alive_)](const error_code& ec) {
      if (!ec && !alive.expired()) when_quiet();
    });
  }

  void answer(const std::string& line) {
    error_code ignored;  // a lost orchestrator shows in read()
    asio::write(stream_, asio::buffer(line + "\n"), ignored);
  }

  EventLoop& loop_;
  LabClock& clock_;
  LabProbes probes_;
  asio::posix::stream_descriptor stream_;
  asio::steady_timer pause_;
  std::string buffer_;
  std::int64_t done_ = 0;
  bool calm_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // handlers that come after the end of this see it gone
};

}  // namespace

Result<std::unique_ptr<LabLink>> join_lab(EventLoop& loop, LabClock& clock, const std::string& socket_path,
                                          const std::string& name) {
  auto socket = LineSocket::connect(socket_path);
  if (!socket) return socket.error().with_context("the lab's clock");
  if (auto ok = socket->send(fmt::format("hello {} {}", name, ::getpid())); !ok) return ok.error();
  auto line = socket->receive(seconds(60));
  if (!line) return line.error().with_context("the lab's clock");
  const auto words = split_words(*line);
  const auto wall = words.size() == 3 ? to_number(words[1]) : std::nullopt;
  const auto steady = words.size() == 3 ? to_number(words[2]) : std::nullopt;
  if (words.front() != "step" || !wall || !steady) {
    return Error{ErrorCode::Malformed, fmt::format("the lab's clock: \"{}\" is no first step", *line)};
  }
  clock.set(wall_from_ms(*wall), SteadyTime{Duration{*steady}});
  if (auto ok = socket->send("quiet 0"); !ok) return ok.error();
  loop.set_timers(EventLoop::Timers::Stepped);
  auto link = std::make_unique<Link>(loop, clock, std::move(*socket));
  link->start();
  return std::unique_ptr<LabLink>(std::move(link));
}

}  // namespace lictor::os
