// All SQL of this backend. The column lists come from columns.hpp, so a statement names each column and reads or binds
// them in the one order; the conditions stand here.
#pragma once

#include <string>
#include <tuple>
#include <type_traits>

#include "server/storage/columns.hpp"
#include "server/storage/rows.hpp"

namespace lictor::storage::sql {

// --- what is the same for every table -------------------------------------------------------------------------------
template <class Key>
struct KeySize : std::integral_constant<int, 1> {};
template <class... Parts>
struct KeySize<std::tuple<Parts...>> : std::integral_constant<int, static_cast<int>(sizeof...(Parts))> {};

// The key's columns are the first ones.
template <class Row>
inline constexpr int kKeyColumns = KeySize<KeyOf<Row>>::value;

template <class Row>
std::string table() {
  return std::string(name_of(static_cast<const Row*>(nullptr)));
}

// "a, b, c" through `form(name, position)`; position counts from 1.
template <class Row, class Form>
std::string list(std::string_view between, int first, int last, Form&& form) {
  std::string text;
  int position = 0;
  const Row row{};
  columns(row, [&](std::string_view name, const auto&) {
    if (++position < first || position > last) return;
    if (!text.empty()) text += between;
    text += form(std::string(name), position);
  });
  return text;
}
inline constexpr int kToTheEnd = 1000;

template <class Row>
std::string select() {
  return "SELECT " + list<Row>(", ", 1, kToTheEnd, [](const std::string& name, int) { return name; }) + " FROM " +
         table<Row>();
}
template <class Row>
std::string key_condition() {
  return " WHERE " + list<Row>(" AND ", 1, kKeyColumns<Row>, [](const std::string& name, int position) {
           return name + " = ?" + std::to_string(position);
         });
}

template <class Row>
const std::string& select_by_key() {
  static const std::string kSql = select<Row>() + key_condition<Row>();
  return kSql;
}
template <class Row>
const std::string& select_all() {
  static const std::string kSql = select<Row>();
  return kSql;
}
template <class Row>
const std::string& insert() {
  static const std::string kSql =
      "INSERT INTO " + table<Row>() + " (" +
      list<Row>(", ", 1, kToTheEnd, [](const std::string& name, int) { return name; }) + ") VALUES (" +
      list<Row>(", ", 1, kToTheEnd, [](const std::string&, int position) { return "?" + std::to_string(position); }) +
      ")";
  return kSql;
}
// For a row that was put without being loaded: it may be there.
template <class Row>
const std::string& upsert() {
  static const std::string kSql =
      insert<Row>() + " ON CONFLICT (" +
      list<Row>(", ", 1, kKeyColumns<Row>, [](const std::string& name, int) { return name; }) + ") DO UPDATE SET " +
      list<Row>(", ", kKeyColumns<Row> + 1, kToTheEnd,
                [](const std::string& name, int) { return name + " = excluded." + name; });
  return kSql;
}
// The column of a secondary index that a change may or may not touch; "" = none. An UPDATE that names it rewrites the
// index even where the value stays.
template <class Row>
inline constexpr std::string_view kIndexedColumn = "";
template <>
inline constexpr std::string_view kIndexedColumn<domain::Instance> = "va";
template <>
inline constexpr std::string_view kIndexedColumn<domain::Token> = "hash";
template <>
inline constexpr std::string_view kIndexedColumn<domain::User> = "id";
// Parameters by their column's position, in all statements.
template <class Row>
std::string update_but(std::string_view left_out) {
  std::string set;
  int position = 0;
  const Row row{};
  columns(row, [&](std::string_view name, const auto&) {
    if (++position <= kKeyColumns<Row> || name == left_out) return;
    set += (set.empty() ? "" : ", ") + std::string(name) + " = ?" + std::to_string(position);
  });
  return "UPDATE " + table<Row>() + " SET " + set + key_condition<Row>();
}
template <class Row>
const std::string& update() {
  static const std::string kSql = update_but<Row>("");
  return kSql;
}
template <class Row>
const std::string& update_beside_index() {
  static const std::string kSql = update_but<Row>(kIndexedColumn<Row>);
  return kSql;
}
template <class Row>
const std::string& erase() {
  static const std::string kSql = "DELETE FROM " + table<Row>() + key_condition<Row>();
  return kSql;
}
template <class Row>
const std::string& count() {
  static const std::string kSql = "SELECT count(*) FROM " + table<Row>();
  return kSql;
}

// --- groups that a loader asks for: ?1 account, ?2 id ---------------------------------------------------------------
// nullptr: this row type has no such group.
template <class Row>
const std::string* select_group(KeyGroup::Of of);

// --- the loader's lookups -------------------------------------------------------------------------------------------
extern const std::string kDuesUntil;        // ?1 account, ?2 until
extern const std::string kTokenByHash;      // ?1 account, ?2 hash
extern const std::string kPostingBySource;  // ?1 account, ?2 source key
extern const std::string kAccountByDomain;  // ?1 domain
extern const std::string kNextDue;
extern const std::string kAccountsDue;  // ?1 now; an account once per effect, earliest first

// --- transactions ---------------------------------------------------------------------------------------------------
extern const std::string kBegin;
extern const std::string kCommit;
extern const std::string kRollback;

// --- search rows ----------------------------------------------------------------------------------------------------
extern const std::string kInsertSearch;    // ?1 account, ?2 instance, ?3 text
extern const std::string kEraseSearch;     // the same
extern const std::string kEraseSearchAll;  // ?1 account, ?2 instance

// --- readers: ?1 account, ?2 after, ?3 limit; where the name says so ?4 virtual account -----------------------------
extern const std::string kAccounts;  // ?1 after, ?2 limit
extern const std::string kAccountRowByDomain;
extern const std::string kVirtualAccounts;  // ?1 account
extern const std::string kAudit;
extern const std::string kEvents;
extern const std::string kEventsOfVa;
extern const std::string kPools;      // ?1 account
extern const std::string kPoolsOfVa;  // ?1 account, ?2 virtual account
extern const std::string kLotIds;
extern const std::string kLotIdsOfVa;
extern const std::string kPostingIds;
extern const std::string kPostingIdsOfVa;
extern const std::string kEntriesOfPosting;  // ?1 account, ?2 posting
extern const std::string kTokens;
extern const std::string kTokensOfVa;
// ?4 1: removed ones, too; ?5 virtual account
extern const std::string kInstances;
extern const std::string kInstancesOfVa;
// Instances by a prefix: ?1 account, ?2 prefix, ?3 the first text beyond it, ?4 after / limit
extern const std::string kCountMatches;
extern const std::string kMatchesByText;      // few: sorted
extern const std::string kMatchesByInstance;  // many: in order of the instance
extern const std::string kUserById;
extern const std::string kUsers;  // ?1 after, ?2 limit
extern const std::string kActiveCatalog;

}  // namespace lictor::storage::sql
