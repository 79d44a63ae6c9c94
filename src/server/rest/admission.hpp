// PRO-6: what is refused before its body is read, while the writer's queue is long or requests wait too long unread.
// Lists first, then REST writes, then registrations, then renewals, told apart by path, method and the unsigned hint
// Lictor-Message; under pressure no peer gets much more than the others. 503, Retry-After, and the text of LS_BUSY;
// nothing is lost. Who is refused is told to come back one after another, so that a storm does not return as one.
//
// What comes through is judged once more when its body is read and nothing has been done for it yet: fair per account
// (storage/command_queue.hpp), and per token not above a rate (device_service::Admission, here).
#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "server/device_service/device_service.hpp"
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
  // A token: so many registrations at once, then so many a second.
  std::int64_t token_burst = 10'000;
  std::int64_t token_rate = 500;
  std::size_t tokens = 4096;  // counted at once; no more are, since whoever has none could fill them
};
// `queue`: the writer's limit; `latest`: for renewals. What they do not say keeps the proportions of the defaults.
GateSettings make_gate_settings(std::size_t queue, Duration latest, std::size_t returning);

// Thread: any.
class Gate final : public device_service::Admission {
 public:
  // `waiting`: commands in the writer's queue. `clock` must outlive it.
  Gate(GateSettings settings, std::function<std::size_t()> waiting, const Clock& clock);
  std::optional<http::ServerResponse> judge(const http::RequestHead& head);
  bool admits(const KeyedHash& token) override;
  // At least retry_after from now, and a little after the one who was refused before.
  Duration when_to_return() override;

 private:
  // What a token has used of its burst: it comes back at token_rate thousandths a millisecond.
  struct Spent {
    std::int64_t thousandths = 0;
    SteadyTime at{};
  };
  bool is_fair(const std::string& peer);
  [[nodiscard]] std::int64_t spent(const Spent& token, SteadyTime now) const;
  GateSettings settings_;
  std::function<std::size_t()> waiting_;
  const Clock& clock_;
  std::mutex mutex_;
  SteadyTime window_began_{};
  std::map<std::string, std::size_t> let_in_;  // in this window
  std::size_t total_ = 0;
  SteadyTime next_return_{};  // of the next who is refused
  std::mutex tokens_mutex_;
  std::map<KeyedHash, Spent> tokens_;  // that have used something
  SteadyTime tokens_swept_{};
};

// Asks `writer` for its queue; it and `clock` must outlive the gate.
std::shared_ptr<Gate> make_gate(const storage::Writer& writer, const Clock& clock, GateSettings settings);
// Keeps the gate alive.
http::Admission make_admission(std::shared_ptr<Gate> gate);

}  // namespace lictor::rest
