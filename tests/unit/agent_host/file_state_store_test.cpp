// DECISIONS 12, STO-1, STO-2: whatever write is torn at whatever byte, the store opens with the old or the new.
#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "agent/host/file_state_store.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace lictor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Files in memory. The plug is pulled after `power` more bytes: the write under way keeps what it had written, and
// nothing works any more.
class FragileFiles final : public os::Files {
 public:
  std::map<std::string, Bytes> files;
  std::optional<std::size_t> power;
  std::size_t written = 0;  // bytes of all writes

  Result<Bytes> read(const std::string& path, std::size_t) override {
    if (auto it = files.find(path); it != files.end()) return it->second;
    return Error{ErrorCode::NotFound, path};
  }
  Result<void> write_atomically(const std::string& path, ByteView contents, os::FileMode mode) override {
    EXPECT_EQ(mode, os::FileMode::Private);
    // The temporary file may be torn; the rename comes after all of it.
    const auto n = spend(contents.size() + 1);
    if (n < contents.size() + 1) return gone();
    files[path] = Bytes(contents.begin(), contents.end());
    return {};
  }
  Result<void> write_in_place(const std::string& path, ByteView contents, os::FileMode mode) override {
    EXPECT_EQ(mode, os::FileMode::Private);
    const auto n = spend(contents.size());
    auto& file = files[path];
    if (file.size() < n) file.resize(n);
    std::copy_n(contents.begin(), n, file.begin());
    if (n < contents.size()) return gone();
    file.resize(n);
    return {};
  }
  Result<void> append(const std::string& path, ByteView contents, os::FileMode mode) override {
    EXPECT_EQ(mode, os::FileMode::Private);
    const auto n = spend(contents.size());
    auto& file = files[path];
    file.insert(file.end(), contents.begin(), contents.begin() + static_cast<std::ptrdiff_t>(n));
    if (n < contents.size()) return gone();
    return {};
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    files[to] = std::move(files.at(from));
    files.erase(from);
    return {};
  }
  Result<void> remove(const std::string& path) override {
    files.erase(path);
    return {};
  }
  bool exists(const std::string& path) override { return files.contains(path); }
  Result<void> make_folder(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>{}; }

 private:
  std::size_t spend(std::size_t bytes) {
    const auto n = power ? std::min(bytes, *power) : bytes;
    if (power) *power -= n;
    written += n;
    return n;
  }
  static Error gone() { return {ErrorCode::Io, "the power is gone"}; }
};

struct FileStore : ::testing::Test {
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  FragileFiles files;
  FileStateStoreSettings settings{"/store", 4};
  FileStateStore open() { return FileStateStore(settings, files, *crypto); }
};

std::string text(const StateStore::Loaded& loaded) {
  return loaded.contents ? std::string(as_text(*loaded.contents)) : "";
}

TEST_F(FileStore, ANewStoreIsEmptyAndNotDamaged) {
  auto store = open();
  const auto loaded = store.load();
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->contents);
  EXPECT_FALSE(loaded->damaged);
  EXPECT_THAT(loaded->event_lines, IsEmpty());
}

TEST_F(FileStore, STO_1_GivesBackTheLastContentsAndTheNewestLines) {
  {
    auto store = open();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(to_bytes("one"), {"a", "b"}));
    ASSERT_TRUE(store.save(to_bytes("two"), {}));
    ASSERT_TRUE(store.save(to_bytes("three"), {"c"}));
  }
  auto store = open();
  const auto loaded = store.load();
  EXPECT_EQ(text(*loaded), "three");
  EXPECT_THAT(loaded->event_lines, ElementsAre("a", "b", "c"));
  ASSERT_TRUE(store.save(to_bytes("four"), {"d"}));
  EXPECT_THAT(open().load()->event_lines, ElementsAre("a", "b", "c", "d"));
}

