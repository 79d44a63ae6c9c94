// What people and programs do with REST v1, subject by subject.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <set>

#include "unit/rest/lab.hpp"

namespace lictor::test {
namespace {

using domain::Role;

class Rest : public ::testing::Test {
 protected:
  std::string in_one(std::string_view rest) { return fmt::format("/api/v1/accounts/{}{}", lab_.one.value, rest); }
  Exchange balances(VirtualAccountId va) {
    return lab_.get(lab_.one_viewer, in_one(fmt::format("/balances?virtual_account={}", va.value)));
  }
  std::int64_t number(const Exchange& page, std::string_view tag, std::string_view member) {
    for (const auto& item : page.items()) {
      const auto* text = item.find("tag");
      if (text != nullptr && *text->if_string() == tag) return *item.find(member)->if_int();
    }
    return -1;
  }
  std::vector<std::string> members(const Exchange& page, std::string_view name) {
    std::vector<std::string> out;
    for (const auto& item : page.items()) out.push_back(*item.find(name)->if_string());
    return out;
  }
  RestLab lab_;
};

// --- sessions
// ---------------------------------------------------------------------------------------------------------
TEST_F(Rest, ACC_3_LoginWhoamiLogout) {
  const auto session = lab_.post("", "/api/v1/login", R"({"name":"admin","password":"the first password"})");
  ASSERT_EQ(session.status, 200) << session.text;
  EXPECT_EQ(session.member("expires_at"), "2026-11-24T21:00:00Z");
  EXPECT_EQ(session.reply.header("cache-control"), "no-store");
  const auto bearer = session.member("access_token");
  const auto who = lab_.get(bearer, "/api/v1/whoami");
  EXPECT_EQ(who.member("name"), "user:admin");
  EXPECT_NE(who.text.find("vendor-operator"), std::string::npos);
  EXPECT_EQ(lab_.post(bearer, "/api/v1/logout", "").status, 204);
  EXPECT_EQ(lab_.get(bearer, "/api/v1/whoami").status, 401);
}

TEST_F(Rest, ACC_3_AWrongPasswordAndAnUnknownNameGetTheSameAnswerAndThenMustWait) {
  const auto attempt = [&](std::string_view name) {
    return lab_.post("", "/api/v1/login", fmt::format(R"({{"name":"{}","password":"not the password"}})", name));
  };
  const auto wrong = attempt("admin");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.text, attempt("nobody").text);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(attempt("admin").status, 401);
  const auto throttled = lab_.post("", "/api/v1/login", R"({"name":"admin","password":"the first password"})");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.reply.header("retry-after"), "900");
}

TEST_F(Rest, ACC_3_AOneTimePasswordIsChangedAndThenEverythingIsOpen) {
  const auto change = [&](std::string_view current, std::string_view wanted) {
    return lab_.post(lab_.newcomer, "/api/v1/password",
                     fmt::format(R"({{"current_password":"{}","new_password":"{}"}})", current, wanted));
  };
  EXPECT_EQ(change("not the password", "my very own password").status, 401);
  EXPECT_EQ(change(lab_.newcomer_password, "short").status, 422);
  EXPECT_EQ(change(lab_.newcomer_password, "my very own password").status, 204);
  EXPECT_EQ(lab_.get(lab_.newcomer, "/api/v1/accounts").status, 200);
  EXPECT_EQ(lab_.login("newcomer", "my very own password").substr(0, 3), "ls_");
  for (int i = 0; i < 5; ++i) (void)change("not the password", "another password");
  EXPECT_EQ(change("my very own password", "another password").status, 429);
}

