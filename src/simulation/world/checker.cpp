#include "simulation/world/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace lictor::simulation {

using domain::InstanceStatus;

struct Checker::Contents {
  std::vector<domain::Pool> pools;
  std::vector<storage::LicenseReader::LotRow> lots;
  std::vector<domain::LedgerEntry> entries;
  std::vector<domain::Instance> instances;
  std::map<InstanceId, std::vector<domain::Usage>> usage;
  std::vector<domain::Token> tokens;
  std::vector<domain::AuditRow> audit;
  std::vector<domain::Event> new_events;  // since the last look
};

namespace {

// Every page of a list.
template <class Row, class Read, class IdOf>
bool read_all(std::vector<Row>& into, Read&& read, IdOf&& id_of) {
  std::int64_t after = 0;
  for (;;) {
    auto page = read(storage::Page{after, storage::kMaxPageLimit});
    if (!page) return false;
    if (page->empty()) return true;
    after = id_of(page->back());
    for (auto& row : *page) into.push_back(std::move(row));
  }
}

std::string list_of(const std::vector<UdiEntry>& udis) {
  std::string text;
  for (const auto& entry : udis)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", to_string(entry.udi), to_string(entry.role));
  return text;
}

}  // namespace

bool Checker::load(Contents& all) {
  const auto account = operators_.account();
  if (!manager_.up() || account.value == 0) return false;
  auto reader = manager_.reader();
  if (!reader) return false;
  const auto scope = storage::TenantScope::account(account);
  auto pools = reader->pools(scope);
  if (!pools) return false;
  all.pools = std::move(*pools);
  bool whole = read_all(
      all.lots, [&](auto page) { return reader->lots(scope, page); }, [](const auto& row) { return row.lot.id.value; });
  whole = whole && read_all(
                       all.entries, [&](auto page) { return reader->entries(scope, page); },
                       [](const auto& row) { return row.posting.value; });
  whole = whole && read_all(
                       all.instances,
                       [&](auto page) {
                         return reader->instances(scope, {"", true}, page);
                       },
                       [](const auto& row) { return row.id.value; });
  whole = whole && read_all(
                       all.tokens, [&](auto page) { return reader->tokens(scope, page); },
                       [](const auto& row) { return row.id.value; });
  if (manager_.restores() == 0) {
    const auto page_after = [&](storage::Page page) {
      page.after = std::max(page.after, events_read_);
      return reader->events(scope, page);
    };
    whole = whole && read_all(all.new_events, page_after, [](const auto& row) { return row.sequence; });
  }
  if (audit_restores_ != manager_.restores()) {
    audit_restores_ = manager_.restores();
    audit_checked_ = 0;
    audit_hash_ = {};
  }
  all.audit.clear();
  std::int64_t after = audit_checked_;
  for (;;) {
    auto page = reader->audit(scope, {after, storage::kMaxPageLimit});
    if (!page) return false;
    if (page->empty()) break;
    after = page->back().sequence;
    for (auto& row : *page) all.audit.push_back(std::move(row));
  }
  for (const auto& instance : all.instances) {
    auto usage = reader->usage(scope, instance.id);
    if (!usage) return false;
    all.usage[instance.id] = std::move(*usage);
  }
  return whole;
}

void Checker::check(WallTime now) {
  Contents all;
  if (!load(all)) return;
  check_ledger(all);
  check_pools(all);
  check_instances(all);
  check_tokens(all);
  check_events(all);
  check_audit(all);
  check_devices(all, now);
}

