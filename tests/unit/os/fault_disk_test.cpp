// The injected disk itself: it loses what it should lose, and finds the writers that PosixFiles is not.
#include <gtest/gtest.h>

#include "simulation/disk/fault_files.hpp"
#include "support/temp_dir.hpp"

namespace lictor::test {
namespace {

using simulation::Fault;
using simulation::FaultDisk;
using simulation::FaultFiles;

using os::FileMode;

struct FaultDiskTest : ::testing::Test {
  FaultDisk disk;
  FaultFiles files{disk};
  void SetUp() override { ASSERT_TRUE(files.make_folder("/f")); }
  std::string text(const std::string& path) {
    auto read = files.read(path);
    return read ? std::string(as_text(*read)) : "none";
  }
};

TEST_F(FaultDiskTest, WithoutFaultsItDoesWhatPosixFilesDo) {
  TempDir dir;
  os::PosixFiles posix;
  const auto live = [](os::Files& f, const std::string& folder) {
    std::string seen;
    const auto note = [&](const auto& result) { seen += result ? "ok " : std::string(to_string(result.error().code)); };
    note(f.make_folder(folder + "/a/b"));
    note(f.make_folder(folder + "/a/b"));
    note(f.write_atomically(folder + "/a/one", as_bytes("first"), FileMode::Private));
    note(f.write_atomically(folder + "/a/one", as_bytes("second"), FileMode::Public));
    note(f.write_in_place(folder + "/a/slot", as_bytes("long contents"), FileMode::Private));
    note(f.write_in_place(folder + "/a/slot", as_bytes("short"), FileMode::Private));
    note(f.append(folder + "/a/log", as_bytes("1\n"), FileMode::Private));
    note(f.append(folder + "/a/log", as_bytes("2\n"), FileMode::Private));
    note(f.rename(folder + "/a/log", folder + "/a/old"));
    note(f.rename(folder + "/a/log", folder + "/a/older"));
    note(f.remove(folder + "/a/slot"));
    note(f.remove(folder + "/a/slot"));
    note(f.write_in_place(folder + "/none/x", as_bytes("x"), FileMode::Private));
    note(f.write_atomically(folder + "/none/x", as_bytes("x"), FileMode::Private));
    note(f.list(folder + "/none"));
    note(f.read(folder + "/a/one", 2));
    const auto names = f.list(folder + "/a");
    for (const auto& name : *names) {
      seen += " " + name + "=";
      if (auto contents = f.read(folder + "/a/" + name, 100); contents && name != "b") seen += as_text(*contents);
    }
    seen += f.exists(folder + "/a/b") ? " b" : "";
    return seen;
  };
  EXPECT_EQ(live(files, "/f"), live(posix, dir.path()));
}

TEST_F(FaultDiskTest, WhatIsNotSyncedMayBeLostAndWhatIsMayNot) {
  ASSERT_TRUE(files.write_atomically("/f/kept", as_bytes("kept"), FileMode::Private));
  ASSERT_TRUE(disk.open("/f/kept", FaultDisk::Open::Keep, FileMode::Private));
  ASSERT_TRUE(disk.write("/f/kept", 0, as_bytes("gone")));
  ASSERT_TRUE(disk.open("/f/new", FaultDisk::Open::Keep, FileMode::Private));
  EXPECT_EQ(text("/f/kept"), "gone") << "a running process sees what it wrote";
  disk.restart();
  EXPECT_EQ(text("/f/kept"), "kept");
  EXPECT_FALSE(files.exists("/f/new"));
}

TEST_F(FaultDiskTest, AFailedSyncGivesItsPagesUp) {
  ASSERT_TRUE(files.write_in_place("/f/slot", as_bytes("old"), FileMode::Private));
  disk.forget_operations();
  disk.set({.at = 4, .kind = Fault::Kind::Io});  // open, write, shorten, sync
  const auto failed = files.write_in_place("/f/slot", as_bytes("new"), FileMode::Private);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Io);
  EXPECT_EQ(text("/f/slot"), "new");
  ASSERT_TRUE(disk.sync("/f/slot")) << "the second sync says that all is well";
  disk.restart();
  EXPECT_EQ(text("/f/slot"), "old");
}

TEST_F(FaultDiskTest, AFolderThatCouldNotBeMadeDurableIsMadeAnew) {
  disk.forget_operations();
  disk.set({.at = 2, .kind = Fault::Kind::Io});  // make folder, sync folder
  EXPECT_FALSE(files.make_folder("/g"));
  ASSERT_TRUE(files.make_folder("/g"));
  ASSERT_TRUE(files.write_atomically("/g/x", as_bytes("x"), FileMode::Private));
  disk.restart();
  EXPECT_EQ(text("/g/x"), "x");
}

TEST_F(FaultDiskTest, AnAtomicWriteCutAnywhereLeavesTheOldOrTheNew) {
  for (auto fault : simulation::every_fault()) {
    for (fault.at = 1;; ++fault.at) {
      SCOPED_TRACE(to_string(fault));
      FaultDisk one;
      FaultFiles on_it(one);
      ASSERT_TRUE(on_it.make_folder("/f"));
      ASSERT_TRUE(on_it.write_atomically("/f/x", as_bytes("old"), FileMode::Private));
      one.forget_operations();
      one.set(fault);
      const bool acknowledged = on_it.write_atomically("/f/x", as_bytes("new"), FileMode::Private).has_value();
      const bool untouched = one.operations() < fault.at;
      one.restart();
      const auto now = std::string(as_text(on_it.read("/f/x").value()));
      EXPECT_TRUE(now == "new" || (now == "old" && !acknowledged)) << now;
      if (untouched) break;
    }
  }
}

// The harness must find the writers that are wrong.
using Writer = void (*)(FaultDisk&, ByteView);
bool finds_fault_in(Writer write) {
  for (auto fault : simulation::every_power_cut()) {
    for (fault.at = 1;; ++fault.at) {
      FaultDisk disk;
      FaultFiles files(disk);
      if (!files.make_folder("/f") || !files.write_atomically("/f/x", as_bytes("old"), FileMode::Private)) return false;
      disk.forget_operations();
      disk.set(fault);
      write(disk, as_bytes("new"));
      const bool untouched = disk.operations() < fault.at;
      disk.restart();
      const auto read = files.read("/f/x");
      const auto now = read ? std::string(as_text(*read)) : "none";
      if (now != "new" && (now != "old" || untouched)) return true;
      if (untouched) break;
    }
  }
  return false;
}

TEST(FaultDiskFinds, AWriterThatIsRight) {
  EXPECT_FALSE(finds_fault_in([](FaultDisk& disk, ByteView text) {
    (void)FaultFiles(disk).write_atomically("/f/x", text, FileMode::Private);
  }));
}
TEST(FaultDiskFinds, AWriterThatTearsItsOnlyFile) {
  EXPECT_TRUE(finds_fault_in(
      [](FaultDisk& disk, ByteView text) { (void)FaultFiles(disk).write_in_place("/f/x", text, FileMode::Private); }));
}
TEST(FaultDiskFinds, ARenameBeforeTheSync) {
  EXPECT_TRUE(finds_fault_in([](FaultDisk& disk, ByteView text) {
    (void)disk.open("/f/x.new", FaultDisk::Open::Truncate, FileMode::Private);
    (void)disk.write("/f/x.new", 0, text);
    (void)disk.rename("/f/x.new", "/f/x");
    (void)disk.sync("/f/x");
    (void)disk.sync_folder("/f");
  }));
}
TEST(FaultDiskFinds, AFolderThatWasNotSynced) {
  EXPECT_TRUE(finds_fault_in([](FaultDisk& disk, ByteView text) {
    (void)disk.open("/f/x.new", FaultDisk::Open::Truncate, FileMode::Private);
    (void)disk.write("/f/x.new", 0, text);
    (void)disk.sync("/f/x.new");
    (void)disk.rename("/f/x.new", "/f/x");
  }));
}

}  // namespace
}  // namespace lictor::test
