#include "server/storage/sqlite/catalogue.hpp"

namespace lictor::storage::sql {

namespace {
using Of = KeyGroup::Of;
}

// --- groups ---------------------------------------------------------------------------------------------------------
template <>
const std::string* select_group<domain::VirtualAccount>(Of of) {
  static const std::string kOfAccount = select<domain::VirtualAccount>() + " WHERE account = ?1";
  return of == Of::Account ? &kOfAccount : nullptr;
}
template <>
const std::string* select_group<domain::Pool>(Of of) {
  static const std::string kOfAccount = select<domain::Pool>() + " WHERE account = ?1";
  static const std::string kOfVa = select<domain::Pool>() + " WHERE account = ?1 AND va = ?2";
  return of == Of::Account ? &kOfAccount : of == Of::VirtualAccount ? &kOfVa : nullptr;
}
template <>
const std::string* select_group<domain::LotBalance>(Of of) {
  static const std::string kOfVa = select<domain::LotBalance>() + " WHERE account = ?1 AND va = ?2";
  static const std::string kOfLot = select<domain::LotBalance>() + " WHERE account = ?1 AND lot = ?2";
  return of == Of::VirtualAccount ? &kOfVa : of == Of::Lot ? &kOfLot : nullptr;
}
template <>
const std::string* select_group<domain::Usage>(Of of) {
  static const std::string kOfInstance = select<domain::Usage>() + " WHERE account = ?1 AND instance = ?2";
  return of == Of::Instance ? &kOfInstance : nullptr;
}
template <>
const std::string* select_group<domain::InstanceUdi>(Of of) {
  static const std::string kOfInstance = select<domain::InstanceUdi>() + " WHERE account = ?1 AND instance = ?2";
  return of == Of::Instance ? &kOfInstance : nullptr;
}
template <>
const std::string* select_group<domain::CatalogVersion>(Of of) {
  return of == Of::All ? &select_all<domain::CatalogVersion>() : nullptr;
}

// --- lookups --------------------------------------------------------------------------------------------------------
const std::string kDuesUntil = select<domain::Due>() + " INDEXED BY due_by_time WHERE at <= ?2 AND account = ?1";
const std::string kTokenByHash = "SELECT id FROM token WHERE account = ?1 AND hash = ?2";
const std::string kPostingBySource = "SELECT id FROM posting WHERE account = ?1 AND source_key = ?2";
const std::string kAccountByDomain = "SELECT account FROM smart_account WHERE domain = ?1";
const std::string kNextDue = "SELECT min(at) FROM due";
const std::string kAccountsDue = "SELECT account FROM due INDEXED BY due_by_time WHERE at <= ?1 ORDER BY at, account";

// --- transactions ---------------------------------------------------------------------------------------------------
const std::string kBegin = "BEGIN IMMEDIATE";
const std::string kCommit = "COMMIT";
const std::string kRollback = "ROLLBACK";

// --- search rows ----------------------------------------------------------------------------------------------------
const std::string kInsertSearch =
    "INSERT INTO instance_search (account, instance, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const std::string kEraseSearch = "DELETE FROM instance_search WHERE account = ?1 AND instance = ?2 AND text = ?3";
const std::string kEraseSearchAll = "DELETE FROM instance_search WHERE account = ?1 AND instance = ?2";

// --- readers --------------------------------------------------------------------------------------------------------
const std::string kAccounts = select<domain::SmartAccount>() + " WHERE account > ?1 ORDER BY account LIMIT ?2";
const std::string kAccountRowByDomain = select<domain::SmartAccount>() + " WHERE domain = ?1";
const std::string kVirtualAccounts = select<domain::VirtualAccount>() + " WHERE account = ?1 ORDER BY id";
const std::string kAudit =
    select<domain::AuditRow>() + " WHERE account = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
const std::string kEvents =
    select<domain::Event>() + " WHERE account = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
const std::string kEventsOfVa =
    select<domain::Event>() + " WHERE account = ?1 AND va = ?4 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
const std::string kPools = select<domain::Pool>() + " WHERE account = ?1 ORDER BY va, tag";
const std::string kPoolsOfVa = select<domain::Pool>() + " WHERE account = ?1 AND va = ?2 ORDER BY tag";
const std::string kLotIds =
    "SELECT DISTINCT lot FROM lot_balance WHERE account = ?1 AND lot > ?2 ORDER BY lot LIMIT ?3";
const std::string kLotIdsOfVa =
    "SELECT DISTINCT lot FROM lot_balance WHERE account = ?1 AND va = ?4 AND lot > ?2 ORDER BY lot LIMIT ?3";
const std::string kPostingIds =
    "SELECT DISTINCT posting FROM ledger_entry WHERE account = ?1 AND posting > ?2 ORDER BY posting LIMIT ?3";
const std::string kPostingIdsOfVa =
    "SELECT DISTINCT posting FROM ledger_entry WHERE account = ?1 AND va = ?4 AND posting > ?2 ORDER BY posting "
    "LIMIT ?3";
const std::string kEntriesOfPosting =
    select<domain::LedgerEntry>() + " WHERE account = ?1 AND posting = ?2 ORDER BY leg";
const std::string kTokens = select<domain::Token>() + " WHERE account = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const std::string kTokensOfVa =
    select<domain::Token>() + " WHERE account = ?1 AND va = ?4 AND id > ?2 ORDER BY id LIMIT ?3";
const std::string kInstances =
    select<domain::Instance>() + " WHERE account = ?1 AND id > ?2 AND (?4 OR status <> 'removed') ORDER BY id LIMIT ?3";
const std::string kInstancesOfVa =
    select<domain::Instance>() +
    " INDEXED BY instance_by_va WHERE account = ?1 AND va = ?5 AND id > ?2 AND (?4 OR status <> 'removed') "
    "ORDER BY id LIMIT ?3";
const std::string kCountMatches =
    "SELECT count(*) FROM (SELECT 1 FROM instance_search INDEXED BY instance_search_by_text "
    "WHERE account = ?1 AND text >= ?2 AND text < ?3 LIMIT ?4)";
const std::string kMatchesByText =
    "SELECT DISTINCT instance FROM instance_search INDEXED BY instance_search_by_text "
    "WHERE account = ?1 AND text >= ?2 AND text < ?3 AND instance > ?4 ORDER BY instance";
const std::string kMatchesByInstance =
    "SELECT instance FROM instance_search NOT INDEXED "
    "WHERE account = ?1 AND text >= ?2 AND text < ?3 AND instance > ?4 ORDER BY instance";
const std::string kUserById = select<domain::User>() + " WHERE id = ?1 ORDER BY name LIMIT 1";
const std::string kUsers = select<domain::User>() + " WHERE id > ?1 ORDER BY id, name LIMIT ?2";
const std::string kActiveCatalog = select<domain::CatalogVersion>() + " WHERE active = 1 ORDER BY version LIMIT 1";

}  // namespace lictor::storage::sql
