// What really went over the wire, read from the bytes themselves, and the promises that can be judged by it: a request
// id stands for one payload for ever, and so does its answer (PRO-3); what is tried again keeps its id.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "licensing/protocol/envelope.hpp"
#include "simulation/world/judge.hpp"
#include "simulation/world/tally.hpp"

namespace lictor::simulation {

using TagCounts = std::vector<std::pair<EntitlementTag, Count>>;  // sorted by tag

struct RequestTruth {
  protocol::MessageType type = protocol::MessageType::Register;
  int device = 0;
  std::uint64_t payload = 0;  // hash
  TagCounts usage;            // authorize
  std::string token;          // register
  bool force = false;
  std::int64_t generation = 0;  // authorize
  std::optional<InstanceId> instance;
  std::vector<WallTime> deadlines;  // as its answers named them: one, and another for each copy of a store put back
  bool delivered = false;           // the manager saw it whole
  int most_effects = 0;     // how often it may count: once, again for each copy of a store put back, and as days go by
  WallTime delivered_at{};  // first
  bool again = false;       // a copy was put back since
  // Of the first answer that was no refusal, under which incarnation.
  std::optional<std::uint64_t> answer;
  Incarnation incarnation;
  std::optional<InstanceId> registered;  // as what
};

class Truth {
 public:
  Truth(Judge& judge, Tally& tally) : judge_(judge), tally_(tally) {}

  struct Sent {
    RequestId id;
    protocol::MessageType type = protocol::MessageType::Register;
    bool known = false;  // that id was sent before
  };
  // As it leaves a device. nullopt: told as a violation.
  std::optional<Sent> sent(int device, const std::string& body);
  void delivered(const RequestId& id);
  // A copy of the device's store was put back: it asks again what it has long been told, and the manager keeps the
  // answer to the last request alone (PRO-3).
  void forget_answers(int device);
  // As it leaves the manager; garbage has no id.
  void answered(const std::string& body);
  // What an answer is, as far as promises need it. nullopt: none that can be read.
  struct Heard {
    RequestId id;
    std::optional<protocol::Code> refusal;
  };
  [[nodiscard]] std::optional<Heard> heard(const std::string& body);

  [[nodiscard]] const RequestTruth* find(const RequestId& id) const;
  [[nodiscard]] const std::vector<const RequestTruth*>& registrations() const { return registrations_; }
  // Of everything that went over the wire, without signatures: two runs of one seed have the same.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  void note(std::string_view text, std::int64_t number);

  // How often an instance was told by an authorization that its device's store went back (STO-4), as far as seen here.
  [[nodiscard]] const std::map<InstanceId, int>& went_back() const { return went_back_; }
  void forget_generations() { generations_.clear(); }  // the manager's store went back itself

 private:
  void judge_answer(const RequestTruth& request, const protocol::AuthorizeAnswer& answer);
  Judge& judge_;
  Tally& tally_;
  std::map<RequestId, RequestTruth> requests_;
  std::vector<const RequestTruth*> registrations_;  // of those
  // What answers that left lately are, by the hash of their bytes: nearly all of them are heard.
  struct Left {
    std::uint64_t hash = 0;
    Heard heard;
  };
  std::array<Left, 64> left_{};
  std::map<int, RequestId> last_answered_;  // by device: of those with an effect
  std::map<InstanceId, std::int64_t> generations_;
  std::map<InstanceId, int> went_back_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

std::uint64_t hash_of(std::string_view text, std::uint64_t begin = 0xcbf29ce484222325U);

}  // namespace lictor::simulation
