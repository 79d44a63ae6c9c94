#include "server/account_service/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::account_service {
namespace {

using domain::Action;

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxDescription = 500;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Labels of letters, digits and hyphens with dots between (RFC 1123); at least two labels.
Result<void> check_domain(std::string_view domain) {
  const Error wrong{ErrorCode::InvalidArgument, "domain: a domain name such as example.com is wanted"};
  if (domain.size() > 253) return wrong;
  std::size_t labels = 0;
  while (true) {
    const auto dot = std::min(domain.find('.'), domain.size());
    const auto label = domain.substr(0, dot);
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (label.empty() || label.size() > 63 || !std::ranges::all_of(label, fits)) return wrong;
    if (label.front() == '-' || label.back() == '-') return wrong;
    ++labels;
    if (dot == domain.size()) break;
    domain.remove_prefix(dot + 1);
  }
  return labels >= 2 ? Result<void>{} : Result<void>{wrong};
}

Result<void> check_va_name(const storage::Rows& rows, AccountId account, VirtualAccountId self, std::string_view name) {
  if (auto ok = check_text("name", name, kMaxName); !ok) return ok;
  bool taken = false;
  rows.virtual_accounts.for_each_between(
      {account, {}}, {AccountId{account.value + 1}, {}},
      [&](const domain::VirtualAccount& row) { taken = taken || (row.id != self && lower(row.name) == lower(name)); });
  if (!taken) return {};
  return Error{ErrorCode::AlreadyExists, fmt::format("A virtual account of the name \"{}\" exists", name)};
}

std::string object_of(const domain::SmartAccount& account) {
  return fmt::format("account:{}", account.account.value);
}
std::string object_of(VirtualAccountId va) {
  return fmt::format("virtual-account:{}", va.value);
}

class CreateAccount final : public UseCaseOf<domain::SmartAccount> {
 public:
  CreateAccount(std::shared_ptr<const Environment> environment, Actor actor, NewAccount input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {
    input_.domain = lower(input_.domain);
  }

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = kDirectoryAccount;
    keys.account_domains.push_back(input_.domain);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), Action::ManageAccounts, kDirectoryAccount); !ok) return ok;
    if (auto ok = check_domain(input_.domain); !ok) return ok;
    if (auto ok = check_text("name", input_.name, kMaxName); !ok) return ok;
    if (rows.account_by_domain(input_.domain) != nullptr) {
      return Error{ErrorCode::AlreadyExists, fmt::format("The domain {} has an account", input_.domain)};
    }
    const AccountId account{rows.take_id(kDirectoryAccount)};
    domain::AccountHead head;
    head.account = account;
    rows.heads.put(head);
    output_ = {account, input_.domain, input_.name, input_.export_allowed, now};
    rows.accounts.put(output_);
    domain::VirtualAccount va;
    va.account = account;
    va.id = VirtualAccountId{rows.take_id(account)};
    va.name = "Default";
    va.is_default = true;
    va.created_at = now;
    rows.virtual_accounts.put(va);
    const json::Object detail{
        {"domain", input_.domain}, {"name", input_.name}, {"export_allowed", input_.export_allowed}};
    audit(rows, now, kDirectoryAccount, "account.create", object_of(output_), detail);
    audit(rows, now, account, "account.create", object_of(output_), detail);
    row_operations::event(rows, context(now), account, {}, {}, "account.created",
                          fmt::format("The smart account {} was created", input_.domain));
    return {};
  }
  NewAccount input_;
};

class ChangeAccount final : public UseCaseOf<domain::SmartAccount> {
 public:
  ChangeAccount(std::shared_ptr<const Environment> environment, Actor actor, AccountChange input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), Action::ManageAccounts, input_.account); !ok) return ok;
    const auto* found = rows.accounts.find(input_.account);
    if (found == nullptr) return no_such(what_is("account", input_.account.value));
    if (auto ok = check_unchanged(input_.expected, state_tag(environment().sha256, *found)); !ok) return ok;
    output_ = *found;
    if (input_.name) {
      if (auto ok = check_text("name", *input_.name, kMaxName); !ok) return ok;
      output_.name = *input_.name;
    }
    if (input_.export_allowed) output_.export_allowed = *input_.export_allowed;
    if (output_ == *found) return {};
    rows.accounts.put(output_);
    audit(rows, now, input_.account, "account.change", object_of(output_),
          {{"name", output_.name}, {"export_allowed", output_.export_allowed}});
    return {};
  }
  AccountChange input_;
};

class CreateVirtualAccount final : public UseCaseOf<domain::VirtualAccount> {
 public:
  CreateVirtualAccount(std::shared_ptr<const Environment> environment, Actor actor, NewVirtualAccount input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), Action::ManageVirtualAccounts, input_.account); !ok) return ok;
    if (rows.accounts.find(input_.account) == nullptr) return no_such(what_is("account", input_.account.value));
    if (auto ok = check_va_name(rows, input_.account, {}, input_.name); !ok) return ok;
    if (auto ok = check_text("description", input_.description, kMaxDescription, Empty::Allowed); !ok) return ok;
    output_ = {
        input_.account, VirtualAccountId{rows.take_id(input_.account)}, input_.name, input_.description, false, now};
    rows.virtual_accounts.put(output_);
    audit(rows, now, input_.account, "virtual-account.create", object_of(output_.id), {{"name", output_.name}});
    row_operations::event(rows, context(now), input_.account, output_.id, {}, "virtual-account.created",
                          fmt::format("The virtual account {} was created", output_.name));
    return {};
  }
  NewVirtualAccount input_;
};

