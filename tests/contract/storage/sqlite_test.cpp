// What is SQLite's own: one durable commit per batch, the end of the writer at a failed one, the file, the lock, the
// schema (DB-1, DB-2).
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "contract/storage/tables.hpp"
#include "server/storage/writer_thread.hpp"
#include "support/fake_clock.hpp"

namespace lictor::storage::test {

namespace {

namespace fs = std::filesystem;

class Sqlite : public testing::Test {
 protected:
  TempDir dir_;
  FaultVfs vfs_{"lictor-faults"};
  SqliteSettings settings_{.path = dir_.file("store.db"), .reserve_bytes = 0, .vfs = vfs_.name()};

  std::unique_ptr<Store> open() {
    auto opened = open_sqlite_store(settings_);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    return *std::move(opened);
  }
  static FunctionCommand::Apply set(std::string name, std::string value) {
    return [=](Rows& rows, WallTime) -> Result<void> {
      rows.settings.put({name, value});
      return {};
    };
  }
};

// Runs SQL on a database of its own and gives the first column's rows, each on a line.
std::string query(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  std::string text;
  char* error = nullptr;
  sqlite3_exec(
      database, sql.c_str(),
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) += std::string(values[0] != nullptr ? values[0] : "") + "\n";
        return 0;
      },
      &text, &error);
  EXPECT_EQ(error, nullptr) << error;
  sqlite3_close(database);
  return text;
}

TEST_F(Sqlite, DB_2_ManyWaitingCommandsAreOneSyncOfTheLog) {
  const auto store = open();
  WriterFixture fixture(*store);
  ASSERT_TRUE(fixture.run({}, set("warm", "up")));
  const int log_before = vfs_.log_syncs;
  const int database_before = vfs_.database_syncs;
  for (int i = 0; i < 64; ++i) fixture.submit({}, set("s" + std::to_string(i), "x"));
  fixture.writer->drain(fixture.now);
  EXPECT_EQ(vfs_.log_syncs - log_before, 1);
  EXPECT_EQ(vfs_.database_syncs, database_before);
}

TEST_F(Sqlite, DB_2_AFailedSyncEndsTheWriterAndNothingIsAcknowledged) {
  const auto store = open();
  WriterFixture fixture(*store);
  ASSERT_TRUE(fixture.run({}, set("acknowledged", "1")));
  std::vector<std::shared_ptr<std::optional<Result<void>>>> outcomes;
  for (int i = 0; i < 5; ++i) outcomes.push_back(fixture.submit({}, set("s" + std::to_string(i), "x")));
  outcomes.push_back(fixture.submit({}, [](Rows&, WallTime) -> Result<void> {
    return Error{ErrorCode::Conflict, "for a reason that may not have come to be"};
  }));
  vfs_.fail_log_sync = true;
  fixture.writer->drain(fixture.now);
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(*outcome);
    EXPECT_EQ((**outcome).error().code, ErrorCode::Unavailable);
  }
  EXPECT_TRUE(fixture.writer->ended());
  // Never again, even if the disk seems well.
  vfs_.fail_log_sync = false;
  const int syncs = vfs_.log_syncs;
  EXPECT_EQ(fixture.run({}, set("later", "1")).error().code, ErrorCode::Unavailable);
  EXPECT_FALSE(fixture.writer->apply_due(fixture.now));
  EXPECT_EQ(vfs_.log_syncs, syncs);
}

TEST_F(Sqlite, DB_2_TheThreadTellsOnceThatItsWriterHasEnded) {
  const auto store = open();
  WriterFixture fixture(*store);
  const lictor::test::FakeClock clock;
  std::promise<void> told;  // a second time would be an exception
  vfs_.fail_log_sync = true;
  WriterThread thread(*fixture.writer, clock, [&] { told.set_value(); });
  for (int i = 0; i < 3; ++i) fixture.submit({}, set("s" + std::to_string(i), "x"));
  told.get_future().wait();
  thread.stop();
  EXPECT_TRUE(fixture.writer->ended());
}

TEST_F(Sqlite, DB_2_CommandsThatWaitWhenTheWriterEndsAreRefused) {
  const auto store = open();
  WriterFixture fixture(*store, {.batch_limit = 1});
  fixture.submit({}, set("a", "1"));
  const auto behind = fixture.submit({}, set("b", "1"));
  vfs_.fail_log_sync = true;
  fixture.writer->drain(fixture.now);
  fixture.writer->drain(fixture.now);
  ASSERT_TRUE(*behind);
  EXPECT_EQ((**behind).error().code, ErrorCode::Unavailable);
}

TEST_F(Sqlite, DB_2_WhatWasAcknowledgedIsThereAfterAFailedCommit) {
  {
    const auto store = open();
    WriterFixture fixture(*store);
    ASSERT_TRUE(fixture.run({}, set("acknowledged", "1")));
    vfs_.fail_log_sync = true;
    EXPECT_FALSE(fixture.run({}, set("unknown", "1")));
    vfs_.fail_log_sync = false;
  }
  const auto store = open();
  EXPECT_EQ(*(*store->open_reader())->setting("acknowledged"), "1");
}

