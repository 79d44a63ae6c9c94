// SQLite's C API, wrapped thinly: a connection with its prepared statements, and one run of a statement. Results, no
// exceptions. One thread per connection.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "licensing/vocabulary/ids.hpp"
#include "server/storage/column_text.hpp"

namespace lictor::storage {

// One run of a prepared statement; resets it at the end, so that no read transaction lingers. Texts and blobs that are
// bound by reference must live until then.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  Query(Query&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_), bind_error_(other.bind_error_) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  // Binds the next parameter.
  Query& bind(std::int64_t value);
  Query& bind(int value) { return bind(std::int64_t{value}); }
  Query& bind(bool value) { return bind(std::int64_t{value ? 1 : 0}); }
  Query& bind(const std::string& value) { return bind_text(value, SQLITE_STATIC); }
  Query& bind(std::string_view value) { return bind_text(value, SQLITE_STATIC); }
  Query& bind(const Bytes& value) { return bind_blob(value); }
  Query& bind(WallTime value) { return bind(to_ms(value)); }
  Query& bind(Duration value) { return bind(std::int64_t{value.count()}); }
  template <class Tag>
  Query& bind(StrongInt<Tag> value) {
    return bind(value.value);
  }
  template <class Tag, std::size_t N>
  Query& bind(const ByteId<Tag, N>& value) {
    return bind_blob(value.bytes);
  }
  template <class T>
  Query& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }
  template <class T>
  requires requires(const T& value) { to_column(value); }
  Query& bind(const T& value) { return bind_text(to_column(value), SQLITE_TRANSIENT); }
  template <class... Parts>
  Query& bind(const std::tuple<Parts...>& key) {
    std::apply([this](const auto&... part) { (this->bind(part), ...); }, key);
    return *this;
  }
  Query& bind_null();

  // True: a row is there.
  Result<bool> step();
  // To the end, for statements without rows.
  Result<void> run();

  // Columns of the present row, from 0. What does not fit the type is Corrupt.
  Result<void> read(int column, std::int64_t& value);
  Result<void> read(int column, int& value);
  Result<void> read(int column, bool& value);
  Result<void> read(int column, std::string& value);
  Result<void> read(int column, Bytes& value);
  Result<void> read(int column, WallTime& value);
  Result<void> read(int column, Duration& value);
  template <class Tag>
  Result<void> read(int column, StrongInt<Tag>& value) {
    return read(column, value.value);
  }
  template <class Tag, std::size_t N>
  Result<void> read(int column, ByteId<Tag, N>& value) {
    auto id = ByteId<Tag, N>::from_view(blob(column));
    if (!id) return Error{ErrorCode::Corrupt, "an identifier in the store has the wrong length"};
    value = *id;
    return {};
  }
  template <class T>
  Result<void> read(int column, std::optional<T>& value) {
    value.reset();
    return is_null(column) ? Result<void>{} : read(column, value.emplace());
  }
  template <class T>
  requires requires(T& value) { parse_column(std::string_view(), value); }
  Result<void> read(int column, T& value) { return parse_column(text(column), value); }

 private:
  Query& bind_text(std::string_view value, sqlite3_destructor_type life);
  Query& bind_blob(ByteView value);
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] ByteView blob(int column) const;
  Query& bound(int code);

  sqlite3_stmt* statement_;
  int bound_ = 0;
  int bind_error_ = SQLITE_OK;
};

class Connection {
 public:
  enum class Mode { Create, ReadOnly };
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode, const std::string& vfs,
                                                  int busy_timeout_ms);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A run of the statement, prepared at its first use. `sql` must be one object for ever: its address is its name.
  Result<Query> query(const std::string& sql);
  // Statements without parameters and rows that anybody wants.
  Result<void> execute(std::string_view sql);
  // The first column of the first row, e.g. of a PRAGMA.
  Result<std::int64_t> number(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  [[nodiscard]] sqlite3* handle() { return database_; }
  // The error of a failed call.
  Error error(int code, std::string_view doing) const;

 private:
  explicit Connection(sqlite3* database) : database_(database) {}
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
  Result<Statement> prepare(std::string_view sql, unsigned flags);

  sqlite3* database_;
  std::unordered_map<const std::string*, Statement> statements_;
};

// Maps a result code of SQLite: FULL -> DiskFull, CORRUPT and NOTADB -> Corrupt, BUSY -> Busy, CONSTRAINT -> Internal,
// everything else Io.
ErrorCode error_code_of(int sqlite_code);

}  // namespace lictor::storage
