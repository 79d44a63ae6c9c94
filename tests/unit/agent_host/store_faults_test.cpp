// STO-1, STO-2: the file store on a disk that fails or loses power at its N-th operation, N = 1, 2, 3, ... until a run
// ends untouched, in every way that the disk knows.
#include <gtest/gtest.h>

#include "agent/host/file_state_store.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "simulation/disk/fault_files.hpp"
#include "support/every.hpp"

namespace lictor::agent {
namespace {

using simulation::Fault;
using simulation::FaultDisk;
using simulation::FaultFiles;

struct Commit {
  std::string contents;
  std::vector<std::string> lines;
};
// Long enough to meet every way of writing: first slots, slots in turn, both segments of a ring of three lines.
const std::vector<Commit> kHistory = {{"first contents", {"e1", "e2"}},
                                      {"second, longer contents than before", {}},
                                      {"third", {"e3"}},
                                      {"4", {"e4", "e5"}},
                                      {"fifth contents again", {"e6"}},
                                      {"sixth", {"e7", "e8", "e9"}},
                                      {"seventh", {"e10"}}};
constexpr std::size_t kRing = 3;

// The newest lines of the first `commits` commits.
std::vector<std::string> lines_after(std::size_t commits) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < commits; ++i)
    lines.insert(lines.end(), kHistory[i].lines.begin(), kHistory[i].lines.end());
  if (lines.size() > kRing) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kRing));
  return lines;
}

struct StoreFaults : ::testing::Test {
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  FileStateStore open(FaultFiles& files) { return FileStateStore({"/var/store", kRing}, files, *crypto); }

  // Saves the history up to `until` commits; the number of commits acknowledged. What fails is tried again, as the
  // agent does at its next step, while the machine is on and `tries` last.
  std::size_t live(FaultDisk& disk, FaultFiles& files, int tries, std::size_t until = kHistory.size()) {
    std::size_t next = 0;
    auto store = open(files);
    while (!store.load()) {
      if (disk.off() || --tries < 0) return 0;
    }
    while (next < until) {
      if (store.save(to_bytes(kHistory[next].contents), kHistory[next].lines)) {
        ++next;
      } else if (disk.off() || --tries < 0) {
        break;
      }
    }
    return next;
  }
  // After a restart: `acknowledged` commits or, of the one that was under way, one more; nothing else.
  void expect_old_or_new(FaultFiles& files, std::size_t acknowledged) {
    auto store = open(files);
    const auto loaded = store.load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_FALSE(loaded->damaged);
    const std::string text = loaded->contents ? std::string(as_text(*loaded->contents)) : "";
    const auto of = [](std::size_t commits) { return commits == 0 ? std::string() : kHistory[commits - 1].contents; };
    std::size_t there = acknowledged;
    if (text != of(there) && there < kHistory.size()) ++there;
    EXPECT_EQ(text, of(there)) << acknowledged << " commits were acknowledged";
    EXPECT_EQ(loaded->event_lines, lines_after(there)) << "event lines ride with their commit";
    // And it goes on from there, without a line twice.
    ASSERT_TRUE(store.save(to_bytes("after"), {"later"}));
    const auto again = open(files).load();
    ASSERT_TRUE(again);
    EXPECT_EQ(as_text(*again->contents), "after");
    auto lines = lines_after(there);
    lines.push_back("later");
    if (lines.size() > kRing) lines.erase(lines.begin());
    EXPECT_EQ(again->event_lines, lines);
  }
};

TEST_F(StoreFaults, STO_2_APowerCutAtAnyOperationLeavesTheOldOrTheNew) {
  int runs = 0;
  for (auto fault : simulation::every_power_cut()) {
    for (fault.at = 1;; ++fault.at) {
      FaultDisk disk;
      FaultFiles files(disk);
      disk.set(fault);
      const auto acknowledged = live(disk, files, 0);
      if (!disk.off()) break;
      SCOPED_TRACE(to_string(fault) + ": " + disk.operation(fault.at));
      disk.restart();
      expect_old_or_new(files, acknowledged);
      ++runs;
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(runs, 500) << "too few operations to prove much";
}

TEST_F(StoreFaults, STO_2_AnErrorAtAnyOperationLosesNothingAndTheProcessGoesOn) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (std::size_t at = 1;; ++at) {
      FaultDisk disk;
      FaultFiles files(disk);
      const Fault fault{.at = at, .kind = kind};
      disk.set(fault);
      const auto acknowledged = live(disk, files, 1);
      SCOPED_TRACE(to_string(fault));
      EXPECT_EQ(acknowledged, kHistory.size()) << "one error costs one try";
      const bool untouched = disk.operations() < at;
      disk.restart();
      expect_old_or_new(files, acknowledged);
      if (untouched || HasFailure()) break;
    }
  }
}

TEST_F(StoreFaults, STO_2_WhatIsAcknowledgedAfterAnErrorIsDurable) {
  // The power goes right behind a commit: nothing of it may have been in the cache alone.
  for (std::size_t until = 1; until <= kHistory.size(); ++until) {
    for (std::size_t at = 1;; ++at) {
      FaultDisk disk;
      FaultFiles files(disk);
      const Fault fault{.at = at};
      disk.set(fault);
      SCOPED_TRACE(to_string(fault) + ", " + std::to_string(until) + " commits");
      ASSERT_EQ(live(disk, files, 1, until), until);
      const bool untouched = disk.operations() < at;
      disk.restart(Fault::Unsynced::Dropped);
      const auto loaded = open(files).load();
      ASSERT_TRUE(loaded);
      ASSERT_TRUE(loaded->contents);
      EXPECT_EQ(as_text(*loaded->contents), kHistory[until - 1].contents);
      EXPECT_EQ(loaded->event_lines, lines_after(until));
      if (untouched || HasFailure()) break;
    }
  }
}

TEST_F(StoreFaults, STO_2_ADiskThatStaysBadIsToldAndKeepsTheLastCommit) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (std::size_t at = 1;; ++at) {
      FaultDisk disk;
      FaultFiles files(disk);
      const Fault fault{.at = at, .kind = kind, .again = Fault::Again::ForEver};
      disk.set(fault);
      const auto acknowledged = live(disk, files, 3);
      SCOPED_TRACE(to_string(fault));
      const bool untouched = disk.operations() < at;
      if (!untouched && kind == Fault::Kind::Io) {
        EXPECT_LT(acknowledged, kHistory.size());
      }
      disk.restart();
      expect_old_or_new(files, acknowledged);
      if (untouched || HasFailure()) break;
    }
  }
}

TEST_F(StoreFaults, STO_2_ALoadThatIsCutAnywhereIsAsGoodAsNone) {
  // What a cut left is mended by the next load, which may be cut again.
  for (auto first : simulation::every_power_cut()) {
    for (first.at = 10;; first.at += 7 * test::every()) {
      bool first_cut = false;
      for (auto second : simulation::every_power_cut()) {
        for (second.at = 1;; ++second.at) {
          FaultDisk disk;
          FaultFiles files(disk);
          disk.set(first);
          const auto acknowledged = live(disk, files, 0);
          first_cut = disk.off();
          disk.restart();
          disk.forget_operations();
          disk.set(second);
          (void)open(files).load();
          if (!disk.off()) break;
          SCOPED_TRACE(to_string(first) + ", then " + to_string(second));
          disk.restart();
          expect_old_or_new(files, acknowledged);
          if (HasFailure()) return;
        }
      }
      if (!first_cut) break;
    }
  }
}

}  // namespace
}  // namespace lictor::agent