void Checker::check_ledger(const Contents& all) {
  std::map<PostingId, Count> sums;
  using Standing = std::tuple<VirtualAccountId, domain::Place, LotId>;
  std::map<Standing, Count> by_entries;
  for (const auto& entry : all.entries) {
    sums[entry.posting] += entry.delta;
    if (entry.place.kind != domain::Place::Kind::Outside) by_entries[{entry.va, entry.place, entry.lot}] += entry.delta;
  }
  for (const auto& [posting, sum] : sums)
    if (sum != 0) judge_.violated("ledger-legs", fmt::format("posting {} sums to {}", posting.value, sum));
  std::erase_if(by_entries, [](const auto& item) { return item.second == 0; });
  std::map<Standing, Count> by_balances;
  for (const auto& row : all.lots) by_balances[{row.balance.va, row.balance.place, row.lot.id}] = row.balance.quantity;
  std::erase_if(by_balances, [](const auto& item) { return item.second == 0; });
  if (by_entries != by_balances) judge_.violated("ledger-balances", "balances are not the sums of their entries");
  // People's deposits: what was answered is there, once.
  std::map<EntitlementTag, Count> there, answered, asked;
  for (const auto& row : all.lots) there[row.lot.tag] += row.balance.quantity;
  for (const auto& deposit : operators_.deposits()) {
    asked[deposit.tag] += deposit.quantity;
    if (deposit.answered && deposit.restores == manager_.restores()) answered[deposit.tag] += deposit.quantity;
  }
  if (manager_.restores() > 0) answered.clear();
  for (const auto& [tag, quantity] : answered)
    if (there[tag] < quantity)
      judge_.violated("deposits-stay",
                      fmt::format("{}: {} were answered for, {} are there", tag.text, quantity, there[tag]));
  for (const auto& [tag, quantity] : there)
    if (quantity > asked[tag])
      judge_.violated("deposits-once",
                      fmt::format("{}: {} were asked for, {} are there", tag.text, asked[tag], quantity));
}

void Checker::check_pools(const Contents& all) {
  using At = std::pair<VirtualAccountId, EntitlementTag>;
  std::map<At, Count> used, owned;
  for (const auto& instance : all.instances) {
    for (const auto& usage : all.usage.at(instance.id)) {
      used[{instance.va, usage.tag}] += usage.counted;
      if (instance.status == InstanceStatus::Removed && usage.counted != 0)
        judge_.violated("usage-of-the-removed",
                        fmt::format("instance {} is removed and counts {}", instance.id.value, usage.counted));
      if (usage.counted != 0 && usage.counted != usage.claimed)
        judge_.violated("usage-as-claimed", fmt::format("instance {} claims {} and counts {}", instance.id.value,
                                                        usage.claimed, usage.counted));
      // What silence returned counts again with the next authorization, not with a registration anew (AUTH-12).
      const bool authorized = instance.last_authorized > instance.registered_at;
      if (instance.status == InstanceStatus::Active && authorized && usage.counted != usage.claimed)
        judge_.violated("usage-as-claimed", fmt::format("active instance {} claims {} and counts {}", instance.id.value,
                                                        usage.claimed, usage.counted));
    }
  }
  // Terms begin and end by the manager's clock, in the commit after it: what is due counts still.
  const auto wall = manager_.wall();
  std::map<At, Count> unsure;
  for (const auto& row : all.lots) {
    if (row.balance.place.kind == domain::Place::Kind::Outside) continue;
    const bool near = (row.lot.ends_at && *row.lot.ends_at <= wall && *row.lot.ends_at > wall - hours(1)) ||
                      (row.lot.starts_at && *row.lot.starts_at <= wall && *row.lot.starts_at > wall - hours(1));
    if (near) unsure[{row.balance.va, row.lot.tag}] += row.balance.quantity;
    if (domain::is_active(row.lot, wall)) owned[{row.balance.va, row.lot.tag}] += row.balance.quantity;
  }
  std::set<At> seen;
  for (const auto& pool : all.pools) {
    const At at{pool.va, pool.tag};
    seen.insert(at);
    if (pool.in_use != used[at])
      judge_.violated("usage-sums", fmt::format("va {} {}: {} in use, instances count {}", pool.va.value, pool.tag.text,
                                                pool.in_use, used[at]));
    if (pool.owned != owned[at] && !unsure.contains(at) && manager_.calm())
      judge_.violated("owned-sums", fmt::format("va {} {}: {} owned, active lots hold {}", pool.va.value, pool.tag.text,
                                                pool.owned, owned[at]));
    if (pool.short_count < 0 || pool.lent < 0 || pool.borrowed < 0 ||
        pool.lent > std::max<Count>(0, pool.owned - pool.in_use))
      judge_.violated("pool-bounds", fmt::format("va {} {}: lent {}, borrowed {}, short {}", pool.va.value,
                                                 pool.tag.text, pool.lent, pool.borrowed, pool.short_count));
    const Count gap = std::max<Count>(0, pool.in_use - (pool.owned - pool.lent));
    if (pool.borrowed + pool.short_count != gap && pool.lent == 0)
      judge_.violated("pool-cover",
                      fmt::format("va {} {}: {} in use of {}, borrowed {}, short {}", pool.va.value, pool.tag.text,
                                  pool.in_use, pool.owned, pool.borrowed, pool.short_count));
  }
  check_cover(all);
  std::map<VirtualAccountId, std::pair<Count, Count>> lent;
  for (const auto& pool : all.pools) {
    lent[pool.va].first += pool.lent;
    lent[pool.va].second += pool.borrowed;
  }
  for (const auto& [va, sums] : lent)
    if (sums.first != sums.second)
      judge_.violated("lent-is-borrowed",
                      fmt::format("va {}: lent {}, borrowed {}", va.value, sums.first, sums.second));
  for (const auto& [at, count] : used)
    if (count != 0 && !seen.contains(at))
      judge_.violated("usage-sums",
                      fmt::format("va {} {}: no pool, instances count {}", at.first.value, at.second.text, count));
}

