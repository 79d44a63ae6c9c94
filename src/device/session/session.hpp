// One user at the shell: the mode stack, privilege, terminal settings, history and open questions. Line in, text and
// next prompt out. Pure but for the DeviceControl it talks to; that thread owns it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device/config/editor.hpp"
#include "device/grammar/grammar.hpp"
#include "device/session/device_control.hpp"

namespace lictor::device {

struct SessionSettings {
  std::string user = "console";
  bool may_enable = true;  // rights of the peer: without them privileged EXEC is closed
  bool start_privileged = true;
  bool lab = false;
};

struct Reply {
  std::string output;
  std::string prompt;
  bool failed = false;     // a `%` error
  bool closed = false;     // `exit` in EXEC
  bool reloading = false;  // closed by `reload`: a new session finds the restarted device
  bool question = false;   // the prompt asks for an answer to the command: the next line is that answer
};

class Session {
 public:
  Session(const Grammar& grammar, DeviceControl& device, SessionSettings settings);
  ~Session() { *alive_ = false; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `echo_width`: columns left of the line on the user's screen, for the caret; 0 when the line is not seen there.
  using Done = std::function<void(Reply)>;
  void execute(const std::string& line, std::size_t echo_width, Done done);
  // Gives an open question or a configuration mode up, as Ctrl-C and Ctrl-Z do.
  Reply interrupt();
  [[nodiscard]] std::string help(const std::string& line) const;
  [[nodiscard]] Completion complete(const std::string& line) const;
  [[nodiscard]] std::string prompt() const;
  [[nodiscard]] bool monitoring() const { return monitoring_; }
  [[nodiscard]] int length() const { return length_; }
  [[nodiscard]] int width() const { return width_; }

 private:
  using Handler = void (Session::*)(const Parsed&, Done);
  struct Question {
    std::string prompt;
    std::function<void(const std::string&, Done)> answer;
  };
  static Handler handler(Command command);

  [[nodiscard]] Typist typist() const;
  [[nodiscard]] Mode mode() const { return configuring_ ? editor_.mode() : Mode::Exec; }
  void run(const Parsed& parsed, Done done);
  void terminal(const Parsed& p, Done done);
  void move(const Parsed& p, Done done);
  void register_device(const Parsed& p, Done done);
  void licensing(const Parsed& p, Done done);
  void save(const Parsed& p, Done done);
  void reload(const Parsed& p, Done done);
  void ask_to_reload(Done done);
  void force_switchover(const Parsed& p, Done done);
  void lab_and_clock(const Parsed& p, Done done);
  void show(const Parsed& p, Done done);
  void configure(const Parsed& p, Done done);
  void authenticate(const Parsed& p, Done done);
  void collect_certificate(const std::string& line, Done done);
  void confirm_certificate(Done done);
  void ask(std::string prompt, std::function<void(const std::string&, Done)> answer, std::string output, Done done);
  [[nodiscard]] Reply reply(std::string output) const;
  [[nodiscard]] Reply failure(std::string text) const;
  [[nodiscard]] Reply gone() const;  // the answer to a reload

  const Grammar& grammar_;
  DeviceControl& device_;
  SessionSettings settings_;
  int level_;
  bool configuring_ = false;
  Configuration edited_;  // a copy of the running configuration while one command changes it
  ConfigurationEditor editor_;
  std::optional<Question> question_;
  std::string trustpoint_;  // being authenticated
  std::string pasted_;
  std::vector<std::string> history_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a user may leave before an answer comes
  bool monitoring_ = false;
  int length_ = 24;
  int width_ = 80;
};

}  // namespace lictor::device
