// Product instances (spec INV-2, INV-5).
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::Nothing;
using account_service::Outcome;

std::string tag_of(const CallPtr& call, const domain::Instance& instance) {
  return account_service::state_tag(call->accounts().environment()->sha256, instance);
}

void list_instances(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  auto page = call->page();
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  if (!page) return call->fail(page.error());
  storage::InstanceFilter filter;
  filter.search = std::string(call->request.query_value("search"));
  filter.include_removed = call->request.query_value("include_removed") == "true";
  auto found = call->accounts().query(
      call->actor, [&](account_service::Queries& queries) { return queries.instances(*id, *va, filter, *page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const domain::Instance& instance) { return to_json(instance, nullptr); }));
}

void get_instance(CallPtr call) {
  auto account = call->account();
  auto id = call->id("product instance");
  if (!account) return call->fail(account.error());
  if (!id) return call->fail(id.error());
  auto found = call->accounts().query(
      call->actor, [&](account_service::Queries& queries) { return queries.instance(*account, InstanceId{*id}); });
  if (!found) return call->fail(found.error());
  call->answer(200, to_json(found->instance, &found->usage), tag_of(call, found->instance));
}

void change_instance(CallPtr call) {
  account_service::InstanceChange input;
  auto account = call->account();
  auto id = call->id("product instance");
  auto name = call->text("name");
  auto va = call->va_member();
  if (!account) return call->fail(account.error());
  if (!id) return call->fail(id.error());
  if (!name) return call->fail(name.error());
  if (!va) return call->fail(va.error());
  input.account = *account;
  input.instance = InstanceId{*id};
  input.name = *name;
  if (va->value != 0) input.va = *va;
  input.expected = call->expected();
  call->accounts().run<domain::Instance>(
      account_service::change_instance(call->accounts().environment(), call->actor, input), std::nullopt,
      [call](Result<Outcome<domain::Instance>> outcome) {
        if (!outcome) return call->fail(outcome.error());
        call->answer(200, to_json(outcome->output, nullptr), tag_of(call, outcome->output));
      });
}

void remove_instance(CallPtr call) {
  auto account = call->account();
  auto id = call->id("product instance");
  if (!account) return call->fail(account.error());
  if (!id) return call->fail(id.error());
  call->accounts().run<Nothing>(account_service::remove_instance(call->accounts().environment(), call->actor, *account,
                                                                 InstanceId{*id}, call->expected()),
                                std::nullopt, [call](Result<Outcome<Nothing>> outcome) {
                                  outcome ? call->answer_nothing() : call->fail(outcome.error());
                                });
}

}  // namespace

std::vector<Operation> instance_operations() {
  using Access = Operation::Access;
  const std::string base = "/api/v1/accounts/{account}/instances";
  auto list = page_parameters();
  list.insert(list.begin(), account_parameter());
  list.push_back(va_parameter());
  list.push_back({"search", "query", "The beginning of a name, host name, product id or serial number", false});
  list.push_back({"include_removed", "query", "true: removed ones too", false});
  return {
      {"listInstances", "GET", base, "Product instances", "Registered products", Access::Bearer, list, "",
       with_problems({{200, "A page", "List:Instance"}}, {400, 401, 403, 404}), list_instances},
      {"getInstance",
       "GET",
       base + "/{id}",
       "Product instances",
       "One product instance with its usage",
       Access::Bearer,
       {account_parameter(), id_parameter("product instance")},
       "",
       with_problems({{200, "The instance", "InstanceDetail"}}, {401, 403, 404}),
       get_instance},
      {"changeInstance",
       "PATCH",
       base + "/{id}",
       "Product instances",
       "Rename a product instance, or move it to another virtual account",
       Access::Bearer,
       {account_parameter(), id_parameter("product instance"), if_match_parameter()},
       "InstanceChange",
       with_problems({{200, "As it is now", "Instance"}}, {400, 401, 403, 404, 412, 415, 422, 503}),
       change_instance},
      {"removeInstance",
       "DELETE",
       base + "/{id}",
       "Product instances",
       "Remove a product instance; its licences return at once",
       Access::Bearer,
       {account_parameter(), id_parameter("product instance"), if_match_parameter()},
       "",
       with_problems({{204, "Removed", ""}}, {401, 403, 404, 412, 503}),
       remove_instance},
  };
}

}  // namespace lictor::rest
