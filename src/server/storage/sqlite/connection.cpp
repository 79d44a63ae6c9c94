#include "server/storage/sqlite/connection.hpp"

#include <limits>

namespace lictor::storage {

ErrorCode error_code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::DiskFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::Corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::Busy;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return ErrorCode::Internal;
    default:
      return ErrorCode::Io;
  }
}

namespace {

Error error_of(sqlite3* database, int code, std::string_view doing) {
  std::string message = "SQLite, ";
  message += doing;
  message += ": ";
  message += database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  message += " (" + std::to_string(code) + ")";
  return Error{error_code_of(code), std::move(message)};
}

}  // namespace

// --- Query ----------------------------------------------------------------------------------------------------------

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bound(int code) {
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
  return *this;
}

Query& Query::bind(std::int64_t value) {
  return bound(sqlite3_bind_int64(statement_, ++bound_, value));
}
Query& Query::bind_null() {
  return bound(sqlite3_bind_null(statement_, ++bound_));
}

Query& Query::bind_text(std::string_view value, sqlite3_destructor_type life) {
  // An empty view may have no address, which SQLite takes for NULL.
  const char* data = value.empty() ? "" : value.data();
  return bound(sqlite3_bind_text64(statement_, ++bound_, data, value.size(), life, SQLITE_UTF8));
}

Query& Query::bind_blob(ByteView value) {
  if (value.empty()) return bound(sqlite3_bind_zeroblob(statement_, ++bound_, 0));
  return bound(sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC));
}

Result<bool> Query::step() {
  sqlite3* database = sqlite3_db_handle(statement_);
  if (bind_error_ != SQLITE_OK) return error_of(database, bind_error_, "binding a value");
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(database, sqlite3_extended_errcode(database), sqlite3_sql(statement_));
}

Result<void> Query::run() {
  while (true) {
    const auto stepped = step();
    if (!stepped) return stepped.error();
    if (!*stepped) return {};
  }
}

std::string_view Query::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

ByteView Query::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<void> Query::read(int column, std::int64_t& value) {
  value = sqlite3_column_int64(statement_, column);
  return {};
}

Result<void> Query::read(int column, int& value) {
  const std::int64_t wide = sqlite3_column_int64(statement_, column);
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    return Error{ErrorCode::Corrupt, "a number in the store is out of its range"};
  }
  value = static_cast<int>(wide);
  return {};
}

Result<void> Query::read(int column, bool& value) {
  value = sqlite3_column_int64(statement_, column) != 0;
  return {};
}

Result<void> Query::read(int column, std::string& value) {
  value = text(column);
  return {};
}

Result<void> Query::read(int column, Bytes& value) {
  const auto bytes = blob(column);
  value.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> Query::read(int column, WallTime& value) {
  value = wall_from_ms(sqlite3_column_int64(statement_, column));
  return {};
}

Result<void> Query::read(int column, Duration& value) {
  value = Duration{sqlite3_column_int64(statement_, column)};
  return {};
}

// --- Connection -----------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode, const std::string& vfs,
                                                     int busy_timeout_ms) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == Mode::Create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK) return error_of(database, code, "opening " + path);
  sqlite3_busy_timeout(database, busy_timeout_ms);
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close_v2(database_);
}

Error Connection::error(int code, std::string_view doing) const {
  return error_of(database_, code, doing);
}

Result<Connection::Statement> Connection::prepare(std::string_view sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return Statement(statement);
}

Result<Query> Connection::query(const std::string& sql) {
  auto& statement = statements_[&sql];
  if (!statement) {
    auto prepared = prepare(sql, SQLITE_PREPARE_PERSISTENT);
    if (!prepared) return prepared.error();
    statement = *std::move(prepared);
  }
  return Query(statement.get());
}

Result<void> Connection::execute(std::string_view sql) {
  const int code = sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return {};
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  auto statement = prepare(sql, 0);
  if (!statement) return statement.error();
  Query query(statement->get());
  const auto stepped = query.step();
  if (!stepped) return stepped.error();
  std::int64_t value = 0;
  if (*stepped) (void)query.read(0, value);
  return value;
}

Result<std::string> Connection::text(std::string_view sql) {
  auto statement = prepare(sql, 0);
  if (!statement) return statement.error();
  Query query(statement->get());
  const auto stepped = query.step();
  if (!stepped) return stepped.error();
  std::string value;
  if (*stepped) (void)query.read(0, value);
  return value;
}

}  // namespace lictor::storage
