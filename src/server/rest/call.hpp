// One request on its way: its parts, who asks, and the ways to answer. Shared by the completions of its use case.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/rest/rest.hpp"

namespace lictor::rest {

class Call;
using CallPtr = std::shared_ptr<Call>;

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<const Services> held, http::ServerRequest request, http::Respond respond)
      : held_(std::move(held)),
        services(*held_),
        request(std::move(request)),
        respond_(std::move(respond)),
        now(read(*services.clock)) {}

 private:
  std::shared_ptr<const Services> held_;  // a completion may come after the server and its routes are gone

 public:
  const Services& services;
  const http::ServerRequest request;

 private:
  http::Respond respond_;

 public:
  const Now now;
  account_service::Actor actor;  // of an operation that needs a bearer
  json::Value body;              // of an operation with a request schema: an object

  [[nodiscard]] account_service::AccountService& accounts() const { return *services.accounts; }
  [[nodiscard]] account_service::Caller caller() const { return {request.request_id, request.peer}; }
  [[nodiscard]] json::ObjectReader members() const { return {body, ""}; }

  // {account}, {id}: error NotFound, in the words of what is not there.
  [[nodiscard]] Result<AccountId> account() const;
  [[nodiscard]] Result<std::int64_t> id(std::string_view what) const;
  // ?virtual_account=, ?after=, ?limit=
  [[nodiscard]] Result<VirtualAccountId> va() const;
  [[nodiscard]] Result<account_service::PageRequest> page() const;
  // Members of the body that may be absent. An integer may also be given as decimal text.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view member) const;
  [[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view member) const;
  [[nodiscard]] Result<std::int64_t> required_integer(std::string_view member) const;
  [[nodiscard]] Result<std::optional<bool>> flag(std::string_view member) const;
  [[nodiscard]] Result<VirtualAccountId> va_member() const;
  // "2026-11-24" as 00:00 UTC of that day.
  [[nodiscard]] Result<std::optional<WallTime>> day(std::string_view member) const;
  // If-Match, without its quotes; "" = any. A weak or several tags fit no state.
  [[nodiscard]] std::string expected() const;

  // Idempotency-Key, bound to the actor, the operation and this very content.
  template <class T>
  std::optional<account_service::ReplayOf<T>> replay(int status, std::function<json::Value(const T&)> render) const {
    auto found = replay_key();
    if (!found) return std::nullopt;
    return account_service::ReplayOf<T>{std::move(*found), [status, render = std::move(render)](const T& output) {
                                          return account_service::Reply{status, json::to_text(render(output))};
                                        }};
  }

  void answer(int status, const json::Value& value, std::string etag = "");
  void answer_text(int status, std::string content_type, std::string text);
  void answer_nothing() { finish({204, "", {}, ""}); }
  void replayed(const account_service::Reply& reply);
  void fail(const Error& error);
  void finish(http::ServerResponse response);

 private:
  [[nodiscard]] std::optional<account_service::Replay> replay_key() const;
  // This request's target with another `after`.
  [[nodiscard]] std::string next_target(std::string_view after) const;
  [[nodiscard]] std::string path_value(std::string_view name) const;
};

// ErrorCode -> problem, the one mapping of this surface.
http::ServerResponse to_problem(const Error& error);

}  // namespace lictor::rest