TEST_F(Rest, API_3_ClientCredentialsAsRfc6749WantsThem) {
  const auto made =
      lab_.post(lab_.vendor, "/api/v1/api-clients",
                fmt::format(R"({{"description":"ci","role":"smart-account-viewer","account":"{}"}})", lab_.one.value));
  const auto id = made.member("id");
  const auto secret = made.member("secret");
  const auto ask = [&](std::string form, Headers headers = {}) {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return lab_.post("", "/oauth2/token", std::move(form), std::move(headers));
  };
  const auto basic = [](std::string_view pair) {
    return Headers{{"Authorization", "Basic " + to_base64(as_bytes(pair))}};
  };
  const auto in_form = fmt::format("&client_id={}&client_secret={}", id, secret);

  const auto good = ask("grant_type=client_credentials" + in_form);
  EXPECT_EQ(good.status, 200) << good.text;
  EXPECT_EQ(good.member("scope"), "smart-account-viewer");
  EXPECT_EQ(good.reply.header("cache-control"), "no-store");
  EXPECT_EQ(lab_.get(good.member("access_token"), in_one("")).status, 200);
  EXPECT_EQ(ask("grant_type=client_credentials", basic(id + ":" + secret)).status, 200);
  EXPECT_EQ(ask("grant_type=client%5Fcredentials&scope=smart-account-viewer", basic(id + ":" + secret)).status, 200);

  struct Case {
    std::string what;
    std::string form;
    Headers headers;
    int status;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"no grant type", "x=1" + in_form, {}, 400, "invalid_request"},
      {"another grant", "grant_type=password" + in_form, {}, 400, "unsupported_grant_type"},
      {"a parameter twice",
       "grant_type=client_credentials&grant_type=client_credentials" + in_form,
       {},
       400,
       "invalid_request"},
      {"bad encoding", "grant_type=client%zzcredentials" + in_form, {}, 400, "invalid_request"},
      {"no client", "grant_type=client_credentials", {}, 400, "invalid_request"},
      {"named twice", "grant_type=client_credentials" + in_form, basic(id + ":" + secret), 400, "invalid_request"},
      {"header that does not read",
       "grant_type=client_credentials",
       {{"Authorization", "Basic ?"}},
       400,
       "invalid_request"},
      {"another scheme", "grant_type=client_credentials", {{"Authorization", "Digest x"}}, 400, "invalid_request"},
      {"more than it has", "grant_type=client_credentials&scope=vendor-operator" + in_form, {}, 400, "invalid_scope"},
      {"wrong secret", "grant_type=client_credentials", basic(id + ":lk_wrong"), 401, "invalid_client"},
      {"unknown client", "grant_type=client_credentials", basic("ci-0000:" + secret), 401, "invalid_client"},
  };
  for (const auto& c : cases) {
    const auto answer = ask(c.form, c.headers);
    EXPECT_EQ(answer.status, c.status) << c.what << answer.text;
    EXPECT_EQ(answer.member("error"), c.error) << c.what;
    if (c.status == 401) {
      EXPECT_TRUE(answer.reply.header("www-authenticate").starts_with("Basic")) << c.what;
    }
  }
  EXPECT_EQ(lab_.post("", "/oauth2/token", "{}").member("error"), "invalid_request") << "JSON is no form";
  for (int i = 0; i < 5; ++i) (void)ask("grant_type=client_credentials", basic(id + ":lk_wrong"));
  const auto throttled = ask("grant_type=client_credentials" + in_form);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_FALSE(throttled.reply.header("retry-after").empty());
}

TEST_F(Rest, ACC_3_AnApiClientsSecretIsShownOnceAndItEndsWithItsTokens) {
  const auto path = "/api/v1/api-clients/" + lab_.client_id;
  const auto shown = lab_.get(lab_.one_admin, path);
  EXPECT_EQ(shown.status, 200) << shown.text;
  EXPECT_TRUE(shown.body.find("secret")->is_null());
  EXPECT_EQ(lab_.send(lab_.one_admin, "DELETE", path).status, 204);
  EXPECT_EQ(lab_.get(lab_.one_admin, path).status, 404);
  EXPECT_EQ(lab_.post(lab_.vendor, "/api/v1/api-clients",
                      R"({"description":"x","role":"smart-account-viewer","account":"999"})")
                .status,
            404);
  EXPECT_EQ(lab_.post(lab_.vendor, "/api/v1/api-clients", R"({"description":"x","role":"king"})").status, 422);
}