TEST_F(FileStore, STO_1_EventLinesAreReadWhenAskedForAndNothingIsWrittenThen) {
  auto store = open();
  ASSERT_TRUE(store.load());
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back("line " + std::to_string(i));
    ASSERT_TRUE(store.save(to_bytes(std::to_string(i)), {all.back()}));
    const auto before = files.files;
    const auto lines = store.event_lines();
    ASSERT_TRUE(lines);
    EXPECT_EQ(*lines, open().load()->event_lines) << i;
    EXPECT_EQ(files.files, before);
  }
  EXPECT_EQ(store.event_lines()->back(), "line 19");
}

TEST_F(FileStore, STO_1_TheEventLogKeepsTheNewestOfAllThatCameInOrder) {
  auto store = open();
  ASSERT_TRUE(store.load());
  std::vector<std::string> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back("line " + std::to_string(i));
    ASSERT_TRUE(store.save(to_bytes(std::to_string(i)), {all.back()}));
    auto again = open();
    const auto lines = again.load()->event_lines;
    const auto n = std::min<std::size_t>(all.size(), 4);
    EXPECT_EQ(lines, std::vector<std::string>(all.end() - static_cast<std::ptrdiff_t>(n), all.end())) << i;
  }
  for (const auto& [path, bytes] : files.files) EXPECT_LT(bytes.size(), 200u) << path << " is bounded";
}

TEST_F(FileStore, STO_2_TornAtEveryByteOfEveryWriteItOpensWithTheOldOrTheNew) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> kHistory = {
      {"first contents", {"e1", "e2"}},
      {"second, longer contents than before", {"e3"}},
      {"third", {}},
      {"4", {"e4", "e5"}},
      {"fifth contents again", {"e6"}},
      {"sixth", {"e7", "e8", "e9"}},
  };
  std::size_t total = 0;
  {
    auto store = open();
    ASSERT_TRUE(store.load());
    for (const auto& [contents, lines] : kHistory) ASSERT_TRUE(store.save(to_bytes(contents), lines));
    total = files.written;
  }
  for (std::size_t power = 0; power <= total; ++power) {
    SCOPED_TRACE(power);
    files = {};
    files.power = power;
    std::size_t done = 0;
    std::vector<std::string> lines_before, lines_after;
    {
      auto store = open();
      ASSERT_TRUE(store.load());
      for (const auto& [contents, lines] : kHistory) {
        lines_after.insert(lines_after.end(), lines.begin(), lines.end());
        if (!store.save(to_bytes(contents), lines)) break;
        lines_before = lines_after;
        ++done;
      }
    }
    files.power.reset();
    auto store = open();
    const auto loaded = store.load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_FALSE(loaded->damaged);
    const std::string old = done == 0 ? "" : kHistory[done - 1].first;
    const std::string next = done == kHistory.size() ? old : kHistory[done].first;
    const bool is_old = text(*loaded) == old;
    EXPECT_TRUE(is_old || text(*loaded) == next) << text(*loaded);
    // The lines go with the contents: all of a commit's or none.
    const auto newest = [&](const std::vector<std::string>& all) {
      const auto n = std::min<std::size_t>(all.size(), settings.event_log_size);
      return std::vector<std::string>(all.end() - static_cast<std::ptrdiff_t>(n), all.end());
    };
    EXPECT_EQ(loaded->event_lines, newest(is_old ? lines_before : lines_after));
    // And it goes on from there.
    ASSERT_TRUE(store.save(to_bytes("after"), {"later"}));
    auto again = open();
    const auto final = again.load();
    EXPECT_EQ(text(*final), "after");
    EXPECT_EQ(final->event_lines.back(), "later");
    for (std::size_t i = 1; i < final->event_lines.size(); ++i)
      EXPECT_NE(final->event_lines[i], final->event_lines[i - 1]) << "no line twice";
  }
}

