// Passwords: argon2id, in its encoded form "$argon2id$v=19$m=...,t=...,p=...$salt$hash" (spec ACC-3; RFC 9106).
//
// A hash takes tens of milliseconds and megabytes, so it never runs on an event loop: the program injects
// `run_blocking`, a pool of a few threads (DECISIONS 11), and no more than `waiting_limit` hashes wait for it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/entropy.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/secret.hpp"

namespace lictor::identity {

struct PasswordCost {
  std::uint32_t iterations = 2;
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t lanes = 1;
  friend bool operator==(const PasswordCost&, const PasswordCost&) = default;
};

// A password that people may choose: 12 to 256 bytes of UTF-8 without control characters. Error: InvalidArgument.
inline constexpr std::size_t kMinPasswordBytes = 12;
inline constexpr std::size_t kMaxPasswordBytes = 256;
Result<void> check_new_password(std::string_view password);

// The encoded form under that cost. `salt`: 16 bytes. Error: Internal (no memory).
Result<std::string> hash_password(std::string_view password, const PasswordCost& cost, ByteView salt);
// Does the password belong to the encoded form? In time that depends on the encoded cost alone. An encoded form that
// cannot be read belongs to no password.
bool verify_password(std::string_view password, const std::string& encoded);
// Was it made with another cost than that? Then it is hashed anew at the next login.
bool needs_rehash(std::string_view encoded, const PasswordCost& cost);

// Runs a task on another thread, soon. May run it at once (tests, simulation).
using RunBlocking = std::function<void(std::function<void()>)>;

class PasswordService {
 public:
  struct Settings {
    PasswordCost cost;
    int waiting_limit = 32;  // hashes that run or wait
  };
  // Hashes once, on this thread. `entropy` (safe from several threads) must outlive it.
  PasswordService(Settings settings, Entropy& entropy, RunBlocking run_blocking);

  // `done` runs where `run_blocking` runs tasks, or, when too many wait (Busy), on this thread.
  void hash(Secret password, std::function<void(Result<std::string>)> done);
  // An empty `encoded` (no such user, or one without a password) costs the same and is never right.
  void verify(Secret password, std::string encoded, std::function<void(Result<bool>)> done);

  [[nodiscard]] const PasswordCost& cost() const { return settings_.cost; }

 private:
  bool enter();
  Settings settings_;
  Entropy& entropy_;
  RunBlocking run_blocking_;
  std::string nobody_;  // the encoded form that unknown users are compared with
  std::shared_ptr<std::atomic<int>> waiting_;
};

}  // namespace lictor::identity
