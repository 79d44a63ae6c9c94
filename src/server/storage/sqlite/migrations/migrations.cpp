#include "server/storage/sqlite/migrations/migrations.hpp"

#include <array>

#include "server/storage/sqlite/sqlite_store.hpp"

namespace lictor::storage {

std::span<const SqliteMigration> sqlite_migrations() {
  static const std::array kMigrations{
      SqliteMigration{1, migrations::first_schema()},
  };
  return kMigrations;
}

}  // namespace lictor::storage
