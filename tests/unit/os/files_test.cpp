#include "foundation/os/files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace lictor::os {
namespace {

int mode_of(const std::string& path) {
  struct stat there {};
  return ::stat(path.c_str(), &there) == 0 ? static_cast<int>(there.st_mode & 07777) : -1;
}

// Files of this process cannot grow beyond `bytes`: a disk that becomes full in the middle of a write.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

class FilesTest : public testing::Test {
 protected:
  std::vector<std::string> names() { return files_.list(dir_.path()).value(); }
  test::TempDir dir_;
  PosixFiles files_;
};

TEST_F(FilesTest, AnAtomicWriteMakesAndReplacesAFileWithItsMode) {
  const auto path = dir_.path("state");
  ASSERT_TRUE(files_.write_atomically(path, as_bytes("one"), FileMode::Private));
  EXPECT_EQ(dir_.read("state"), "one");
  EXPECT_EQ(mode_of(path), 0600);
  ASSERT_TRUE(files_.write_atomically(path, as_bytes(""), FileMode::Public));
  EXPECT_EQ(dir_.read("state"), "");
  EXPECT_EQ(mode_of(path), 0644);
  EXPECT_EQ(names(), (std::vector<std::string>{"state"}));
}

TEST_F(FilesTest, ADiskThatFillsUpAtAnyByteLeavesTheOldFileAndNoOther) {
  const std::string old_text = "the old contents";
  const std::string new_text = "the new contents, which are longer";
  dir_.write("state", old_text);
  for (rlim_t room = 0; room < new_text.size(); ++room) {
    Result<void> written;
    {
      const FullDisk full(room);
      written = files_.write_atomically(dir_.path("state"), as_bytes(new_text), FileMode::Private);
    }
    ASSERT_FALSE(written) << room;
    EXPECT_EQ(written.error().code, ErrorCode::DiskFull) << written.error().message;
    EXPECT_EQ(dir_.read("state"), old_text);
    EXPECT_EQ(names(), (std::vector<std::string>{"state"}));
  }
  ASSERT_TRUE(files_.write_atomically(dir_.path("state"), as_bytes(new_text), FileMode::Private));
  EXPECT_EQ(dir_.read("state"), new_text);
}

TEST_F(FilesTest, AnAppendIsWholeOrNotThere) {
  ASSERT_TRUE(files_.append(dir_.path("log"), as_bytes("first\n"), FileMode::Shared));
  EXPECT_EQ(mode_of(dir_.path("log")) & 0700, 0600);
  for (rlim_t room = 6; room < 13; ++room) {
    Result<void> written;
    {
      const FullDisk full(room);
      written = files_.append(dir_.path("log"), as_bytes("second\n"), FileMode::Shared);
    }
    ASSERT_FALSE(written) << room;
    EXPECT_EQ(written.error().code, ErrorCode::DiskFull);
    EXPECT_EQ(dir_.read("log"), "first\n") << room;
  }
  ASSERT_TRUE(files_.append(dir_.path("log"), as_bytes("second\n"), FileMode::Shared));
  EXPECT_EQ(dir_.read("log"), "first\nsecond\n");
}

TEST_F(FilesTest, AFailedReplacementLeavesNoTemporaryFile) {
  ASSERT_TRUE(files_.make_folder(dir_.path("target/inner")));
  const auto written = files_.write_atomically(dir_.path("target"), as_bytes("x"), FileMode::Private);
  ASSERT_FALSE(written);
  EXPECT_EQ(names(), (std::vector<std::string>{"target"}));
}

TEST_F(FilesTest, WhatACrashLeftBehindIsWrittenOver) {
  dir_.write("state.new", "half of someth");
  ::chmod(dir_.path("state.new").c_str(), 0666);
  ASSERT_TRUE(files_.write_atomically(dir_.path("state"), as_bytes("new"), FileMode::Private));
  EXPECT_EQ(dir_.read("state"), "new");
  EXPECT_EQ(mode_of(dir_.path("state")), 0600);
  EXPECT_EQ(names(), (std::vector<std::string>{"state"}));
}

TEST_F(FilesTest, SymbolicLinksAreNotFollowedByWrites) {
  dir_.write("victim", "untouched");
  for (const auto* link : {"state.new", "slot", "log"}) {
    ASSERT_EQ(::symlink(dir_.path("victim").c_str(), dir_.path(link).c_str()), 0);
  }
  EXPECT_FALSE(files_.write_atomically(dir_.path("state"), as_bytes("x"), FileMode::Private));
  EXPECT_FALSE(files_.write_in_place(dir_.path("slot"), as_bytes("x"), FileMode::Private));
  EXPECT_FALSE(files_.append(dir_.path("log"), as_bytes("x"), FileMode::Private));
  EXPECT_EQ(dir_.read("victim"), "untouched");
}

TEST_F(FilesTest, WritingInPlaceKeepsTheFileAndShortensIt) {
  const auto path = dir_.path("slot");
  ASSERT_TRUE(files_.write_in_place(path, as_bytes("a long one"), FileMode::Private));
  EXPECT_EQ(mode_of(path), 0600);
  ASSERT_EQ(::link(path.c_str(), dir_.path("same").c_str()), 0);
  ASSERT_TRUE(files_.write_in_place(path, as_bytes("short"), FileMode::Private));
  EXPECT_EQ(dir_.read("same"), "short");
}

TEST_F(FilesTest, ReadingIsLimited) {
  dir_.write("a", std::string(200'000, 'x'));
  EXPECT_EQ(files_.read(dir_.path("a"), 200'000)->size(), 200'000U);
  EXPECT_EQ(files_.read(dir_.path("a"), 199'999).error().code, ErrorCode::TooLarge);
  EXPECT_EQ(files_.read(dir_.path("none"), 10).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.read(dir_.path(), 10).error().code, ErrorCode::Io);
}

TEST_F(FilesTest, RemovingWhatIsNotThereIsNoError) {
  dir_.write("a", "x");
  EXPECT_TRUE(files_.exists(dir_.path("a")));
  EXPECT_TRUE(files_.remove(dir_.path("a")));
  EXPECT_FALSE(files_.exists(dir_.path("a")));
  EXPECT_TRUE(files_.remove(dir_.path("a")));
  EXPECT_FALSE(files_.remove(dir_.path()));
}

TEST_F(FilesTest, FoldersAreMadeWithTheirParents) {
  EXPECT_TRUE(files_.make_folder(dir_.path("a/b//c/")));
  EXPECT_EQ(mode_of(dir_.path("a/b/c")), 0700);
  EXPECT_TRUE(files_.make_folder(dir_.path("a/b/c")));
  dir_.write("file", "");
  EXPECT_FALSE(files_.make_folder(dir_.path("file")));
  EXPECT_FALSE(files_.make_folder(dir_.path("file/b")));
}

TEST_F(FilesTest, ListsAndRenames) {
  dir_.write("b", "2");
  dir_.write("a", "1");
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(files_.rename(dir_.path("a"), dir_.path("b")));
  EXPECT_EQ(dir_.read("b"), "1");
  EXPECT_EQ(files_.rename(dir_.path("a"), dir_.path("c")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.list(dir_.path("none")).error().code, ErrorCode::NotFound);
}

TEST(FileErrors, AreToldApart) {
  const std::pair<int, ErrorCode> table[] = {{ENOENT, ErrorCode::NotFound},
                                             {ENOTDIR, ErrorCode::NotFound},
                                             {EACCES, ErrorCode::PermissionDenied},
                                             {EPERM, ErrorCode::PermissionDenied},
                                             {EROFS, ErrorCode::PermissionDenied},
                                             {ENOSPC, ErrorCode::DiskFull},
                                             {EDQUOT, ErrorCode::DiskFull},
                                             {EFBIG, ErrorCode::DiskFull},
                                             {EIO, ErrorCode::Io},
                                             {EMFILE, ErrorCode::Io}};
  for (const auto& [number, code] : table) EXPECT_EQ(system_error(number, "cannot open", "/x").code, code) << number;
  EXPECT_EQ(system_error(ENOENT, "cannot open", "/x").message, "cannot open /x: No such file or directory");
}

TEST(FileErrors, AFullDeviceIsToldFromABrokenOne) {
  PosixFiles files;
  EXPECT_EQ(files.append("/dev/full", as_bytes("x"), FileMode::Private).error().code, ErrorCode::DiskFull);
}

TEST_F(FilesTest, ALockIsHeldByOneUntilItIsLetGo) {
  const auto path = dir_.path("lock");
  {
    auto first = FileLock::take(path);
    ASSERT_TRUE(first) << first.error().message;
    const FileLock moved(std::move(*first));
    const auto second = FileLock::take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Conflict);
    EXPECT_EQ(second.error().message, path + " is held by process " + std::to_string(::getpid()));
  }
  EXPECT_TRUE(FileLock::take(path));
  EXPECT_EQ(FileLock::take(dir_.path("none/lock")).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace lictor::os
