#include "unit/rest/lab.hpp"
#include "server/rest/admission.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace lictor::test {
namespace {

// Every exchange of this binary, one JSON object a line; checked against the document when all tests have run.
class Recorder : public ::testing::Environment {
 public:
  static std::string folder() { return std::string(LICTOR_BUILD_DIR) + "/rest-exchanges"; }
  void SetUp() override {
    std::filesystem::create_directories(folder());
    std::ofstream(folder() + "/openapi.json") << rest::openapi_document();
    out_.open(folder() + "/exchanges.jsonl", std::ios::trunc);
  }
  void write(const json::Value& line) {
    const std::lock_guard lock(mutex_);
    out_ << json::to_text(line) << "\n";
  }
  void TearDown() override {
    out_.close();
    // A part of the tests cannot produce everything; whatever it produced must be documented all the same.
    const bool all = GTEST_FLAG_GET(filter) == "*" && !::testing::UnitTest::GetInstance()->Failed();
    const auto command = fmt::format("/usr/bin/python3 {}/tests/unit/rest/check_openapi.py {} {} 2>&1",
                                     LICTOR_SOURCE_DIR, folder(), all ? "complete" : "part");
    std::string output;
    auto* pipe = ::popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char buffer[4096];
    while (const auto n = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
    EXPECT_EQ(::pclose(pipe), 0) << "API_1: answers and OpenAPI document disagree:\n" << output;
  }

 private:
  std::mutex mutex_;
  std::ofstream out_;
};
Recorder* const recorder = [] {
  auto* made = new Recorder;  // GoogleTest owns it
  ::testing::AddGlobalTestEnvironment(made);
  return made;
}();

bool is_json_type(std::string_view type) {
  return type.find("json") != std::string_view::npos;
}

}  // namespace

std::string Exchange::member(std::string_view name) const {
  const auto* value = body.find(name);
  return value == nullptr || value->if_string() == nullptr ? "" : *value->if_string();
}

const json::Array& Exchange::items() const {
  static const json::Array kNone;
  const auto* value = body.find("items");
  return value == nullptr || value->if_array() == nullptr ? kNone : *value->if_array();
}

RestLab::RestLab(MetricsDoor door) {
  effects = device_service::make_due_effects(
      {}, [this] { return catalog; }, *crypto);
  office = std::make_unique<Office>(effects.get());
  office->active_catalog = catalog;
  clock.set_wall(office->now);
  make_customers();
  open_door(door);
  make_callers();
}

RestLab::~RestLab() {
  server.reset();
  writer_thread.reset();
}

void RestLab::make_customers() {
  one = office->make_account("one.example", true).account;
  two = office->make_account("two.example").account;
  one_default = office->default_va(one);
  two_default = office->default_va(two);
  lan = office->make_va(one, "LAN").id;
  EXPECT_TRUE(office->deposit(one, lan, kGeneral, 5, "SO-1"));
  switch_one = office->make_instance(one, lan, "FCW1", kGeneral, 1).id;
  switch_two = office->make_instance(one, lan, "FCW2", kGeneral, 1).id;
}

void RestLab::open_door(MetricsDoor door) {
  writer_thread = std::make_unique<storage::WriterThread>(*office->writer, clock);
  rest::Services services;
  services.accounts = office->service.get();
  services.readers = &office->readers;
  services.writer = &office->turnstile;
  services.clock = &clock;
  services.metrics = metrics.get();
  services.crypto = crypto.get();
  services.entropy = &office->entropy;
  services.metrics_open = door == MetricsDoor::Open;
  http::ServerSettings settings;
  settings.loops = 1;  // the seeded entropy is of one thread
  auto started = http::start_server(std::move(settings), rest::make_routes(services),
                                    rest::make_admission(rest::make_gate(office->turnstile, clock, {})), log, *metrics);
  ASSERT_TRUE(started.has_value()) << started.error().message;
  server = std::move(*started);
}

void RestLab::make_callers() {
  vendor = login("admin", Office::kAdminPassword);
  one_admin = client(domain::Role::SmartAccountAdministrator, one);
  one_viewer = client(domain::Role::SmartAccountViewer, one);
  lan_admin = client(domain::Role::VirtualAccountAdministrator, one, lan);
  two_admin = client(domain::Role::SmartAccountAdministrator, two);
  const auto user = post(vendor, "/api/v1/users", R"({"name":"newcomer","grants":[{"role":"vendor-operator"}]})");
  newcomer_password = user.member("one_time_password");
  newcomer = login("newcomer", newcomer_password);
  token = post(one_admin, fmt::format("/api/v1/accounts/{}/tokens", one.value),
               fmt::format(R"({{"virtual_account":"{}"}})", lan.value))
              .member("id");
  client_id = post(one_admin, "/api/v1/api-clients",
                   fmt::format(R"({{"description":"ci","role":"smart-account-viewer","account":"{}"}})", one.value))
                  .member("id");
  EXPECT_FALSE(token.empty());
  EXPECT_FALSE(client_id.empty());
}

std::string RestLab::login(std::string_view name, std::string_view password) {
  const auto answer = post("", "/api/v1/login", json::to_text(json::Object{{"name", name}, {"password", password}}));
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.member("access_token");
}

std::string RestLab::client(domain::Role role, AccountId account, VirtualAccountId va) {
  json::Object body{{"description", "for tests"}, {"role", domain::to_string(role)}};
  if (account.value != 0) body.emplace_back("account", id_text(account));
  if (va.value != 0) body.emplace_back("virtual_account", id_text(va));
  const auto made = post(vendor, "/api/v1/api-clients", json::to_text(body));
  EXPECT_EQ(made.status, 200) << made.text;
  const auto access = post("", "/oauth2/token",
                           fmt::format("grant_type=client_credentials&client_id={}&client_secret={}", made.member("id"),
                                       made.member("secret")),
                           {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(access.status, 200) << access.text;
  return access.member("access_token");
}

Exchange RestLab::send(std::string_view bearer, std::string method, std::string target, std::string body,
                       Headers headers) {
  http::Request request;
  request.method = std::move(method);
  request.url = fmt::format("http://127.0.0.1:{}{}", server->port(), target);
  request.body = std::move(body);
  request.headers = std::move(headers);
  bool typed = false;
  for (const auto& [name, value] : request.headers) typed = typed || name == "Content-Type";
  if (!typed && !request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(bearer));
  http::RequestSettings settings;
  settings.plain_http = http::RequestSettings::PlainHttp::Allowed;
  Exchange exchange;
  exchange.reply = http->fetch(request, settings);
  EXPECT_FALSE(exchange.reply.failure) << exchange.reply.detail << " " << request.method << " " << target;
  exchange.status = exchange.reply.status;
  exchange.text = exchange.reply.body;
  const auto type = exchange.reply.header("content-type");
  if (is_json_type(type)) exchange.body = json::parse(exchange.text).value_or(json::Value());
  json::Object heads;
  for (const auto& [name, value] : exchange.reply.headers) heads.emplace_back(name, value);
  std::string request_type;
  for (const auto& [name, value] : request.headers) {
    if (name == "Content-Type") request_type = value;
  }
  // A body that is too large to be accepted is too large to be kept.
  recorder->write(json::Object{{"method", request.method},
                               {"target", target},
                               {"request_type", request_type},
                               {"request_body", request.body.size() > 65536 ? std::string() : request.body},
                               {"status", exchange.status},
                               {"headers", std::move(heads)},
                               {"body", exchange.text}});
  return exchange;
}

}  // namespace lictor::test
