// The agent on a real event loop's interface: timers, keys on a worker, lines to callbacks.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "agent/host/agent_host.hpp"
#include "agent/host/file_state_store.hpp"
#include "foundation/os/files.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "support/temp_dir.hpp"

namespace lictor::agent {
namespace {

// Tasks may be posted from the worker; timers run when the test says so.
class TestScheduler final : public Scheduler, public Clock {
 public:
  void post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    changed_.notify_one();
  }
  TimerId call_at(SteadyTime when, std::function<void()> task) override {
    timers_[++last_] = {when, std::move(task)};
    return last_;
  }
  void cancel(TimerId id) override { timers_.erase(id); }
  WallTime wall() const override { return wall_from_ms(1'767'225'600'000) + now_; }
  SteadyTime steady() const override { return SteadyTime{now_}; }

  // Waits for one posted task and runs it.
  void run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !posted_.empty(); });
    auto task = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    task();
  }
  void advance(Duration by) {
    const auto end = now_ + by;
    for (;;) {
      auto first = std::min_element(timers_.begin(), timers_.end(),
                                    [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
      if (first == timers_.end() || first->second.first.time_since_epoch() > end) break;
      now_ = std::max(now_, first->second.first.time_since_epoch());
      auto task = std::move(first->second.second);
      timers_.erase(first);
      task();
    }
    now_ = end;
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> posted_;
  std::map<TimerId, std::pair<SteadyTime, std::function<void()>>> timers_;
  TimerId last_ = 0;
  Duration now_{1000};
};

struct NoStore final : StateStore {
  Result<Loaded> load() override { return Loaded{}; }
  Result<void> save(const Bytes&, const std::vector<std::string>&) override { return {}; }
  Result<void> set_aside() override { return {}; }
};
struct DeadTransport final : Transport {
  int sent = 0;
  void send(Message, std::function<void(TransportReply)>) override { ++sent; }
  void cancel() override {}
};

struct Hosted : ::testing::Test {
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  TestScheduler loop;
  NoStore store;
  DeadTransport transport;
  SeededEntropy entropy{1}, jitter{2};
  std::vector<std::string> mnemonics;
  std::unique_ptr<AgentHost> host;

  void SetUp() override {
    AgentSettings settings;
    settings.udis = {{Udi{"PID", "SN"}, UdiRole::Active}};
    settings.key_algorithm = pki::KeyAlgorithm::EcP256;
    auto opened = AgentHost::open(settings, Ports{&transport, &store, crypto.get(), &entropy, &jitter, nullptr}, loop,
                                  loop, {[this](const LogLine& line) { mnemonics.push_back(line.mnemonic); }, {}});
    ASSERT_TRUE(opened);
    host = std::move(*opened);
  }
};

// --- a store whose checksum is right and whose contents are not an agent's ------------------------------------------
struct Stored : ::testing::Test {
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  TestScheduler loop;
  DeadTransport transport;
  SeededEntropy entropy{1}, jitter{2};
  os::PosixFiles files;
  std::unique_ptr<test::TempDir> folder = std::make_unique<test::TempDir>();
  std::vector<std::string> mnemonics;
  std::vector<NotificationKind> notifications;
  std::unique_ptr<FileStateStore> store;
  std::unique_ptr<AgentHost> host;

  void write(const Bytes& contents) {
    store = std::make_unique<FileStateStore>(FileStateStoreSettings{folder->path(), 50}, files, *crypto);
    ASSERT_TRUE(store->load());
    ASSERT_TRUE(store->save(contents, {"a line"}));
  }
  Result<void> open() {
    host.reset();
    mnemonics.clear();
    store = std::make_unique<FileStateStore>(FileStateStoreSettings{folder->path(), 50}, files, *crypto);
    AgentSettings settings;
    settings.udis = {{Udi{"PID", "SN"}, UdiRole::Active}};
    auto opened =
        AgentHost::open(settings, Ports{&transport, store.get(), crypto.get(), &entropy, &jitter, nullptr}, loop, loop,
                        {[this](const LogLine& line) { mnemonics.push_back(line.mnemonic); },
                         [this](NotificationKind kind) { notifications.push_back(kind); }});
    if (!opened) return opened.error();
    host = std::move(*opened);
    return {};
  }
  Snapshot view() { return host->agent().snapshot(host->now()); }
};

TEST_F(Stored, STO_2_ContentsThatDoNotDecodeAreReportedSetAsideAndCountAsUsedUp) {
  for (const auto& contents : {to_bytes("what is this, and whose?"), Bytes{}, Bytes{0, 0, 0, 0, 0, 0, 0, 2, 9, 9}}) {
    folder = std::make_unique<test::TempDir>();
    write(contents);
    write(contents);  // both slots
    ASSERT_TRUE(open()) << "no reason not to start";
    EXPECT_EQ(std::count(mnemonics.begin(), mnemonics.end(), "STORE_DAMAGED"), 1);
    EXPECT_EQ(std::count(notifications.begin(), notifications.end(), NotificationKind::StoreDamaged), 1);
    EXPECT_TRUE(view().store_damaged);
    EXPECT_EQ(view().evaluation_remaining, Duration{0});
    for (const auto* name : {"state.0.damaged", "state.1.damaged", "events.0.damaged"})
      EXPECT_TRUE(files.exists(folder->path(name))) << name;
    // Until the server vouches for the device, over restarts, too.
    ASSERT_TRUE(open());
    EXPECT_TRUE(view().store_damaged);
    EXPECT_EQ(view().evaluation_remaining, Duration{0});
    host.reset();
    notifications.clear();
  }
}

TEST_F(Stored, STO_2_APowerCutAfterSettingAsideMakesNoNewDevice) {
  write(to_bytes("what is this, and whose?"));
  ASSERT_TRUE(store->set_aside());  // and nothing was saved
  EXPECT_FALSE(files.exists(folder->path("state.1")));
  ASSERT_TRUE(open());
  EXPECT_TRUE(view().store_damaged);
  EXPECT_EQ(view().evaluation_remaining, Duration{0});
}

TEST_F(Stored, STO_2_WhatANewerProgramWroteIsLeftAlone) {
  write(Bytes{0, 0, 0, 0, 0, 0, 0, 99});
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
  EXPECT_TRUE(files.exists(folder->path("state.1")));
}

TEST_F(Hosted, TimersTickTheAgent) {
  UsageItem item;
  item.tag.text = "regid.2026-01.org.example.A,1.0_99999999-8888-7777-6666-555555555555";
  item.count = 1;
  ASSERT_TRUE(host->agent().set_usage({item}, host->now()));
  loop.advance(seconds(11));  // USE-1: the boot set is complete after 10 s
  EXPECT_EQ(host->agent().snapshot(host->now()).authorization, AuthorizationState::Evaluation);
  loop.advance(days(31));
  EXPECT_EQ(host->agent().snapshot(host->now()).evaluation_remaining, days(59) - seconds(1));
}

TEST_F(Hosted, REG_5_TheKeyIsMadeOnTheWorkerAndTheRequestFollows) {
  ASSERT_TRUE(host->agent().register_token("TOKEN", Agent::Force::No, host->now()));
  EXPECT_FALSE(host->quiet());
  EXPECT_EQ(transport.sent, 0);
  loop.run_one();             // the key comes back
  loop.advance(Duration{0});  // the agent asked to be woken at once
  EXPECT_EQ(transport.sent, 1);
  EXPECT_EQ(std::count(mnemonics.begin(), mnemonics.end(), "KEY_ADDITION"), 1);
}

TEST_F(Hosted, GoingAwayWhileAKeyIsMadeIsSafe) {
  ASSERT_TRUE(host->agent().register_token("TOKEN", Agent::Force::No, host->now()));
  host.reset();
  EXPECT_EQ(loop.timers(), 0u);
}

}  // namespace
}  // namespace lictor::agent
