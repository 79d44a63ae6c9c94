#include "licensing/domain/registration.hpp"

#include <algorithm>

namespace lictor::domain {

namespace {

using Wording = AlreadyRegistered::Wording;

bool lists(const std::vector<UdiEntry>& udis, const Udi& udi) {
  return std::ranges::find(udis, udi, &UdiEntry::udi) != udis.end();
}

// What the holder keeps when the others' UDIs go; it has one Active again.
RegistrationDecision::Reduced reduce(const Instance& holder, const std::vector<UdiEntry>& asked) {
  RegistrationDecision::Reduced reduced{holder.id, {}, {}};
  for (const auto& entry : holder.udis) {
    if (lists(asked, entry.udi)) {
      reduced.lost.push_back(entry.udi);
    } else {
      reduced.left.push_back(entry);
    }
  }
  auto& left = reduced.left;
  if (left.empty() || std::ranges::find(left, UdiRole::Active, &UdiEntry::role) != left.end()) return reduced;
  auto heir = std::ranges::find(left, UdiRole::Standby, &UdiEntry::role);
  if (heir == left.end()) heir = left.begin();
  heir->role = UdiRole::Active;
  return reduced;
}

bool has_consumption(const UdiHolder& holder) {
  return std::ranges::any_of(holder.usage, [](const Usage& usage) { return usage.counted > 0; });
}

// Its registration was never completed: no device can be using it.
bool refuses_nobody(const UdiHolder& holder) {
  return holder.instance.status == InstanceStatus::Registering && holder.usage.empty();
}

AlreadyRegistered refusal_by(const UdiHolder& holder, const Udi& udi, const ProductTag& product_tag) {
  auto wording = has_consumption(holder) ? Wording::WithConsumption : Wording::Plain;
  if (holder.instance.product_tag != product_tag) wording = Wording::OtherProduct;
  return {wording, holder.instance.id, holder.instance.product_tag, udi};
}

int precedence(Wording wording) {
  switch (wording) {
    case Wording::OtherProduct:
      return 0;
    case Wording::WithConsumption:
      return 1;
    case Wording::Plain:
      return 2;
  }
  return 2;
}

}  // namespace

RegistrationDecision decide_registration(const std::vector<UdiEntry>& udis, const ProductTag& product_tag, bool force,
                                         const std::vector<UdiHolder>& holders) {
  const auto& active = active_udi(udis);
  RegistrationDecision decision;
  for (const auto& holder : holders) {
    auto reduced = reduce(holder.instance, udis);
    if (reduced.lost.empty()) continue;
    const bool same_active = lists(holder.instance.udis, active) && active_udi(holder.instance.udis) == active;
    if (!same_active && !reduced.left.empty()) {
      decision.reduced.push_back(std::move(reduced));
      continue;
    }
    if (same_active || lists(holder.instance.udis, active)) {
      decision.same = holder.instance.id;
    } else {
      decision.removed.push_back(holder.instance.id);
    }
    if (force || refuses_nobody(holder)) continue;
    const auto& held = lists(holder.instance.udis, active) ? active : reduced.lost.front();
    const auto refusal = refusal_by(holder, held, product_tag);
    if (!decision.refusal || precedence(refusal.wording) < precedence(decision.refusal->wording))
      decision.refusal = refusal;
  }
  if (decision.refusal) return {decision.refusal, std::nullopt, {}, {}};
  return decision;
}

}  // namespace lictor::domain
