// DB-1, DB-2: SQLite as this store uses it, on a disk that fails or loses power at its N-th operation, N = 1, 2, 3, ...
// until a history of commits ends untouched. What a store without faults holds after each commit is what the other may
// hold after a fault: that of the commits acknowledged, or one more.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "contract/storage/harness.hpp"
#include "simulation/disk/disk_vfs.hpp"

namespace lictor::storage::test {

namespace {

using simulation::DiskVfs;
using simulation::Fault;
using simulation::FaultDisk;

// One commit: settings that are put together. Small and large ones, over each other, so that pages split, come free and
// the log is copied into the database now and then.
using Batch = std::vector<std::pair<std::string, std::string>>;
const std::vector<Batch> kHistory = {
    {{"a", "1"}},
    {{"b", std::string(9000, 'b')}, {"c", "3"}, {"d", "4"}},
    {{"a", std::string(5000, 'a')}},
    {{"b", "small again"}, {"e", std::string(2000, 'e')}},
    {{"f", "6"}},
    {{"c", std::string(14000, 'c')}, {"a", "back"}},
    {{"g", "7"}, {"b", "8"}},
};
constexpr std::size_t kRestartAfter = 4;  // commits; then the store is closed and opened again in an orderly way
constexpr int kCheckpointPages = 6;

class Machine {
 public:
  explicit Machine(const FaultDisk& disk) : disk(disk.copy()) {}

  SqliteSettings settings() {
    return {.path = real.file("store.db"), .reserve_bytes = 0, .checkpoint_pages = kCheckpointPages, .vfs = vfs.name()};
  }
  Result<void> open() {
    fixture.reset();
    store.reset();
    // The store syncs its folder, past SQLite and so past this disk; here that is done for it.
    const auto path = settings().path;
    if (auto ok = disk.sync_folder(path.substr(0, path.rfind('/'))); !ok) return ok;
    auto opened = open_sqlite_store(settings());
    if (!opened) return opened.error();
    store = *std::move(opened);
    fixture = std::make_unique<WriterFixture>(*store);
    return {};
  }
  void close() {
    fixture.reset();
    store.reset();
  }
  // True: acknowledged, all of it.
  bool commit(const Batch& batch) {
    std::vector<std::shared_ptr<std::optional<Result<void>>>> outcomes;
    for (const auto& [name, value] : batch)
      outcomes.push_back(fixture->submit({}, [name = name, value = value](Rows& rows, WallTime) -> Result<void> {
        rows.settings.put({name, value});
        return {};
      }));
    fixture->writer->drain(fixture->now);
    const auto good = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& o) { return (*o)->has_value(); });
    EXPECT_TRUE(good == 0 || good == std::ssize(outcomes)) << "one commit, one outcome";
    return good != 0;
  }
  // Commits from `done` on until something fails; how many are acknowledged then.
  std::size_t live(std::size_t done = 0) {
    if (!store && !open()) return done;
    for (; done < kHistory.size(); ++done) {
      if (done == kRestartAfter && !open()) return done;
      if (!commit(kHistory[done])) return done;
    }
    close();
    return done;
  }

  FaultDisk disk;
  DiskVfs vfs{"lictor-disk", disk};
  static TempDir real;  // the lock file and the free space are asked of a real disk
  std::unique_ptr<Store> store;
  std::unique_ptr<WriterFixture> fixture;
};
TempDir Machine::real{TempDir::On::Memory};

class SqliteFaults : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = Machine::real.file("").substr(0, Machine::real.file("").rfind('/'));
    for (auto slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
      ASSERT_TRUE(blank_.make_folder(folder.substr(0, slash)));
      if (slash == std::string::npos) break;
    }
    blank_.restart(Fault::Unsynced::Kept);
    // A store of this program, closed in an orderly way, and what each commit makes of it.
    Machine machine(blank_);
    ASSERT_TRUE(machine.open());
    states_.push_back(*machine.store->dump());
    machine.close();
    machine.disk.restart();
    fresh_ = machine.disk.copy();
    ASSERT_TRUE(machine.open());
    for (const auto& batch : kHistory) {
      ASSERT_TRUE(machine.commit(batch));
      states_.push_back(*machine.store->dump());
    }
  }

  // The store on the disk as a new process finds it: sound, and the state after `acknowledged` commits or one more.
  // That state's number.
  std::size_t expect_sound(Machine& machine, std::size_t acknowledged) {
    machine.close();
    const auto opened = machine.open();
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return acknowledged;
    const auto dump = machine.store->dump();
    EXPECT_TRUE(dump) << dump.error().message;
    std::size_t found = acknowledged;
    if (dump && *dump != states_[found] && found + 1 < states_.size()) ++found;
    EXPECT_TRUE(dump && *dump == states_[found]) << acknowledged << " commits were acknowledged";
    EXPECT_EQ(integrity(machine), "ok");
    return found;
  }
  static std::string integrity(Machine& machine) {
    sqlite3* database = nullptr;
    const auto settings = machine.settings();
    EXPECT_EQ(sqlite3_open_v2(settings.path.c_str(), &database, SQLITE_OPEN_READWRITE, settings.vfs.c_str()),
              SQLITE_OK);
    std::string text;
    sqlite3_exec(
        database, "PRAGMA integrity_check",
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) += values[0] != nullptr ? values[0] : "";
          return 0;
        },
        &text, nullptr);
    sqlite3_close(database);
    return text;
  }

  FaultDisk blank_;  // folders alone
  FaultDisk fresh_;  // an empty store
  std::vector<std::string> states_;
};

