// An account service with everything around it in one thread: memory store, real cryptography, a clock that tests set,
// a small catalog of a general and a specific tag.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/no_metrics.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "server/account_service/account_service.hpp"

namespace lictor::test {

using namespace account_service;  // NOLINT: the room under test

inline constexpr std::string_view kGeneral =
    "regid.2026-01.org.example.GENERAL,1.0_00000000-0000-4000-8000-000000000001";
inline constexpr std::string_view kSpecific =
    "regid.2026-01.org.example.SPECIFIC,1.0_00000000-0000-4000-8000-000000000002";
inline constexpr std::string_view kProduct = "regid.2026-01.org.example.BOX,1.0_00000000-0000-4000-8000-000000000003";

// The tree that a YAML reader makes of a catalog file; these tests do without one.
namespace tree {
inline Document scalar(std::string_view text, bool quoted = false) {
  Document node;
  node.kind = Document::Kind::Scalar;
  node.scalar = text;
  node.quoted = quoted;
  return node;
}
inline Document list(std::vector<Document> items) {
  Document node;
  node.kind = Document::Kind::Sequence;
  node.items = std::move(items);
  return node;
}
inline Document map(std::vector<std::pair<std::string, Document>> members) {
  Document node;
  node.kind = Document::Kind::Mapping;
  node.members = std::move(members);
  return node;
}
}  // namespace tree

enum class Edges { GeneralOverSpecific, None };
inline catalog::Catalog small_catalog(Edges edges = Edges::GeneralOverSpecific) {
  using tree::list, tree::map, tree::scalar;
  const auto tag = [](std::string_view name, std::string_view text) {
    return map({{"short_name", scalar(name)},
                {"tag", scalar(text)},
                {"display_name", scalar(std::string(name) + " License")},
                {"description", scalar("A licence")}});
  };
  const auto feature = map({{"feature", scalar("basic")},
                            {"license_name", scalar("Specific")},
                            {"tag", scalar("Specific")},
                            {"counting", scalar("per-device")}});
  auto root =
      map({{"catalog", scalar("1")},
           {"vendor", scalar("Example")},
           {"families", list({map({{"name", scalar("Box")}, {"product_tag", scalar(kProduct)}})})},
           {"tags", list({tag("General", kGeneral), tag("Specific", kSpecific)})},
           {"hierarchy", list({map({{"general", scalar("General")}, {"specific", list({scalar("Specific")})}})})},
           {"models", list({map({{"pid", scalar("BOX-1")},
                                 {"family", scalar("Box")},
                                 {"description", scalar("A box")},
                                 {"features", list({feature})}})})}});
  if (edges == Edges::None) std::erase_if(root.members, [](const auto& member) { return member.first == "hierarchy"; });
  auto made = catalog::Catalog::from_documents({root});
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made.value_or(catalog::Catalog{});
}

// A command made of its keys and a function: what devices do to rows.
class RowChange final : public storage::Command {
 public:
  using Body = std::function<Result<void>(storage::Rows&, WallTime)>;
  RowChange(storage::ReadKeys keys, Body body) : keys_(std::move(keys)), body_(std::move(body)) {}
  [[nodiscard]] storage::ReadKeys keys() const override { return keys_; }
  Result<void> apply(storage::Rows& rows, WallTime now) override { return body_(rows, now); }

 private:
  storage::ReadKeys keys_;
  Body body_;
};

// Due effects of these tests: a term's begin and end are the device service's; here they only go.
class ForgetDues final : public storage::DueEffects {
 public:
  [[nodiscard]] storage::ReadKeys keys(const domain::Due& due) const override {
    storage::ReadKeys keys;
    keys.account = due.account;
    return keys;
  }
  Result<void> apply(const domain::Due& due, storage::Rows& rows, WallTime) override {
    rows.dues.erase(storage::key_of(due));
    return {};
  }
};

// A writer in front of the real one that can pretend to be crowded or broken.
class Turnstile final : public storage::Writer {
 public:
  void lead_to(storage::Writer& inner) { inner_ = &inner; }
  void submit(std::unique_ptr<storage::Command> command, storage::CommandClass command_class,
              storage::Completion done) override {
    if (busy) return done(std::move(command), Error{ErrorCode::Busy, "The queue is full"});
    inner_->submit(std::move(command), command_class, std::move(done));
  }
  [[nodiscard]] bool has_room(storage::CommandClass command_class, AccountId account) const override {
    return !busy && inner_->has_room(command_class, account);
  }
  std::size_t drain(WallTime now) override { return inner_->drain(now); }
  Result<std::optional<WallTime>> apply_due(WallTime now) override { return inner_->apply_due(now); }
  [[nodiscard]] std::size_t waiting() const override { return inner_->waiting() + pretended; }
  [[nodiscard]] bool ended() const override { return broken || inner_->ended(); }
  void close() override { inner_->close(); }
  void set_wake(std::function<void()> wake) override { inner_->set_wake(std::move(wake)); }