// CMP-2, by another way than the product's: what stays short in a virtual account is the demand that surplus cannot
// reach along the hierarchy: a largest flow, found by one augmenting path after another.
void Checker::check_cover(const Contents& all) {
  std::map<VirtualAccountId, std::vector<const domain::Pool*>> by_va;
  for (const auto& pool : all.pools) by_va[pool.va].push_back(&pool);
  const auto& hierarchy = manager_.catalog().hierarchy();
  for (const auto& [va, pools] : by_va) {
    const auto count = pools.size();
    std::vector<Count> spare(count), lacking(count);
    std::vector<std::vector<Count>> flow(count, std::vector<Count>(count, 0));  // from spare to lacking
    std::vector<std::vector<bool>> may(count, std::vector<bool>(count, false));
    Count told = 0;
    for (std::size_t i = 0; i < count; ++i) {
      spare[i] = std::max<Count>(0, pools[i]->owned - pools[i]->in_use);
      lacking[i] = std::max<Count>(0, pools[i]->in_use - pools[i]->owned);
      told += pools[i]->short_count;
      for (const auto& lender : hierarchy.lenders(pools[i]->tag))
        for (std::size_t j = 0; j < count; ++j)
          if (pools[j]->tag == lender.tag) may[j][i] = true;
    }
    const std::function<bool(std::size_t, std::vector<bool>&)> feed = [&](std::size_t to, std::vector<bool>& seen) {
      for (std::size_t from = 0; from < count; ++from) {
        if (!may[from][to] || seen[from]) continue;
        seen[from] = true;
        bool free = spare[from] > 0;
        if (free) --spare[from];
        // Or one that it feeds finds another.
        for (std::size_t other = 0; !free && other < count; ++other) {
          if (flow[from][other] == 0 || !feed(other, seen)) continue;
          --flow[from][other];
          free = true;
        }
        if (!free) continue;
        ++flow[from][to];
        return true;
      }
      return false;
    };
    Count least = 0;
    for (std::size_t to = 0; to < count; ++to)
      for (; lacking[to] > 0; --lacking[to]) {
        std::vector<bool> seen(count, false);
        if (!feed(to, seen)) break;
      }
    for (const auto rest : lacking) least += rest;
    if (told != least)
      judge_.violated("largest-cover",
                      fmt::format("va {}: {} are said to be short, {} cannot be helped", va.value, told, least));
  }
}

