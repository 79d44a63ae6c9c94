// STO-1, STO-2, STO-5, PRO-3: a whole agent over the file store, on a disk that fails or loses power at its N-th
// operation, N = 1, 2, 3, ... until a life ends untouched. The life: evaluation, registration, other licences in use,
// renewals, an orderly restart, deregistration, evaluation again.
#include "agent/core/store_codec.hpp"
#include "agent/host/file_state_store.hpp"
#include "simulation/disk/fault_files.hpp"
#include "support/every.hpp"
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using simulation::Fault;
using simulation::FaultDisk;
using simulation::FaultFiles;

constexpr Duration kStep = hours(8);  // of evaluation, so that a life has few writes

// What an agent asked to be stored and what it was told is, over all its processes.
struct Stored {
  std::optional<Bytes> acknowledged;
  std::vector<Bytes> asked;  // since then
};

class WatchedStore final : public StateStore {
 public:
  WatchedStore(FaultFiles& files, pki::Crypto& crypto, Stored& stored)
      : store_({"/var/lictor", 50}, files, crypto), stored_(stored) {}
  Result<Loaded> load() override { return store_.load(); }
  Result<void> save(const Bytes& contents, const std::vector<std::string>& lines) override {
    stored_.asked.push_back(contents);
    auto ok = store_.save(contents, lines);
    if (ok) stored_ = {contents, {}};
    return ok;
  }
  Result<void> set_aside() override { return store_.set_aside(); }

 private:
  FileStateStore store_;
  Stored& stored_;
};

class Life {
 public:
  explicit Life(const Fault& fault) {
    disk.set(fault);
    device.off = [this] { return disk.off(); };
    device.settings.evaluation_step = kStep;
    device.settings.event_log_size = 50;
    start();
  }
  // Another process on the same disk.
  void start() {
    note_used();
    device.power_cut();
    store = std::make_unique<WatchedStore>(files, *crypto, stored);
    device.other_store = store.get();
  }
  // A process that could not start is started again, as a supervisor does.
  bool boot() {
    for (int tries = 0; tries < 3 && !disk.off(); ++tries) {
      if (!device.open()) continue;
      (void)device->set_usage(usage, device.now());
      device->ready(device.now());
      device.settle();
      return !disk.off();
    }
    return false;
  }

  void live() {
    const auto ask = [this](auto&& what) {
      if (disk.off() || !device.agent) return;
      what();
      device.settle();
    };
    const auto pass = [this](Duration time) {
      if (!disk.off() && device.agent) device.run(time);
    };
    if (!boot()) return;
    pass(hours(20));
    ask([this] { (void)device->register_token("TOKEN", Agent::Force::No, device.now()); });
    ask([this] { declare({licence("NETWORK_ADVANTAGE", 2), licence("DNA")}); });
    pass(minutes(25));
    ask([this] { (void)device->renew_id(device.now()); });
    pass(days(31));
    ask([this] { (void)device->shut_down(device.now()); });
    if (disk.off()) return;
    start();
    if (!boot()) return;
    ask([this] {
      asked_to_deregister = true;
      (void)device->deregister(device.now());
    });
    pass(hours(20));
    ask([this] { (void)device->shut_down(device.now()); });
    ended = !disk.off();
  }
  void declare(std::vector<UsageItem> items) {
    if (device->set_usage(items, device.now())) usage = std::move(items);
  }
  [[nodiscard]] Duration used() { return days(90) - device.view().evaluation_remaining; }
  // Remembers the evaluation that the last process had used when it ended.
  Duration note_used() {
    if (device.agent) used_ = used();
    return used_;
  }

  SeededEntropy keys{42};
  std::unique_ptr<pki::Crypto> crypto = lab::make_crypto(keys);
  FaultDisk disk;
  FaultFiles files{disk};
  Stored stored;
  std::unique_ptr<WatchedStore> store;
  Server server{*crypto, wall_from_ms(kStart)};
  Device device{server, *crypto};
  std::vector<UsageItem> usage = {licence("NETWORK_ADVANTAGE")};
  bool asked_to_deregister = false;
  bool ended = false;

 private:
  Duration used_{0};
};

// What lies on the disk, as another program would read it.
std::optional<Bytes> contents_on(Life& life) {
  Stored nobody;
  WatchedStore reader(life.files, *life.crypto, nobody);
  auto loaded = reader.load();
  EXPECT_TRUE(loaded) << loaded.error().message;
  if (!loaded) return std::nullopt;
  EXPECT_FALSE(loaded->damaged);
  return std::move(loaded->contents);
}

void expect_old_or_new(Life& life, const std::optional<Bytes>& found) {
  const auto& [acknowledged, asked] = life.stored;
  const bool old = found == acknowledged;
  const bool is_new = found && std::find(asked.begin(), asked.end(), *found) != asked.end();
  EXPECT_TRUE(old || is_new) << "the store is neither as acknowledged nor as asked for";
}

