#include "device/shell/shell.hpp"

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <iostream>

#include "device/shell/line_editor.hpp"
#include "device/shell/pager.hpp"
#include "device/shell/wire.hpp"
#include "foundation/os/control_socket.hpp"

namespace lictor::device {
namespace {

// A key pair takes seconds on a small machine; nothing else makes a command wait.
constexpr Duration kPatience = minutes(2);

// The connection to the daemon: one answer a question, log lines in between.
class Link {
 public:
  static Result<Link> open(const std::string& path) {
    auto client = os::ControlClient::connect(path);
    if (!client) return client.error();
    Link link(std::move(*client));
    auto hello = link.ask({wire::Ask::Hello, "", 0});
    if (!hello) return hello.error();
    link.prompt = hello->reply.prompt;
    return link;
  }

  Result<wire::Answer> ask(const wire::Question& question) {
    if (auto sent = client_.send(wire::encode(question)); !sent) return sent.error();
    while (true) {
      auto answer = receive(kPatience);
      if (!answer || answer->kind != wire::Kind::Log) return answer;
      std::fputs(answer->reply.output.c_str(), stdout);
    }
  }

  Result<wire::Answer> receive(Duration timeout) {
    auto frame = client_.receive(timeout);
    if (!frame) return frame.error();
    return wire::decode_answer(*frame);
  }
  [[nodiscard]] int descriptor() const { return client_.descriptor(); }

  std::string prompt;

 private:
  explicit Link(os::ControlClient client) : client_(std::move(client)) {}
  os::ControlClient client_;
};

int unreachable(const Error& error) {
  std::cerr << "lictor-device shell: " << error.message << "\n";
  return kShellUnreachable;
}

// Lines from -c or a pipe: no prompts, no paging; a question shows with the answer that the next line gives.
class Script {
 public:
  Script(const ShellOptions& options, Link link) : options_(options), link_(std::move(link)) {}

  int run() {
    std::string line;
    while (next(line)) {
      if (closed_) {  // the line before was a reload
        auto again = Link::open(options_.socket_path);
        if (!again) return unreachable(again.error());
        link_.emplace(std::move(*again));
        closed_ = false;
      }
      auto answer = link_->ask({wire::Ask::Line, line, 0});
      if (!answer) return unreachable(answer.error());
      const Reply& r = answer->reply;
      if (open_question_) std::cout << line << "\n";
      std::cout << r.output;
      open_question_ = r.question;
      if (r.question) std::cout << r.prompt;
      std::cout.flush();
      failed_ = failed_ || r.failed;
      closed_ = r.closed;
      if (r.closed && !r.reloading) break;
    }
    if (open_question_) {
      std::cout << "\n";
      std::cerr << "lictor-device shell: the input ended before the last question was answered\n";
      failed_ = true;
    }
    return failed_ ? kShellFailed : kShellOk;
  }

 private:
  bool next(std::string& line) {
    if (options_.commands.empty()) return static_cast<bool>(std::getline(std::cin, line));
    if (at_ == options_.commands.size()) return false;
    line = options_.commands[at_++];
    return true;
  }

  const ShellOptions& options_;
  std::optional<Link> link_;
  std::size_t at_ = 0;
  bool closed_ = false;
  bool failed_ = false;
  bool open_question_ = false;
};

int interact(Link link) {
  bool lost = false;
  LineHandlers handlers;
  handlers.help = [&](const std::string& left) {
    auto answer = link.ask({wire::Ask::Help, left, 0});
    return answer ? answer->reply.output : std::string();
  };
  handlers.complete = [&](const std::string& left) {
    auto answer = link.ask({wire::Ask::Complete, left, 0});
    return answer ? answer->completion : Completion{};
  };
  handlers.arrived = [&]() -> std::string {
    auto answer = link.receive(seconds(1));
    if (!answer) {
      lost = answer.error().code != ErrorCode::Timeout;
      return lost ? "\nThe device closed the connection; press Enter.\n" : "";
    }
    return answer->reply.output;
  };
  const auto editor = make_line_editor(link.descriptor(), handlers);
  bool failed = false;
  while (true) {
    const LineEditor::Typed typed = editor->read(link.prompt);
    if (lost) return unreachable({ErrorCode::Unavailable, "the device closed the connection"});
    if (typed.end == LineEditor::End::EndOfInput) return failed ? kShellFailed : kShellOk;
    const bool line = typed.end == LineEditor::End::Line;
    auto answer = link.ask({line ? wire::Ask::Line : wire::Ask::Interrupt, typed.line, link.prompt.size()});
    if (!answer) return unreachable(answer.error());
    page(answer->reply.output, answer->length);
    link.prompt = answer->reply.prompt;
    failed = answer->reply.failed;
    if (answer->reply.closed) return failed ? kShellFailed : kShellOk;
  }
}

}  // namespace

int run_shell(const ShellOptions& options) {
  auto link = Link::open(options.socket_path);
  if (!link) return unreachable(link.error());
  const bool terminal = options.commands.empty() && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  return terminal ? interact(std::move(*link)) : Script(options, std::move(*link)).run();
}

}  // namespace lictor::device
