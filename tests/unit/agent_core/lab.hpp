// A device's surroundings in one thread on simulated time: clocks, a store that can fail, a link that can be cut, and a
// server built from protocol and pki. A year passes in milliseconds.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/agent.hpp"
#include "licensing/pki/crypto.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::agent::lab {

// Keyed hashes instead of signatures: fast, and the same to the byte in every run. `entropy` must outlive it.
std::unique_ptr<pki::Crypto> make_crypto(Entropy& entropy);

inline constexpr std::int64_t kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

// Keys and certificates of one authority (PKI-1), and the next root for trust messages.
struct Authority {
  Authority(pki::Crypto& crypto, std::uint64_t seed, WallTime from);
  std::vector<Bytes> issue_id(const pki::PublicKey& key, AccountId account, InstanceId instance, WallTime from,
                              WallTime to);
  void issue_signing(WallTime from, WallTime to);
  void rotate_root(WallTime from);  // new root, intermediate and signing certificate; the next trust version

  pki::Crypto& crypto;
  SeededEntropy entropy;
  AuthorityId id;
  int trust_version = 1;
  std::unique_ptr<pki::PrivateKey> root_key, intermediate_key, signing_key;
  pki::Certificate root, intermediate, signing;
  std::vector<protocol::TrustBundle> bundles;
};

struct Instance {
  InstanceId id;
  std::vector<UdiEntry> udis;
  pki::PublicKey key;
  Serial serial;
  std::optional<Serial> previous_serial;
  std::int64_t last_sequence = 0;
  std::vector<UsageItem> usage;
  WallTime last_contact{};
};

// Behaves as page 04 says, as far as an agent can see.
class Server {
 public:
  Server(pki::Crypto& crypto, WallTime from);
  std::string handle(std::string_view body, WallTime now);  // compact JWS; "" = an unsigned problem

  Authority authority;
  std::set<std::string> tokens = {"TOKEN"};
  bool export_allowed = true;
  Count owned = 100;  // of every tag
  Duration tolerance = hours(1);
  Duration id_lifetime = days(365);
  std::string account_name = "Example Company";
  std::string virtual_account_name = "Default";
  std::map<protocol::MessageType, protocol::Refusal> refuse;  // until erased
  std::map<protocol::MessageType, int> pending;               // how many more times
  Duration pending_interval{0};
  bool lose_effect_answers = false;  // does the work, the answer is lost
  std::function<void(protocol::AnswerHeader&, std::string& payload)> tamper;
  bool sign_with_foreign_key = false;

  std::vector<Instance> instances;
  std::vector<protocol::MessageType> seen;  // every request that arrived
  std::vector<protocol::UnverifiedRequest> requests;
  int registrations = 0;

 private:
  protocol::Answer answer(const protocol::UnverifiedRequest& request, WallTime now);
  protocol::Answer register_device(const protocol::RegisterRequest& request, WallTime now);
  protocol::Answer for_instance(const protocol::UnverifiedRequest& request, WallTime now);
  protocol::Answer effect(Instance& instance, const protocol::UnverifiedRequest& request, WallTime now);
  std::string sign(const protocol::UnverifiedRequest& request, std::string payload, WallTime now);
  struct Stored {
    protocol::MessageType type;
    Digest digest;
    std::string payload;
  };
  std::map<RequestId, Stored> stored_;
  std::int64_t next_instance_ = 1;
};

class MemoryStore final : public StateStore {
 public:
  Result<Loaded> load() override;
  Result<void> save(const Bytes& contents, const std::vector<std::string>& lines) override;
  Result<void> set_aside() override;

  std::optional<Bytes> contents;
  std::optional<Bytes> aside;  // what was set aside last
  std::vector<std::string> lines;
  bool damaged = false;
  int writes = 0;
  // What happens at write number `at` (from 1): nothing of it arrives, all of it arrives and the error is told, ...
  enum class Fault { None, FailsOld, FailsNew };
  Fault fault = Fault::None;
  int at = 0;
};

enum class Link { Up, Down, NotConfigured, Busy, RevocationUnknown, Held };

// One device with its clocks, host and way to the server.
class Device final : public Host, public Transport {
 public:
  explicit Device(Server& server, pki::Crypto& crypto);
  void boot();                  // opens the agent over the store
  Result<void> open();          // the same, for where that may fail
  void power_cut();             // the agent is gone, what it did not store is lost
  void run(Duration time);      // wall and steady pass together
  void settle();                // handles what is due now
  void jump_wall(Duration by);  // the clock is set
  [[nodiscard]] Now now() const { return {wall, steady}; }
  [[nodiscard]] Snapshot view() const { return agent->snapshot(now()); }
  Agent& operator*() { return *agent; }
  Agent* operator->() { return agent.get(); }

  // The log as one string per line: "%SMART_LIC-6-AGENT_REG_SUCCESS: text".
  std::vector<std::string> log_lines;
  [[nodiscard]] std::vector<std::string> mnemonics() const;  // of log_lines
  [[nodiscard]] int count(std::string_view mnemonic) const;
  [[nodiscard]] std::string last_line(std::string_view mnemonic) const;
  std::vector<NotificationKind> notifications;
  // Boots, declares one licence and is ready; then registered and authorized.
  void boot_with_usage();
  void register_and_settle(Agent::Force force = Agent::Force::No);

  // A carrier takes the next message for a ticket (`kept` is empty until then); what is fetched is `answer` to it.
  void carry_next(std::function<std::string(const std::string& body)> answer);
  std::string kept;

  // Host
  void log(const LogLine& line) override;
  void notify(NotificationKind kind) override { notifications.push_back(kind); }
  void wake_at(std::optional<SteadyTime> when) override { wake = when; }
  void generate_key(pki::KeyAlgorithm algorithm,
                    std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;
  // Transport
  void send(Message message, std::function<void(TransportReply)> done) override;
  void cancel() override;

  Server& server;
  pki::Crypto& crypto;
  WallTime wall = wall_from_ms(kStart);
  SteadyTime steady{Duration{1'000'000}};
  Duration clock_error{0};  // the device's wall = true time + this
  MemoryStore store;
  StateStore* other_store = nullptr;  // instead of `store`, if there is one; must outlive the device
  std::function<bool()> off;          // true: the machine has no power; nothing goes on, nothing leaves
  SeededEntropy entropy{7}, jitter{11};
  AgentSettings settings;
  std::unique_ptr<Agent> agent;
  std::optional<SteadyTime> wake;
  Link link = Link::Up;
  std::function<std::optional<TransportReply>(const Message&)> carrier;  // answers instead of the link, if it does
  bool keys_fail = false;
  std::vector<Message> sent;
  std::vector<WallTime> sent_at;
  std::deque<std::function<void()>> completions;
  std::function<void(TransportReply)> held;  // Link::Held: the one outstanding

 private:
  void step_once();
};

UsageItem licence(std::string name, Count count = 1, bool export_controlled = false);

}  // namespace lictor::agent::lab
