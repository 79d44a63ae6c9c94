// What every change by a person has in common: the permission is checked inside, against the rows as they are; the
// audit row is written with the effect; a change with an idempotency key is done once and answered again (API-1).
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "foundation/json/json.hpp"
#include "licensing/catalog/catalog.hpp"
#include "server/account_service/actor.hpp"
#include "server/identity/key_ring.hpp"
#include "server/row_operations/row_operations.hpp"
#include "server/storage/command.hpp"

namespace lictor::account_service {

// What use cases share; outlives every command.
struct Environment {
  std::function<std::shared_ptr<const catalog::Catalog>()> catalog;  // the active version; never null, may be empty
  domain::HashFunction sha256;
  const identity::KeyRing* keys = nullptr;
};

// An answer as it goes out, for the replay.
struct Reply {
  int status = 200;
  std::string body;
  friend bool operator==(const Reply&, const Reply&) = default;
};

// A key that a client chose for one change. The answer is kept sealed, because some answers carry secrets.
struct Replay {
  std::string scope;  // who and which operation
  std::string key;
  Digest digest;  // of the request: the same key with another one is refused (InvalidArgument)
};

class UseCase : public storage::Command {
 public:
  UseCase(std::shared_ptr<const Environment> environment, Actor actor);
  [[nodiscard]] storage::ReadKeys keys() const final;
  Result<void> apply(storage::Rows& rows, WallTime now) final;

  // Before it is submitted. `render` makes the answer from this use case's output.
  void replay_under(Replay replay, std::function<Reply()> render);
  // After it: the answer that an earlier request under the same key got; this one had no effect then.
  [[nodiscard]] const std::optional<Reply>& replayed() const { return replayed_; }

 protected:
  [[nodiscard]] virtual storage::ReadKeys reads() const = 0;
  // Checks the permission, changes the rows, keeps the output. May run again from the start.
  virtual Result<void> execute(storage::Rows& rows, WallTime now) = 0;

  [[nodiscard]] const Actor& actor() const { return actor_; }
  [[nodiscard]] const Environment& environment() const { return *environment_; }
  [[nodiscard]] const catalog::Catalog& catalog() const { return *catalog_; }
  [[nodiscard]] row_operations::Context context(WallTime now) const;
  // One audit row; `detail` gets the peer's address (INV-4: from where).
  void audit(storage::Rows& rows, WallTime now, AccountId account, std::string action, std::string object,
             json::Object detail = {}) const;
  // The VA, or the account's default one for 0. Error: NotFound.
  static Result<domain::VirtualAccount> find_va(const storage::Rows& rows, AccountId account, VirtualAccountId va);

 private:
  Result<bool> answer_again(const storage::Rows& rows);
  Result<void> keep_answer(storage::Rows& rows, WallTime now);

  std::shared_ptr<const Environment> environment_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  Actor actor_;
  std::optional<Replay> replay_;
  std::function<Reply()> render_;
  std::optional<Reply> replayed_;
};

// A use case with its output.
template <class T>
class UseCaseOf : public UseCase {
 public:
  using Output = T;
  using UseCase::UseCase;
  [[nodiscard]] const T& output() const { return output_; }
  [[nodiscard]] T take_output() { return std::move(output_); }

 protected:
  T output_{};
};
struct Nothing {};

// Does `expected` ("" = any) name the state that is to be changed? Error: Expired (somebody else changed it).
Result<void> check_unchanged(std::string_view expected, std::string_view actual);
// The tag of a state that people may edit, from its members: 32 hex digits.
std::string state_tag(const domain::HashFunction& sha256, std::initializer_list<std::string_view> members);
// Tags of what can be edited; they change with what people may change, not with each contact of a device.
std::string state_tag(const domain::HashFunction& sha256, const domain::SmartAccount& account);
std::string state_tag(const domain::HashFunction& sha256, const domain::VirtualAccount& va);
std::string state_tag(const domain::HashFunction& sha256, const domain::Instance& instance);

// Text that people give: 1 to `max` bytes (0 with Empty::Allowed), no control characters, no blank at an end. Error:
// InvalidArgument, names `field`.
enum class Empty { Refused, Allowed };
Result<void> check_text(std::string_view field, std::string_view text, std::size_t max, Empty empty = Empty::Refused);

}  // namespace lictor::account_service
