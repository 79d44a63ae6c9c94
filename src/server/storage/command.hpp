// A command: what it reads, and a pure change of the rows (DECISIONS 5).
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "server/storage/rows.hpp"

namespace lictor::storage {

// What to load. The account's head, smart account row and virtual accounts are loaded for every account named.
// What a key brings with it:
//   token hash or id  -> the token, all pools of its VA
//   UDI, instance     -> the instance (UDI: through InstanceUdi), its usage, its UDI rows, its current and previous
//                        certificate records, all pools of its VA, the StoredAnswer to its last request, if it
//                        has one, its Due rows
//                        (SilenceReturn, CertificateEnds; ids: the instance as decimal text, each serial as hex)
//   virtual account   -> all its pools; with_lots: also its balances and those lots
//   lot               -> the lot, all its balances, its Due rows (LotStarts, LotEnds; id: decimal text)
//   request           -> the stored answer, and if that has an end, its Due row (AnswerEnds; id: hex)
//   serial            -> the certificate record, its Due row (CertificateEnds), and its instance as above
//   contact           -> if the instance stands there just as the device knows it: its row, its usage, all pools of its
//                        VA, the StoredAnswer to its last request. Else as its instance, its serial and its UDIs would.
// Every account's due rows up to now are loaded, too.
struct ReadKeys {
  // A message of a registered device that says nothing new of itself needs less than others, and comes most often.
  struct Contact {
    InstanceId instance;
    Serial serial;  // its only certificate
    std::vector<UdiEntry> udis;
  };
  AccountId account;  // kDirectoryAccount for users, clients, settings alone
  std::vector<KeyedHash> token_hashes;
  std::vector<TokenId> tokens;
  std::vector<Udi> udis;
  std::vector<InstanceId> instances;
  std::vector<VirtualAccountId> virtual_accounts;
  bool all_pools = false;  // of every VA of the account
  bool with_lots = false;  // of the named virtual accounts
  std::vector<LotId> lots;
  std::vector<RequestId> requests;
  std::optional<Contact> contact;
  std::vector<Serial> serials;
  std::vector<std::string> posting_sources;  // source keys: find by Rows::postings_seen (exactly-once deposits)
  std::vector<std::string> account_domains;  // SmartAccount by domain: uniqueness; loaded into account_by_domain
  // Directory.
  std::vector<std::string> users;
  std::vector<KeyedHash> sessions;
  std::vector<std::string> api_clients;
  std::vector<KeyedHash> access_tokens;
  std::vector<std::pair<std::string, std::string>> idempotency;  // scope, key
  std::vector<std::string> settings;
  bool catalogs = false;
};

class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual ReadKeys keys() const = 0;
  // That of its keys, for the queue's shares (PRO-6). A command that comes often answers without making them.
  [[nodiscard]] virtual AccountId account() const { return keys().account; }
  // Changes `rows` and keeps its answer in itself. An error undoes its own changes and no neighbour's. May be called
  // again from the start only when nothing of the batch was committed. Pure: rows, now and its own members alone.
  virtual Result<void> apply(Rows& rows, WallTime now) = 0;
};

// Effects that time brings, applied in an account before any command on it.
class DueEffects {
 public:
  virtual ~DueEffects() = default;
  [[nodiscard]] virtual ReadKeys keys(const domain::Due& due) const = 0;
  // Must erase or move `due` on. An error here is a bug: the batch fails.
  virtual Result<void> apply(const domain::Due& due, Rows& rows, WallTime now) = 0;
};

}  // namespace lictor::storage
