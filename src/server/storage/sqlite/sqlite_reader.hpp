// The reading half: a connection of its own that sees what is committed. One thread.
#pragma once

#include <memory>

#include "server/storage/sqlite/connection.hpp"
#include "server/storage/store.hpp"

namespace lictor::storage {

std::unique_ptr<ReadStore> make_sqlite_reader(std::unique_ptr<Connection> connection);

}  // namespace lictor::storage