TEST_F(SqliteFaults, DB_2_WithoutFaultsTheHistoryComesToItsEnd) {
  Machine machine(fresh_);
  EXPECT_EQ(machine.live(), kHistory.size());
  EXPECT_EQ(expect_sound(machine, kHistory.size()), kHistory.size());
  machine.close();
  machine.disk.restart(Fault::Unsynced::Dropped);
  EXPECT_EQ(expect_sound(machine, kHistory.size()), kHistory.size());
  const std::set<std::string> different(states_.begin(), states_.end());
  EXPECT_EQ(different.size(), states_.size()) << "two states that are equal prove nothing";
}

TEST_F(SqliteFaults, DB_2_APowerCutAtAnyOperationLosesNothingAcknowledged) {
  int cuts = 0;
  for (auto fault : simulation::every_power_cut()) {
    for (fault.at = 1;; ++fault.at, ++cuts) {
      Machine machine(fresh_);
      machine.disk.count_reads(false);
      machine.disk.set(fault);
      const auto acknowledged = machine.live();
      if (!machine.disk.off()) break;
      SCOPED_TRACE(to_string(fault) + ": " + machine.disk.operation(fault.at));
      machine.close();
      machine.disk.restart();
      const auto found = expect_sound(machine, acknowledged);
      if (fault.at % 5 == 0) {
        // And it goes on from there, to the end.
        EXPECT_EQ(machine.live(found), kHistory.size());
        machine.close();
        machine.disk.restart(Fault::Unsynced::Dropped);
        expect_sound(machine, kHistory.size());
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(cuts, 500);
}

TEST_F(SqliteFaults, DB_2_AFirstStartCutAnywhereIsBegunAnew) {
  for (auto fault : simulation::every_power_cut()) {
    if (fault.done == Fault::Done::Half || fault.unsynced == Fault::Unsynced::TornData) continue;
    for (fault.at = 1;; ++fault.at) {
      Machine machine(blank_);
      machine.disk.count_reads(false);
      machine.disk.set(fault);
      (void)machine.open();
      machine.close();
      if (!machine.disk.off()) break;
      SCOPED_TRACE(to_string(fault) + ": " + machine.disk.operation(fault.at));
      machine.disk.restart();
      expect_sound(machine, 0);
      if (HasFailure()) return;
    }
  }
}

TEST_F(SqliteFaults, DB_2_AnErrorAtAnyOperationLosesNothingAcknowledged) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (const auto again : {Fault::Again::Once, Fault::Again::ForEver}) {
      for (std::size_t at = 1;; ++at) {
        Machine machine(fresh_);
        const Fault fault{.at = at, .kind = kind, .again = again};
        machine.disk.set(fault);
        SCOPED_TRACE(to_string(fault));
        const auto acknowledged = machine.live();
        if (machine.disk.operations() < at) break;
        SCOPED_TRACE(machine.disk.operation(at));
        machine.close();
        // The program ended; another one starts on a disk that is well again, without the machine having been off.
        machine.disk.set({});
        const auto found = expect_sound(machine, acknowledged);
        if (HasFailure()) return;
        if (at % 5 != 0) continue;
        EXPECT_EQ(machine.live(found), kHistory.size());
        machine.close();
        machine.disk.restart(Fault::Unsynced::Dropped);
        expect_sound(machine, kHistory.size());
      }
    }
  }
}

TEST_F(SqliteFaults, DB_2_WhatIsAcknowledgedAfterAnErrorAndARestartIsDurable) {
  // The worst of two: a sync fails, its pages are given up as clean, the program starts again, and after a few more
  // commits the power goes.
  for (std::size_t at = 1;; ++at) {
    bool untouched = false;
    for (const std::size_t more : {std::size_t{1}, kHistory.size()}) {
      Machine machine(fresh_);
      machine.disk.count_reads(false);
      const Fault fault{.at = at};
      machine.disk.set(fault);
      const auto acknowledged = machine.live();
      untouched = machine.disk.operations() < at;
      if (untouched) break;
      SCOPED_TRACE(to_string(fault) + ": " + machine.disk.operation(at) + ", then " + std::to_string(more) +
                   " commits");
      machine.close();
      auto done = expect_sound(machine, acknowledged);
      for (std::size_t i = 0; i < more && done < kHistory.size(); ++i) {
        ASSERT_TRUE(machine.commit(kHistory[done]));
        ++done;
      }
      machine.disk.pull_the_plug();
      machine.close();
      machine.disk.restart();
      EXPECT_EQ(expect_sound(machine, done), done);
      if (HasFailure()) return;
    }
    if (untouched) break;
  }
}

}  // namespace

}  // namespace lictor::storage::test
