// The rows of the licensing data model as plain values (DECISIONS 1, 2, 4). Every key starts with the account. Storage
// keeps them, services change them by the pure functions of this room, nothing else.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"
#include "licensing/vocabulary/entitlement.hpp"
#include "licensing/vocabulary/ids.hpp"
#include "licensing/vocabulary/states.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::domain {

// --- accounts -------------------------------------------------------------------------------------------------------
struct AccountHead {  // one per account: counters and the end of the audit chain; locked first (DECISIONS 5)
  AccountId account;
  std::int64_t next_id = 1;  // the next numeric id of anything in this account
  std::int64_t audit_sequence = 0;
  Digest audit_hash;  // of the last audit row
  std::int64_t event_sequence = 0;
  friend bool operator==(const AccountHead&, const AccountHead&) = default;
};
struct SmartAccount {
  AccountId account;
  std::string domain;           // "example.com", unique over the manager, lower case
  std::string name;             // "Example Corporation"
  bool export_allowed = false;  // ACC-5
  WallTime created_at{};
  friend bool operator==(const SmartAccount&, const SmartAccount&) = default;
};
struct VirtualAccount {
  AccountId account;
  VirtualAccountId id;
  std::string name;  // unique in the account
  std::string description;
  bool is_default = false;  // exactly one
  WallTime created_at{};
  friend bool operator==(const VirtualAccount&, const VirtualAccount&) = default;
};

// --- ledger (DECISIONS 1) -------------------------------------------------------------------------------------------
enum class Billing { Prepaid, Usage };  // "PREPAID", "USAGE"
enum class LotSource { Order, Pak, Dlc, Conversion, Transfer, Manual };
std::string_view to_string(Billing billing);
Result<Billing> parse_billing(std::string_view text);
std::string_view to_string(LotSource source);
Result<LotSource> parse_lot_source(std::string_view text);

struct Lot {  // licences that came together: one tag, one term
  AccountId account;
  LotId id;
  EntitlementTag tag;
  std::optional<WallTime> starts_at;  // absent: at once
  std::optional<WallTime> ends_at;    // absent: perpetual; 00:00 UTC after the end date
  Billing billing = Billing::Prepaid;
  LotSource source = LotSource::Order;
  std::string subscription_id;  // "" = none (INV-6)
  std::string order_number;
  WallTime created_at{};
  friend bool operator==(const Lot&, const Lot&) = default;
};
// Does the lot supply licences at that time?
bool is_active(const Lot& lot, WallTime at);

struct Place {  // where licences of a VA stand
  enum class Kind { Free, Reserved, OnPrem, Outside };
  Kind kind = Kind::Free;
  std::int64_t id = 0;  // Reserved: instance; OnPrem: its id
  friend auto operator<=>(const Place&, const Place&) = default;
};
std::string to_string(const Place& place);  // "free", "reserved:7", "onprem:3", "outside": as stored
Result<Place> parse_place(std::string_view text);

struct Posting {  // one change of the ledger; its entries sum to zero
  AccountId account;
  PostingId id;
  std::string source_key;  // unique per account: the same source never posts twice
  std::string reason;      // "deposit", "transfer", "term-end", ...
  WallTime at{};
  std::string actor;
  friend bool operator==(const Posting&, const Posting&) = default;
};
struct LedgerEntry {  // append-only
  AccountId account;
  PostingId posting;
  int leg = 0;
  VirtualAccountId va;  // 0 with Place::Outside
  Place place;
  EntitlementTag tag;
  LotId lot;
  Count delta = 0;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};
struct LotBalance {  // materialised sum of entries, quantity >= 0; none for Place::Outside; no row at zero
  AccountId account;
  VirtualAccountId va;
  Place place;
  LotId lot;
  Count quantity = 0;
  friend bool operator==(const LotBalance&, const LotBalance&) = default;
};
struct Pool {  // materialised, per VA and tag; no row when all are zero
  AccountId account;
  VirtualAccountId va;
  EntitlementTag tag;
  Count owned = 0;  // of active lots, free and reserved
  Count reserved = 0;
  Count in_use = 0;       // sum of Usage.counted (CMP-5)
  Count lent = 0;         // surplus that covers other tags (shown as substituted, CMP-2)
  Count borrowed = 0;     // shortfall that other tags cover
  Count short_count = 0;  // in_use - own supply - borrowed, never negative
  friend bool operator==(const Pool&, const Pool&) = default;
};
// owned - in_use: negative is out of compliance before substitution (spec page 01).
inline Count balance(const Pool& pool) {
  return pool.owned - pool.in_use;
}

