// Generated over the table of operations: what every one of them must do, whatever it is for.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "unit/rest/lab.hpp"

namespace lictor::test {
namespace {

using rest::Operation;
using Access = rest::Operation::Access;

// A request that is right, for each operation that has a body.
const std::map<std::string, std::string> kBodies = {
    {"login", R"({"name":"admin","password":"the first password"})"},
    {"changePassword", R"({"current_password":"the first password","new_password":"the second password"})"},
    {"createUser", R"({"name":"ann","grants":[{"role":"vendor-operator"}]})"},
    {"createApiClient", R"({"description":"ci","role":"vendor-operator"})"},
    {"importCatalog", R"({"files":[{"name":"box.yaml","text":"catalog: 1"}]})"},
    {"createAccount", R"({"domain":"three.example","name":"Three"})"},
    {"changeAccount", R"({"name":"One"})"},
    {"createVirtualAccount", R"({"name":"WAN"})"},
    {"changeVirtualAccount", R"({"name":"LAN 2"})"},
    {"depositLicenses", R"({"tag":"General","quantity":1})"},
    {"createToken", "{}"},
    {"changeInstance", R"({"name":"core"})"},
};

class Matrix : public ::testing::Test {
 protected:
  RestLab lab_;

  // The operation's path with what the first customer has; `account` or `id` given: instead of that.
  std::string target(const Operation& operation, std::string account = "", std::string id = "") {
    std::string path = operation.path;
    const auto put = [&](std::string_view name, const std::string& value) {
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    };
    put("{account}", account.empty() ? id_text(lab_.one) : account);
    if (id.empty()) {
      id = id_text(lab_.lan);
      if (path.find("/tokens/") != std::string::npos) id = lab_.token;
      if (path.find("/instances/") != std::string::npos) id = id_text(lab_.switch_one);
      if (path.find("/api-clients/") != std::string::npos) id = lab_.client_id;
    }
    put("{id}", id);
    put("{name}", "register-request.json");
    return path;
  }
  static std::string body(const Operation& operation) {
    if (operation.request.empty()) return "";
    const auto at = kBodies.find(operation.id);
    EXPECT_NE(at, kBodies.end()) << operation.id << " has no request in this test";
    return at == kBodies.end() ? "{}" : at->second;
  }
  static bool in_account(const Operation& operation) { return operation.path.find("{account}") != std::string::npos; }
  static bool has_header(const Operation& operation, std::string_view name) {
    return std::ranges::any_of(operation.parameters, [&](const auto& p) { return p.in == "header" && p.name == name; });
  }
  std::string dump() { return lab_.office->dump(); }
};

TEST_F(Matrix, ACC_3_WithoutABearerNothingIsReadOrChanged) {
  const auto before = dump();
  for (const auto& operation : rest::all_operations()) {
    if (operation.access == Access::Open) continue;
    for (const std::string bearer : {"", "ls_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "nonsense"}) {
      const auto answer = lab_.send(bearer, operation.method, target(operation), body(operation));
      EXPECT_EQ(answer.status, 401) << operation.id;
      EXPECT_TRUE(answer.reply.header("www-authenticate").starts_with("Bearer")) << operation.id;
    }
  }
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, ACC_1_AnotherTenantsAdministratorSeesNothingThere) {
  const auto before = dump();
  int asked = 0;
  for (const auto& operation : rest::all_operations()) {
    if (!in_account(operation)) continue;
    ++asked;
    const auto theirs = lab_.send(lab_.two_admin, operation.method, target(operation), body(operation));
    EXPECT_EQ(theirs.status, 404) << operation.id << " " << theirs.text;
    // In the same words as what does not exist.
    const auto nowhere = lab_.send(lab_.two_admin, operation.method, target(operation, "999"), body(operation));
    auto expected = nowhere.member("detail");
    const auto at = expected.find("999");
    ASSERT_NE(at, std::string::npos) << operation.id << " " << nowhere.text;
    expected.replace(at, 3, id_text(lab_.one));
    EXPECT_EQ(theirs.member("detail"), expected) << operation.id;
    // What is theirs under the id of one's own account is not there either.
    if (operation.path.find("{id}") != std::string::npos) {
      const auto crossed =
          lab_.send(lab_.two_admin, operation.method, target(operation, id_text(lab_.two)), body(operation));
      EXPECT_EQ(crossed.status, 404) << operation.id << " " << crossed.text;
    }
  }
  EXPECT_GE(asked, 20);
  for (const std::string method : {"GET", "DELETE"}) {
    EXPECT_EQ(lab_.send(lab_.two_admin, method, "/api/v1/api-clients/" + lab_.client_id).status, 404);
  }
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, ACC_1_AVirtualAccountOfAnotherTenantIsNotToBeNamedInAnything) {
  const auto before = dump();
  const auto va = id_text(lab_.lan);
  const auto base = fmt::format("/api/v1/accounts/{}", lab_.two.value);
  for (const auto* list : {"/licenses", "/balances", "/tokens", "/instances", "/events", "/ledger-entries"}) {
    const auto answer = lab_.get(lab_.two_admin, fmt::format("{}{}?virtual_account={}", base, list, va));
    // The other account may have a virtual account of that number; then it is that one's content, which is its own.
    EXPECT_TRUE(answer.status == 404 || answer.items().empty()) << list << answer.text;
  }
  EXPECT_EQ(lab_.post(lab_.two_admin, base + "/tokens", R"({"virtual_account":"999"})").status, 404);
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, ACC_2_AViewerReadsEverythingOfTheAccountAndChangesNothing) {
  const auto before = dump();
  for (const auto& operation : rest::all_operations()) {
    if (!in_account(operation)) continue;
    const auto answer = lab_.send(lab_.one_viewer, operation.method, target(operation), body(operation));
    EXPECT_EQ(answer.status, operation.method == "GET" ? 200 : 403) << operation.id << " " << answer.text;
  }
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, ACC_2_ARoleOfOneVirtualAccountMayNotSpeakForTheAccount) {
  for (const auto* list : {"licenses", "balances", "tokens", "instances", "events", "audit", "ledger-entries"}) {
    const auto base = fmt::format("/api/v1/accounts/{}/{}", lab_.one.value, list);
    EXPECT_EQ(lab_.get(lab_.lan_admin, base).status, 403) << list;
    if (std::string(list) == "audit") continue;
    EXPECT_EQ(lab_.get(lab_.lan_admin, fmt::format("{}?virtual_account={}", base, lab_.lan.value)).status, 200) << list;
    EXPECT_EQ(lab_.get(lab_.lan_admin, fmt::format("{}?virtual_account={}", base, lab_.one_default.value)).status, 404)
        << list;
  }
}

TEST_F(Matrix, ACC_3_BeforeAOneTimePasswordIsChangedNothingElseIsAllowed) {
  const auto before = dump();
  for (const auto& operation : rest::all_operations()) {
    if (operation.access != Access::Bearer) continue;
    const auto answer = lab_.send(lab_.newcomer, operation.method, target(operation), body(operation));
    EXPECT_EQ(answer.status, 403) << operation.id;
    EXPECT_NE(answer.member("detail").find("password"), std::string::npos) << operation.id;
  }
  EXPECT_EQ(dump(), before);
  EXPECT_EQ(lab_.get(lab_.newcomer, "/api/v1/whoami").status, 200);
}

TEST_F(Matrix, API_1_WhatDoesNotReadIsRefusedWithItsNameAndChangesNothing) {
  const auto before = dump();
  for (const auto& operation : rest::all_operations()) {
    if (operation.access == Access::Open && operation.request.empty()) continue;
    const auto ask = [&](std::string more, std::string text, Headers headers = {}) {
      return lab_.send(lab_.vendor, operation.method, target(operation) + more, std::move(text), std::move(headers));
    };
    if (operation.access != Access::Open) {
      const auto answer = ask("?nonsense=1", body(operation));
      EXPECT_EQ(answer.status, 400) << operation.id;
      EXPECT_NE(answer.text.find("nonsense"), std::string::npos) << operation.id;
    }
    if (operation.request.empty()) continue;
    EXPECT_EQ(ask("", R"({"a":)").status, 400) << operation.id;
    EXPECT_EQ(ask("", R"({"name":"x","name":"y"})").status, 400) << operation.id << " duplicate members";
    EXPECT_EQ(ask("", "[]").status, 400) << operation.id;
    EXPECT_EQ(ask("", std::string(2000, '[')).status, 413) << operation.id << " too deep";
    const auto unknown = ask("", R"({"nonsense":1})");
    EXPECT_EQ(unknown.status, 422) << operation.id;
    EXPECT_NE(unknown.text.find("nonsense"), std::string::npos) << operation.id;
    EXPECT_EQ(ask("", body(operation), {{"Content-Type", "text/plain"}}).status, 415) << operation.id;
    EXPECT_EQ(ask("", "\"" + std::string(5 * 1024 * 1024, 'x') + "\"").status, 413) << operation.id;
  }
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, API_1_WhatIsNotThereIs404WhoeverAsks) {
  for (const auto& operation : rest::all_operations()) {
    if (operation.path.find('{') == std::string::npos) continue;
    for (const std::string wrong : {"999", "abc", "-1", "01", "9223372036854775808"}) {
      if (in_account(operation)) {
        const auto answer = lab_.send(lab_.vendor, operation.method, target(operation, wrong), body(operation));
        EXPECT_EQ(answer.status, 404) << operation.id << " " << wrong << " " << answer.text;
      }
      if (operation.path.find("{id}") != std::string::npos) {
        const auto answer = lab_.send(lab_.vendor, operation.method, target(operation, "", wrong), body(operation));
        EXPECT_EQ(answer.status, 404) << operation.id << " " << wrong << " " << answer.text;
      }
    }
  }
}

TEST_F(Matrix, API_1_AChangeMeantForAnotherStateIsRefused) {
  const auto before = dump();
  int asked = 0;
  for (const auto& operation : rest::all_operations()) {
    if (!has_header(operation, "If-Match")) continue;
    ++asked;
    for (const std::string tag : {"\"0123456789abcdef0123456789abcdef\"", "W/\"0\"", "\"\"", "\"a\", \"b\""}) {
      const auto answer =
          lab_.send(lab_.vendor, operation.method, target(operation), body(operation), {{"If-Match", tag}});
      EXPECT_EQ(answer.status, 412) << operation.id << " " << tag << " " << answer.text;
    }
  }
  EXPECT_GE(asked, 4);
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, API_1_AnIdempotencyKeyDoesItOnceAndRefusesOtherContent) {
  int asked = 0;
  for (const auto& operation : rest::all_operations()) {
    if (!has_header(operation, "Idempotency-Key")) continue;
    ++asked;
    const Headers key{{"Idempotency-Key", "key-1"}};
    const auto first = lab_.send(lab_.vendor, operation.method, target(operation), body(operation), key);
    ASSERT_EQ(first.status, 200) << operation.id << " " << first.text;
    const auto before = dump();
    const auto again = lab_.send(lab_.vendor, operation.method, target(operation), body(operation), key);
    EXPECT_EQ(again.status, first.status) << operation.id;
    EXPECT_EQ(again.text, first.text) << operation.id << ": byte for byte, secrets included";
    EXPECT_EQ(again.reply.header("idempotency-replayed"), "true") << operation.id;
    auto other = body(operation);
    other.insert(other.size() - 1, " ");
    EXPECT_EQ(lab_.send(lab_.vendor, operation.method, target(operation), other, key).status, 422) << operation.id;
    EXPECT_EQ(dump(), before) << operation.id;
    EXPECT_EQ(lab_.send(lab_.vendor, operation.method, target(operation), body(operation), {{"Idempotency-Key", "a b"}})
                  .status,
              400);
  }
  EXPECT_GE(asked, 6);
}

TEST_F(Matrix, INV_4_EveryChangeWritesItsAuditRowAndTheChainsHold) {
  const auto chains = [&] {
    std::vector<std::vector<domain::AuditRow>> all;
    for (const auto account : {kDirectoryAccount, lab_.one}) all.push_back(lab_.office->audit_of(account));
    return all;
  };
  auto operations = rest::all_operations();
  std::erase_if(operations, [](const Operation& operation) {
    return operation.method == "GET" || operation.id == "oauthToken" || operation.id == "logout";
  });
  // What removes comes last, and the session's own affairs after that.
  std::ranges::stable_sort(operations, {},
                           [](const Operation& o) { return (o.method == "DELETE") + 2 * (o.access == Access::Own); });
  int changes = 0;
  for (const auto& operation : operations) {
    std::string path = target(operation);
    if (operation.id == "removeVirtualAccount") {
      path = target(operation, "",
                    lab_.post(lab_.vendor, fmt::format("/api/v1/accounts/{}/virtual-accounts", lab_.one.value),
                              R"({"name":"Empty"})")
                        .member("id"));
    }
    const auto before = chains();
    const auto answer =
        lab_.send(lab_.vendor, operation.method, path, body(operation), {{"X-Request-Id", operation.id}});
    ASSERT_LT(answer.status, 300) << operation.id << " " << answer.text;
    const auto after = chains();
    std::size_t rows = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      for (std::size_t j = before[i].size(); j < after[i].size(); ++j) {
        ++rows;
        EXPECT_EQ(after[i][j].request_id, operation.id);
        EXPECT_EQ(after[i][j].actor, "user:admin") << operation.id;
        EXPECT_NE(after[i][j].detail.find("127.0.0.1"), std::string::npos) << operation.id;
      }
      EXPECT_EQ(domain::verify_audit_chain(after[i], lab_.office->environment()->sha256), std::nullopt) << operation.id;
    }
    EXPECT_GE(rows, 1U) << operation.id;
    ++changes;
  }
  EXPECT_GE(changes, 14);
}

TEST_F(Matrix, PRO_6_WhenItIsCrowdedEverythingButHealthIsPutOffAndLosesNothing) {
  const auto before = dump();
  lab_.office->turnstile.pretended = 100'000;
  for (const auto& operation : rest::all_operations()) {
    const auto answer = lab_.send(lab_.vendor, operation.method, target(operation), body(operation));
    const bool exempt = operation.id == "health" || operation.id == "ready" || operation.id == "metrics";
    EXPECT_EQ(answer.status, exempt ? 200 : 503) << operation.id;
    if (exempt) continue;
    EXPECT_EQ(answer.reply.header("retry-after"), "30") << operation.id;
    EXPECT_EQ(answer.member("detail"), "Your request could not be processed right now. Please try again");
    EXPECT_EQ(answer.member("code"), "LS_BUSY");
  }
  lab_.office->turnstile.pretended = 0;
  EXPECT_EQ(dump(), before);
}

TEST_F(Matrix, PRO_6_AFullQueueIsAnsweredWith503ByEveryChange) {
  const auto before = dump();
  lab_.office->turnstile.busy = true;
  for (const auto& operation : rest::all_operations()) {
    if (operation.method == "GET" || operation.id == "oauthToken") continue;
    const auto answer =
        lab_.send(lab_.vendor, operation.method,
                  target(operation, "", operation.id == "removeVirtualAccount" ? id_text(lab_.one_default) : ""),
                  body(operation));
    EXPECT_EQ(answer.status, 503) << operation.id << " " << answer.text;
    EXPECT_FALSE(answer.reply.header("retry-after").empty()) << operation.id;
  }
  EXPECT_EQ(dump(), before);
}

}  // namespace
}  // namespace lictor::test
