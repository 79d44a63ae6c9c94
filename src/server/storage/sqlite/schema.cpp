// The schema as it is: what all migrations add up to.
//
// Every key starts with the account, but for the operator's directory. Times are ms UTC, ids integers, hashes and
// serials blobs, enumerators words, a place "free", "reserved:7", ... Rows with long members have a rowid, so that the
// pages above the leaves stay narrow; the others are clustered by their key.
#include "server/storage/sqlite/sqlite_store.hpp"

namespace lictor::storage {

std::string_view sqlite_schema() {
  return R"sql(
CREATE TABLE account_head (
  account INTEGER PRIMARY KEY,
  next_id INTEGER NOT NULL CHECK (next_id > 0),
  audit_sequence INTEGER NOT NULL,
  audit_hash BLOB NOT NULL,
  event_sequence INTEGER NOT NULL
) STRICT;

CREATE TABLE smart_account (
  account INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  export_allowed INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE virtual_account (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  tag TEXT NOT NULL,
  starts_at INTEGER,
  ends_at INTEGER,
  billing TEXT NOT NULL,
  source TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  source_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (account, id),
  UNIQUE (account, source_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entry (
  account INTEGER NOT NULL,
  posting INTEGER NOT NULL,
  leg INTEGER NOT NULL,
  va INTEGER NOT NULL,
  place TEXT NOT NULL,
  tag TEXT NOT NULL,
  lot INTEGER NOT NULL,
  delta INTEGER NOT NULL,
  PRIMARY KEY (account, posting, leg)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_entry_by_va ON ledger_entry (account, va, posting);

CREATE TABLE lot_balance (
  account INTEGER NOT NULL,
  va INTEGER NOT NULL,
  place TEXT NOT NULL,
  lot INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (account, va, place, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_balance_by_lot ON lot_balance (account, lot);

CREATE TABLE pool (
  account INTEGER NOT NULL,
  va INTEGER NOT NULL,
  tag TEXT NOT NULL,
  owned INTEGER NOT NULL CHECK (owned >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  in_use INTEGER NOT NULL CHECK (in_use >= 0),
  lent INTEGER NOT NULL CHECK (lent >= 0),
  borrowed INTEGER NOT NULL CHECK (borrowed >= 0),
  short_count INTEGER NOT NULL CHECK (short_count >= 0),
  PRIMARY KEY (account, va, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  account INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  tag TEXT NOT NULL,
  claimed INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  valid INTEGER NOT NULL,
  PRIMARY KEY (account, instance, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  va INTEGER NOT NULL,
  hash BLOB NOT NULL,
  sealed BLOB NOT NULL,
  key_id TEXT NOT NULL,
  description TEXT NOT NULL,
  export_allowed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  max_uses INTEGER,
  uses INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (account, id)
) STRICT;
CREATE INDEX token_by_hash ON token (account, hash);

CREATE TABLE instance (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  va INTEGER NOT NULL,
  status TEXT NOT NULL,
  name TEXT NOT NULL,
  product_tag TEXT NOT NULL,
  host_name TEXT NOT NULL,
  software_version TEXT NOT NULL,
  agent_version TEXT NOT NULL,
  udis TEXT NOT NULL,
  export_allowed INTEGER NOT NULL,
  registered_at INTEGER NOT NULL,
  last_contact INTEGER NOT NULL,
  last_authorized INTEGER NOT NULL,
  in_compliance INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  key_algorithm INTEGER NOT NULL,
  serial BLOB NOT NULL,
  previous_serial BLOB,
  certificate_ends INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  last_request BLOB NOT NULL,
  authorize_answer TEXT NOT NULL,
  authorize_digest BLOB NOT NULL,
  generation INTEGER NOT NULL,
  evaluation_used INTEGER NOT NULL,
  removed_at INTEGER,
  PRIMARY KEY (account, id)
) STRICT;
CREATE INDEX instance_by_va ON instance (account, va, id);

CREATE TABLE instance_search (
  account INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (account, instance, text)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_search_by_text ON instance_search (account, text, instance);

CREATE TABLE instance_udi (
  account INTEGER NOT NULL,
  udi TEXT NOT NULL,
  instance INTEGER NOT NULL,
  PRIMARY KEY (account, udi)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_udi_by_instance ON instance_udi (account, instance);

CREATE TABLE certificate (
  account INTEGER NOT NULL,
  serial BLOB NOT NULL,
  instance INTEGER NOT NULL,
  status TEXT NOT NULL,
  to_be_signed BLOB NOT NULL,
  der BLOB NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (account, serial)
) STRICT;

CREATE TABLE stored_answer (
  account INTEGER NOT NULL,
  request BLOB NOT NULL,
  instance INTEGER NOT NULL,
  type TEXT NOT NULL,
  digest BLOB NOT NULL,
  payload TEXT NOT NULL,
  at INTEGER NOT NULL,
  keep_until INTEGER,
  PRIMARY KEY (account, request)
) STRICT;

CREATE TABLE due (
  account INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_by_time ON due (at, account);

CREATE TABLE audit (
  account INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  request_id TEXT NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (account, sequence)
) STRICT;

CREATE TABLE event (
  account INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  va INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (account, sequence)
) STRICT;
CREATE INDEX event_by_va ON event (account, va, sequence);

CREATE TABLE user (
  name TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  must_change_password INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  grants TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX user_by_id ON user (id);

CREATE TABLE session (
  hash BLOB PRIMARY KEY,
  user INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_client (
  id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL,
  description TEXT NOT NULL,
  grants TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE access_token (
  hash BLOB PRIMARY KEY,
  client_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_version (
  version INTEGER PRIMARY KEY,
  digest BLOB NOT NULL,
  contents TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  active INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT;

CREATE TABLE store_setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";
}

}  // namespace lictor::storage