void Checker::check_instances(const Contents& all) {
  std::map<Udi, InstanceId> holders;
  for (const auto& instance : all.instances) {
    if (instance.status == InstanceStatus::Removed) continue;
    if (instance.udis.empty()) continue;
    const auto& udi = active_udi(instance.udis);
    if (const auto [at, fresh] = holders.try_emplace(udi, instance.id); !fresh)
      judge_.violated("one-instance-per-udi",
                      fmt::format("{} is instance {} and {}", to_string(udi), at->second.value, instance.id.value));
    if (!manager_.calm()) continue;
    // CMP-3, PRO-3: what was never completed is looked at after its silence, or when its answer is no longer kept.
    if (instance.status == InstanceStatus::Registering) {
      const auto ends =
          std::max(instance.last_authorized + manager_.authorization_validity(), instance.registered_at + days(30));
      if (ends < manager_.wall() - hours(1))
        judge_.violated("half-registrations-end", fmt::format("instance {} is half registered since {}",
                                                              instance.id.value, to_rfc3339(instance.registered_at)));
      continue;
    }
    if (instance.certificate_ends < manager_.wall() - hours(1) && instance.certificate_ends != WallTime{})
      judge_.violated(
          "ended-certificates-end",
          fmt::format("instance {} ({}) lives {} hours after its certificate {} (before it {})", instance.id.value,
                      to_string(instance.status), (manager_.wall() - instance.certificate_ends) / hours(1),
                      instance.serial.text(), instance.previous_serial ? instance.previous_serial->text() : "none"));
    // CMP-3: silence returns licences.
    const auto validity = manager_.authorization_validity();
    const auto returns = std::max(instance.last_authorized, instance.registered_at) + validity;
    if (instance.status == InstanceStatus::Active && returns < manager_.wall() - hours(1))
      judge_.violated("silence-returns",
                      fmt::format("instance {} is active {} hours after its {} days", instance.id.value,
                                  (manager_.wall() - returns) / hours(1), validity / days(1)));
  }
}

void Checker::check_tokens(const Contents& all) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> uses;  // token -> answered, delivered
  for (const auto* request : truth_.registrations()) {
    auto& [answered, delivered] = uses[request->token];
    if (request->registered) ++answered;
    delivered += request->most_effects;
  }
  for (const auto& known : operators_.all_tokens()) {
    if (known.restores != manager_.restores()) continue;
    const auto at = std::find_if(all.tokens.begin(), all.tokens.end(), [&](const auto& t) { return t.id == known.id; });
    if (at == all.tokens.end()) {
      judge_.violated("tokens-stay", fmt::format("token {} is gone", known.id.value));
      continue;
    }
    const auto [answered, delivered] = uses[known.text];
    if (at->uses > delivered || at->uses < answered)
      judge_.violated("token-uses", fmt::format("token {} counts {} uses; {} registrations were answered, {} asked for",
                                                known.id.value, at->uses, answered, delivered));
    if (known.max_uses && at->uses > *known.max_uses)
      judge_.violated("token-uses",
                      fmt::format("token {} counts {} uses of {}", known.id.value, at->uses, *known.max_uses));
  }
}

// STO-4: a store that went back is remembered, once each time.
void Checker::check_events(const Contents& all) {
  if (manager_.restores() > 0) return;
  for (const auto& event : all.new_events) {
    if (event.kind == "instance.store-went-back") ++told_back_[event.instance];
    events_read_ = event.sequence;
  }
  for (const auto& [instance, times] : truth_.went_back())
    if (told_back_[instance] < times)
      judge_.violated("old-stores-are-noticed",
                      fmt::format("the store of instance {} went back {} times, {} events say so", instance.value,
                                  times, told_back_[instance]));
}

void Checker::check_audit(const Contents& all) {
  for (const auto& row : all.audit) {
    if (row.sequence != audit_checked_ + 1)
      judge_.violated("audit-whole", fmt::format("row {} follows {}", row.sequence, audit_checked_));
    if (audit_checked_ > 0 && row.previous_hash != audit_hash_)
      judge_.violated("audit-chained", fmt::format("row {} does not continue the chain", row.sequence));
    audit_checked_ = row.sequence;
    audit_hash_ = row.hash;
  }
}

