// Rows through a connection: fetching and binding them by columns.hpp, and the lookups that a KeyLoader needs.
#pragma once

#include "server/storage/key_loader.hpp"
#include "server/storage/sqlite/catalogue.hpp"
#include "server/storage/sqlite/connection.hpp"

namespace lictor::storage {

template <class Row>
Result<Row> read_row(Query& query) {
  Row row{};
  Result<void> done;
  int column = 0;
  columns(row, [&](std::string_view name, auto& member) {
    if (done) {
      done = query.read(column, member);
      if (!done) done = done.error().with_context(sql::table<Row>() + "." + std::string(name));
    }
    ++column;
  });
  if (!done) return done.error();
  return row;
}

template <class Row>
void bind_row(Query& query, const Row& row) {
  columns(row, [&](std::string_view, const auto& member) { query.bind(member); });
}

// Values are bound by reference: what is passed lives until the call returns.
class SqliteSource {
 public:
  explicit SqliteSource(Connection& connection) : connection_(connection) {}

  template <class Row, class... Values>
  Result<std::vector<Row>> rows(const std::string& sql, const Values&... values) {
    auto query = connection_.query(sql);
    if (!query) return query.error();
    (query->bind(values), ...);
    std::vector<Row> found;
    while (true) {
      auto more = query->step();
      if (!more) return more.error();
      if (!*more) return found;
      auto row = read_row<Row>(*query);
      if (!row) return row.error();
      found.push_back(*std::move(row));
    }
  }
  template <class Row, class... Values>
  Result<std::optional<Row>> row(const std::string& sql, const Values&... values) {
    auto query = connection_.query(sql);
    if (!query) return query.error();
    (query->bind(values), ...);
    auto more = query->step();
    if (!more) return more.error();
    if (!*more) return std::optional<Row>();
    auto row = read_row<Row>(*query);
    if (!row) return row.error();
    return std::optional<Row>(*std::move(row));
  }
  // The first column of each row, until visit(value) says false.
  template <class Value, class Visit, class... Values>
  Result<void> each(const std::string& sql, Visit&& visit, const Values&... values) {
    auto query = connection_.query(sql);
    if (!query) return query.error();
    (query->bind(values), ...);
    while (true) {
      auto more = query->step();
      if (!more) return more.error();
      if (!*more) return {};
      Value value{};
      if (auto read = query->read(0, value); !read) return read.error();
      auto go_on = visit(value);
      if (!go_on) return go_on.error();
      if (!*go_on) return {};
    }
  }
  template <class Value, class... Values>
  Result<std::optional<Value>> value(const std::string& sql, const Values&... values) {
    std::optional<Value> found;
    auto done = each<std::optional<Value>>(
        sql,
        [&](const std::optional<Value>& value) -> Result<bool> {
          found = value;
          return false;
        },
        values...);
    if (!done) return done.error();
    return found;
  }
  // For statements without rows.
  template <class... Values>
  Result<void> run(const std::string& sql, const Values&... values) {
    auto query = connection_.query(sql);
    if (!query) return query.error();
    (query->bind(values), ...);
    return query->run();
  }

  // What a KeyLoader asks.
  template <class Row>
  Result<std::optional<Row>> get(const KeyOf<Row>& key) {
    return row<Row>(sql::select_by_key<Row>(), key);
  }
  template <class Row>
  Result<std::vector<Row>> group(const KeyGroup& group) {
    const std::string* statement = sql::select_group<Row>(group.of);
    if (statement == nullptr) return Error{ErrorCode::Internal, "no such group of rows: " + sql::table<Row>()};
    if (group.of == KeyGroup::Of::All) return rows<Row>(*statement);
    if (group.of == KeyGroup::Of::Account) return rows<Row>(*statement, group.account);
    return rows<Row>(*statement, group.account, group.id);
  }
  Result<std::vector<domain::Due>> dues_until(AccountId account, WallTime until) {
    return rows<domain::Due>(sql::kDuesUntil, account, until);
  }
  Result<std::optional<TokenId>> token_by_hash(AccountId account, const KeyedHash& hash) {
    return value<TokenId>(sql::kTokenByHash, account, hash);
  }
  Result<std::optional<PostingId>> posting_by_source(AccountId account, const std::string& source_key) {
    return value<PostingId>(sql::kPostingBySource, account, source_key);
  }
  Result<std::optional<AccountId>> account_by_domain(const std::string& domain) {
    return value<AccountId>(sql::kAccountByDomain, domain);
  }

 private:
  Connection& connection_;
};

}  // namespace lictor::storage
