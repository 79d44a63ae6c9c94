// The door: what the manager does for people (spec pages 05, 06). Changes are use cases that go through the writer;
// reads are Queries on a borrowed reader. Permissions are checked inside, against the rows as they are.
//
// Thread: any. Completions run wherever `leave_writer` runs tasks, or on the caller's thread when it is refused at
// once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "foundation/base/log.hpp"
#include "foundation/base/metrics.hpp"
#include "server/account_service/accounts.hpp"
#include "server/account_service/catalog_import.hpp"
#include "server/account_service/directory.hpp"
#include "server/account_service/instances.hpp"
#include "server/account_service/licenses.hpp"
#include "server/account_service/queries.hpp"
#include "server/account_service/tokens.hpp"
#include "server/identity/login_throttle.hpp"
#include "server/identity/passwords.hpp"
#include "server/identity/secrets.hpp"
#include "server/storage/reader_pool.hpp"
#include "server/storage/writer.hpp"

namespace lictor::account_service {

struct Settings {
  Duration session_lifetime = hours(12);
  Duration access_token_lifetime = hours(1);
};

// All must outlive the service. Entropy, crypto, log and metrics are used from several threads.
struct Collaborators {
  pki::Crypto* crypto = nullptr;
  Entropy* entropy = nullptr;
  storage::Writer* writer = nullptr;
  storage::ReaderPool* readers = nullptr;
  identity::PasswordService* passwords = nullptr;
  identity::LoginThrottle* throttle = nullptr;
  const identity::SecretHasher* hasher = nullptr;
  const identity::KeyRing* keys = nullptr;
  Log* log = nullptr;
  Metrics* metrics = nullptr;
  std::function<std::shared_ptr<const catalog::Catalog>()> catalog;  // the active version; nullptr: none yet
  std::function<void(std::shared_ptr<const catalog::Catalog>)> activate_catalog;  // a new one, after its commit
  CompileCatalog compile_catalog;
  std::function<void(std::function<void()>)> leave_writer;  // runs a task off the writer's thread
};

template <class T>
using Done = std::function<void(Result<T>)>;

// What comes back from a change: its output, or the answer that an earlier request under the same key got.
template <class T>
struct Outcome {
  T output{};
  std::optional<Reply> replayed;
};

// An idempotency key with the way to make the answer that is kept.
template <class T>
struct ReplayOf {
  Replay replay;
  std::function<Reply(const T&)> render;
};

// Who somebody says to be, and from where.
struct Caller {
  std::string request_id;
  std::string peer;
};

struct SessionGrant {
  Secret bearer;
  WallTime expires_at{};
  domain::User user;
};
struct LoginOutcome {
  std::optional<SessionGrant> session;
  Duration retry_after{0};  // without a session: too many attempts failed
};
struct AccessGrant {
  Secret bearer;
  Duration lifetime{0};
  domain::ApiClient client;
};
struct AccessOutcome {
  std::optional<AccessGrant> access;
  Duration retry_after{0};
};

struct TokenWithText {
  domain::Token token;
  std::shared_ptr<const Secret> text;  // nullptr: the actor may not see it
};
struct ClientWithSecret {
  domain::ApiClient client;
  std::shared_ptr<const Secret> secret;  // shown this once
};
struct UserWithPassword {
  domain::User user;
  std::shared_ptr<const Secret> password;  // one-time; shown this once
};

class AccountService {
 public:
  AccountService(Settings settings, Collaborators collaborators);

  // --- who is it
  // ------------------------------------------------------------------------------------------------------ The actor
  // behind a session's or access token's bearer. Errors: Unauthenticated, Io.
  Result<Actor> authenticate(std::string_view bearer, const Caller& caller, WallTime now);
  // Errors: Unauthenticated, Busy.
  void login(std::string name, Secret password, Caller caller, Now now, Done<LoginOutcome> done);
  // OAuth2 client credentials. The same errors.
  void client_token(std::string client_id, Secret secret, Caller caller, Now now, Done<AccessOutcome> done);
  void logout(Actor actor, Done<Nothing> done);
  // Errors: Unauthenticated (the old one is not right), InvalidArgument (the new one), Unsupported (an API client).
  void change_own_password(Actor actor, Secret current, Secret wanted, Now now, Done<Nothing> done);

  // --- changes
  // -------------------------------------------------------------------------------------------------------- Runs a use
  // case that accounts.hpp, licenses.hpp, instances.hpp or tokens.hpp made with environment().
  template <class T>
  void run(std::unique_ptr<UseCaseOf<T>> use_case, std::optional<ReplayOf<T>> replay, Done<Outcome<T>> done);

