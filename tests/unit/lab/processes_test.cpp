#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lab/paper.hpp"
#include "lab/process.hpp"
#include "lab/relay.hpp"
#include "lab/scratch.hpp"
#include "support/temp_dir.hpp"

namespace lictor::lab {
namespace {

// --- processes ------------------------------------------------------------------------------------------------------

std::string contents(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Process, GivesExitStatusAndOutput) {
  const auto done = run_process({"/bin/sh", {"-c", "echo out; echo err >&2; exit 7"}}, seconds(30));
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(done->status, 7);
  EXPECT_EQ(done->output, "out\nerr\n");
}

TEST(Process, OneThatDoesNotEndIsEnded) {
  const auto done = run_process({"/bin/sleep", {"600"}}, Duration{10});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::Timeout);
}

TEST(Process, AProgramThatIsNotThereIsAnError) {
  const test::TempDir folder;
  const auto started = Process::start({folder.path() + "/none", {}}, folder.path() + "/log");
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::NotFound) << started.error().message;
}

TEST(Process, IsAskedToEndAndItsSignalIsItsStatus) {
  const test::TempDir folder;
  auto started = Process::start({"/bin/sleep", {"600"}}, folder.path() + "/log");
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_TRUE(started->running());
  EXPECT_EQ(started->end(), 128 + SIGTERM);
  EXPECT_FALSE(started->running());
}

TEST(Process, WordsAreNotReadByAShell) {
  const auto done = run_process({"/bin/echo", {"$HOME; `id` * \"x\""}}, seconds(30));
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->output, "$HOME; `id` * \"x\"\n");
}

// --- the link -------------------------------------------------------------------------------------------------------

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Socket listen_somewhere(int& port) {
  Socket listener(socket(AF_INET, SOCK_STREAM, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener.fd(), 4), 0);
  EXPECT_EQ(getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return listener;
}

// nullopt: refused.
std::optional<Socket> connect_to(int port) {
  Socket made(socket(AF_INET, SOCK_STREAM, 0));
  const auto address = loopback(port);
  if (connect(made.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
  return made;
}

std::string receive(const Socket& from, std::size_t size) {
  std::string text(size, '\0');
  const auto got = recv(from.fd(), text.data(), size, MSG_WAITALL);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

TEST(Relay, CarriesBytesBothWaysUntilItIsCutAndAgainAfterwards) {
  auto relay = make_relay();
  ASSERT_TRUE(relay.has_value()) << relay.error().message;
  EXPECT_FALSE(connect_to((*relay)->port()).has_value()) << "it begins cut";

  int port = 0;
  const auto server = listen_somewhere(port);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE((*relay)->restore(port).has_value());
    auto client = connect_to((*relay)->port());
    ASSERT_TRUE(client.has_value());
    const Socket inside(accept(server.fd(), nullptr, nullptr));
    ASSERT_EQ(send(client->fd(), "there", 5, 0), 5);
    EXPECT_EQ(receive(inside, 5), "there");
    ASSERT_EQ(send(inside.fd(), "back", 4, 0), 4);
    EXPECT_EQ(receive(*client, 4), "back");

    (*relay)->cut();
    EXPECT_EQ(receive(*client, 1), "") << "a cut ends what is open";
    EXPECT_FALSE(connect_to((*relay)->port()).has_value());
  }
}

// --- what is left behind --------------------------------------------------------------------------------------------

TEST(Scratch, GoesWithEverythingInItUnlessItIsKept) {
  const test::TempDir folder;
  std::string gone;
  {
    auto scratch = Scratch::make("");
    ASSERT_TRUE(scratch.has_value()) << scratch.error().message;
    gone = scratch->path();
    std::ofstream(gone + "/file") << "x";
  }
  EXPECT_FALSE(std::filesystem::exists(gone));
  const std::string kept = folder.path() + "/kept";
  {
    auto scratch = Scratch::make(kept);
    ASSERT_TRUE(scratch.has_value()) << scratch.error().message;
    std::ofstream(kept + "/file") << "x";
  }
  EXPECT_EQ(contents(kept + "/file"), "x");
  const auto again = Scratch::make(kept);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::Conflict);
}

TEST(Paper, IsPlainWithoutATerminalAndIndentsWhatADevicePrints) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    auto paper = Paper::on(file);
    paper.title("Title");
    paper.line("day   0", "happened");
    paper.typed("one", "show clock");
    paper.block("a\n\nb\n");
  }
  std::rewind(file);
  std::string text(200, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  EXPECT_EQ(text, "Title\nday   0   happened\n  one#show clock\n  a\n  \n  b\n");
}

}  // namespace
}  // namespace lictor::lab