TEST_F(FileStore, STO_2_AfterAFailedSaveTheSameProcessGoesOn) {
  auto store = open();
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {"a"}));
  ASSERT_TRUE(store.save(to_bytes("two"), {"b"}));
  files.power = 10;
  EXPECT_FALSE(store.save(to_bytes("three"), {"c"}));
  files.power.reset();
  ASSERT_TRUE(store.save(to_bytes("three"), {"c"}));
  auto again = open();
  const auto loaded = again.load();
  EXPECT_EQ(text(*loaded), "three");
  EXPECT_THAT(loaded->event_lines, ElementsAre("a", "b", "c"));
}

TEST_F(FileStore, STO_2_AnyBitFlippedInTheNewestSlotGivesTheOneBefore) {
  auto store = open();
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {}));
  ASSERT_TRUE(store.save(to_bytes("two"), {}));
  const auto good = files.files;
  auto& newest = files.files.at("/store/state.0");
  for (std::size_t bit = 0; bit < newest.size() * 8; ++bit) {
    files.files = good;
    auto& slot = files.files.at("/store/state.0");
    slot[bit / 8] = static_cast<std::uint8_t>(slot[bit / 8] ^ (1u << (bit % 8)));
    auto again = open();
    const auto loaded = again.load();
    ASSERT_TRUE(loaded) << bit;
    EXPECT_EQ(text(*loaded), "one") << bit;
  }
}

TEST_F(FileStore, STO_2_WithBothSlotsBadItIsDamagedAndSetAside) {
  auto store = open();
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {"a"}));
  ASSERT_TRUE(store.save(to_bytes("two"), {}));
  files.files.at("/store/state.0").back() ^= 1;
  files.files.at("/store/state.1").clear();
  auto again = open();
  const auto loaded = again.load();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->damaged);
  EXPECT_FALSE(loaded->contents);
  EXPECT_TRUE(files.exists("/store/state.0.damaged"));
  EXPECT_TRUE(files.exists("/store/state.1.damaged"));
  ASSERT_TRUE(again.save(to_bytes("new"), {}));
  EXPECT_EQ(text(*open().load()), "new");
}

TEST_F(FileStore, STO_2_OneSlotAloneAndBadIsDamageToo) {
  auto store = open();
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {}));
  files.files.begin()->second.clear();
  for (auto& [path, bytes] : files.files) bytes.clear();
  EXPECT_TRUE(open().load()->damaged);
}

TEST_F(FileStore, ASlotOfANewerProgramIsLeftAlone) {
  auto store = open();
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {}));
  // A newer program's slot verifies and has another format.
  auto& slot = files.files.at("/store/state.1");
  slot[11] = 2;
  Bytes judged(slot.begin() + 8, slot.begin() + 28);
  judged.insert(judged.end(), slot.begin() + 60, slot.end());
  const auto digest = crypto->sha256(judged);
  std::copy(digest.bytes.begin(), digest.bytes.end(), slot.begin() + 28);
  const auto before = files.files;
  auto again = open();
  const auto loaded = again.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(files.files, before);
}

TEST(FileStoreOnDisk, KeyMaterialHasMode0600) {
  std::string folder = (std::filesystem::temp_directory_path() / "lictor-store-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  auto crypto = pki::make_openssl_crypto().value();
  os::PosixFiles files;
  FileStateStore store({folder, 10}, files, *crypto);
  ASSERT_TRUE(store.load());
  ASSERT_TRUE(store.save(to_bytes("one"), {"a"}));
  ASSERT_TRUE(store.save(to_bytes("two"), {"b"}));
  ASSERT_TRUE(store.save(to_bytes("three"), {"c"}));
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << entry.path();
    ++seen;
  }
  EXPECT_EQ(seen, 3);
  FileStateStore again({folder, 10}, files, *crypto);
  const auto loaded = again.load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(text(*loaded), "three");
  EXPECT_THAT(loaded->event_lines, ElementsAre("a", "b", "c"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lictor::agent