TEST_F(Sqlite, DB_2_AFailedSyncOfACheckpointEndsTheWriter) {
  const auto store = open();
  WriterFixture fixture(*store);
  const std::string large(200'000, 'x');
  vfs_.fail_database_sync = true;
  bool ended = false;
  for (int i = 0; i < 200 && !ended; ++i) ended = !fixture.run({}, set("s" + std::to_string(i), large));
  EXPECT_TRUE(ended) << "the log was never copied into the database";
  vfs_.fail_database_sync = false;
  EXPECT_FALSE(fixture.run({}, set("later", "1")));
}

TEST_F(Sqlite, TheLogDoesNotGrowWithoutBound) {
  const auto store = open();
  WriterFixture fixture(*store);
  const std::string large(400'000, 'x');
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(fixture.run({}, set("s", large + std::to_string(i))));
  EXPECT_LT(fs::file_size(settings_.path + "-wal"), 32U * 1024 * 1024) << "80 MB were written";
}

TEST_F(Sqlite, AFullDiskIsToldBeforeAnythingChangesAndIsSurvived) {
  settings_.reserve_bytes = std::int64_t{1} << 60;
  {
    const auto store = open();
    WriterFixture fixture(*store);
    const auto full = fixture.run({}, set("a", "1"));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::DiskFull);
    EXPECT_FALSE(fixture.writer->ended());
    EXPECT_EQ(*(*store->open_reader())->setting("a"), std::nullopt) << "reads go on";
  }
  settings_.reserve_bytes = 0;
  const auto store = open();
  WriterFixture fixture(*store);
  EXPECT_TRUE(fixture.run({}, set("a", "1")));
}

TEST_F(Sqlite, AFullDiskInsideACommitEndsTheWriter) {
  const auto store = open();
  WriterFixture fixture(*store);
  vfs_.fail_log_write = true;
  EXPECT_EQ(fixture.run({}, set("a", "1")).error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(fixture.writer->ended());
}

TEST_F(Sqlite, AFailedReadRefusesTheBatchAndNotTheNext) {
  {
    const auto first = open();
    ASSERT_TRUE(WriterFixture(*first).run({}, set("a", "1")));
  }
  const auto store = open();  // with nothing in its cache
  WriterFixture fixture(*store);
  ReadKeys keys;
  keys.settings = {"a"};
  vfs_.fail_read = true;
  const auto failed = fixture.run(keys, set("b", "1"));
  vfs_.fail_read = false;
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::Io) << failed.error().message;
  EXPECT_FALSE(fixture.writer->ended());
  EXPECT_TRUE(fixture.run(keys, set("b", "1")));
}

TEST_F(Sqlite, DB_2_AProcessThatDiesInTheMiddleLeavesTheLastCommit) {
  const auto store = open();
  WriterFixture fixture(*store);
  ASSERT_TRUE(fixture.run({}, set("a", "1")));
  const auto committed = *store->dump();
  // In the middle of a transaction: what the disk holds now is what a killed process leaves.
  Rows rows;
  ASSERT_TRUE(store->writer().load({}, fixture.now, rows));
  rows.settings.put({"b", std::string(1'000'000, 'x')});
  SqliteSettings copy = settings_;
  copy.path = dir_.file("copy.db");
  fs::copy_file(settings_.path, copy.path);
  fs::copy_file(settings_.path + "-wal", copy.path + "-wal");
  const auto reopened = open_sqlite_store(copy);
  ASSERT_TRUE(reopened) << reopened.error().message;
  EXPECT_EQ(*(*reopened)->dump(), committed);
  store->writer().abandon();
}

TEST_F(Sqlite, DB_2_ALogThatIsCutAnywhereLeavesAPrefixOfTheCommits) {
  std::vector<std::string> states;
  {
    const auto store = open();
    WriterFixture fixture(*store);
    states.push_back(*store->dump());
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(fixture.run({}, set("s" + std::to_string(i), "x")));
      states.push_back(*store->dump());
    }
    fs::copy_file(settings_.path, dir_.file("base.db"));
    fs::copy_file(settings_.path + "-wal", dir_.file("base.db-wal"));
  }
  const auto whole = fs::file_size(dir_.file("base.db-wal"));
  std::set<std::size_t> seen;
  SqliteSettings copy = settings_;
  copy.path = dir_.file("cut.db");
  // The first frames are the schema's; cuts start where the commits of above do.
  for (auto length = whole; length > whole - 6 * 4120; length -= 1030) {
    fs::copy_file(dir_.file("base.db"), copy.path, fs::copy_options::overwrite_existing);
    fs::copy_file(dir_.file("base.db-wal"), copy.path + "-wal", fs::copy_options::overwrite_existing);
    fs::resize_file(copy.path + "-wal", length);
    const auto reopened = open_sqlite_store(copy);
    ASSERT_TRUE(reopened) << reopened.error().message;
    const auto at = std::find(states.begin(), states.end(), *(*reopened)->dump());
    ASSERT_NE(at, states.end()) << "cut at " << length;
    seen.insert(static_cast<std::size_t>(at - states.begin()));
  }
  EXPECT_GE(seen.size(), 3U);
}

