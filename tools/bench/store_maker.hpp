// Stores of any size, made through the storage room's own rows: what that many registrations and first authorizes leave
// behind, but for their events and audit rows, and without their time.
#pragma once

#include "bench/devices.hpp"
#include "licensing/pki/authority.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"

namespace lictor::bench {

struct StorePlan {
  std::string folder;  // as a manager's data_folder: lictor.db, pki/
  AccountId account;   // 0: one is made, with licences for all
  VirtualAccountId va;
  std::size_t instances = 1000;
  // So many of them, evenly spread, are given a key and a certificate of their own and are written to devices_path. The
  // others share `shared_keys` keys, and their certificates are a shared one's bytes under their own serial: they send
  // nothing, so nobody verifies them.
  std::size_t speaking = 1000;
  std::size_t shared_keys = 1000;
  std::string keys_path;
  std::string devices_path;
};

// Errors: those of the store and the cryptography.
Result<void> make_store(Tools& tools, const Product& product, const StorePlan& plan);

}  // namespace lictor::bench
