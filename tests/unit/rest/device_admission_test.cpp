// Admission of device messages that were read, over HTTP: real devices at a real service behind the real gate.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "foundation/http_client/http_client.hpp"
#include "licensing/protocol/endpoints.hpp"
#include "server/rest/admission.hpp"
#include "server/rest/device_routes.hpp"
#include "server/storage/writer_thread.hpp"
#include "support/fake_clock.hpp"
#include "unit/device_service/world.hpp"

namespace lictor::rest {
namespace {

using protocol::MessageType;

class DeviceDoor : public ::testing::Test {
 protected:
  void open(GateSettings settings) {
    gate_ = make_gate(*world_.writer, clock_, settings);
    world_.admission = gate_.get();
    world_.restart_service(world_.settings);
    http::ServerSettings server;
    server.loops = 1;  // the seeded entropy is of one thread
    auto started = http::start_server(std::move(server), make_device_routes(*world_.service, clock_),
                                      make_admission(gate_), world_.log, *metrics_);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = std::move(*started);
  }
  void let_the_writer_work() { thread_.emplace(*world_.writer, clock_); }

  http::Reply post(MessageType type, const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.url = fmt::format("http://127.0.0.1:{}{}", server_->port(), protocol::kManagerPath);
    request.body = body;
    request.headers = {{"Content-Type", std::string(protocol::kContentType)},
                       {"Lictor-Message", std::string(protocol::to_string(type))}};
    http::RequestSettings settings;
    settings.plain_http = http::RequestSettings::PlainHttp::Allowed;
    auto reply = client_->fetch(request, settings);
    EXPECT_FALSE(reply.failure) << reply.detail;
    return reply;
  }
  std::string registration(test::Device& device, const std::string& token) {
    return device.sign(device.header(MessageType::Register),
                       protocol::encode(protocol::Request{device.registration(token, false)}));
  }
  static void expect_refused(const http::Reply& reply, std::string_view retry_after) {
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.header("retry-after"), retry_after);
    EXPECT_NE(reply.body.find("Your request could not be processed right now. Please try again"), std::string::npos);
  }
  static void expect_signed(const http::Reply& reply) {
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("content-type"), protocol::kContentType);
    EXPECT_TRUE(protocol::parse_answer(reply.body).has_value());
  }

  test::World world_;
  test::FakeClock clock_{world_.now};
  std::unique_ptr<Metrics> metrics_ = http::make_prometheus_metrics();
  std::unique_ptr<http::Client> client_ = http::make_client();
  std::shared_ptr<Gate> gate_;
  std::optional<storage::WriterThread> thread_;
  std::unique_ptr<http::Server> server_;  // goes first: its requests use all the others
};

TEST_F(DeviceDoor, PRO_6_RegistrationsBeyondTheRateOfTheirTokenComeBackLater) {
  const auto token = world_.token(test::kVa);
  const auto other_token = world_.token(test::kVa);
  GateSettings settings;
  settings.token_burst = 2;
  settings.token_rate = 1;
  open(settings);
  let_the_writer_work();
  std::vector<std::unique_ptr<test::Device>> devices;
  for (const auto* serial : {"FCW1", "FCW2", "FCW3", "FCW4"}) {
    devices.push_back(std::make_unique<test::Device>(world_, "C9500-32C", serial));
  }
  for (int i : {0, 1}) expect_signed(post(MessageType::Register, registration(*devices[i], token)));
  const auto third = registration(*devices[2], token);
  expect_refused(post(MessageType::Register, third), "30");
  EXPECT_EQ(world_.instances().size(), 2U) << "nothing was changed by it";
  expect_signed(post(MessageType::Register, registration(*devices[3], other_token)));
  clock_.advance(seconds(30));
  expect_signed(post(MessageType::Register, third));
  EXPECT_EQ(world_.instances().size(), 4U) << "nothing was lost";
}

TEST_F(DeviceDoor, PRO_6_AnAccountThatCrowdsTheQueueIsRefusedWhileOthersWaitAndLosesNothing) {
  test::Device device(world_, "C9500-32C", "FCW1");
  test::expect<protocol::RegisterAnswer>(device.register_with(world_.token(test::kVa)));
  open({});
  const auto crowd = [&](AccountId account) {
    if (!world_.writer->has_room(storage::CommandClass::DeviceRenewal, account)) return false;
    storage::ReadKeys keys;
    keys.account = account;
    world_.submit(keys, [](storage::Rows&) {});
    return true;
  };
  ASSERT_TRUE(crowd(AccountId{8}));
  std::size_t held = 0;
  while (crowd(test::kAccount)) ++held;
  EXPECT_LT(held, storage::WriterSettings{}.queue_limit / 2 + 2);
  protocol::AuthorizeRequest asked;
  asked.udis = device.udis;
  asked.software_version = "16.12.3";
  asked.agent_version = "test";
  asked.generation = 2;
  const auto body = device.sign(device.header(MessageType::Authorize), protocol::encode(protocol::Request{asked}));
  expect_refused(post(MessageType::Authorize, body), "30");
  EXPECT_TRUE(crowd(AccountId{9})) << "there is room for others";
  EXPECT_EQ(world_.writer->waiting(), held + 2);
  while (world_.writer->drain(world_.now) > 0) {
  }
  let_the_writer_work();
  expect_signed(post(MessageType::Authorize, body));
}

}  // namespace
}  // namespace lictor::rest