  std::atomic<bool> busy = false;
  std::atomic<bool> broken = false;
  std::atomic<std::size_t> pretended = 0;

 private:
  storage::Writer* inner_ = nullptr;
};

class Office {
 public:
  static constexpr std::string_view kAdminPassword = "the first password";

  explicit Office(storage::DueEffects* due_effects = nullptr) {
    std::map<std::string, Secret, std::less<>> key;
    key.emplace("k1", Secret(Bytes(32, 7)));
    keys = std::make_unique<identity::KeyRing>(identity::KeyRing::create(*crypto, std::move(key), "k1").value());
    writer = storage::make_writer(store->writer(), due_effects == nullptr ? effects : *due_effects, {}, log, metrics);
    Collaborators with;
    with.crypto = crypto.get();
    with.entropy = &entropy;
    turnstile.lead_to(*writer);
    with.writer = &turnstile;
    with.readers = &readers;
    with.passwords = &passwords;
    with.throttle = &throttle;
    with.hasher = &hasher;
    with.keys = keys.get();
    with.log = &log;
    with.metrics = &metrics;
    with.catalog = [this] { return active_catalog; };
    with.activate_catalog = [this](auto next) { active_catalog = std::move(next); };
    with.compile_catalog = [](const std::vector<catalog::CatalogFile>& files) -> Result<catalog::Catalog> {
      if (!files[0].text.starts_with("catalog: 1")) {
        return Error{ErrorCode::InvalidArgument, files[0].name + ":1:1: a catalog file begins with \"catalog: 1\""};
      }
      const bool flat = files[0].text.find("# flat") != std::string::npos;
      return small_catalog(flat ? Edges::None : Edges::GeneralOverSpecific);
    };
    with.leave_writer = [](std::function<void()> task) { task(); };
    service = std::make_unique<AccountService>(Settings{}, std::move(with));

    FirstStart first;
    first.authority = random_authority_id(entropy);
    first.incarnation = Incarnation::random(entropy);
    first.admin_password_hash = identity::hash_password(kAdminPassword, passwords.cost(), Bytes(16, 1)).value();
    first.admin_must_change_password = false;
    facts = run(first_start(service->environment(), first)).value();
  }

  // Waits for an answer while the writer works.
  template <class T, class Ask>
  Result<T> wait(Ask&& ask) {
    std::optional<Result<T>> answer;
    ask([&answer](Result<T> result) { answer.emplace(std::move(result)); });
    for (int round = 0; round < 10 && !answer; ++round) writer->drain(now);
    if (!answer) return Error{ErrorCode::Internal, "no answer came"};
    return std::move(*answer);
  }
  template <class T>
  Result<T> run(std::unique_ptr<UseCaseOf<T>> use_case, std::optional<ReplayOf<T>> replay = std::nullopt,
                std::optional<Reply>* replayed = nullptr) {
    auto outcome = wait<Outcome<T>>([&](auto done) { service->run<T>(std::move(use_case), std::move(replay), done); });
    if (!outcome) return outcome.error();
    if (replayed != nullptr) *replayed = outcome->replayed;
    return std::move(outcome->output);
  }
  Result<void> change(storage::ReadKeys what, RowChange::Body body) {
    std::optional<Result<void>> answer;
    writer->submit(std::make_unique<RowChange>(std::move(what), std::move(body)), storage::CommandClass::DeviceRenewal,
                   [&](std::unique_ptr<storage::Command>, Result<void> result) { answer = std::move(result); });
    writer->drain(now);
    return *answer;
  }

  static Actor actor(std::vector<domain::Grant> grants, std::string name = "user:test") {
    return {std::move(name), std::move(grants), "req-1", "192.0.2.1", Actor::Standing::Full, {}};
  }
  static Actor vendor() { return actor({{domain::Role::VendorOperator, kDirectoryAccount, {}}}, "user:admin"); }
  static Actor of(domain::Role role, AccountId account, VirtualAccountId va = {}) {
    return actor({{role, account, va}}, "user:" + std::string(domain::to_string(role)));
  }
  const std::shared_ptr<const Environment>& environment() { return service->environment(); }

