// Registration tokens (spec TOK-1).
#include <fmt/format.h>

#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::Outcome;
using account_service::TokenWithText;

// Usable tokens come first, then the others: the cursor says in which part a page ended.
Result<account_service::TokenCursor> read_cursor(const CallPtr& call) {
  account_service::TokenCursor cursor;
  auto text = std::string(call->request.query_value("after"));
  if (text.empty()) return cursor;
  if (text.starts_with("x")) {
    cursor.part = account_service::TokenCursor::Part::Others;
    text.erase(0, 1);
  }
  auto id = parse_decimal_id(text);
  if (!id) return Error{ErrorCode::Malformed, "after: must be the `next` of the page before"};
  cursor.after = *id;
  return cursor;
}
std::string write_cursor(const account_service::TokenCursor& cursor) {
  return fmt::format("{}{}", cursor.part == account_service::TokenCursor::Part::Others ? "x" : "", cursor.after);
}

void list_tokens(CallPtr call) {
  auto id = call->account();
  auto va = call->va();
  auto cursor = read_cursor(call);
  if (!id) return call->fail(id.error());
  if (!va) return call->fail(va.error());
  if (!cursor) return call->fail(cursor.error());
  int limit = 50;
  if (const auto text = call->request.query_value("limit"); !text.empty()) {
    auto number = parse_decimal_id(text);
    if (!number || *number < 1) return call->fail({ErrorCode::Malformed, "limit: must be a number of at least 1"});
    limit = static_cast<int>(std::min<std::int64_t>(*number, account_service::kMaxPage));
  }
  auto found = call->accounts().query(call->actor, [&](account_service::Queries& queries) {
    return queries.tokens(*id, *va, *cursor, limit, call->now.wall);
  });
  if (!found) return call->fail(found.error());
  json::Array items;
  for (const auto& token : found->items) items.push_back(to_json(token, call->now.wall, nullptr));
  call->answer(200,
               json::Object{{"items", std::move(items)},
                            {"next", found->next ? json::Value(write_cursor(*found->next)) : json::Value(nullptr)}});
}

void create_token(CallPtr call) {
  account_service::NewToken input;
  auto account = call->account();
  auto va = call->va_member();
  auto description = call->text("description");
  auto days_left = call->integer("expires_after_days");
  auto uses = call->integer("max_uses");
  auto allowed = call->flag("export_allowed");
  if (!account) return call->fail(account.error());
  if (!va) return call->fail(va.error());
  if (!description) return call->fail(description.error());
  if (!days_left) return call->fail(days_left.error());
  if (!uses) return call->fail(uses.error());
  if (!allowed) return call->fail(allowed.error());
  input.account = *account;
  input.va = *va;
  input.description = description->value_or("");
  if (*days_left) {
    if (**days_left < 1 || **days_left > account_service::kMaxTokenDays) {
      return call->fail({ErrorCode::InvalidArgument,
                         fmt::format("expires_after_days: 1 to {} are allowed", account_service::kMaxTokenDays)});
    }
    input.expires_after_days = static_cast<int>(**days_left);
  }
  input.max_uses = *uses;
  input.export_allowed = allowed->value_or(false);
  const std::function<json::Value(const TokenWithText&)> render = [now = call->now.wall](const TokenWithText& made) {
    return to_json(made.token, now, made.text.get());
  };
  call->accounts().create_token(call->actor, input, call->replay<TokenWithText>(200, render),
                                [call, render](Result<Outcome<TokenWithText>> outcome) {
                                  if (!outcome) return call->fail(outcome.error());
                                  if (outcome->replayed) return call->replayed(*outcome->replayed);
                                  call->answer(200, render(outcome->output));
                                });
}

void get_token(CallPtr call) {
  auto account = call->account();
  auto id = call->id("token");
  if (!account) return call->fail(account.error());
  if (!id) return call->fail(id.error());
  auto found = call->accounts().token(call->actor, *account, TokenId{*id});
  if (!found) return call->fail(found.error());
  call->answer(200, to_json(found->token, call->now.wall, found->text.get()));
}

void revoke_token(CallPtr call) {
  auto account = call->account();
  auto id = call->id("token");
  if (!account) return call->fail(account.error());
  if (!id) return call->fail(id.error());
  call->accounts().run<domain::Token>(
      account_service::revoke_token(call->accounts().environment(), call->actor, *account, TokenId{*id}), std::nullopt,
      [call](Result<Outcome<domain::Token>> outcome) {
        if (!outcome) return call->fail(outcome.error());
        call->answer(200, to_json(outcome->output, call->now.wall, nullptr));
      });
}

}  // namespace

std::vector<Operation> token_operations() {
  using Access = Operation::Access;
  const std::string base = "/api/v1/accounts/{account}/tokens";
  auto list = page_parameters();
  list.insert(list.begin(), account_parameter());
  list.push_back(va_parameter());
  return {
      {"listTokens", "GET", base, "Tokens", "Registration tokens, usable ones first", Access::Bearer, list, "",
       with_problems({{200, "A page", "List:Token"}}, {400, 401, 403, 404}), list_tokens},
      {"createToken",
       "POST",
       base,
       "Tokens",
       "Make a registration token",
       Access::Bearer,
       {account_parameter(), idempotency_parameter()},
       "NewToken",
       with_problems({{200, "The token with its text", "Token"}}, {400, 401, 403, 404, 415, 422, 503}),
       create_token},
      {"getToken",
       "GET",
       base + "/{id}",
       "Tokens",
       "One token; with its text for those who may copy it",
       Access::Bearer,
       {account_parameter(), id_parameter("token")},
       "",
       with_problems({{200, "The token", "Token"}}, {401, 403, 404}),
       get_token},
      {"revokeToken",
       "POST",
       base + "/{id}/revoke",
       "Tokens",
       "Revoke a token for good",
       Access::Bearer,
       {account_parameter(), id_parameter("token")},
       "",
       with_problems({{200, "The token", "Token"}}, {401, 403, 404, 503}),
       revoke_token},
  };
}

}  // namespace lictor::rest
