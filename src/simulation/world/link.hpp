// The way between one device and the manager: messages get lost, doubled, late, garbled, answered by others.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/host/http_transport.hpp"
#include "simulation/world/manager.hpp"

namespace lictor::simulation {

class Link final : public agent::Transport {
 public:
  struct Surroundings {  // all must outlive it
    Timeline* timeline = nullptr;
    Judge* judge = nullptr;
    Truth* truth = nullptr;
    Tally* tally = nullptr;
    Manager* manager = nullptr;
  };
  using Watch = std::function<void(protocol::MessageType type, const std::optional<Truth::Sent>& sent)>;
  // `watch` hears of each message as it leaves, before anything is done with it; `sent` is absent with a ticket.
  Link(int device, std::uint64_t seed, Surroundings around, Watch watch)
      : device_(device),
        chance_(stream(seed, 20, static_cast<std::uint64_t>(device))),
        around_(around),
        watch_(std::move(watch)) {}

  void send(Message message, std::function<void(agent::TransportReply)> done) override;
  void cancel() override;

  void boot(Scheduler& home) { home_ = &home; }
  void power_off();                                     // nobody waits for an answer any more
  void arm(FaultKind kind) { armed_.push_back(kind); }  // one of the next messages suffers it
  [[nodiscard]] std::size_t waiting() const { return armed_.size(); }
  void part(WallTime until) { parted_until_ = std::max(parted_until_, until); }
  void carry() { carried_ = true; }  // every second message goes by ticket from now on (Life::Carried)
  void heal();                       // no fault waits, nobody is parted, no carrier is between
  [[nodiscard]] bool parted() const { return around_.timeline->now() < parted_until_; }
  // The attempt that ended last: was it answered at all, and what delay did a carrier or server name?
  struct Ended {
    WallTime at{};
    bool carrier_word = true;
    bool pending = false;
    Duration retry_after{0};
    std::optional<RequestId> answers;  // what the body says that it answers
    bool not_registered = false;       // a refusal that says so
  };
  [[nodiscard]] const Ended& ended() const { return ended_; }

 private:
  using Answer = std::function<void(HttpAnswer)>;
  [[nodiscard]] Duration latency() { return Duration{chance_.uniform(15, 400)}; }
  std::optional<FaultKind> take_fault();
  void deliver(const std::string& body, const std::optional<RequestId>& id, Duration after, Answer answer);
  // Delivers and brings the answer back as it came.
  void exchange(const std::string& body, const std::optional<RequestId>& id, Duration answer_delay);
  void suffer(FaultKind kind, const std::string& body, const std::optional<RequestId>& id);
  void fetch(const std::string& ticket);
  void finish(std::uint64_t attempt, const http::Reply& reply, agent::Asked asked = agent::Asked::Message);
  void fail_late(std::uint64_t attempt);
  void read_answer(const std::string& body);
  std::string garble(std::string body);

  int device_;
  SeededEntropy chance_;
  Surroundings around_;
  Watch watch_;
  Scheduler* home_ = nullptr;
  std::uint64_t attempt_ = 0;
  std::function<void(agent::TransportReply)> done_;
  std::deque<FaultKind> armed_;
  WallTime parted_until_{};
  bool carried_ = false;
  std::vector<std::string> old_answers_;  // the last few
  std::map<std::string, std::optional<HttpAnswer>> tickets_;
  std::map<std::string, bool> lost_tickets_;
  Ended ended_;
};

}  // namespace lictor::simulation
