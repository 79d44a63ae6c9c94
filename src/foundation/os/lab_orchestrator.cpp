// The orchestrator's side of the lab clock.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include "foundation/os/files.hpp"
#include "foundation/os/lab_clock.hpp"
#include "foundation/os/lab_lines.hpp"

namespace lictor::os {
namespace {

constexpr int kMaxRounds = 1000;  // of "quiet?" without anybody coming to rest

class Orchestrator final : public LabOrchestrator {
 public:
  Orchestrator(int listener, std::string path, Now start, Duration timeout)
      : listener_(listener), path_(std::move(path)), timeout_(timeout) {
    clock_.set(start.wall, start.steady);
  }
  ~Orchestrator() override {
    ::close(listener_);
    ::unlink(path_.c_str());
  }

  Result<void> wait_for(const std::string& name, Duration real_timeout) override {
    while (members_.count(name) == 0) {
      pollfd waiting{listener_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(real_timeout.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return Error{ErrorCode::Timeout, fmt::format("{} did not join the lab's clock", name)};
      if (auto ok = admit(); !ok) return ok;
    }
    return {};
  }

  [[nodiscard]] Now now() const override { return read(clock_); }

  Result<void> step(WallTime limit) override {
    if (clock_.running()) return Error{ErrorCode::Conflict, "the lab's time runs by itself; halt it before a step"};
    if (auto ok = admit_waiting(); !ok) return ok;
    std::optional<SteadyTime> earliest;
    auto asked =
        ask_all("deadline?", [&](const std::string& name, const std::vector<std::string>& words) -> Result<void> {
          if (words.size() != 2 || words[0] != "deadline") return bad(name, words);
          const auto at = to_number(words[1]);
          if (at && (!earliest || SteadyTime{Duration{*at}} < *earliest)) earliest = SteadyTime{Duration{*at}};
          return {};
        });
    if (!asked) return asked;
    const auto at = now();
    Duration ahead = std::max(Duration{0}, limit - at.wall);
    if (earliest) ahead = std::min(ahead, std::max(Duration{0}, *earliest - at.steady));
    return step_to({at.wall + ahead, at.steady + ahead});
  }

  Result<void> step_until(WallTime until) override {
    int still = 0;
    while (now().wall < until) {
      const auto before = now().wall;
      if (auto ok = step(until); !ok) return ok;
      still = now().wall == before ? still + 1 : 0;
      if (still > kMaxRounds)
        return Error{ErrorCode::Timeout, "a process of the lab asks for the same moment for ever"};
    }
    return {};
  }

  // One process's work may have made another's: all must say twice in a row that nothing has happened in between.
  Result<void> settle() override {
    std::map<std::string, std::string> before;
    for (int round = 0; round < kMaxRounds; ++round) {
      std::map<std::string, std::string> after;
      auto ok = ask_all("quiet?", [&](const std::string& name, const std::vector<std::string>& words) -> Result<void> {
        after[name] = words.back();
        return expect("quiet", 2)(name, words);
      });
      if (!ok) return ok;
      if (after == before) return {};
      before = std::move(after);
    }
    return Error{ErrorCode::Timeout, "the lab does not come to rest"};
  }

  Result<void> run() override {
    if (auto ok = admit_waiting(); !ok) return ok;
    clock_.run();
    return ask_all("run", expect("running", 1));
  }

  // Processes halt one after the other: the latest of them says where time goes on for all.
  Result<void> halt() override {
    clock_.halt();
    Now latest = now();
    auto ok = ask_all("halt", [&](const std::string& name, const std::vector<std::string>& words) -> Result<void> {
      const auto wall = words.size() == 3 ? to_number(words[1]) : std::nullopt;
      const auto steady = words.size() == 3 ? to_number(words[2]) : std::nullopt;
      if (!wall || !steady) return bad(name, words);
      latest.wall = std::max(latest.wall, wall_from_ms(*wall));
      latest.steady = std::max(latest.steady, SteadyTime{Duration{*steady}});
      return {};
    });
    if (!ok) return ok;
    return step_to(latest);
  }

  void forget(const std::string& name) override { members_.erase(name); }

 private:
  using Check = std::function<Result<void>(const std::string& name, const std::vector<std::string>& words)>;
  static Check expect(std::string_view verb, std::size_t count) {
    return [verb, count](const std::string& name, const std::vector<std::string>& words) -> Result<void> {
      if (words.size() != count || words[0] != verb) return bad(name, words);
      return {};
    };
  }
  static Error bad(const std::string& name, const std::vector<std::string>& words) {
    return {ErrorCode::Malformed, fmt::format("{} answered \"{}\"", name, fmt::join(words, " "))};
  }

  [[nodiscard]] std::string line_of_now(std::string_view verb) const {
    return fmt::format("{} {} {}", verb, to_ms(now().wall), to_ms(now().steady));
  }
  // All clocks first, then what is due.
  Result<void> step_to(Now at) {
    clock_.set(at.wall, at.steady);
    if (auto ok = ask_all(line_of_now("set"), expect("set", 1)); !ok) return ok;
    if (auto ok = ask_all(line_of_now("step"), expect("quiet", 2)); !ok) return ok;
    return settle();
  }

  Result<void> admit() {
    LineSocket socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.descriptor() < 0) return system_error(errno, "cannot accept on", path_);
    auto hello = socket.receive(timeout_);
    if (!hello) return hello.error();
    const auto words = split_words(*hello);
    if (words.size() != 3 || words[0] != "hello") return bad("a newcomer", words);
    if (auto ok = socket.send(line_of_now("step")); !ok) return ok;
    if (auto quiet = socket.receive(timeout_); !quiet) return quiet.error();
    if (clock_.running()) {
      if (auto ok = socket.send("run"); !ok) return ok;
      if (auto running = socket.receive(timeout_); !running) return running.error();
    }
    members_.insert_or_assign(words[1], std::move(socket));
    return {};
  }
  Result<void> admit_waiting() {
    for (;;) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 0) <= 0) return {};
      if (auto ok = admit(); !ok) return ok;
    }
  }

  // Sends to all first, so that they work side by side, then reads all answers.
  Result<void> ask_all(const std::string& line, const Check& check) {
    for (auto& [name, socket] : members_) {
      if (auto ok = socket.send(line); !ok) return ok.error().with_context(name);
    }
    for (auto& [name, socket] : members_) {
      auto answer = socket.receive(timeout_);
      if (!answer) return answer.error().with_context(fmt::format("{} after \"{}\"", name, line));
      if (auto ok = check(name, split_words(*answer)); !ok) return ok;
    }
    return {};
  }

  int listener_;
  std::string path_;
  LabClock clock_;
  Duration timeout_;
  std::map<std::string, LineSocket> members_;
};

}  // namespace

Result<std::unique_ptr<LabOrchestrator>> make_lab(const std::string& socket_path, WallTime start,
                                                  Duration real_timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::InvalidArgument, fmt::format("the socket path {} is too long", socket_path)};
  }
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_error(errno, "cannot open a socket for", socket_path);
  ::unlink(socket_path.c_str());
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 64) != 0) {
    const int error = errno;
    ::close(fd);
    return system_error(error, "cannot listen on", socket_path);
  }
  // Steady time starts well above zero, so that nothing takes it for "never".
  return std::unique_ptr<LabOrchestrator>(
      std::make_unique<Orchestrator>(fd, socket_path, Now{start, SteadyTime{hours(1)}}, real_timeout));
}

}  // namespace lictor::os