struct Usage {
  AccountId account;
  InstanceId instance;
  EntitlementTag tag;
  Count claimed = 0;  // what the device last said
  Count counted = 0;  // what the pool counts: claimed, or 0 after 90 days of silence (CMP-3)
  bool valid = true;  // false: the tag is not in the catalog (AUTH-12, invalid tag)
  friend bool operator==(const Usage&, const Usage&) = default;
};

// --- devices --------------------------------------------------------------------------------------------------------
struct Token {
  AccountId account;
  TokenId id;
  VirtualAccountId va;
  KeyedHash hash;  // found by it (DECISIONS 14)
  Bytes sealed;    // the text, encrypted under key_id
  std::string key_id;
  std::string description;
  bool export_allowed = false;  // REG-10
  WallTime created_at{};
  WallTime expires_at{};
  std::string created_by;
  std::optional<std::int64_t> max_uses;
  std::int64_t uses = 0;  // successful registrations (REG-11)
  std::optional<WallTime> revoked_at;
  friend bool operator==(const Token&, const Token&) = default;
};

enum class InstanceStatus { Registering, Active, Silent, Removed };  // Removed: a tombstone (PRO-3, PRO-7)
std::string_view to_string(InstanceStatus status);
Result<InstanceStatus> parse_instance_status(std::string_view text);

struct Instance {  // one registered product (REG-12)
  AccountId account;
  InstanceId id;
  VirtualAccountId va;
  InstanceStatus status = InstanceStatus::Registering;
  std::string name;  // display name; the active UDI's at first
  ProductTag product_tag;
  std::string host_name;
  std::string software_version;
  std::string agent_version;
  std::vector<UdiEntry> udis;  // as last reported
  bool export_allowed = false;
  WallTime registered_at{};
  WallTime last_contact{};
  WallTime last_authorized{};  // last answered authorize: AUTH-12, CMP-3
  bool in_compliance = true;
  Bytes public_key;                       // SPKI of the key on record
  int key_algorithm = 0;                  // pki::KeyAlgorithm as stored
  Serial serial;                          // current ID certificate
  std::optional<Serial> previous_serial;  // until the new one is first used (PRO-7)
  WallTime certificate_ends{};
  std::int64_t last_sequence = 0;
  RequestId last_request;  // whose answer is kept (PRO-3); zero = none. Stored like every other member
  // The answer to last_request when that was an authorize: here, so that a renewal touches one row (DECISIONS 1).
  // "" = it is a StoredAnswer.
  std::string authorize_answer;
  Digest authorize_digest;      // of that request's payload
  std::int64_t generation = 0;  // last reported (STO-4)
  Duration evaluation_used{0};
  std::optional<WallTime> removed_at;
  friend bool operator==(const Instance&, const Instance&) = default;
};
struct InstanceUdi {  // UDI -> live instance, unique per account (DECISIONS 2)
  AccountId account;
  Udi udi;
  InstanceId instance;
  friend bool operator==(const InstanceUdi&, const InstanceUdi&) = default;
};

enum class CertificateStatus { Intended, Issued, Revoked, Ended };
std::string_view to_string(CertificateStatus status);
Result<CertificateStatus> parse_certificate_status(std::string_view text);
struct CertificateRecord {  // recorded before it is signed; kept until its end
  AccountId account;
  Serial serial;
  InstanceId instance;
  CertificateStatus status = CertificateStatus::Intended;
  Bytes to_be_signed;  // the template, as device_service encodes it; empty once issued
  Bytes der;           // empty while intended
  WallTime not_before{};
  WallTime not_after{};
  std::optional<WallTime> revoked_at;
  friend bool operator==(const CertificateRecord&, const CertificateRecord&) = default;
};

struct StoredAnswer {  // exactly once (PRO-3): the payload repeated byte for byte
  AccountId account;
  RequestId request;
  InstanceId instance;
  std::string type;     // protocol message type, "register", ...
  Digest digest;        // of the request's payload
  std::string payload;  // empty: effect done, answer not yet complete (registration before its certificate)
  WallTime at{};
  std::optional<WallTime> keep_until;
  friend bool operator==(const StoredAnswer&, const StoredAnswer&) = default;
};