  void remove_virtual_account(Actor actor, AccountId account, VirtualAccountId va, WallTime now, Done<Nothing> done);
  void create_token(Actor actor, NewToken input, std::optional<ReplayOf<TokenWithText>> replay,
                    Done<Outcome<TokenWithText>> done);
  void create_api_client(Actor actor, std::string description, std::vector<domain::Grant> grants,
                         std::optional<ReplayOf<ClientWithSecret>> replay, Done<Outcome<ClientWithSecret>> done);
  void remove_api_client(Actor actor, std::string id, Done<Nothing> done);
  // With a one-time password. Errors: also Busy.
  void create_user(Actor actor, std::string name, std::vector<domain::Grant> grants,
                   std::optional<ReplayOf<UserWithPassword>> replay, Done<Outcome<UserWithPassword>> done);
  // When another catalog became active, the pools of all accounts are covered anew afterwards, account by account.
  void import_catalog(Actor actor, std::vector<catalog::CatalogFile> files, Done<ImportedCatalog> done);

  // --- reads
  // ---------------------------------------------------------------------------------------------------------- Calls
  // `read(Queries&)` with a borrowed reader and returns what it returns.
  template <class Read>
  auto query(const Actor& actor, Read&& read) -> std::invoke_result_t<Read, Queries&> {
    auto reader = with_.readers->borrow();
    if (!reader) return reader.error();
    Queries queries(**reader, *environment_, actor);
    return std::forward<Read>(read)(queries);
  }
  // A token with its text for those who may see it.
  Result<TokenWithText> token(const Actor& actor, AccountId account, TokenId id);

  [[nodiscard]] const std::shared_ptr<const Environment>& environment() const { return environment_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  // Submits and hands the command back, off the writer's thread. A refused use case comes back as its error.
  template <class Case>
  void submit(std::unique_ptr<Case> use_case, std::function<void(Result<Case*>)> done);
  void check_session_password(domain::User user, Secret password, Caller caller, Done<LoginOutcome> done);
  void open_session(const domain::User& user, std::string rehashed, Caller caller, Done<LoginOutcome> done);
  // Looks what the VA holds, and removes it unless the account is changed between the two; then looks again.
  void try_removal(Actor actor, AccountId account, VirtualAccountId va, WallTime now, int tries, Done<Nothing> done);
  // Account by account from `after` on; stops without a word when the writer closes.
  void rebalance_from(std::int64_t after);
  // Of an attempt that was let through: forgotten when it succeeded, taken back when it could not be judged.
  void settle(const std::string& throttle_name, const std::string& peer, std::optional<ErrorCode> failure);
  void count_login(std::string_view kind, std::string_view result);

  Settings settings_;
  Collaborators with_;
  std::shared_ptr<const Environment> environment_;
};

// --- templates
// ----------------------------------------------------------------------------------------------------------
template <class Case>
void AccountService::submit(std::unique_ptr<Case> use_case, std::function<void(Result<Case*>)> done) {
  auto* kept = use_case.get();
  with_.writer->submit(
      std::move(use_case), storage::CommandClass::RestWrite,
      [this, kept, done = std::move(done)](std::unique_ptr<storage::Command> command, Result<void> result) mutable {
        // The command holds the output, so it lives as long as the task.
        std::shared_ptr<storage::Command> owner = std::move(command);
        with_.leave_writer([kept, owner, result = std::move(result), done = std::move(done)] {
          done(result ? Result<Case*>(kept) : Result<Case*>(result.error()));
        });
      });
}

template <class T>
void AccountService::run(std::unique_ptr<UseCaseOf<T>> use_case, std::optional<ReplayOf<T>> replay,
                         Done<Outcome<T>> done) {
  if (replay) {
    use_case->replay_under(std::move(replay->replay), [kept = use_case.get(), render = std::move(replay->render)] {
      return render(kept->output());
    });
  }
  submit<UseCaseOf<T>>(std::move(use_case), [done = std::move(done)](Result<UseCaseOf<T>*> result) {
    if (!result) return done(result.error());
    auto replayed = (*result)->replayed();
    done(Outcome<T>{(*result)->take_output(), std::move(replayed)});
  });
}

// The catalog that is active in a store, for a program's start; nullptr: none was imported.
Result<std::shared_ptr<const catalog::Catalog>> load_active_catalog(storage::ReadStore& store,
                                                                    const CompileCatalog& compile);

// The rows of the messages that this room logs.
std::span<const MessageRow> account_service_messages();

}  // namespace lictor::account_service