TEST_F(Sqlite, ADamagedFileIsCorrupt) {
  std::ofstream(settings_.path) << std::string(8192, 'x');
  const auto opened = open_sqlite_store(settings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Corrupt) << opened.error().message;
}

TEST_F(Sqlite, DB_1_ASecondOpenerIsRefusedAndToldWhoHoldsTheStore) {
  const auto store = open();
  const auto second = open_sqlite_store(settings_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Conflict);
  EXPECT_NE(second.error().message.find(settings_.path), std::string::npos);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(Sqlite, TheFilesAreTheirOwnersAlone) {
  std::ofstream(settings_.path).flush();
  fs::permissions(settings_.path, fs::perms::all);
  const auto store = open();
  WriterFixture fixture(*store);
  ASSERT_TRUE(fixture.run({}, set("a", "1")));
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    EXPECT_EQ(fs::status(settings_.path + suffix).permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << suffix;
  }
}

TEST_F(Sqlite, DB_2_TheSchemaIsTheSumOfTheMigrations) {
  { open(); }
  const std::string fresh = dir_.file("schema.db");
  query(fresh, std::string(sqlite_schema()));
  const std::string objects = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1";
  EXPECT_EQ(query(settings_.path, objects), query(fresh, objects));
  EXPECT_GT(query(fresh, objects).size(), 4000U);
  int version = 0;
  for (const auto& migration : sqlite_migrations()) EXPECT_EQ(migration.version, ++version);
  EXPECT_EQ(query(settings_.path, "PRAGMA user_version"), std::to_string(version) + "\n");
}

TEST_F(Sqlite, DB_2_AMigrationThatIsInterruptedIsDoneAgain) {
  vfs_.fail_log_sync = true;
  EXPECT_FALSE(open_sqlite_store(settings_));
  vfs_.fail_log_sync = false;
  EXPECT_TRUE(open_sqlite_store(settings_));
}

TEST_F(Sqlite, ANewerSchemaIsRefusedUnchanged) {
  { open(); }
  query(settings_.path, "PRAGMA user_version = 999");
  const auto opened = open_sqlite_store(settings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST_F(Sqlite, AnotherProgramsDatabaseIsRefusedUnchanged) {
  query(settings_.path, "CREATE TABLE theirs (a)");
  const auto opened = open_sqlite_store(settings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(query(settings_.path, "PRAGMA journal_mode"), "delete\n");
  EXPECT_EQ(query(settings_.path, "SELECT name FROM sqlite_schema"), "theirs\n");
}

TEST_F(Sqlite, EveryKeyOfAnAccountsTableStartsWithTheAccount) {
  { open(); }
  // Everything that is no account's: the operator's directory and the store's own facts.
  const std::string tables =
      "SELECT t.name FROM pragma_table_list t WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND NOT EXISTS "
      "(SELECT 1 FROM pragma_table_info(t.name) c WHERE c.pk = 1 AND c.name = 'account') ORDER BY 1";
  EXPECT_EQ(query(settings_.path, tables),
            "access_token\napi_client\ncatalog_version\nidempotency\nsession\nstore_setting\nuser\n");
}

TEST_F(Sqlite, INV_5_AFrequentPrefixIsPagedWithoutCollectingItsMatches) {
  vfs_.skip_syncs = true;
  const auto store = open();
  constexpr int kCount = 10'500;  // beyond what a search collects
  Rows rows;
  ASSERT_TRUE(store->writer().load({}, {}, rows));
  for (int id = 1; id <= kCount; ++id) {
    domain::Instance row;
    row.account = AccountId{1}, row.id = InstanceId{id}, row.va = VirtualAccountId{id % 100 + 1};
    row.name = "switch-" + std::to_string(id);
    row.host_name = "switch";
    rows.instances.put(row);
  }
  ASSERT_TRUE(store->writer().commit(rows));
  const auto reader = *store->open_reader();
  const auto page = *reader->instances(TenantScope::account(AccountId{1}), {"SWITCH"}, {5000, 3});
  ASSERT_EQ(page.size(), 3U);
  EXPECT_EQ(page[0].id, InstanceId{5001});
  EXPECT_EQ(page[2].id, InstanceId{5003});
  const auto of_va =
      *reader->instances(TenantScope::virtual_account(AccountId{1}, VirtualAccountId{7}), {"switch"}, {0, 2});
  ASSERT_EQ(of_va.size(), 2U);
  EXPECT_EQ(of_va[0].id, InstanceId{6});
  EXPECT_EQ(of_va[1].id, InstanceId{106});
}

}  // namespace

}  // namespace lictor::storage::test
