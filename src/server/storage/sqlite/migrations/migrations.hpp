// The numbered steps of the schema, one file each (DB-2). sqlite_migrations() lists them.
#pragma once

#include <string_view>

namespace lictor::storage::migrations {

std::string_view first_schema();  // 0001

}  // namespace lictor::storage::migrations