TEST_F(Rest, ACC_2_UsersAreMadeAndListedByTheVendor) {
  const auto make = [&](std::string_view name, std::int64_t account) {
    return lab_.post(
        lab_.vendor, "/api/v1/users",
        fmt::format(R"({{"name":"{}","grants":[{{"role":"smart-account-user","account":"{}"}}]}})", name, account));
  };
  EXPECT_EQ(make("ann", lab_.one.value).status, 200);
  EXPECT_EQ(make("ann", lab_.one.value).status, 409);
  EXPECT_EQ(make("bob", 999).status, 404);
  EXPECT_EQ(
      lab_.post(lab_.vendor, "/api/v1/users", R"({"name":"bob","grants":[{"role":"vendor-operator","nonsense":1}]})")
          .status,
      422);
  EXPECT_EQ(members(lab_.get(lab_.vendor, "/api/v1/users"), "name"),
            (std::vector<std::string>{"admin", "newcomer", "ann"}));
  EXPECT_EQ(lab_.get(lab_.one_admin, "/api/v1/users").status, 403);
}

// --- accounts
// ---------------------------------------------------------------------------------------------------------
TEST_F(Rest, ACC_1_AccountsAndTheirVirtualAccounts) {
  const auto made = lab_.post(lab_.vendor, "/api/v1/accounts", R"({"domain":"Three.Example","name":"Three"})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.member("domain"), "three.example");
  EXPECT_EQ(lab_.post(lab_.vendor, "/api/v1/accounts", R"({"domain":"three.example","name":"Three"})").status, 409);
  EXPECT_EQ(lab_.post(lab_.one_admin, "/api/v1/accounts", R"({"domain":"four.example","name":"Four"})").status, 403);
  EXPECT_EQ(members(lab_.get(lab_.one_admin, "/api/v1/accounts"), "domain"), (std::vector<std::string>{"one.example"}));
  EXPECT_EQ(members(lab_.get(lab_.vendor, "/api/v1/accounts?domain=two.example"), "id"),
            (std::vector<std::string>{id_text(lab_.two)}));

  const auto path = in_one("/virtual-accounts");
  const auto va = lab_.post(lab_.one_admin, path, R"({"name":"WAN","description":"branches"})");
  ASSERT_EQ(va.status, 200) << va.text;
  EXPECT_EQ(lab_.post(lab_.one_admin, path, R"({"name":"wan"})").status, 409);
  const auto one = path + "/" + va.member("id");
  EXPECT_EQ(lab_.get(lab_.one_viewer, one).member("description"), "branches");
  EXPECT_EQ(lab_.send(lab_.one_admin, "PATCH", one, R"({"name":"LAN"})").status, 409);
  EXPECT_EQ(lab_.send(lab_.one_admin, "PATCH", one, R"({"name":"Branches"})").member("name"), "Branches");
  EXPECT_EQ(members(lab_.get(lab_.one_viewer, path), "name"), (std::vector<std::string>{"Default", "LAN", "Branches"}));
  EXPECT_EQ(members(lab_.get(lab_.one_viewer, path + "?name=LAN"), "name"), (std::vector<std::string>{"LAN"}));
  EXPECT_EQ(lab_.send(lab_.one_admin, "DELETE", one).status, 204);
  EXPECT_EQ(lab_.get(lab_.one_admin, one).status, 404);
  EXPECT_EQ(lab_.send(lab_.one_admin, "DELETE", path + "/" + id_text(lab_.lan)).status, 409) << "it holds licences";
}

TEST_F(Rest, API_1_OfTwoWhoChangeTheSameTheSecondIsTold) {
  const auto path = in_one("/virtual-accounts/") + id_text(lab_.lan);
  const auto seen = lab_.get(lab_.one_admin, path);
  const auto tag = seen.reply.header("etag");
  ASSERT_FALSE(tag.empty());
  const auto rename = [&](std::string_view name, std::string if_match) {
    return lab_.send(lab_.one_admin, "PATCH", path, fmt::format(R"({{"name":"{}"}})", name),
                     {{"If-Match", std::move(if_match)}});
  };
  const auto first = rename("LAN 2", tag);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(rename("LAN 3", tag).status, 412);
  EXPECT_EQ(rename("LAN 3", first.reply.header("etag")).status, 200);
  EXPECT_EQ(rename("LAN 4", "*").status, 200);
}

TEST_F(Rest, ACC_5_WithoutTheAccountsPermissionATokenForExportIsRefused) {
  const std::string wanted = R"({"export_allowed":true})";
  const auto two = fmt::format("/api/v1/accounts/{}", lab_.two.value);
  EXPECT_EQ(lab_.post(lab_.two_admin, two + "/tokens", wanted).status, 403);
  EXPECT_EQ(lab_.send(lab_.two_admin, "PATCH", two, wanted).status, 403);
  EXPECT_EQ(lab_.send(lab_.vendor, "PATCH", two, wanted).status, 200);
  EXPECT_EQ(lab_.post(lab_.two_admin, two + "/tokens", wanted).status, 200);
}

// --- licences
// ---------------------------------------------------------------------------------------------------------
TEST_F(Rest, INV_1_LicencesByTheNameThatPeopleReadAndByTheirTag) {
  for (const std::string_view tag : {std::string_view("General"), std::string_view("General License"), kGeneral}) {
    const auto made = lab_.post(lab_.vendor, in_one("/licenses"), fmt::format(R"({{"tag":"{}","quantity":"2"}})", tag));
    EXPECT_EQ(made.status, 200) << made.text;
    EXPECT_EQ(made.member("tag"), kGeneral);
    EXPECT_EQ(made.member("virtual_account"), id_text(lab_.one_default));
  }
  EXPECT_EQ(number(balances(lab_.one_default), kGeneral, "owned"), 6);
  const auto order = R"({"tag":"General","quantity":1,"order_number":"SO-7"})";
  EXPECT_EQ(lab_.post(lab_.vendor, in_one("/licenses"), order).status, 200);
  EXPECT_EQ(lab_.post(lab_.vendor, in_one("/licenses"), order).status, 409);
  for (const auto* wrong :
       {R"({"tag":"General"})", R"({"tag":"Nothing","quantity":1})", R"({"tag":"General","quantity":1.5})",
        R"({"tag":"General","quantity":true})", R"({"tag":"General","quantity":1,"last_day":"2027-02-30"})",
        R"({"tag":"General","quantity":1,"billing":"FREE"})", R"({"tag":"General","quantity":0})"}) {
    const auto status = lab_.post(lab_.vendor, in_one("/licenses"), wrong).status;
    EXPECT_TRUE(status == 400 || status == 422) << wrong << status;
  }
}

TEST_F(Rest, CMP_1_ATermCountsFromItsFirstDayToItsLastAndTheBalanceSaysWhatIsShort) {
  const auto deposit = [&](std::string_view days) {
    return lab_.post(
        lab_.vendor, in_one("/licenses"),
        fmt::format(R"({{"tag":"Specific","quantity":3,"virtual_account":"{}",{}}})", lab_.lan.value, days));
  };
  const auto made = deposit(R"("first_day":"2026-12-01","last_day":"2026-12-31")");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.member("ends_at"), "2027-01-01T00:00:00Z");
  const auto owned_at = [&](std::string_view day) {
    lab_.clock.set_wall(parse_rfc3339(day).value());
    // Whatever is due in an account is applied before any command on it.
    const auto vendor = lab_.login("admin", Office::kAdminPassword);
    EXPECT_EQ(lab_.post(vendor, in_one("/tokens"), "{}").status, 200);
    const auto page = lab_.get(vendor, in_one(fmt::format("/balances?virtual_account={}", lab_.lan.value)));
    return number(page, kSpecific, "owned");
  };
  EXPECT_EQ(owned_at("2026-11-30T23:59:59Z"), -1);
  EXPECT_EQ(owned_at("2026-12-01T00:00:00Z"), 3);
  EXPECT_EQ(owned_at("2026-12-31T23:59:59Z"), 3);
  EXPECT_EQ(owned_at("2027-01-01T00:00:00Z"), -1);
}

