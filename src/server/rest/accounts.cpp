// Smart accounts and virtual accounts (spec ACC-1).
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::Nothing;
using account_service::Outcome;
using domain::SmartAccount;
using domain::VirtualAccount;

template <class T>
std::function<void(Result<Outcome<T>>)> shown(const CallPtr& call, std::function<std::string(const T&)> etag = {}) {
  return [call, etag](Result<Outcome<T>> outcome) {
    if (!outcome) return call->fail(outcome.error());
    if (outcome->replayed) return call->replayed(*outcome->replayed);
    call->answer(200, to_json(outcome->output), etag ? etag(outcome->output) : "");
  };
}
template <class T>
std::string tag_of(const CallPtr& call, const T& what) {
  return account_service::state_tag(call->accounts().environment()->sha256, what);
}

void list_accounts(CallPtr call) {
  auto page = call->page();
  if (!page) return call->fail(page.error());
  auto found = call->accounts().query(call->actor, [&](account_service::Queries& queries) {
    return queries.accounts(call->request.query_value("domain"), *page);
  });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const SmartAccount& account) { return to_json(account); }));
}

void create_account(CallPtr call) {
  account_service::NewAccount input;
  auto domain = call->members().string("domain");
  auto name = call->members().string("name");
  auto allowed = call->flag("export_allowed");
  if (!domain) return call->fail(domain.error());
  if (!name) return call->fail(name.error());
  if (!allowed) return call->fail(allowed.error());
  input.domain = *domain;
  input.name = *name;
  input.export_allowed = allowed->value_or(false);
  call->accounts().run<SmartAccount>(
      account_service::create_account(call->accounts().environment(), call->actor, input),
      call->replay<SmartAccount>(200, [](const SmartAccount& a) { return to_json(a); }), shown<SmartAccount>(call));
}

void get_account(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto found =
      call->accounts().query(call->actor, [&](account_service::Queries& queries) { return queries.account(*id); });
  if (!found) return call->fail(found.error());
  call->answer(200, to_json(*found), tag_of(call, *found));
}

void change_account(CallPtr call) {
  account_service::AccountChange input;
  auto id = call->account();
  auto name = call->text("name");
  auto allowed = call->flag("export_allowed");
  if (!id) return call->fail(id.error());
  if (!name) return call->fail(name.error());
  if (!allowed) return call->fail(allowed.error());
  input.account = *id;
  input.name = *name;
  input.export_allowed = *allowed;
  input.expected = call->expected();
  call->accounts().run<SmartAccount>(
      account_service::change_account(call->accounts().environment(), call->actor, input), std::nullopt,
      shown<SmartAccount>(call, [call](const SmartAccount& changed) { return tag_of(call, changed); }));
}

void get_va(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto va = call->id("virtual account");
  if (!va) return call->fail(va.error());
  auto found = call->accounts().query(call->actor, [&](account_service::Queries& queries) {
    return queries.virtual_account(*id, VirtualAccountId{*va});
  });
  if (!found) return call->fail(found.error());
  call->answer(200, to_json(*found), tag_of(call, *found));
}

void list_vas(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto found = call->accounts().query(call->actor, [&](account_service::Queries& queries) {
    return queries.virtual_accounts(*id, call->request.query_value("name"));
  });
  if (!found) return call->fail(found.error());
  json::Array items;
  for (const auto& va : *found) items.push_back(to_json(va));
  call->answer(200, json::Object{{"items", std::move(items)}, {"next", nullptr}});
}

void create_va(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto name = call->members().string("name");
  auto description = call->text("description");
  if (!name) return call->fail(name.error());
  if (!description) return call->fail(description.error());
  account_service::NewVirtualAccount input{*id, *name, description->value_or("")};
  call->accounts().run<VirtualAccount>(
      account_service::create_virtual_account(call->accounts().environment(), call->actor, input),
      call->replay<VirtualAccount>(200, [](const VirtualAccount& va) { return to_json(va); }),
      shown<VirtualAccount>(call));
}

void change_va(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto va = call->id("virtual account");
  if (!va) return call->fail(va.error());
  auto name = call->text("name");
  auto description = call->text("description");
  if (!name) return call->fail(name.error());
  if (!description) return call->fail(description.error());
  account_service::VirtualAccountChange input{*id, VirtualAccountId{*va}, *name, *description, call->expected()};
  call->accounts().run<VirtualAccount>(
      account_service::change_virtual_account(call->accounts().environment(), call->actor, input), std::nullopt,
      shown<VirtualAccount>(call, [call](const VirtualAccount& changed) { return tag_of(call, changed); }));
}

