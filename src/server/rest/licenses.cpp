// Lots of licences and balances (spec INV-1, INV-7, CMP-1).
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::DepositedLot;
using account_service::Outcome;

void list_lots(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  auto page = call->page();
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  if (!page) return call->fail(page.error());
  auto found = call->accounts().query(call->actor,
                                      [&](account_service::Queries& queries) { return queries.lots(*id, *va, *page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const storage::LicenseReader::LotRow& row) {
                 return to_json(row.lot, row.balance.va, row.balance.quantity);
               }));
}

// The tag as it is, or by the name that people read.
Result<EntitlementTag> read_tag(const CallPtr& call) {
  auto text = call->members().string("tag");
  if (!text) return text.error();
  const auto catalog = call->accounts().environment()->catalog();
  if (const auto* entry = catalog->find_tag_by_short_name(*text)) return entry->tag;
  for (const auto& entry : catalog->tags()) {
    if (entry.display_name == *text) return entry.tag;
  }
  return parse_entitlement_tag(*text);
}

Result<account_service::LicenseDeposit> read_deposit(const CallPtr& call) {
  account_service::LicenseDeposit input;
  auto account = call->account();
  auto tag = read_tag(call);
  auto quantity = call->required_integer("quantity");
  auto va = call->va_member();
  auto first = call->day("first_day");
  auto last = call->day("last_day");
  if (!account) return account.error();
  if (!tag) return tag.error();
  if (!quantity) return quantity.error();
  if (!va) return va.error();
  if (!first) return first.error();
  if (!last) return last.error();
  input.account = *account;
  input.tag = *tag;
  input.quantity = *quantity;
  input.va = *va;
  input.first_day = *first;
  input.last_day = *last;
  auto billing = call->text("billing");
  if (!billing) return billing.error();
  if (*billing) {
    auto parsed = domain::parse_billing(**billing);
    if (!parsed) return parsed.error();
    input.billing = *parsed;
  }
  for (const auto& [member, into] :
       {std::pair{"subscription_id", &input.subscription_id}, std::pair{"order_number", &input.order_number},
        std::pair{"order_line", &input.order_line}}) {
    auto text = call->text(member);
    if (!text) return text.error();
    *into = text->value_or("");
  }
  const auto key = call->request.header("idempotency-key");
  input.request_key =
      key.empty() ? to_hex(call->services.entropy->bytes(16)) : call->actor.name + " " + std::string(key);
  return input;
}

void deposit(CallPtr call) {
  auto input = read_deposit(call);
  if (!input) return call->fail(input.error());
  const std::function<json::Value(const DepositedLot&)> render = [](const DepositedLot& made) {
    return to_json(made.lot, made.va, made.quantity);
  };
  call->accounts().run<DepositedLot>(
      account_service::deposit_licenses(call->accounts().environment(), call->actor, *input),
      call->replay<DepositedLot>(200, render), [call, render](Result<Outcome<DepositedLot>> outcome) {
        if (!outcome) return call->fail(outcome.error());
        if (outcome->replayed) return call->replayed(*outcome->replayed);
        call->answer(200, render(outcome->output));
      });
}

void list_entries(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  auto page = call->page();
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  if (!page) return call->fail(page.error());
  auto found = call->accounts().query(
      call->actor, [&](account_service::Queries& queries) { return queries.entries(*id, *va, *page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const domain::LedgerEntry& entry) { return to_json(entry); }));
}

void list_balances(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  auto found = call->accounts().query(call->actor,
                                      [&](account_service::Queries& queries) { return queries.balances(*id, *va); });
  if (!found) return call->fail(found.error());
  json::Array items;
  for (const auto& line : *found) items.push_back(to_json(line));
  call->answer(200, json::Object{{"items", std::move(items)}, {"next", nullptr}});
}

}  // namespace

std::vector<Operation> license_operations() {
  using Access = Operation::Access;
  const std::string base = "/api/v1/accounts/{account}";
  auto lots = page_parameters();
  lots.insert(lots.begin(), account_parameter());
  lots.push_back(va_parameter());
  return {
      {"listLicenses", "GET", base + "/licenses", "Licences", "Lots of licences, as they came", Access::Bearer, lots,
       "", with_problems({{200, "A page", "List:Lot"}}, {400, 401, 403, 404}), list_lots},
      {"depositLicenses",
       "POST",
       base + "/licenses",
       "Licences",
       "Deposit licences as a lot; the tag by its text or its name",
       Access::Bearer,
       {account_parameter(), idempotency_parameter()},
       "NewDeposit",
       with_problems({{200, "The lot", "Lot"}}, {400, 401, 403, 404, 409, 415, 422, 503}),
       deposit},
      {"listLedgerEntries",
       "GET",
       base + "/ledger-entries",
       "Licences",
       "The ledger, posting by posting; a page counts postings",
       Access::Bearer,
       lots,
       "",
       {{200, "A page", "List:LedgerEntry"}},
       list_entries},
      {"listBalances", "GET", base + "/balances", "Licences", "Owned, in use and short, per tag", Access::Bearer,
       whole_list_parameters({account_parameter(), va_parameter()}), "",
       with_problems({{200, "One line per tag", "List:Balance"}}, {401, 403, 404}), list_balances},
  };
}

}  // namespace lictor::rest