TEST_F(Rest, INV_1_BalancesOverTheAccountAndTheLedgerBehindThem) {
  const auto sums = lab_.get(lab_.one_viewer, in_one("/balances"));
  ASSERT_EQ(sums.items().size(), 1U);
  EXPECT_TRUE(sums.items()[0].find("virtual_account")->is_null());
  EXPECT_EQ(number(sums, kGeneral, "owned"), 5);
  EXPECT_EQ(number(sums, kGeneral, "in_use"), 2);
  EXPECT_EQ(number(sums, kGeneral, "balance"), 3);
  const auto entries = lab_.get(lab_.one_viewer, in_one("/ledger-entries"));
  ASSERT_EQ(entries.items().size(), 2U);
  EXPECT_EQ(*entries.items()[0].find("delta")->if_int() + *entries.items()[1].find("delta")->if_int(), 0);
  EXPECT_EQ(members(lab_.get(lab_.one_viewer, in_one("/licenses")), "order_number"),
            (std::vector<std::string>{"SO-1"}));
}

// --- tokens
// -----------------------------------------------------------------------------------------------------------
TEST_F(Rest, TOK_1_ATokenIsCopiedWholeByThoseWhoMayAndRevokedForGood) {
  const auto made =
      lab_.post(lab_.lan_admin, in_one("/tokens"),
                fmt::format(R"({{"virtual_account":"{}","description":"lab","expires_after_days":"7","max_uses":2}})",
                            lab_.lan.value));
  ASSERT_EQ(made.status, 200) << made.text;
  const auto text = made.member("token");
  EXPECT_EQ(text.size(), 43U);
  EXPECT_EQ(made.member("expires_at"), "2026-12-01T09:00:00Z");
  const auto path = in_one("/tokens/") + made.member("id");
  EXPECT_EQ(lab_.get(lab_.one_admin, path).member("token"), text);
  EXPECT_TRUE(lab_.get(lab_.one_viewer, path).body.find("token")->is_null());
  EXPECT_EQ(lab_.get(lab_.one_admin, in_one("/tokens")).text.find(text), std::string::npos) << "a list shows none";
  EXPECT_EQ(lab_.post(lab_.one_admin, path + "/revoke", "").member("status"), "revoked");
  EXPECT_EQ(lab_.post(lab_.one_admin, path + "/revoke", "{}").member("status"), "revoked");
  const auto listed = members(lab_.get(lab_.one_admin, in_one("/tokens")), "status");
  EXPECT_EQ(listed, (std::vector<std::string>{"usable", "revoked"}));
  for (const auto* wrong : {R"({"expires_after_days":0})", R"({"expires_after_days":366})", R"({"max_uses":0})"}) {
    EXPECT_EQ(lab_.post(lab_.one_admin, in_one("/tokens"), wrong).status, 422) << wrong;
  }
}

