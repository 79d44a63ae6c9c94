#include <gtest/gtest.h>
#include <unistd.h>

#include "device/daemon/shell_server.hpp"
#include "device/grammar/command_tree.hpp"
#include "foundation/os/system.hpp"
#include "unit/device/fake_device.hpp"
#include "unit/device/temp_folder.hpp"

namespace lictor::device::test {
namespace {

// The real socket, server and client in one thread: the loop is polled until the answer is there.
class ShellServerTest : public ::testing::Test {
 protected:
  void SetUp() override { listen(static_cast<int>(geteuid())); }
  void listen(int own_uid) {
    server_.reset();
    auto server = ShellServer::listen(loop_, grammar_, device_, {folder_.path("s"), 0600, own_uid, true, true});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  os::ControlClient connect() {
    auto client = os::ControlClient::connect(folder_.path("s"));
    EXPECT_TRUE(client);
    return std::move(*client);
  }
  Result<wire::Answer> receive(os::ControlClient& client) {
    for (int i = 0; i < 2000; ++i) {
      loop_.poll();
      auto frame = client.receive(Duration{1});
      if (frame) return wire::decode_answer(*frame);
      if (frame.error().code != ErrorCode::Timeout) return frame.error();
    }
    return Error{ErrorCode::Timeout, "no answer"};
  }
  wire::Answer ask(os::ControlClient& client, wire::Ask what, const std::string& text = "") {
    EXPECT_TRUE(client.send(wire::encode({what, text, 6})));
    auto answer = receive(client);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer.value_or(wire::Answer{});
  }

  TempFolder folder_;
  os::SystemClock clock_;
  os::EventLoop loop_{clock_};
  const Grammar grammar_ = make_grammar();
  FakeDevice device_;
  std::unique_ptr<ShellServer> server_;
};

TEST_F(ShellServerTest, CLI_1_LinesHelpAndCompletionTravelOverTheSocket) {
  auto client = connect();
  EXPECT_EQ(ask(client, wire::Ask::Hello).reply.prompt, "C9500#");
  EXPECT_EQ(ask(client, wire::Ask::Line, "show privilege").reply.output, "Current privilege level is 15\n");
  EXPECT_TRUE(ask(client, wire::Ask::Line, "show foo").reply.failed);
  EXPECT_EQ(ask(client, wire::Ask::Help, "show license s").reply.output, "status  summary\n");
  EXPECT_EQ(ask(client, wire::Ask::Complete, "sho").completion.insert, "w ");
  EXPECT_EQ(ask(client, wire::Ask::Line, "conf t").reply.prompt, "C9500(config)#");
  EXPECT_EQ(ask(client, wire::Ask::Interrupt).reply.prompt, "C9500#");
}

TEST_F(ShellServerTest, CLI_1_EachConnectionHasItsOwnMode) {
  auto one = connect();
  auto two = connect();
  ask(one, wire::Ask::Line, "conf t");
  EXPECT_EQ(ask(two, wire::Ask::Hello).reply.prompt, "C9500#");
}

TEST_F(ShellServerTest, CLI_1_OnlyTheOwnerAndRootReachPrivilegedExec) {
  if (geteuid() == 0) {
    auto client = connect();
    EXPECT_FALSE(ask(client, wire::Ask::Line, "enable").reply.failed);
    return;
  }
  listen(static_cast<int>(geteuid()) + 1);
  auto client = connect();
  EXPECT_EQ(ask(client, wire::Ask::Hello).reply.prompt, "C9500>");
  EXPECT_TRUE(ask(client, wire::Ask::Line, "enable").reply.failed);
}

TEST_F(ShellServerTest, LOG_3_LogLinesReachMonitoringSessionsOnly) {
  auto quiet = connect();
  auto monitor = connect();
  ask(quiet, wire::Ask::Hello);
  ask(monitor, wire::Ask::Line, "terminal monitor");
  server_->log("*Nov 24 09:05:00.000: %SYS-5-CONFIG_I: text");
  const auto line = receive(monitor);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, wire::Kind::Log);
  EXPECT_EQ(line->reply.output, "*Nov 24 09:05:00.000: %SYS-5-CONFIG_I: text\n");
  EXPECT_EQ(ask(quiet, wire::Ask::Line, "show privilege").kind, wire::Kind::Reply);
}

TEST_F(ShellServerTest, CLI_1_LinesSentAheadWaitForTheCommandInProgress) {
  device_.hold_registration = true;
  auto client = connect();
  ask(client, wire::Ask::Hello);
  ASSERT_TRUE(client.send(wire::encode({wire::Ask::Line, "license smart register idtoken T", 0})));
  ASSERT_TRUE(client.send(wire::encode({wire::Ask::Line, "show privilege", 0})));
  while (!device_.pending_registration) loop_.poll();
  EXPECT_FALSE(server_->quiet());
  device_.pending_registration();
  EXPECT_NE(receive(client)->reply.output.find("[OK]"), std::string::npos);
  EXPECT_EQ(receive(client)->reply.output, "Current privilege level is 15\n");
  EXPECT_TRUE(server_->quiet());
}

TEST_F(ShellServerTest, CLI_1_AUserWhoLeavesEarlyTakesNothingDown) {
  device_.hold_registration = true;
  {
    auto client = connect();
    ask(client, wire::Ask::Hello);
    ASSERT_TRUE(client.send(wire::encode({wire::Ask::Line, "license smart register idtoken T", 0})));
    while (!device_.pending_registration) loop_.poll();
  }
  for (int i = 0; i < 2000 && !server_->quiet(); ++i) loop_.poll();
  EXPECT_TRUE(server_->quiet());
  device_.pending_registration();
  auto client = connect();
  EXPECT_EQ(ask(client, wire::Ask::Hello).reply.prompt, "C9500#");
}

TEST_F(ShellServerTest, CLI_6_ReloadClosesTheSession) {
  auto client = connect();
  const Reply r = ask(client, wire::Ask::Line, "reload noconfirm").reply;
  EXPECT_TRUE(r.closed);
  EXPECT_TRUE(r.reloading);
  EXPECT_EQ(receive(client).error().code, ErrorCode::Unavailable);
}

TEST_F(ShellServerTest, CLI_1_GarbageClosesTheConnectionAlone) {
  auto bad = connect();
  ASSERT_TRUE(bad.send("no json"));
  EXPECT_EQ(receive(bad).error().code, ErrorCode::Unavailable);
  auto good = connect();
  EXPECT_EQ(ask(good, wire::Ask::Hello).reply.prompt, "C9500#");
}

TEST(Wire, CLI_1_QuestionsAndAnswersReadBack) {
  const wire::Question q{wire::Ask::Line, "show \"x\" \\ y", 12};
  const auto question = wire::decode_question(wire::encode(q));
  ASSERT_TRUE(question);
  EXPECT_EQ(question->text, q.text);
  EXPECT_EQ(question->echo_width, 12u);
  wire::Answer a;
  a.reply.output = "line\n";
  a.reply.prompt = "C9500#";
  a.reply.failed = a.reply.question = true;
  a.length = 0;
  a.completion = {"w ", {"show", "shutdown"}};
  const auto answer = wire::decode_answer(wire::encode(a));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reply.output, "line\n");
  EXPECT_TRUE(answer->reply.failed);
  EXPECT_TRUE(answer->reply.question);
  EXPECT_FALSE(answer->reply.closed);
  EXPECT_EQ(answer->length, 0);
  EXPECT_EQ(answer->completion.words, a.completion.words);
  EXPECT_FALSE(wire::decode_question("{}"));
  EXPECT_FALSE(wire::decode_question(R"({"ask":"dance","text":"","echo_width":0})"));
  EXPECT_FALSE(wire::decode_answer("[]"));
}

}  // namespace
}  // namespace lictor::device::test