void Checker::check_devices(const Contents& all, WallTime now) {
  std::map<InstanceId, const domain::Instance*> by_id;
  for (const auto& instance : all.instances) by_id[instance.id] = &instance;
  for (const auto& [id, instance] : by_id) {
    if (instance->status == InstanceStatus::Removed || instance->last_request.is_zero()) continue;
    const auto* request = truth_.find(instance->last_request);
    if (request == nullptr) {
      judge_.violated("requests-have-senders",
                      fmt::format("instance {} holds an answer to a request that nobody sent", id.value));
      continue;
    }
    if (request->type != protocol::MessageType::Authorize) continue;
    TagCounts claimed;
    for (const auto& usage : all.usage.at(id)) claimed.emplace_back(usage.tag, usage.claimed);
    std::erase_if(claimed, [](const auto& item) { return item.second == 0; });
    if (claimed != request->usage)
      judge_.violated("usage-as-said",
                      fmt::format("instance {} claims other licences than its last request said", id.value));
  }
  for (const auto& device : devices_) {
    const auto must_be = device->must_be();
    if (!must_be || device->must_be_since() != manager_.restores()) continue;
    if (operators_.wanted_removed(*must_be) || device->certificate_ends() < now + days(3)) continue;
    const auto at = by_id.find(*must_be);
    if (at == by_id.end() || at->second->status == InstanceStatus::Removed)
      judge_.violated("registrations-stay",
                      fmt::format("device {} ({}) is registered as instance {}, which the manager {}", device->number(),
                                  device->name(), must_be->value, at == by_id.end() ? "does not know" : "has removed"));
  }
}

void Checker::check_at_rest(WallTime now) {
  check(now);
  Contents all;
  if (!load(all)) return judge_.violated("liveness", "the manager is down though nothing fails");
  for (const auto& device : devices_) {
    if (!device->on()) {
      judge_.violated("liveness", fmt::format("device {} is off", device->number()));
      continue;
    }
    const auto seen = device->snapshot();
    const auto told = [&](const std::string& what) {
      judge_.violated("liveness", fmt::format("device {} ({}): {}", device->number(), device->name(), what));
    };
    if (seen.registration != RegistrationState::Registered) {
      told(fmt::format("is {} long after all faults: {}", to_string(seen.registration),
                       seen.initial_registration ? seen.initial_registration->failure_reason : ""));
      continue;
    }
    if (seen.authorization != AuthorizationState::Authorized &&
        seen.authorization != AuthorizationState::OutOfCompliance)
      told(fmt::format("is {} long after all faults: {}", to_string(seen.authorization),
                       seen.last_communication ? seen.last_communication->failure_reason : ""));
    const auto at =
        std::find_if(all.instances.begin(), all.instances.end(), [&](const auto& i) { return i.id == seen.instance; });
    if (at == all.instances.end() || at->status != InstanceStatus::Active) {
      told(fmt::format("is instance {}, which is not active at the manager", seen.instance.value));
      continue;
    }
    TagCounts wanted, claimed;
    for (const auto& view : seen.usage) wanted.emplace_back(view.item.tag, view.item.count);
    std::sort(wanted.begin(), wanted.end());
    for (const auto& usage : all.usage.at(at->id))
      if (usage.claimed != 0) claimed.emplace_back(usage.tag, usage.claimed);
    if (wanted != claimed) told("uses other licences than the manager counts");
    // REG-12: a member that another live instance holds stays with that one. It may be what was left of a stack when
    // another member registered; a backup may know one that was removed since.
    auto own = seen.udis;
    std::erase_if(own, [&](const UdiEntry& entry) {
      return std::any_of(all.instances.begin(), all.instances.end(), [&](const domain::Instance& other) {
        return other.id != at->id && other.status != InstanceStatus::Removed &&
               std::ranges::find(other.udis, entry.udi, &UdiEntry::udi) != other.udis.end();
      });
    });
    // With none of its own its record stays as it was.
    if (!own.empty() && own != at->udis && manager_.restores() == 0)
      told(fmt::format("has the members {}, the manager knows {}", list_of(own), list_of(at->udis)));
  }
}

}  // namespace lictor::simulation
