#include "server/account_service/account_service.hpp"

#include <fmt/format.h>

#include "licensing/domain/token_text.hpp"

namespace lictor::account_service {
namespace {

constexpr MessageRow kLoginRefused{"LOGIN_REFUSED", Severity::Notice, "A login was refused",
                                   "Nothing, unless it happens often: then look who tries from that address."};
constexpr MessageRow kLoginThrottled{"LOGIN_THROTTLED", Severity::Warning, "Too many logins failed; more must wait",
                                     "Look who tries from that address."};
constexpr MessageRow kCatalogActivated{"CATALOG_ACTIVATED", Severity::Info, "A catalog was made active", ""};
constexpr MessageRow kRebalanceFailed{"REBALANCE_FAILED", Severity::Error,
                                      "Substitutions of an account still follow the catalog before",
                                      "They follow the new one at the next change there; look at the error."};
constexpr MessageRow kMessages[] = {kLoginRefused, kLoginThrottled, kCatalogActivated, kRebalanceFailed};

constexpr int kRemovalTries = 4;  // of a virtual account while others change the account

Error unknown_bearer() {
  return {ErrorCode::Unauthenticated, "The session or access token is not known or has ended"};
}
Error not_right() {
  return {ErrorCode::Unauthenticated, "The name or the password is not right"};
}
Error client_not_right() {
  return {ErrorCode::Unauthenticated, "The client is not known, or its secret is not right"};
}

// A name that somebody typed, as it may stand in a log: it can be a password typed into the wrong field, so only names
// of known users are shown.
std::string shown(bool known, const std::string& name) {
  return known ? name : "(unknown)";
}

Actor as_itself(std::string name, const Caller& caller) {
  return {std::move(name), {}, caller.request_id, caller.peer, Actor::Standing::Full, {}};
}

}  // namespace

AccountService::AccountService(Settings settings, Collaborators collaborators)
    : settings_(settings), with_(std::move(collaborators)) {
  auto environment = std::make_shared<Environment>();
  environment->catalog = [catalog = with_.catalog,
                          empty =
                              std::make_shared<const catalog::Catalog>()]() -> std::shared_ptr<const catalog::Catalog> {
    auto active = catalog();
    return active == nullptr ? empty : active;
  };
  environment->sha256 = [crypto = with_.crypto](ByteView data) { return crypto->sha256(data); };
  environment->keys = with_.keys;
  environment_ = std::move(environment);
}

Result<Actor> AccountService::authenticate(std::string_view bearer, const Caller& caller, WallTime now) {
  const auto purpose = identity::purpose_of_bearer(bearer);
  if (!purpose) return unknown_bearer();
  const auto hash = with_.hasher->hash(*purpose, bearer);
  auto reader = with_.readers->borrow();
  if (!reader) return reader.error();
  Actor actor = as_itself("", caller);
  actor.bearer = hash;
  if (*purpose == identity::Purpose::Session) {
    const auto session = (*reader)->session(hash);
    if (!session) return session.error();
    if (!*session || (*session)->expires_at <= now) return unknown_bearer();
    const auto user = (*reader)->user_by_id((*session)->user);
    if (!user) return user.error();
    if (!*user || (*user)->disabled) return unknown_bearer();
    actor.name = "user:" + (*user)->name;
    actor.grants = (*user)->grants;
    if ((*user)->must_change_password) {
      actor.standing = Actor::Standing::MustChangePassword;
      actor.grants.clear();  // whoever forgets to look at the standing finds no rights
    }
    return actor;
  }
  const auto token = (*reader)->access_token(hash);
  if (!token) return token.error();
  if (!*token || (*token)->expires_at <= now) return unknown_bearer();
  const auto client = (*reader)->api_client((*token)->client_id);
  if (!client) return client.error();
  if (!*client || (*client)->disabled) return unknown_bearer();
  actor.name = "client:" + (*client)->id;
  actor.grants = (*client)->grants;
  return actor;
}

void AccountService::count_login(std::string_view kind, std::string_view result) {
  with_.metrics
      ->counter("lictor_logins_total", "Logins of users and API clients by result",
                {{"kind", std::string(kind)}, {"result", std::string(result)}})
      .add(1);
}

void AccountService::settle(const std::string& throttle_name, const std::string& peer,
                            std::optional<ErrorCode> failure) {
  if (!failure) return with_.throttle->succeeded(throttle_name, peer);
  if (*failure != ErrorCode::Unauthenticated) with_.throttle->undecided(throttle_name, peer);
}

void AccountService::login(std::string name, Secret password, Caller caller, Now now, Done<LoginOutcome> done) {
  if (const auto wait = with_.throttle->attempt("u:" + name, caller.peer, now.steady)) {
    count_login("user", "throttled");
    with_.log->write(kLoginThrottled, {{"peer", caller.peer}, {"request_id", caller.request_id}});
    return done(LoginOutcome{std::nullopt, *wait});
  }
  Done<LoginOutcome> judged = [this, throttle_name = "u:" + name, peer = caller.peer,
                               done = std::move(done)](Result<LoginOutcome> result) {
    settle(throttle_name, peer, result ? std::nullopt : std::optional(result.error().code));
    done(std::move(result));
  };
  auto reader = with_.readers->borrow();
  if (!reader) return judged(reader.error());
  const auto found = (*reader)->user(name);
  if (!found) return judged(found.error());
  domain::User user;
  if (*found && !(*found)->disabled) user = **found;
  check_session_password(std::move(user), std::move(password), caller, std::move(judged));
}

// The name of an unknown user is empty: the password is checked all the same, against nobody's.
void AccountService::check_session_password(domain::User user, Secret password, Caller caller,
                                            Done<LoginOutcome> done) {
  auto again = std::make_shared<Secret>(password.duplicate());
  const std::string encoded = user.password_hash;
  with_.passwords->verify(
      std::move(password), encoded,
      [this, user = std::move(user), again, caller = std::move(caller), done = std::move(done)](Result<bool> right) {
        if (!right) return done(right.error());
        if (!*right) {
          count_login("user", "refused");
          with_.log->write(kLoginRefused, {{"user", shown(!user.name.empty(), user.name)},
                                           {"peer", caller.peer},
                                           {"request_id", caller.request_id}});
          return done(not_right());
        }
        if (!identity::needs_rehash(user.password_hash, with_.passwords->cost())) {
          return open_session(user, "", caller, done);
        }
        with_.passwords->hash(std::move(*again), [this, user, caller, done](Result<std::string> rehashed) {
          open_session(user, rehashed ? *rehashed : "", caller, done);
        });
      });
}

void AccountService::open_session(const domain::User& user, std::string rehashed, Caller caller,
                                  Done<LoginOutcome> done) {
  auto bearer = std::make_shared<Secret>(identity::make_bearer(identity::Purpose::Session, *with_.entropy));
  NewSession input{user.name, user.password_hash, std::move(rehashed),
                   with_.hasher->hash(identity::Purpose::Session, bearer->reveal_text()), settings_.session_lifetime};
  run<StartedSession>(start_session(environment_, as_itself("user:" + user.name, caller), std::move(input)),
                      std::nullopt, [this, bearer, done = std::move(done)](Result<Outcome<StartedSession>> result) {
                        if (!result) return done(result.error());
                        count_login("user", "accepted");
                        auto& started = result->output;
                        LoginOutcome outcome;
                        outcome.session = SessionGrant{std::move(*bearer), started.expires_at, std::move(started.user)};
                        done(std::move(outcome));
                      });
}

void AccountService::client_token(std::string client_id, Secret secret, Caller caller, Now now,
                                  Done<AccessOutcome> done) {
  const std::string throttle_name = "c:" + client_id;
  if (const auto wait = with_.throttle->attempt(throttle_name, caller.peer, now.steady)) {
    count_login("client", "throttled");
    with_.log->write(kLoginThrottled, {{"peer", caller.peer}, {"request_id", caller.request_id}});
    return done(AccessOutcome{std::nullopt, *wait});
  }
  const auto undecided = [&](const Error& error) {
    settle(throttle_name, caller.peer, error.code);
    done(error);
  };
  auto reader = with_.readers->borrow();
  if (!reader) return undecided(reader.error());
  const auto found = (*reader)->api_client(client_id);
  if (!found) return undecided(found.error());
  const auto hash = with_.hasher->hash(identity::Purpose::ClientSecret, secret.reveal_text());
  const bool known = *found && !(*found)->disabled;
  // An unknown client is compared as well, with nothing.
  const auto& stored = known ? (*found)->secret_hash : KeyedHash{};
  if (!equal_constant_time(hash.bytes, stored.bytes) || !known) {
    count_login("client", "refused");
    with_.log->write(kLoginRefused,
                     {{"client", shown(known, client_id)}, {"peer", caller.peer}, {"request_id", caller.request_id}});
    return done(client_not_right());
  }
  with_.throttle->succeeded(throttle_name, caller.peer);
  auto bearer = std::make_shared<Secret>(identity::make_bearer(identity::Purpose::AccessToken, *with_.entropy));
  NewAccessToken input{client_id, hash, with_.hasher->hash(identity::Purpose::AccessToken, bearer->reveal_text()),
                       settings_.access_token_lifetime};
  run<domain::AccessToken>(
      issue_access_token(environment_, as_itself("client:" + client_id, caller), std::move(input)), std::nullopt,
      [this, bearer, client = **found, done = std::move(done)](Result<Outcome<domain::AccessToken>> result) {
        if (!result) return done(result.error());
        count_login("client", "accepted");
        AccessOutcome outcome;
        outcome.access = AccessGrant{std::move(*bearer), settings_.access_token_lifetime, client};
        done(std::move(outcome));
      });
}

namespace {
// A change whose output is nothing.
template <class T>
Done<Outcome<T>> without_replay(Done<T> done) {
  return [done = std::move(done)](Result<Outcome<T>> result) {
    if (!result) return done(result.error());
    done(std::move(result->output));
  };
}
}  // namespace

void AccountService::logout(Actor actor, Done<Nothing> done) {
  run<Nothing>(end_session(environment_, std::move(actor)), std::nullopt, without_replay(std::move(done)));
}

void AccountService::change_own_password(Actor actor, Secret current, Secret wanted, Now now, Done<Nothing> done) {
  constexpr std::string_view kUser = "user:";
  if (!actor.name.starts_with(kUser)) {
    return done(Error{ErrorCode::Unsupported, "An API client has no password"});
  }
  if (auto ok = identity::check_new_password(wanted.reveal_text()); !ok) return done(ok.error());
  if (equal_constant_time(current.reveal(), wanted.reveal())) {
    return done(Error{ErrorCode::InvalidArgument, "the new password is the old one"});
  }
  const std::string name = actor.name.substr(kUser.size());
  if (with_.throttle->attempt("u:" + name, actor.peer, now.steady)) {
    return done(Error{ErrorCode::Exhausted, "Too many attempts failed. Please try again later"});
  }
  const auto undecided = [&](const Error& error) {
    settle("u:" + name, actor.peer, error.code);
    done(error);
  };
  auto reader = with_.readers->borrow();
  if (!reader) return undecided(reader.error());
  const auto user = (*reader)->user(name);
  if (!user) return undecided(user.error());
  const std::string encoded = *user ? (*user)->password_hash : "";
  auto next = std::make_shared<Secret>(std::move(wanted));
  with_.passwords->verify(
      std::move(current), encoded,
      [this, actor = std::move(actor), name, encoded, next, done = std::move(done)](Result<bool> right) {
        if (!right) {
          settle("u:" + name, actor.peer, right.error().code);
          return done(right.error());
        }
        if (!*right) return done(not_right());
        with_.throttle->succeeded("u:" + name, actor.peer);
        with_.passwords->hash(std::move(*next), [this, actor, name, encoded, done](Result<std::string> hash) {
          if (!hash) return done(hash.error());
          run<Nothing>(change_password(environment_, actor, {name, encoded, *hash}), std::nullopt,
                       without_replay(done));
        });
      });
}

void AccountService::remove_virtual_account(Actor actor, AccountId account, VirtualAccountId va, WallTime now,
                                            Done<Nothing> done) {
  try_removal(std::move(actor), account, va, now, kRemovalTries, std::move(done));
}

void AccountService::try_removal(Actor actor, AccountId account, VirtualAccountId va, WallTime now, int tries,
                                 Done<Nothing> done) {
  const auto removal = query(actor, [&](Queries& queries) -> Result<VirtualAccountRemoval> {
    const auto seen_at = queries.audit_sequence(account);
    if (!seen_at) return seen_at.error();
    const auto holds = queries.holds_devices(account, va, now);
    if (!holds) return holds.error();
    return VirtualAccountRemoval{account, va, *holds, *seen_at};
  });
  if (!removal) return done(removal.error());
  auto use_case = account_service::remove_virtual_account(environment_, actor, *removal);
  run<RemovalOutcome>(
      std::move(use_case), std::nullopt,
      [this, actor = std::move(actor), account, va, now, tries,
       done = std::move(done)](Result<Outcome<RemovalOutcome>> result) {
        if (!result) return done(result.error());
        if (result->output == RemovalOutcome::Removed) return done(Nothing{});
        if (tries > 1) return try_removal(actor, account, va, now, tries - 1, done);
        done(Error{ErrorCode::Busy, "The account is being changed by others at this moment. Please try again"});
      });
}

namespace {
// The kept answer of a use case whose secret the command does not know.
template <class Row, class Whole>
std::optional<ReplayOf<Row>> with_secret(std::optional<ReplayOf<Whole>> replay, std::shared_ptr<const Secret> secret) {
  if (!replay) return std::nullopt;
  return ReplayOf<Row>{std::move(replay->replay), [render = std::move(replay->render), secret](const Row& row) {
                         return render(Whole{row, secret});
                       }};
}
template <class Row, class Whole>
Done<Outcome<Row>> adding_secret(Done<Outcome<Whole>> done, std::shared_ptr<const Secret> secret) {
  return [done = std::move(done), secret](Result<Outcome<Row>> result) {
    if (!result) return done(result.error());
    done(Outcome<Whole>{Whole{std::move(result->output), secret}, std::move(result->replayed)});
  };
}
}  // namespace

void AccountService::create_token(Actor actor, NewToken input, std::optional<ReplayOf<TokenWithText>> replay,
                                  Done<Outcome<TokenWithText>> done) {
  auto text = std::make_shared<const Secret>(domain::make_token_text(input.account, *with_.entropy));
  PreparedToken prepared;
  prepared.hash = with_.hasher->hash(identity::Purpose::RegistrationToken, text->reveal_text());
  auto sealed = with_.keys->seal(text->reveal_text(), token_seal_subject(input.account, prepared.hash));
  if (!sealed) return done(sealed.error());
  prepared.sealed = std::move(*sealed);
  run<domain::Token>(
      account_service::create_token(environment_, std::move(actor), std::move(input), std::move(prepared)),
      with_secret<domain::Token>(std::move(replay), text), adding_secret<domain::Token>(std::move(done), text));
}

void AccountService::create_api_client(Actor actor, std::string description, std::vector<domain::Grant> grants,
                                       std::optional<ReplayOf<ClientWithSecret>> replay,
                                       Done<Outcome<ClientWithSecret>> done) {
  auto secret = std::make_shared<const Secret>(identity::make_bearer(identity::Purpose::ClientSecret, *with_.entropy));
  NewApiClient input{identity::make_client_id(*with_.entropy),
                     with_.hasher->hash(identity::Purpose::ClientSecret, secret->reveal_text()), std::move(description),
                     std::move(grants)};
  run<domain::ApiClient>(account_service::create_api_client(environment_, std::move(actor), std::move(input)),
                         with_secret<domain::ApiClient>(std::move(replay), secret),
                         adding_secret<domain::ApiClient>(std::move(done), secret));
}

void AccountService::remove_api_client(Actor actor, std::string id, Done<Nothing> done) {
  const auto client = query(actor, [&](Queries& queries) { return queries.api_client(id); });
  if (!client) return done(client.error());
  run<Nothing>(account_service::remove_api_client(environment_, std::move(actor), std::move(id), home_of(*client)),
               std::nullopt, without_replay(std::move(done)));
}

void AccountService::create_user(Actor actor, std::string name, std::vector<domain::Grant> grants,
                                 std::optional<ReplayOf<UserWithPassword>> replay,
                                 Done<Outcome<UserWithPassword>> done) {
  if (auto ok = check_grants(grants); !ok) return done(ok.error());
  // Before the costly hash; the use case checks it again.
  for (const auto& grant : grants) {
    if (auto ok = permit(actor, domain::Action::ManageUsers, grant.account); !ok) return done(ok.error());
    const auto exists = query(actor, [&](Queries& queries) -> Result<bool> {
      if (grant.account == kDirectoryAccount) return true;
      if (auto account = queries.account(grant.account); !account) return account.error();
      if (grant.va.value == 0) return true;
      auto va = queries.virtual_account(grant.account, grant.va);
      return va ? Result<bool>(true) : Result<bool>(va.error());
    });
    if (!exists) return done(exists.error());
  }
  auto password = std::make_shared<const Secret>(identity::make_one_time_password(*with_.entropy));
  with_.passwords->hash(password->duplicate(), [this, actor = std::move(actor), name = std::move(name),
                                                grants = std::move(grants), replay = std::move(replay), password,
                                                done = std::move(done)](Result<std::string> hash) mutable {
    if (!hash) return done(hash.error());
    run<domain::User>(account_service::create_user(environment_, std::move(actor),
                                                   {std::move(name), std::move(*hash), std::move(grants)}),
                      with_secret<domain::User>(std::move(replay), password),
                      adding_secret<domain::User>(std::move(done), password));
  });
}

void AccountService::import_catalog(Actor actor, std::vector<catalog::CatalogFile> files, Done<ImportedCatalog> done) {
  // Reading a catalog is work; not for somebody who may not.
  if (auto ok = permit(actor, domain::Action::ManageCatalog, kDirectoryAccount); !ok) return done(ok.error());
  auto packed = catalog::pack(files);
  if (!packed) return done(packed.error());
  auto compiled = with_.compile_catalog(files);
  if (!compiled) return done(compiled.error());
  auto next = std::make_shared<const catalog::Catalog>(std::move(*compiled));
  // Made active on the writer's thread, so that the last commit is the one that stands.
  auto use_case = account_service::import_catalog(environment_, std::move(actor), std::move(*packed));
  auto* kept = use_case.get();
  with_.writer->submit(
      std::move(use_case), storage::CommandClass::RestWrite,
      [this, kept, next, done = std::move(done)](std::unique_ptr<storage::Command> command, Result<void> result) {
        std::shared_ptr<storage::Command> owner = std::move(command);
        if (result) {
          with_.activate_catalog(next);
          with_.log->write(kCatalogActivated, {{"version", std::to_string(kept->output().version)}});
        }
        with_.leave_writer([this, kept, owner, result = std::move(result), done] {
          done(result ? Result<ImportedCatalog>(kept->output()) : Result<ImportedCatalog>(result.error()));
          if (result && kept->output().changed) rebalance_from(0);
        });
      });
}

void AccountService::rebalance_from(std::int64_t after) {
  auto reader = with_.readers->borrow();
  if (!reader) return with_.log->write(kRebalanceFailed, {{"error", reader.error().message}});
  const auto next = (*reader)->accounts({after, 1});
  if (!next) return with_.log->write(kRebalanceFailed, {{"error", next.error().message}});
  if (next->empty()) return;
  const auto account = next->front().account;
  run<Nothing>(rebalance_account(environment_, account), std::nullopt,
               [this, account](Result<Outcome<Nothing>> result) {
                 if (result) return rebalance_from(account.value);
                 if (result.error().code == ErrorCode::Unavailable) return;
                 with_.log->write(kRebalanceFailed,
                                  {{"account", std::to_string(account.value)}, {"error", result.error().message}});
                 rebalance_from(account.value);
               });
}

Result<TokenWithText> AccountService::token(const Actor& actor, AccountId account, TokenId id) {
  return query(actor, [&](Queries& queries) -> Result<TokenWithText> {
    auto token = queries.token(account, id);
    if (!token) return token.error();
    TokenWithText out{std::move(*token), nullptr};
    if (!queries.may_show(out.token)) return out;
    auto text = with_.keys->open({out.token.key_id, out.token.sealed}, token_seal_subject(account, out.token.hash));
    if (!text) return text.error().with_context("the text of a token");
    out.text = std::make_shared<const Secret>(std::move(*text));
    return out;
  });
}

Result<std::shared_ptr<const catalog::Catalog>> load_active_catalog(storage::ReadStore& store,
                                                                    const CompileCatalog& compile) {
  const auto active = store.active_catalog();
  if (!active) return active.error();
  if (!*active) return std::shared_ptr<const catalog::Catalog>();
  const auto files = catalog::unpack((*active)->contents);
  if (!files) return files.error();
  auto compiled = compile(*files);
  if (!compiled) return compiled.error().with_context("the active catalog");
  return std::make_shared<const catalog::Catalog>(std::move(*compiled));
}

std::span<const MessageRow> account_service_messages() {
  return kMessages;
}

}  // namespace lictor::account_service
