#include "foundation/os/control_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/temp_dir.hpp"
#include "unit/os/loop_thread.hpp"

namespace lictor::os {
namespace {

constexpr auto kPatience = minutes(1);  // no test waits for it to pass

using ConnectionPtr = std::shared_ptr<ControlConnection>;

class ControlSocketTest : public testing::Test {
 protected:
  ~ControlSocketTest() override {
    thread_.run([this] {
      server_.reset();
      last_.reset();
    });
  }
  Result<void> listen(ControlHandlers handlers, int mode = 0600) {
    Result<void> result;
    thread_.run([&] {
      auto server = listen_control(thread_.loop(), path(), mode, std::move(handlers));
      if (!server) {
        result = server.error();
      } else {
        server_ = std::move(*server);
      }
    });
    return result;
  }
  static ControlHandlers echo() {
    ControlHandlers handlers;
    handlers.frame = [](const ConnectionPtr& connection, std::string frame) { connection->send(std::move(frame)); };
    return handlers;
  }
  [[nodiscard]] std::string path() const { return dir_.path("control"); }
  ControlClient connect() { return std::move(ControlClient::connect(path()).value()); }

  test::TempDir dir_;
  LoopThread thread_;
  std::unique_ptr<ControlServer> server_;
  ConnectionPtr last_;
};

TEST_F(ControlSocketTest, FramesGoBothWaysInOrder) {
  ASSERT_TRUE(listen(echo()));
  auto client = connect();
  const std::string texts[] = {"show license all", "", std::string("\0\n\r\xff", 4), std::string(100'000, 'x')};
  for (const auto& text : texts) ASSERT_TRUE(client.send(text));
  for (const auto& text : texts) EXPECT_EQ(client.receive(kPatience).value(), text);
}

TEST_F(ControlSocketTest, TheHandlerKnowsThePeer) {
  ControlHandlers handlers;
  handlers.opened = [](const ConnectionPtr& connection) {
    const auto peer = connection->peer();
    connection->send(std::to_string(peer.pid) + " " + std::to_string(peer.uid) + " " + std::to_string(peer.gid));
  };
  ASSERT_TRUE(listen(std::move(handlers)));
  EXPECT_EQ(connect().receive(kPatience).value(),
            std::to_string(::getpid()) + " " + std::to_string(::geteuid()) + " " + std::to_string(::getegid()));
}

TEST_F(ControlSocketTest, TheFileHasTheModeThatWasAskedForWhateverTheUmask) {
  for (const int mode : {0600, 0660}) {
    for (const mode_t mask : {mode_t{0}, mode_t{0077}}) {
      const auto before = ::umask(mask);
      ASSERT_TRUE(listen(echo(), mode));
      ::umask(before);
      struct stat there {};
      ASSERT_EQ(::stat(path().c_str(), &there), 0);
      EXPECT_EQ(there.st_mode & 0777, static_cast<mode_t>(mode));
      thread_.run([this] { server_.reset(); });
    }
  }
}

TEST_F(ControlSocketTest, TheLargestFramePassesAndALargerOneIsRefusedOnBothSides) {
  ASSERT_TRUE(listen(echo()));
  auto client = connect();
  const std::string largest(kMaxControlFrame, 'x');
  std::thread sender([&] { EXPECT_TRUE(client.send(largest)); });
  EXPECT_EQ(client.receive(kPatience)->size(), largest.size());
  sender.join();
  EXPECT_EQ(client.send(largest + "x").error().code, ErrorCode::TooLarge);
  // A client that does not ask: the server closes at the length, without waiting for the rest.
  const unsigned char prefix[] = {0x00, 0x40, 0x00, 0x01};
  ASSERT_EQ(::send(client.descriptor(), prefix, sizeof prefix, MSG_NOSIGNAL), 4);
  EXPECT_EQ(client.receive(kPatience).error().code, ErrorCode::Unavailable);
}

TEST_F(ControlSocketTest, AServerThatWouldSendTooMuchAtOnceCutsTheConnection) {
  ControlHandlers handlers;
  handlers.frame = [](const ConnectionPtr& connection, const std::string&) {
    connection->send(std::string(kMaxControlFrame + 1, 'x'));
  };
  ASSERT_TRUE(listen(std::move(handlers)));
  auto client = connect();
  ASSERT_TRUE(client.send("go"));
  EXPECT_EQ(client.receive(kPatience).error().code, ErrorCode::Unavailable);
}

TEST_F(ControlSocketTest, APeerThatDoesNotReadIsCut) {
  std::atomic<bool> closed{false};
  ControlHandlers handlers;
  handlers.frame = [](const ConnectionPtr& connection, const std::string&) {
    for (int i = 0; i < 20; ++i) connection->send(std::string(kMaxControlFrame, 'x'));
  };
  handlers.closed = [&](const ConnectionPtr&) { closed = true; };
  ASSERT_TRUE(listen(std::move(handlers)));
  auto client = connect();
  ASSERT_TRUE(client.send("go"));
  while (!closed) std::this_thread::yield();
  thread_.run([this] { server_.reset(); });  // before `closed` goes
}

TEST_F(ControlSocketTest, ClosingSendsWhatIsQueuedFirst) {
  ControlHandlers handlers;
  handlers.frame = [](const ConnectionPtr& connection, const std::string&) {
    for (int i = 0; i < 50; ++i) connection->send(std::string(100'000, 'x'));
    connection->close();
    connection->send("never");
  };
  ASSERT_TRUE(listen(std::move(handlers)));
  auto client = connect();
  ASSERT_TRUE(client.send("go"));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.receive(kPatience)->size(), 100'000U) << i;
  EXPECT_EQ(client.receive(kPatience).error().code, ErrorCode::Unavailable);
}

TEST_F(ControlSocketTest, TheServersEndIsSeenAndRemovesTheFile) {
  ASSERT_TRUE(listen(echo()));
  auto client = connect();
  ASSERT_TRUE(client.send("x"));
  ASSERT_TRUE(client.receive(kPatience));
  thread_.run([this] { server_.reset(); });
  EXPECT_EQ(client.receive(kPatience).error().code, ErrorCode::Unavailable);
  EXPECT_NE(::access(path().c_str(), F_OK), 0);
  EXPECT_EQ(ControlClient::connect(path()).error().code, ErrorCode::Unavailable);
}

TEST_F(ControlSocketTest, ALiveSocketIsRefusedAStaleOneReplacedAnythingElseLeftAlone) {
  ASSERT_TRUE(listen(echo()));
  Result<void> second;
  thread_.run([&] {
    auto server = listen_control(thread_.loop(), path(), 0600, {});
    if (!server) second = server.error();
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Conflict);
  EXPECT_TRUE(connect().send("x"));
  // As a process leaves it that was killed.
  const auto stale = dir_.path("stale");
  ASSERT_EQ(::link(path().c_str(), stale.c_str()), 0);
  thread_.run([this] { server_.reset(); });
  ASSERT_EQ(::rename(stale.c_str(), path().c_str()), 0);
  ASSERT_TRUE(listen(echo()));
  EXPECT_TRUE(connect().send("x"));
  thread_.run([this] { server_.reset(); });
  dir_.write("control", "precious");
  const auto third = listen(echo());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::Conflict);
  EXPECT_EQ(dir_.read("control"), "precious");
}

TEST_F(ControlSocketTest, PeersAreCounted) {
  ASSERT_TRUE(listen(echo()));
  std::vector<ControlClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back().send("x"));
    ASSERT_TRUE(clients.back().receive(kPatience));
  }
  EXPECT_EQ(connect().receive(kPatience).error().code, ErrorCode::Unavailable);
  clients.pop_back();
  // The place is free as soon as the server has seen the other go.
  for (;;) {
    auto next = connect();
    if (next.send("x") && next.receive(kPatience)) break;
  }
}

TEST_F(ControlSocketTest, AnAnswerThatDoesNotComeIsATimeout) {
  ASSERT_TRUE(listen({}));
  EXPECT_EQ(connect().receive(Duration{1}).error().code, ErrorCode::Timeout);
}

TEST_F(ControlSocketTest, PathsThatAreTooLongAreRefused) {
  const std::string too_long = dir_.path(std::string(120, 'x'));
  EXPECT_EQ(ControlClient::connect(too_long).error().code, ErrorCode::InvalidArgument);
  thread_.run(
      [&] { EXPECT_EQ(listen_control(thread_.loop(), too_long, 0600, {}).error().code, ErrorCode::InvalidArgument); });
}

}  // namespace
}  // namespace lictor::os
