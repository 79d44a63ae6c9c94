#include "server/account_service/licenses.hpp"

#include <fmt/format.h>

namespace lictor::account_service {
namespace {

constexpr std::size_t kMaxReference = 100;

bool is_day(WallTime at) {
  return at.time_since_epoch() % days(1) == Duration{0};
}

class DepositLicenses final : public UseCaseOf<DepositedLot> {
 public:
  DepositLicenses(std::shared_ptr<const Environment> environment, Actor actor, LicenseDeposit input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)), source_key_(source_of(input_)) {}

 private:
  static std::string source_of(const LicenseDeposit& input) {
    if (input.order_number.empty()) return "request:" + input.request_key;
    const auto& line = input.order_line.empty() ? input.tag.text : input.order_line;
    return fmt::format("order:{}:{}", input.order_number, line);
  }

  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    if (input_.va.value != 0) keys.virtual_accounts.push_back(input_.va);
    keys.all_pools = input_.va.value == 0;  // which VA is the default one is known once the rows are there
    keys.posting_sources.push_back(source_key_);
    return keys;
  }

  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), domain::Action::DepositLicenses, input_.account, input_.va); !ok) return ok;
    if (rows.accounts.find(input_.account) == nullptr) return no_such(what_is("account", input_.account.value));
    const auto va = find_va(rows, input_.account, input_.va);
    if (!va) return va.error();
    if (auto ok = check(now); !ok) return ok;
    if (rows.postings_seen(input_.account, source_key_)) {
      return Error{ErrorCode::AlreadyExists, input_.order_number.empty()
                                                 ? std::string("The request was deposited before")
                                                 : fmt::format("Order {} was deposited before", input_.order_number)};
    }
    return post(rows, *va, now);
  }

  [[nodiscard]] Result<void> check(WallTime now) const {
    const auto wrong = [](std::string message) { return Error{ErrorCode::InvalidArgument, std::move(message)}; };
    if (catalog().find_tag(input_.tag) == nullptr) {
      return wrong(fmt::format("tag: the catalog has no entitlement tag {}", input_.tag.text));
    }
    if (input_.quantity < 1 || input_.quantity > kMaxCount) {
      return wrong(fmt::format("quantity: 1 to {} are wanted", kMaxCount));
    }
    if ((input_.first_day && !is_day(*input_.first_day)) || (input_.last_day && !is_day(*input_.last_day))) {
      return wrong("start_date, end_date: a day is wanted");
    }
    if (input_.last_day && input_.first_day && *input_.last_day < *input_.first_day) {
      return wrong("end_date: it is before start_date");
    }
    if (input_.last_day && *input_.last_day + days(1) <= now) return wrong("end_date: the term has ended already");
    for (const auto& [field, text] :
         {std::pair<std::string_view, std::string_view>{"subscription_id", input_.subscription_id},
          {"order_number", input_.order_number},
          {"order_line", input_.order_line}}) {
      if (auto ok = check_text(field, text, kMaxReference, Empty::Allowed); !ok) return ok;
    }
    return {};
  }

  Result<void> post(storage::Rows& rows, const domain::VirtualAccount& va, WallTime now) {
    domain::Lot lot;
    lot.account = input_.account;
    lot.id = LotId{rows.take_id(input_.account)};
    lot.tag = input_.tag;
    lot.starts_at = input_.first_day;
    if (input_.last_day) lot.ends_at = *input_.last_day + days(1);
    lot.billing = input_.billing;
    lot.source = input_.source;
    lot.subscription_id = input_.subscription_id;
    lot.order_number = input_.order_number;
    lot.created_at = now;

    const PostingId posting{rows.take_id(input_.account)};
    const auto draft = domain::deposit(lot, va.id, input_.quantity, posting, source_key_, actor().name, now);
    if (auto ok = domain::check_posting(draft); !ok) return ok;
    std::vector<domain::LotBalance> balances;
    if (auto ok = domain::apply_to_balances(draft.entries, balances); !ok) return ok;

    rows.lots.put(lot);
    rows.postings.append(draft.posting);
    for (const auto& entry : draft.entries) rows.entries.append(entry);
    for (const auto& balance : balances) rows.balances.put(balance);
    for (const auto& due : domain::dues_of(lot, now)) rows.dues.put(due);
    const auto deltas = domain::pool_deltas(lot, draft.entries, now);
    if (auto ok = row_operations::change_pools(rows, catalog().hierarchy(), input_.account, deltas); !ok) return ok;

    output_ = {lot, va.id, input_.quantity, posting};
    tell(rows, va, now);
    return {};
  }

  void tell(storage::Rows& rows, const domain::VirtualAccount& va, WallTime now) const {
    const auto& lot = output_.lot;
    json::Object detail{{"tag", lot.tag.text},
                        {"quantity", input_.quantity},
                        {"virtual_account", va.id.value},
                        {"posting", output_.posting.value},
                        {"source_key", source_key_}};
    if (lot.ends_at) detail.emplace_back("ends_at", to_rfc3339(*lot.ends_at));
    audit(rows, now, input_.account, "lot.create", fmt::format("lot:{}", lot.id.value), std::move(detail));
    const auto* tag = catalog().find_tag(lot.tag);
    row_operations::event(rows, context(now), input_.account, va.id, {}, "licenses.deposited",
                          fmt::format("{} licences of {} were added", input_.quantity, tag->display_name));
  }

  LicenseDeposit input_;
  std::string source_key_;
};

}  // namespace

std::unique_ptr<UseCaseOf<DepositedLot>> deposit_licenses(std::shared_ptr<const Environment> environment, Actor actor,
                                                          LicenseDeposit input) {
  return std::make_unique<DepositLicenses>(std::move(environment), std::move(actor), std::move(input));
}

}  // namespace lictor::account_service