class ChangeVirtualAccount final : public UseCaseOf<domain::VirtualAccount> {
 public:
  ChangeVirtualAccount(std::shared_ptr<const Environment> environment, Actor actor, VirtualAccountChange input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    return keys;
  }
  // A virtual account's own roles see it, but its name is the account's matter.
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), Action::ManageVirtualAccounts, input_.account, input_.va); !ok) return ok;
    const auto* found = rows.virtual_accounts.find({input_.account, input_.va});
    if (found == nullptr) return no_such(what_is("virtual account", input_.va.value));
    if (auto ok = check_unchanged(input_.expected, state_tag(environment().sha256, *found)); !ok) return ok;
    output_ = *found;
    if (input_.name) {
      if (auto ok = check_va_name(rows, input_.account, input_.va, *input_.name); !ok) return ok;
      output_.name = *input_.name;
    }
    if (input_.description) {
      if (auto ok = check_text("description", *input_.description, kMaxDescription, Empty::Allowed); !ok) return ok;
      output_.description = *input_.description;
    }
    if (output_ == *found) return {};
    const std::string before = found->name;
    rows.virtual_accounts.put(output_);
    audit(rows, now, input_.account, "virtual-account.change", object_of(input_.va),
          {{"name", output_.name}, {"name_before", before}, {"description", output_.description}});
    if (before != output_.name) {
      row_operations::event(rows, context(now), input_.account, input_.va, {}, "virtual-account.renamed",
                            fmt::format("The virtual account {} was renamed to {}", before, output_.name));
    }
    return {};
  }
  VirtualAccountChange input_;
};

class RemoveVirtualAccount final : public UseCaseOf<RemovalOutcome> {
 public:
  RemoveVirtualAccount(std::shared_ptr<const Environment> environment, Actor actor, VirtualAccountRemoval input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(input) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    keys.virtual_accounts.push_back(input_.va);
    keys.with_lots = true;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), Action::ManageVirtualAccounts, input_.account, input_.va); !ok) return ok;
    const auto* found = rows.virtual_accounts.find({input_.account, input_.va});
    if (found == nullptr) return no_such(what_is("virtual account", input_.va.value));
    if (found->is_default) return Error{ErrorCode::Conflict, "The default virtual account cannot be removed"};
    if (rows.heads.find(input_.account)->audit_sequence != input_.seen_at) {
      output_ = RemovalOutcome::Stale;
      return {};
    }
    output_ = RemovalOutcome::Removed;
    if (input_.holds_devices) {
      return Error{ErrorCode::Conflict, "The virtual account holds product instances or tokens that can be used"};
    }
    if (!rows.pools_of(input_.account, input_.va).empty() || holds_lots(rows)) {
      return Error{ErrorCode::Conflict, "The virtual account holds licences"};
    }
    const std::string name = found->name;
    rows.virtual_accounts.erase({input_.account, input_.va});
    audit(rows, now, input_.account, "virtual-account.remove", object_of(input_.va), {{"name", name}});
    row_operations::event(rows, context(now), input_.account, {}, {}, "virtual-account.removed",
                          fmt::format("The virtual account {} was removed", name));
    return {};
  }
  // Lots whose term has not begun or has ended stand in no pool.
  [[nodiscard]] bool holds_lots(const storage::Rows& rows) const {
    bool holds = false;
    rows.balances.for_each_between({input_.account, input_.va, {}, {}},
                                   {input_.account, VirtualAccountId{input_.va.value + 1}, {}, {}},
                                   [&](const domain::LotBalance& row) { holds = holds || row.quantity != 0; });
    return holds;
  }
  VirtualAccountRemoval input_;
};

}  // namespace

std::unique_ptr<UseCaseOf<domain::SmartAccount>> create_account(std::shared_ptr<const Environment> environment,
                                                                Actor actor, NewAccount input) {
  return std::make_unique<CreateAccount>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<domain::SmartAccount>> change_account(std::shared_ptr<const Environment> environment,
                                                                Actor actor, AccountChange input) {
  return std::make_unique<ChangeAccount>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<domain::VirtualAccount>> create_virtual_account(
    std::shared_ptr<const Environment> environment, Actor actor, NewVirtualAccount input) {
  return std::make_unique<CreateVirtualAccount>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<domain::VirtualAccount>> change_virtual_account(
    std::shared_ptr<const Environment> environment, Actor actor, VirtualAccountChange input) {
  return std::make_unique<ChangeVirtualAccount>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<RemovalOutcome>> remove_virtual_account(std::shared_ptr<const Environment> environment,
                                                                  Actor actor, VirtualAccountRemoval input) {
  return std::make_unique<RemoveVirtualAccount>(std::move(environment), std::move(actor), input);
}

}  // namespace lictor::account_service
