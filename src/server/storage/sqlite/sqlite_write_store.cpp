#include "server/storage/sqlite/sqlite_write_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/storage/sqlite/store_file.hpp"

namespace lictor::storage {

SqliteWriteStore::SqliteWriteStore(std::unique_ptr<Connection> connection, const SqliteSettings& settings)
    : connection_(std::move(connection)),
      source_(*connection_),
      settings_(settings),
      checkpoint_at_(settings.checkpoint_pages) {
  sqlite3_wal_hook(
      connection_->handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteWriteStore*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

SqliteWriteStore::~SqliteWriteStore() {
  // After a failed commit the log must not be copied into the database by the closing connection: a start recovers from
  // the log as the disk has it.
  if (failed_) sqlite3_db_config(connection_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (open_) (void)source_.run(sql::kRollback);
}

Result<void> SqliteWriteStore::fail(Error error) {
  failed_ = error;
  return error;
}

Result<void> SqliteWriteStore::checkpoint_when_long() {
  if (log_pages_ < settings_.checkpoint_pages) checkpoint_at_ = settings_.checkpoint_pages;  // the log began anew
  if (log_pages_ < checkpoint_at_) return {};
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // A reader that keeps an old view lets the log grow; the next try is a whole stretch later.
  checkpoint_at_ = log_pages_ + settings_.checkpoint_pages;
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return {};
  const Error error = connection_->error(code, "copying the log into the database");
  // Without space the log stays as it is, and serves. A sync that failed is another matter: repeated it may succeed
  // without the data, so it ends the writer.
  if (error.code == ErrorCode::DiskFull) return {};
  return fail(error);
}

Result<void> SqliteWriteStore::begin() {
  if (failed_) return Error{ErrorCode::Unavailable, failed_->message};
  if (open_) return {};
  LICTOR_STORAGE_TRY(checkpoint_when_long());
  LICTOR_STORAGE_TRY(source_.run(sql::kBegin));
  open_ = true;
  return {};
}

Result<std::vector<domain::Due>> SqliteWriteStore::LoaderSource::dues_until(AccountId account, WallTime until) {
  const auto next = store_.next_due();
  if (!next) return next.error();
  if (!*next || **next > until) return std::vector<domain::Due>();
  return SqliteSource::dues_until(account, until);
}

Result<void> SqliteWriteStore::load(const ReadKeys& keys, WallTime now, Rows& rows) {
  LICTOR_STORAGE_TRY(begin());
  LoaderSource source(*this);
  return KeyLoader(source, rows).load(keys, now);
}

Result<void> SqliteWriteStore::check_space() const {
  const auto free = free_bytes(settings_.path);
  if (!free) return free.error();
  if (*free >= settings_.reserve_bytes) return {};
  return Error{ErrorCode::DiskFull,
               fmt::format("the file system of {} has {} bytes left, and the store keeps {} in reserve", settings_.path,
                           *free, settings_.reserve_bytes)};
}

Result<void> SqliteWriteStore::commit(const Rows& rows) {
  LICTOR_STORAGE_TRY(begin());
  auto written = check_space();
  if (written) written = write(rows);
  if (!written) {
    abandon();
    // Nothing was committed. Space comes back; anything else is a disk or a fault of ours that will not mend itself.
    return written.error().code == ErrorCode::DiskFull ? written : fail(written.error());
  }
  open_ = false;
  if (auto committed = source_.run(sql::kCommit); !committed) {
    return fail(committed.error().code == ErrorCode::DiskFull ? Error{ErrorCode::Io, committed.error().message}
                                                              : committed.error());
  }
  if (rows.dues.has_changes()) next_due_.reset();
  return {};
}

void SqliteWriteStore::abandon() {
  // SQLite may have ended the transaction itself, after an error that it could not undo otherwise.
  if (open_ && sqlite3_get_autocommit(connection_->handle()) == 0) (void)source_.run(sql::kRollback);
  open_ = false;
}

namespace {

template <class Row>
bool keeps_index(const Row&, const Row&) {
  return false;
}
bool keeps_index(const domain::Instance& before, const domain::Instance& after) {
  return before.va == after.va;
}
bool keeps_index(const domain::Token& before, const domain::Token& after) {
  return before.hash == after.hash;
}
bool keeps_index(const domain::User& before, const domain::User& after) {
  return before.id == after.id;
}

template <class Row>
const std::string& put_statement(const Row* before, const Row& after) {
  if (before == nullptr) return sql::upsert<Row>();
  return keeps_index(*before, after) ? sql::update_beside_index<Row>() : sql::update<Row>();
}

}  // namespace

template <class Row>
Result<void> SqliteWriteStore::put(const Row* before, const Row& after) {
  auto query = connection_->query(put_statement(before, after));
  if (!query) return query.error();
  bind_row(*query, after);
  LICTOR_STORAGE_TRY(query->run());
  if constexpr (std::is_same_v<Row, domain::Instance>) return replace_search(before, &after);
  return {};
}

template <class Row>
Result<void> SqliteWriteStore::erase(const Row& before) {
  const auto key = key_of(before);
  LICTOR_STORAGE_TRY(source_.run(sql::erase<Row>(), key));
  if constexpr (std::is_same_v<Row, domain::Instance>) return replace_search(&before, nullptr);
  return {};
}

template <class Row>
Result<void> SqliteWriteStore::write_table(const RowTable<Row>& table) {
  const auto changes = table.changes();
  const auto goes_first = [](const auto& change) {
    return change.before != nullptr && (change.after == nullptr || frees_unique(*change.before, *change.after));
  };
  for (const auto& change : changes) {
    if (goes_first(change)) LICTOR_STORAGE_TRY(erase(*change.before));
  }
  for (const auto& change : changes) {
    if (change.after != nullptr) LICTOR_STORAGE_TRY(put(goes_first(change) ? nullptr : change.before, *change.after));
  }
  return {};
}

Result<void> SqliteWriteStore::replace_search(const domain::Instance* before, const domain::Instance* after) {
  const domain::Instance& row = after != nullptr ? *after : *before;
  if (before != nullptr && after != nullptr && before->name == after->name && before->host_name == after->host_name &&
      before->udis == after->udis) {
    return {};
  }
  const auto old_texts = before != nullptr ? search_texts(*before) : std::vector<std::string>();
  const auto new_texts = after != nullptr ? search_texts(*after) : std::vector<std::string>();
  if (before == nullptr) LICTOR_STORAGE_TRY(source_.run(sql::kEraseSearchAll, row.account, row.id));
  for (const auto& text : old_texts) {
    if (std::binary_search(new_texts.begin(), new_texts.end(), text)) continue;
    LICTOR_STORAGE_TRY(source_.run(sql::kEraseSearch, row.account, row.id, text));
  }
  for (const auto& text : new_texts) {
    if (std::binary_search(old_texts.begin(), old_texts.end(), text)) continue;
    LICTOR_STORAGE_TRY(source_.run(sql::kInsertSearch, row.account, row.id, text));
  }
  return {};
}

Result<void> SqliteWriteStore::write(const Rows& rows) {
  Result<void> done;
  Rows::for_each_table(rows, [&](const auto& table) {
    if (done) done = write_table(table);
  });
  Rows::for_each_list(rows, [&](const auto& list) {
    for (const auto& row : list.rows()) {
      if (!done) return;
      using Row = std::remove_cvref_t<decltype(row)>;
      auto query = connection_->query(sql::insert<Row>());
      if (!query) {
        done = query.error();
        return;
      }
      bind_row(*query, row);
      done = query->run();
    }
  });
  return done;
}

Result<std::optional<WallTime>> SqliteWriteStore::next_due() {
  if (failed_) return Error{ErrorCode::Unavailable, failed_->message};
  if (!next_due_) {
    auto found = source_.value<WallTime>(sql::kNextDue);
    if (!found) return found.error();
    next_due_ = *found;
  }
  return *next_due_;
}

Result<std::vector<AccountId>> SqliteWriteStore::accounts_due(WallTime now, int limit) {
  std::vector<AccountId> found;
  if (limit <= 0) return found;
  std::set<AccountId> known;
  auto done = source_.each<AccountId>(
      sql::kAccountsDue,
      [&](AccountId account) -> Result<bool> {
        if (known.insert(account).second) found.push_back(account);
        return found.size() < static_cast<std::size_t>(limit);
      },
      now);
  if (!done) return done.error();
  return found;
}

}  // namespace lictor::storage
