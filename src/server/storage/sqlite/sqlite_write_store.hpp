// The writing half: one connection, one transaction at a time, opened by the first load and ended by commit or abandon.
// Thread: the writer's.
#pragma once

#include <optional>

#include "server/storage/sqlite/sqlite_source.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"
#include "server/storage/store.hpp"

namespace lictor::storage {

class SqliteWriteStore final : public WriteStore {
 public:
  SqliteWriteStore(std::unique_ptr<Connection> connection, const SqliteSettings& settings);
  ~SqliteWriteStore() override;

  Result<void> load(const ReadKeys& keys, WallTime now, Rows& rows) override;
  Result<void> commit(const Rows& rows) override;
  void abandon() override;
  Result<std::optional<WallTime>> next_due() override;
  Result<std::vector<AccountId>> accounts_due(WallTime now, int limit) override;

 private:
  // The source of the KeyLoader: as SqliteSource, but does not look for dues when none can be there.
  class LoaderSource : public SqliteSource {
   public:
    explicit LoaderSource(SqliteWriteStore& store) : SqliteSource(*store.connection_), store_(store) {}
    Result<std::vector<domain::Due>> dues_until(AccountId account, WallTime until);

   private:
    SqliteWriteStore& store_;
  };

  Result<void> begin();
  Result<void> checkpoint_when_long();
  Result<void> check_space() const;
  Result<void> write(const Rows& rows);
  template <class Row>
  Result<void> write_table(const RowTable<Row>& table);
  template <class Row>
  Result<void> put(const Row* before, const Row& after);
  template <class Row>
  Result<void> erase(const Row& before);
  Result<void> replace_search(const domain::Instance* before, const domain::Instance* after);
  Result<void> fail(Error error);

  std::unique_ptr<Connection> connection_;
  SqliteSource source_;
  SqliteSettings settings_;
  bool open_ = false;            // a transaction is
  std::optional<Error> failed_;  // a commit: nothing more is done
  // The earliest due time; unknown after a commit that changed dues.
  std::optional<std::optional<WallTime>> next_due_;
  // The log's length in pages, and at which length it is next copied into the database.
  int log_pages_ = 0;
  int checkpoint_at_;
};

}  // namespace lictor::storage