TEST_F(Rest, API_1_PagesFollowTheirLinksToTheEnd) {
  std::set<std::string> made{lab_.token};
  for (int i = 0; i < 6; ++i)
    made.insert(
        lab_.post(lab_.one_admin, in_one("/tokens"), fmt::format(R"({{"virtual_account":"{}"}})", lab_.lan.value))
            .member("id"));
  ASSERT_EQ(made.size(), 7U);
  (void)lab_.post(lab_.one_admin, in_one("/tokens/") + *made.begin() + "/revoke", "");
  std::set<std::string> seen;
  std::string target = in_one(fmt::format("/tokens?limit=2&virtual_account={}", lab_.lan.value));
  int pages = 0;
  while (!target.empty()) {
    const auto page = lab_.get(lab_.one_admin, target);
    ASSERT_EQ(page.status, 200) << page.text;
    EXPECT_LE(page.items().size(), 2U);
    for (const auto& id : members(page, "id")) EXPECT_TRUE(seen.insert(id).second) << id << " twice";
    ++pages;
    const auto link = page.reply.header("link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    EXPECT_EQ(link.empty(), page.body.find("next")->is_null());
    if (!link.empty()) {
      EXPECT_NE(target.find("virtual_account="), std::string::npos) << "the filter stays";
    }
  }
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 4);
  for (const auto* wrong : {"limit=0", "limit=x", "after=x", "limit=-1"}) {
    EXPECT_EQ(lab_.get(lab_.one_admin, in_one("/instances?") + wrong).status, 400) << wrong;
    EXPECT_EQ(lab_.get(lab_.one_admin, in_one("/tokens?") + wrong).status, 400) << wrong;
  }
}