  domain::SmartAccount make_account(std::string name, bool export_allowed = false) {
    auto made = run(create_account(environment(), vendor(), {name, name + " Corporation", export_allowed}));
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made.value();
  }
  domain::VirtualAccount make_va(AccountId account, std::string name) {
    return run(create_virtual_account(environment(), vendor(), {account, std::move(name), ""})).value();
  }
  VirtualAccountId default_va(AccountId account) {
    const auto rows = read([&](Queries& q) { return q.virtual_accounts(account, "Default"); }).value();
    return rows.at(0).id;
  }
  Result<DepositedLot> deposit(AccountId account, VirtualAccountId va, std::string_view tag, Count quantity,
                               std::string order = "") {
    LicenseDeposit input;
    input.account = account;
    input.va = va;
    input.tag = EntitlementTag{std::string(tag)};
    input.quantity = quantity;
    input.order_number = std::move(order);
    input.request_key = "fresh-" + std::to_string(++fresh);
    return run(deposit_licenses(environment(), vendor(), std::move(input)));
  }
  // A registered product instance that uses one tag, as the device service would leave it.
  domain::Instance make_instance(AccountId account, VirtualAccountId va, std::string sn, std::string_view tag,
                                 Count count) {
    domain::Instance instance;
    storage::ReadKeys what;
    what.account = account;
    what.virtual_accounts.push_back(va);
    const Udi udi{"BOX-1", sn};
    what.udis.push_back(udi);
    const auto serial = Serial::random(entropy);
    what.serials.push_back(serial);
    const auto done = change(what, [&](storage::Rows& rows, WallTime at) -> Result<void> {
      instance.account = account;
      instance.id = InstanceId{rows.take_id(account)};
      instance.va = va;
      instance.status = domain::InstanceStatus::Active;
      instance.name = to_string(udi);
      instance.product_tag = ProductTag{std::string(kProduct)};
      instance.host_name = "host-" + sn;
      instance.software_version = "1.0";
      instance.udis = {{udi, UdiRole::Active}};
      instance.registered_at = instance.last_contact = instance.last_authorized = at;
      instance.serial = serial;
      instance.certificate_ends = at + days(365);
      rows.instances.put(instance);
      rows.udis.put({account, udi, instance.id});
      domain::CertificateRecord certificate;
      certificate.account = account;
      certificate.serial = serial;
      certificate.instance = instance.id;
      certificate.status = domain::CertificateStatus::Issued;
      certificate.not_after = instance.certificate_ends;
      rows.certificates.put(certificate);
      domain::UsageChange usage;
      usage.upserts = {{account, instance.id, EntitlementTag{std::string(tag)}, count, count, true}};
      usage.in_use_delta = {{EntitlementTag{std::string(tag)}, count}};
      return row_operations::apply_usage_change(rows, environment()->catalog()->hierarchy(), instance, usage);
    });
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
    return instance;
  }

  template <class Read>
  std::invoke_result_t<Read, Queries&> read(Read&& body, const Actor& who = vendor()) {
    return service->query(who, std::forward<Read>(body));
  }
  std::vector<domain::AuditRow> audit_of(AccountId account) {
    return read([&](Queries& q) { return q.audit(account, {0, kMaxPage}); }).value().items;
  }
  std::vector<std::string> event_kinds(AccountId account) {
    std::vector<std::string> kinds;
    const auto page = read([&](Queries& q) { return q.events(account, {}, {0, kMaxPage}); }).value();
    for (const auto& event : page.items) kinds.push_back(event.kind);
    return kinds;
  }
  domain::Pool pool(AccountId account, VirtualAccountId va, std::string_view tag) {
    const auto lines = read([&](Queries& q) { return q.balances(account, va); }).value();
    for (const auto& line : lines) {
      if (line.tag.text == tag) return line.sum;
    }
    return {};
  }
  std::string dump() { return store->dump().value(); }

  WallTime now = parse_rfc3339("2026-11-24T09:00:00Z").value();
  SteadyTime steady{hours(1)};
  SeededEntropy entropy{11};
  NoLog log;
  NoMetrics metrics;
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  std::unique_ptr<storage::Store> store = storage::make_memory_store();
  ForgetDues effects;
  std::unique_ptr<storage::Writer> writer;
  Turnstile turnstile;
  storage::ReaderPool readers{*store};
  identity::SecretHasher hasher{*crypto, Secret(Bytes(32, 9))};
  std::unique_ptr<identity::KeyRing> keys;
  identity::PasswordService passwords{{{1, 64, 1}, 8}, entropy, [](auto task) { task(); }};
  identity::LoginThrottle throttle{{}};
  std::shared_ptr<const catalog::Catalog> active_catalog = std::make_shared<const catalog::Catalog>(small_catalog());
  std::unique_ptr<AccountService> service;
  StoreFacts facts;
  int fresh = 0;
};

// The error code of what should have failed.
template <class T>
ErrorCode code_of(const Result<T>& result) {
  if (result) {
    ADD_FAILURE() << "did not fail";
    return ErrorCode::Internal;
  }
  return result.error().code;
}

}  // namespace lictor::test
