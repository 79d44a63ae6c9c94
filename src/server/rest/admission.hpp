// PRO-6: what is refused before its body is read, while the writer's queue is long or requests wait too long unread.
// Lists first, then REST writes, then registrations, then renewals, told apart by path, method and the unsigned hint
// Lictor-Message; under pressure no peer gets much more than the others. 503, Retry-After, and the text of LS_BUSY;
// nothing is lost. Who is refused is told to come back one after another, so that a storm does not return as one.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "server/rest/rest.hpp"

namespace lictor::rest {

enum class AdmissionClass { DeviceRenewal, Registration, RestWrite, List };
// A device message without the hint counts as a registration: a hint is cheap to send.
AdmissionClass class_of(const http::RequestHead& head);

struct GateSettings {
  std::array<std::size_t, 4> limits{8000, 6000, 4000, 3000};  // commands waiting at which a class is refused
  // The same for a request's wait before it is read (RequestHead::lateness).
  std::array<Duration, 4> latest{Duration{3000}, Duration{2250}, Duration{1500}, Duration{1125}};
  std::size_t pressure = 2048;   // from here on peers are counted
  Duration window = seconds(1);  // over so long
  std::size_t least_share = 16;  // what each peer may have in a window in any case
  std::size_t peers = 4096;      // counted at once; more are refused
  Duration retry_after = seconds(30);
  std::size_t returning = 500;            // so many refused ones are told to come back in one second; 1 to 1000
  Duration longest_return = minutes(10);  // but none later than that after retry_after
};
// `queue`: the writer's limit; `latest`: for renewals. What they do not say keeps the proportions of the defaults.
GateSettings make_gate_settings(std::size_t queue, Duration latest, std::size_t returning);

// Thread: any.
class Gate {
 public:
  // `waiting`: commands in the writer's queue. `clock` must outlive it.
  Gate(GateSettings settings, std::function<std::size_t()> waiting, const Clock& clock);
  std::optional<http::ServerResponse> judge(const http::RequestHead& head);

 private:
  bool is_fair(const std::string& peer);
  Duration when_to_return();
  GateSettings settings_;
  std::function<std::size_t()> waiting_;
  const Clock& clock_;
  std::mutex mutex_;
  SteadyTime window_began_{};
  std::map<std::string, std::size_t> let_in_;  // in this window
  std::size_t total_ = 0;
  SteadyTime next_return_{};  // of the next who is refused
};

// Asks `services` for the writer's queue and the clock; they must outlive it.
http::Admission make_admission(const Services& services, GateSettings settings);

}  // namespace lictor::rest
