#include "simulation/world/operators.hpp"

#include <fmt/format.h>

namespace lictor::simulation {
using account_service::UseCaseOf;

namespace {
constexpr Count kPlenty = 100;  // licences of a tag for each device
}  // namespace

Operators::Operators(const Options& options, Timeline& timeline, Judge& judge, Tally& tally, Manager& manager)
    : options_(options),
      timeline_(timeline),
      judge_(judge),
      tally_(tally),
      manager_(manager),
      chance_(stream(options.seed, 30)) {
  actor_.name = "user:simulated";
  actor_.grants = {{domain::Role::VendorOperator, {}, {}}};
}

// Nobody answers while the manager is down, or when it dies in between.
template <class T>
void Operators::ask(std::unique_ptr<UseCaseOf<T>> use_case, std::function<void(const T&)> done) {
  if (!manager_.up()) return;
  manager_.people().run<T>(std::move(use_case), std::nullopt,
                           [done = std::move(done)](Result<account_service::Outcome<T>> outcome) {
                             if (outcome) done(outcome->output);
                           });
}

void Operators::open_account() {
  create_account(1);
}

void Operators::create_account(int number) {
  if (account_.value != 0) return;
  account_service::NewAccount input{fmt::format("example{}.com", number), "Example", true};
  if (manager_.up())
    ask<domain::SmartAccount>(
        account_service::create_account(manager_.people().environment(), actor_, std::move(input)),
        [this](const domain::SmartAccount& account) {
          account_ = account.account;
          actor_.grants.push_back({domain::Role::SmartAccountAdministrator, account_, {}});
          settle_in();
        });
  timeline_.after(seconds(90), [this, number] { create_account(number + 1); });
}

// Until the default virtual account was seen.
void Operators::settle_in() {
  auto reader = manager_.up() ? manager_.reader() : nullptr;
  const auto vas = reader ? reader->virtual_accounts(storage::TenantScope::account(account_))
                          : Result<std::vector<domain::VirtualAccount>>(Error{ErrorCode::Unavailable, "down"});
  if (!vas || vas->empty()) {
    timeline_.after(minutes(1), [this] { settle_in(); });
    return;
  }
  vas_.push_back(vas->front().id);
  create_virtual_account("Branch");
  for (const auto& tag : manager_.catalog().tags())
    if (calm())
      deposit(vas_.front(), tag.tag, kPlenty * options_.devices, std::nullopt);
    else if (chance_.uniform(1, 5) > 1)
      deposit(vas_.front(), tag.tag, chance_.uniform(1, 3 * options_.devices), std::nullopt);
  make_token();
  from_time_to_time();
}

void Operators::create_virtual_account(const std::string& name) {
  ask<domain::VirtualAccount>(
      account_service::create_virtual_account(manager_.people().environment(), actor_, {account_, name, ""}),
      [this](const domain::VirtualAccount& va) { vas_.push_back(va.id); });
}

void Operators::deposit(VirtualAccountId va, const EntitlementTag& tag, Count quantity,
                        std::optional<WallTime> last_day) {
  if (!manager_.up()) return;
  account_service::LicenseDeposit input;
  input.account = account_;
  input.va = va;
  input.tag = tag;
  input.quantity = quantity;
  input.last_day = last_day;
  input.order_number = fmt::format("order-{}", next_order_++);
  deposits_.push_back({va, tag, quantity, false, manager_.restores()});
  const auto number = deposits_.size() - 1;
  ask<account_service::DepositedLot>(
      account_service::deposit_licenses(manager_.people().environment(), actor_, std::move(input)),
      [this, number](const account_service::DepositedLot&) { deposits_[number].answered = true; });
}

VirtualAccountId Operators::some_va() {
  return vas_[static_cast<std::size_t>(chance_.uniform(0, static_cast<std::int64_t>(vas_.size()) - 1))];
}

void Operators::make_token() {
  if (!manager_.up()) return;
  account_service::NewToken input;
  input.account = account_;
  input.va = healing_ || calm() ? vas_.front() : some_va();
  input.expires_after_days = static_cast<int>(healing_ ? 300 : chance_.uniform(1, 200));
  if (!healing_ && chance_.uniform(1, 4) == 1) input.max_uses = chance_.uniform(1, 4);
  input.export_allowed = healing_ || chance_.uniform(1, 3) > 1;
  manager_.people().create_token(
      actor_, input, std::nullopt,
      [this, max_uses = input.max_uses,
       good = healing_](Result<account_service::Outcome<account_service::TokenWithText>> outcome) {
        if (!outcome || !outcome->output.text) return;
        const auto& token = outcome->output.token;
        all_tokens_.push_back(
            {token.id, token.va, std::string(outcome->output.text->reveal_text()), max_uses, manager_.restores()});
        if (healing_ && !good) return;
        tokens_.push_back(all_tokens_.back());
        if (tokens_.size() > 4) tokens_.erase(tokens_.begin());
      });
}

std::string Operators::token(Entropy& chance) {
  if (all_tokens_.empty() || chance.uniform(1, 25) == 1) return "no-token-of-ours";
  if (!healing_ && chance.uniform(1, 10) == 1)  // an old one
    return all_tokens_[static_cast<std::size_t>(chance.uniform(0, static_cast<std::int64_t>(all_tokens_.size()) - 1))]
        .text;
  return tokens_.back().text;
}

void Operators::from_time_to_time() {
  if (healing_) return;
  timeline_.after(hours(chance_.uniform(12, 24 * 12)), [this] { from_time_to_time(); });
  make_token();
  if (chance_.uniform(1, 3) == 1) deposit_something(Term::Perpetual);
}

void Operators::deposit_something(Term term) {
  const auto& tags = manager_.catalog().tags();
  const auto& tag = tags[static_cast<std::size_t>(chance_.uniform(0, static_cast<std::int64_t>(tags.size()) - 1))].tag;
  std::optional<WallTime> last_day;
  if (term == Term::Ends) {
    auto day = to_civil(manager_.wall() + days(chance_.uniform(1, 90)));
    day.hour = day.minute = day.second = day.millisecond = 0;
    last_day = from_civil(day);
    tally_.fault(FaultKind::LicencesEnd, options_.devices);
  }
  deposit(some_va(), tag, chance_.uniform(1, options_.devices), last_day);
}

std::optional<InstanceId> Operators::some_instance() {
  if (!manager_.up() || account_.value == 0) return std::nullopt;
  auto reader = manager_.reader();
  if (!reader) return std::nullopt;
  const auto all = reader->instances(storage::TenantScope::account(account_), {}, {0, storage::kMaxPageLimit});
  if (!all || all->empty()) return std::nullopt;
  return (*all)[static_cast<std::size_t>(chance_.uniform(0, static_cast<std::int64_t>(all->size()) - 1))].id;
}

void Operators::remove_some_instance() {
  const auto id = some_instance();
  if (!id) return;
  removed_.insert(*id);
  judge_.trace([&] { return fmt::format("people remove instance {}", id->value); });
  tally_.fault(FaultKind::InstanceRemoved);
  ask<account_service::Nothing>(
      account_service::remove_instance(manager_.people().environment(), actor_, account_, *id, ""), [](const auto&) {});
}

void Operators::move_some_instance() {
  const auto id = some_instance();
  if (!id) return;
  tally_.fault(FaultKind::InstanceMoved);
  account_service::InstanceChange change;
  change.account = account_;
  change.instance = *id;
  change.va = some_va();
  ask<domain::Instance>(account_service::change_instance(manager_.people().environment(), actor_, std::move(change)),
                        [](const auto&) {});
}

void Operators::revoke_some_token() {
  if (!manager_.up() || tokens_.size() < 2) return;
  tally_.fault(FaultKind::TokenRevoked, options_.devices);
  ask<domain::Token>(
      account_service::revoke_token(manager_.people().environment(), actor_, account_, tokens_.front().id),
      [](const auto&) {});
}

void Operators::suffer(FaultKind kind) {
  if (!ready() || healing_) return;
  if (kind == FaultKind::InstanceRemoved) remove_some_instance();
  if (kind == FaultKind::InstanceMoved) move_some_instance();
  if (kind == FaultKind::TokenRevoked) revoke_some_token();
  if (kind == FaultKind::LicencesEnd) deposit_something(Term::Ends);
}

void Operators::heal() {
  healing_ = true;
  tokens_.clear();  // whatever befell those
  make_good_token();
}

// Until there is one: what was wrong with the manager may take its last request.
void Operators::make_good_token() {
  if (!tokens_.empty()) return;
  make_token();
  timeline_.after(minutes(2), [this] { make_good_token(); });
}

}  // namespace lictor::simulation