// --- product instances
// ------------------------------------------------------------------------------------------------
TEST_F(Rest, INV_2_FoundRenamedMovedRemoved) {
  EXPECT_EQ(lab_.get(lab_.one_viewer, in_one("/instances")).items().size(), 2U);
  EXPECT_EQ(members(lab_.get(lab_.one_viewer, in_one("/instances?search=fcw2")), "id"),
            (std::vector<std::string>{id_text(lab_.switch_two)}));
  const auto path = in_one("/instances/") + id_text(lab_.switch_one);
  const auto detail = lab_.get(lab_.one_viewer, path);
  EXPECT_NE(detail.text.find(R"("usage":[{)"), std::string::npos) << detail.text;
  const auto tag = detail.reply.header("etag");
  EXPECT_EQ(lab_.send(lab_.one_admin, "PATCH", path, R"({"name":"core"})", {{"If-Match", tag}}).member("name"), "core");
  EXPECT_EQ(
      lab_.send(lab_.one_admin, "PATCH", path, fmt::format(R"({{"virtual_account":"{}"}})", lab_.one_default.value))
          .member("virtual_account"),
      id_text(lab_.one_default));
  EXPECT_EQ(number(balances(lab_.lan), kGeneral, "in_use"), 1);
  EXPECT_EQ(lab_.send(lab_.one_admin, "DELETE", path).status, 204);
  EXPECT_EQ(lab_.send(lab_.one_admin, "DELETE", path).status, 404);
  EXPECT_EQ(lab_.get(lab_.one_viewer, path).member("status"), "removed");
  EXPECT_EQ(lab_.get(lab_.one_viewer, in_one("/instances")).items().size(), 1U);
  EXPECT_EQ(lab_.get(lab_.one_viewer, in_one("/instances?include_removed=true")).items().size(), 2U);
}

TEST_F(Rest, INV_4_EventsForPeopleAndAnAuditChainWithWhoWhatWhenAndFromWhere) {
  const auto path = in_one("/instances/") + id_text(lab_.switch_one);
  ASSERT_EQ(lab_.send(lab_.one_admin, "DELETE", path, "", {{"X-Request-Id", "my-own-id-1"}}).status, 204);
  const auto events =
      members(lab_.get(lab_.one_viewer, in_one(fmt::format("/events?virtual_account={}", lab_.lan.value))), "kind");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back(), "instance.removed");
  const auto audit = lab_.get(lab_.one_viewer, in_one("/audit"));
  const auto& last = audit.items().back();
  EXPECT_EQ(*last.find("action")->if_string(), "instance.remove");
  EXPECT_TRUE(last.find("actor")->if_string()->starts_with("client:ci-"));
  EXPECT_EQ(*last.find("request_id")->if_string(), "my-own-id-1");
  EXPECT_EQ(*last.find("detail")->find("peer")->if_string(), "127.0.0.1");
  EXPECT_EQ(lab_.get(lab_.vendor, "/api/v1/audit").status, 200);
  EXPECT_EQ(lab_.get(lab_.one_admin, "/api/v1/audit").status, 403);
}

