#include "server/account_service/instances.hpp"

#include <fmt/format.h>

namespace lictor::account_service {
namespace {

using domain::Action;

constexpr std::size_t kMaxName = 200;

// The live instance, when the actor may manage it.
Result<domain::Instance> find_managed(const storage::Rows& rows, const Actor& actor, AccountId account, InstanceId id) {
  if (!sees(actor, account)) return no_such(what_is("account", account.value));
  const auto what = what_is("product instance", id.value);
  const auto* found = rows.instances.find({account, id});
  if (found == nullptr || found->status == domain::InstanceStatus::Removed) return no_such(what);
  if (auto ok = permit_object(actor, Action::ManageInstances, account, found->va, what); !ok) return ok.error();
  return *found;
}

std::string object_of(InstanceId id) {
  return fmt::format("instance:{}", id.value);
}

class ChangeInstance final : public UseCaseOf<domain::Instance> {
 public:
  ChangeInstance(std::shared_ptr<const Environment> environment, Actor actor, InstanceChange input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    keys.instances.push_back(input_.instance);
    if (input_.va) keys.virtual_accounts.push_back(*input_.va);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto found = find_managed(rows, actor(), input_.account, input_.instance);
    if (!found) return found.error();
    if (auto ok = check_unchanged(input_.expected, state_tag(environment().sha256, *found)); !ok) return ok;
    if (input_.name && *input_.name != found->name) {
      if (auto ok = rename(rows, *found, now); !ok) return ok;
    }
    if (input_.va && *input_.va != found->va) {
      if (auto ok = move(rows, *found, now); !ok) return ok;
    }
    output_ = *rows.instances.find({input_.account, input_.instance});
    return {};
  }
  Result<void> rename(storage::Rows& rows, const domain::Instance& before, WallTime now) {
    if (auto ok = check_text("name", *input_.name, kMaxName); !ok) return ok;
    rows.instances.edit({input_.account, input_.instance}).name = *input_.name;
    audit(rows, now, input_.account, "instance.rename", object_of(before.id),
          {{"name", *input_.name}, {"name_before", before.name}});
    row_operations::event(rows, context(now), input_.account, before.va, before.id, "instance.renamed",
                          fmt::format("The product instance {} was renamed to {}", before.name, *input_.name));
    return {};
  }
  Result<void> move(storage::Rows& rows, const domain::Instance& before, WallTime now) {
    if (auto ok = permit(actor(), Action::ManageInstances, input_.account, *input_.va); !ok) return ok;
    const auto to = find_va(rows, input_.account, *input_.va);
    if (!to) return to.error();
    if (auto ok = row_operations::move_instance(rows, context(now), input_.account, before.id, to->id); !ok) return ok;
    audit(rows, now, input_.account, "instance.move", object_of(before.id),
          {{"from", before.va.value}, {"to", to->id.value}});
    // Both virtual accounts have it in their event logs.
    const auto text = fmt::format("The product instance {} was moved to {}", before.name, to->name);
    for (const auto va : {before.va, to->id}) {
      row_operations::event(rows, context(now), input_.account, va, before.id, "instance.moved", text);
    }
    return {};
  }
  InstanceChange input_;
};

class RemoveInstance final : public UseCaseOf<Nothing> {
 public:
  RemoveInstance(std::shared_ptr<const Environment> environment, Actor actor, AccountId account, InstanceId instance,
                 std::string expected)
      : UseCaseOf(std::move(environment), std::move(actor)),
        account_(account),
        instance_(instance),
        expected_(std::move(expected)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = account_;
    keys.instances.push_back(instance_);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto found = find_managed(rows, actor(), account_, instance_);
    if (!found) return found.error();
    if (auto ok = check_unchanged(expected_, state_tag(environment().sha256, *found)); !ok) return ok;
    auto ok =
        row_operations::remove_instance(rows, context(now), account_, instance_, fmt::format("by {}", actor().name));
    if (!ok) return ok;
    audit(rows, now, account_, "instance.remove", object_of(instance_), {{"name", found->name}});
    return {};
  }
  AccountId account_;
  InstanceId instance_;
  std::string expected_;
};

}  // namespace

std::unique_ptr<UseCaseOf<domain::Instance>> change_instance(std::shared_ptr<const Environment> environment,
                                                             Actor actor, InstanceChange input) {
  return std::make_unique<ChangeInstance>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<Nothing>> remove_instance(std::shared_ptr<const Environment> environment, Actor actor,
                                                    AccountId account, InstanceId instance, std::string expected) {
  return std::make_unique<RemoveInstance>(std::move(environment), std::move(actor), account, instance,
                                          std::move(expected));
}

}  // namespace lictor::account_service