// Requests that were frozen go out again as they are (PRO-3), the first of their kind after the restart.
void expect_same_requests(const State& stored, const std::vector<protocol::UnverifiedRequest>& seen,
                          std::size_t seen_before) {
  for (int e = 0; e < kExchanges; ++e) {
    const auto& out = stored.outgoing[static_cast<std::size_t>(e)];
    if (!out.wanted || !out.frozen() || out.polled) continue;
    const auto type = message_type(static_cast<Exchange>(e));
    for (auto i = seen_before; i < seen.size(); ++i) {
      if (seen[i].header.type != type) continue;
      EXPECT_EQ(seen[i].header.request_id, out.request_id);
      EXPECT_EQ(seen[i].payload, out.payload);
      break;
    }
  }
}

// Both sides agree once everything has come to rest; but a deregistration that was cut short ends locally, and says so
// (REG-9).
void expect_agreement(Life& life) {
  EXPECT_LE(life.server.registrations, 1) << "PRO-3: counted once";
  const auto view = life.device.view();
  if (view.registration == RegistrationState::Registered) {
    EXPECT_EQ(life.server.instances.size(), 1U);
    EXPECT_EQ(view.authorization, AuthorizationState::Authorized);
    return;
  }
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  if (life.server.instances.empty()) return;
  EXPECT_TRUE(life.asked_to_deregister);
  EXPECT_EQ(life.device.count("AGENT_DEREG_FAILED"), 1);
  life.device.register_and_settle(Agent::Force::Yes);
  EXPECT_EQ(life.device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(life.server.instances.size(), 1U);
}

// Power is back after a cut or on a mended disk.
void expect_good_restart(Life& life, Duration used_before) {
  const auto found = contents_on(life);
  expect_old_or_new(life, found);
  State stored;
  if (found) {
    auto decoded = decode_state(*found);
    ASSERT_TRUE(decoded) << decoded.error().message;
    stored = std::move(*decoded);
    if (stored.stage == Stage::Registered) {
      ASSERT_TRUE(stored.identity);
      EXPECT_FALSE(stored.identity->key.empty());
      EXPECT_FALSE(stored.identity->chain.empty());
    }
  }
  const auto seen_before = life.server.requests.size();
  life.start();
  ASSERT_TRUE(life.device.open());
  EXPECT_FALSE(life.device.view().store_damaged);
  EXPECT_GE(life.used(), used_before) << "a cut grants no evaluation";
  EXPECT_LE(life.used() - used_before, kStep) << "a cut costs a step of evaluation at most";
  ASSERT_TRUE(life.device->set_usage(life.usage, life.device.now()));
  life.device->ready(life.device.now());
  life.device.settle();
  life.device.run(hours(2));
  expect_same_requests(stored, life.server.requests, seen_before);
  expect_agreement(life);
}

TEST(AgentFaults, STO_1_TheLifeComesToItsEndOnAGoodDisk) {
  Life life({});
  life.live();
  ASSERT_TRUE(life.ended);
  EXPECT_EQ(life.server.registrations, 1);
  EXPECT_TRUE(life.server.instances.empty());
  EXPECT_EQ(life.used(), hours(40));
  EXPECT_GT(life.disk.operations(), 100U);
}

TEST(AgentFaults, STO_2_STO_5_PRO_3_APowerCutAtAnyOperationOfALife) {
  int cuts = 0;
  for (auto fault : simulation::every_power_cut()) {
    for (fault.at = 1;; fault.at += test::every()) {
      Life life(fault);
      life.live();
      if (life.ended) break;
      ASSERT_TRUE(life.disk.off());
      SCOPED_TRACE(to_string(fault) + ": " + life.disk.operation(fault.at));
      const auto used = life.note_used();
      life.disk.restart();
      expect_good_restart(life, used);
      if (::testing::Test::HasFailure()) return;
      ++cuts;
    }
  }
  EXPECT_GT(cuts, 1000 / static_cast<int>(test::every()));
}

TEST(AgentFaults, STO_2_PRO_3_AnErrorAtAnyOperationOfALifeIsOvercome) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (std::size_t at = 1;; at += test::every()) {
      const Fault fault{.at = at, .kind = kind};
      SCOPED_TRACE(to_string(fault));
      Life life(fault);
      life.live();
      ASSERT_TRUE(life.ended);
      EXPECT_LE(life.server.registrations, 1);
      const bool untouched = life.disk.operations() < at;
      const auto used = life.note_used();
      life.disk.restart();
      expect_good_restart(life, used);
      if (untouched || ::testing::Test::HasFailure()) break;
    }
  }
}

TEST(AgentFaults, STO_2_PRO_3_ADiskThatStaysBadLeavesTheLastStateForTheNextStart) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (std::size_t at = 1;; at += test::every()) {
      const Fault fault{.at = at, .kind = kind, .again = Fault::Again::ForEver};
      SCOPED_TRACE(to_string(fault));
      Life life(fault);
      life.live();
      const bool untouched = life.disk.operations() < at;
      life.disk.restart();
      // Evaluation that could not be stored is lost with the machine; all else is as at a cut.
      const auto found = contents_on(life);
      expect_old_or_new(life, found);
      life.start();
      ASSERT_TRUE(life.boot());
      life.device.run(hours(2));
      expect_agreement(life);
      if (untouched || ::testing::Test::HasFailure()) break;
    }
  }
}

}  // namespace
}  // namespace lictor::agent