// --- catalog and service
// ----------------------------------------------------------------------------------------------
TEST_F(Rest, CAT_1_TheCatalogIsImportedWholeOrNotAtAll) {
  EXPECT_EQ(lab_.get(lab_.one_viewer, "/api/v1/catalog").status, 404);
  const auto import = [&](std::string_view text) {
    return lab_.post(lab_.vendor, "/api/v1/catalog",
                     fmt::format(R"({{"files":[{{"name":"box.yaml","text":"{}"}}]}})", text));
  };
  const auto wrong = import("catalog: 2");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.member("detail").find("box.yaml:1:1"), std::string::npos) << wrong.text;
  EXPECT_EQ(import("catalog: 1").status, 200);
  EXPECT_EQ(*lab_.get(lab_.one_viewer, "/api/v1/catalog").body.find("version")->if_int(), 1);
  EXPECT_EQ(members(lab_.get(lab_.one_viewer, "/api/v1/catalog/tags"), "short_name"),
            (std::vector<std::string>{"General", "Specific"}));
}

TEST_F(Rest, API_4_HealthReadinessMetricsAndTraces) {
  EXPECT_EQ(lab_.get("", "/healthz").status, 200);
  EXPECT_EQ(lab_.get("", "/readyz").status, 200);
  lab_.office->turnstile.broken = true;
  EXPECT_EQ(lab_.get("", "/readyz").status, 503);
  EXPECT_EQ(lab_.get("", "/healthz").status, 200);
  lab_.office->turnstile.broken = false;
  const auto metrics = lab_.get("", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.text.find("lictor_http_requests_total{"), std::string::npos);
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(lab_.send("", "GET", "/healthz", "", {{"traceparent", trace}}).reply.header("traceparent"), trace);
  for (const auto* wrong : {"00-00000000000000000000000000000000-b7ad6b7169203331-01", "01-x",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g"}) {
    EXPECT_EQ(lab_.send("", "GET", "/healthz", "", {{"traceparent", wrong}}).reply.header("traceparent"), "") << wrong;
  }
  EXPECT_EQ(lab_.send("", "GET", "/healthz", "", {{"X-Request-Id", "abc-123"}}).reply.header("x-request-id"),
            "abc-123");
}

TEST(RestMetrics, API_4_ClosedMetricsAreForVendorOperatorsAlone) {
  RestLab lab(RestLab::MetricsDoor::Closed);
  EXPECT_EQ(lab.get("", "/metrics").status, 401);
  EXPECT_EQ(lab.get(lab.one_admin, "/metrics").status, 403);
  EXPECT_EQ(lab.get(lab.vendor, "/metrics").status, 200);
}

TEST_F(Rest, API_1_TheDocumentAndTheMessageSchemasAreServed) {
  const auto document = lab_.get("", "/api/openapi.json");
  EXPECT_EQ(document.text, rest::openapi_document());
  EXPECT_EQ(lab_.get("", "/schemas/register-request.json").status, 200);
  EXPECT_EQ(lab_.get("", "/schemas/nothing.json").status, 404);
  EXPECT_EQ(lab_.get("", "/api/v1/nothing").status, 404);
  EXPECT_EQ(lab_.send("", "DELETE", "/api/v1/login").status, 405);
}

TEST_F(Rest, API_1_AnAbsentOrNullBodyHasNoMembers) {
  EXPECT_EQ(lab_.post(lab_.one_admin, in_one("/tokens"), "").status, 200);
  EXPECT_EQ(lab_.post(lab_.one_admin, in_one("/tokens"), "null").status, 200);
  EXPECT_EQ(lab_.post(lab_.one_admin, in_one("/virtual-accounts"), "null").status, 400) << "name is missing";
  EXPECT_EQ(lab_.send(lab_.one_admin, "GET", in_one("/tokens"), "", {{"Content-Type", "application/json"}}).status,
            200);
}

TEST_F(Rest, API_1_NoAnswerOrLogRepeatsABearer) {
  for (const auto& bearer : {lab_.vendor, lab_.one_admin}) {
    for (const auto* target : {"/api/v1/whoami", "/api/v1/accounts", "/api/v1/audit", "/api/v1/nothing"}) {
      const auto answer = lab_.get(bearer, target);
      EXPECT_EQ(answer.text.find(bearer), std::string::npos) << target;
    }
    EXPECT_EQ(lab_.office->dump().find(bearer), std::string::npos);
  }
}

}  // namespace
}  // namespace lictor::test