// --- time-driven effects (DECISIONS 5) ------------------------------------------------------------------------------
enum class DueKind { LotStarts, LotEnds, SilenceReturn, CertificateEnds, AnswerEnds };
std::string_view to_string(DueKind kind);
Result<DueKind> parse_due_kind(std::string_view text);
struct Due {
  AccountId account;
  WallTime at{};
  DueKind kind = DueKind::LotEnds;
  std::string id;  // what it is about: a lot, instance, serial or request id as text; unique with kind
  friend auto operator<=>(const Due&, const Due&) = default;
};

// --- accountability -------------------------------------------------------------------------------------------------
struct AuditRow {  // in the same transaction as the change, hash-chained per account (DECISIONS 16)
  AccountId account;
  std::int64_t sequence = 0;
  WallTime at{};
  std::string actor;       // "user:admin", "client:ci", "device:PID:..,SN:..", "system"
  std::string action;      // "token.create"
  std::string object;      // "token:17"
  std::string detail;      // JSON object
  std::string request_id;  // of the HTTP request or message
  Digest previous_hash;
  Digest hash;
  friend bool operator==(const AuditRow&, const AuditRow&) = default;
};
struct Event {  // what people read in an event log (INV-4)
  AccountId account;
  std::int64_t sequence = 0;
  WallTime at{};
  VirtualAccountId va;  // 0 = the account
  InstanceId instance;  // 0 = none
  std::string kind;     // "instance.registered"
  std::string text;
  std::string actor;
  friend bool operator==(const Event&, const Event&) = default;
};

// --- the operator's directory (account 0) ---------------------------------------------------------------------------
enum class Role {  // ACC-2; one permission table in permissions.hpp
  VendorOperator,
  SmartAccountAdministrator,
  SmartAccountUser,
  SmartAccountViewer,
  SmartAccountApprover,
  VirtualAccountAdministrator,
  VirtualAccountUser,
  VirtualAccountViewer,
};
std::string_view to_string(Role role);  // "vendor-operator", ...
Result<Role> parse_role(std::string_view text);
struct Grant {
  Role role = Role::SmartAccountViewer;
  AccountId account;    // 0 for VendorOperator
  VirtualAccountId va;  // 0 unless a VA role
  friend auto operator<=>(const Grant&, const Grant&) = default;
};
struct User {
  UserId id;
  std::string name;           // login, unique
  std::string password_hash;  // argon2id, encoded form; "" = cannot log in by password
  bool must_change_password = false;
  bool disabled = false;
  std::vector<Grant> grants;
  WallTime created_at{};
  friend bool operator==(const User&, const User&) = default;
};
struct Session {
  KeyedHash hash;  // of the bearer secret
  UserId user;
  WallTime created_at{};
  WallTime expires_at{};
  friend bool operator==(const Session&, const Session&) = default;
};
struct ApiClient {  // OAuth2 client credentials (ACC-3)
  std::string id;   // client_id
  KeyedHash secret_hash;
  std::string description;
  std::vector<Grant> grants;
  bool disabled = false;
  WallTime created_at{};
  friend bool operator==(const ApiClient&, const ApiClient&) = default;
};
struct AccessToken {  // opaque bearer that an API client got
  KeyedHash hash;
  std::string client_id;
  WallTime expires_at{};
  friend bool operator==(const AccessToken&, const AccessToken&) = default;
};
struct CatalogVersion {  // DECISIONS 6
  std::int64_t version = 0;
  Digest digest;
  std::string contents;  // the files as imported, concatenated with their names (catalog room's form)
  WallTime imported_at{};
  bool active = false;
  friend bool operator==(const CatalogVersion&, const CatalogVersion&) = default;
};
struct IdempotencyRecord {  // API-1: Idempotency-Key on writes
  std::string scope;        // who and which operation
  std::string key;
  Digest digest;  // of the request
  int status = 0;
  std::string body;
  WallTime at{};
  friend bool operator==(const IdempotencyRecord&, const IdempotencyRecord&) = default;
};
struct StoreSetting {  // small facts of a store: incarnation, authority, key ids, lab mark, schema version
  std::string name;
  std::string value;
  friend bool operator==(const StoreSetting&, const StoreSetting&) = default;
};

}  // namespace lictor::domain