void remove_va(CallPtr call) {
  auto id = call->account();
  if (!id) return call->fail(id.error());
  auto va = call->id("virtual account");
  if (!va) return call->fail(va.error());
  call->accounts().remove_virtual_account(
      call->actor, *id, VirtualAccountId{*va}, call->now.wall,
      [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

void list_events(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  auto page = call->page();
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  if (!page) return call->fail(page.error());
  auto found = call->accounts().query(
      call->actor, [&](account_service::Queries& queries) { return queries.events(*id, *va, *page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const domain::Event& event) { return to_json(event); }));
}

void list_audit_of(const CallPtr& call, Result<AccountId> id) {
  auto page = call->page();
  if (!id) return call->fail(id.error());
  if (!page) return call->fail(page.error());
  auto found =
      call->accounts().query(call->actor, [&](account_service::Queries& queries) { return queries.audit(*id, *page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const domain::AuditRow& row) { return to_json(row); }));
}

void list_audit(CallPtr call) {
  list_audit_of(call, call->account());
}
void list_own_audit(CallPtr call) {
  list_audit_of(call, kDirectoryAccount);
}

std::vector<Parameter> in_account(std::vector<Parameter> more) {
  more.insert(more.begin(), account_parameter());
  return more;
}

}  // namespace

std::vector<Operation> account_operations() {
  using Access = Operation::Access;
  auto list_parameters = page_parameters();
  list_parameters.push_back({"domain", "query", "Only the account of this domain", false});
  auto event_parameters = in_account(page_parameters());
  event_parameters.push_back(va_parameter());
  const std::string base = "/api/v1/accounts";
  const std::string vas = base + "/{account}/virtual-accounts";
  return {
      {"listAccounts", "GET", base, "Accounts", "The smart accounts that one sees", Access::Bearer, list_parameters, "",
       with_problems({{200, "A page", "List:Account"}}, {400, 401}), list_accounts},
      {"createAccount",
       "POST",
       base,
       "Accounts",
       "Make a smart account with its default virtual account",
       Access::Bearer,
       {idempotency_parameter()},
       "NewAccount",
       with_problems({{200, "The account", "Account"}}, {400, 401, 403, 409, 415, 422, 503}),
       create_account},
      {"getAccount",
       "GET",
       base + "/{account}",
       "Accounts",
       "One smart account",
       Access::Bearer,
       {account_parameter()},
       "",
       with_problems({{200, "The account", "Account"}}, {401, 404}),
       get_account},
      {"changeAccount",
       "PATCH",
       base + "/{account}",
       "Accounts",
       "Rename a smart account, or allow it export-controlled functionality",
       Access::Bearer,
       in_account({if_match_parameter()}),
       "AccountChange",
       {{200, "As it is now", "Account"}},
       change_account},
      {"listVirtualAccounts", "GET", vas, "Accounts", "The virtual accounts whose contents one may read",
       Access::Bearer, in_account(whole_list_parameters({{"name", "query", "Only the one of this name", false}})), "",
       with_problems({{200, "All of them", "List:VirtualAccount"}}, {401, 404}), list_vas},
      {"createVirtualAccount", "POST", vas, "Accounts", "Make a virtual account", Access::Bearer,
       in_account({idempotency_parameter()}), "NewVirtualAccount",
       with_problems({{200, "The virtual account", "VirtualAccount"}}, {400, 401, 403, 404, 409, 415, 422, 503}),
       create_va},
      {"getVirtualAccount",
       "GET",
       vas + "/{id}",
       "Accounts",
       "One virtual account",
       Access::Bearer,
       in_account({id_parameter("virtual account")}),
       "",
       {{200, "The virtual account", "VirtualAccount"}},
       get_va},
      {"changeVirtualAccount", "PATCH", vas + "/{id}", "Accounts", "Rename a virtual account", Access::Bearer,
       in_account({id_parameter("virtual account"), if_match_parameter()}), "VirtualAccountChange",
       with_problems({{200, "As it is now", "VirtualAccount"}}, {400, 401, 403, 404, 409, 412, 415, 422, 503}),
       change_va},
      {"removeVirtualAccount", "DELETE", vas + "/{id}", "Accounts",
       "Remove an empty virtual account that is not the default one", Access::Bearer,
       in_account({id_parameter("virtual account")}), "",
       with_problems({{204, "Removed", ""}}, {401, 403, 404, 409, 503}), remove_va},
      {"listEvents", "GET", base + "/{account}/events", "Accounts", "The event log", Access::Bearer, event_parameters,
       "", with_problems({{200, "A page", "List:Event"}}, {400, 401, 403, 404}), list_events},
      {"listAudit", "GET", base + "/{account}/audit", "Accounts", "The audit chain", Access::Bearer,
       in_account(page_parameters()), "", with_problems({{200, "A page", "List:AuditRow"}}, {400, 401, 403, 404}),
       list_audit},
      {"listManagerAudit",
       "GET",
       "/api/v1/audit",
       "Accounts",
       "The audit chain of the manager's own directory",
       Access::Bearer,
       page_parameters(),
       "",
       {{200, "A page", "List:AuditRow"}},
       list_own_audit},
  };
}

}  // namespace lictor::rest
