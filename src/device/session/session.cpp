#include "device/session/session.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "device/session/show_commands.hpp"
#include "device/show/output_filter.hpp"

namespace lictor::device {
namespace {

constexpr std::size_t kHistorySize = 20;
constexpr std::size_t kConfigPromptName = 20;  // IOS shortens the name in configuration prompts
constexpr std::size_t kMaxLine = 4096;

int to_int(const std::string& text, int otherwise = 0) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view mode_mark(Mode mode) {
  switch (mode) {
    case Mode::Exec:
      return "";
    case Mode::Config:
      return "(config)";
    case Mode::CallHome:
      return "(cfg-call-home)";
    case Mode::CallHomeProfile:
      return "(cfg-call-home-profile)";
    case Mode::Trustpoint:
      return "(ca-trustpoint)";
    case Mode::CertificateChain:
      return "(config-cert-chain)";
  }
  return "";
}

// Tokens are secrets: the audit and the history keep the line without them.
std::string without_token(const Parsed& p) {
  std::string text = p.text;
  if (p.command == Command::LicenseRegister) {
    if (const auto at = text.find(p.value("token")); at != std::string::npos)
      text.replace(at, p.value("token").size(), "<hidden>");
  }
  return text;
}

}  // namespace

Session::Session(const Grammar& grammar, DeviceControl& device, SessionSettings settings)
    : grammar_(grammar),
      device_(device),
      settings_(std::move(settings)),
      level_(settings_.may_enable && settings_.start_privileged ? kPrivilegedLevel : kUserLevel),
      editor_(edited_, device.facts()) {}

Typist Session::typist() const {
  return {mode(), level_, settings_.lab};
}

std::string Session::prompt() const {
  if (question_) return question_->prompt;
  if (configuring_ && editor_.wants_hex()) return "";
  std::string name = device_.running().hostname;
  if (configuring_) name.resize(std::min(name.size(), kConfigPromptName));
  return name + std::string(mode_mark(mode())) + (level_ >= kPrivilegedLevel ? "#" : ">");
}

Reply Session::reply(std::string output) const {
  Reply r;
  r.output = std::move(output);
  r.prompt = prompt();
  r.question = question_.has_value();
  if (!r.output.empty() && r.output.back() != '\n') r.output += '\n';
  return r;
}

Reply Session::failure(std::string text) const {
  Reply r = reply(std::move(text));
  r.failed = true;
  return r;
}

Reply Session::gone() const {
  Reply r = reply("");
  r.closed = true;
  r.reloading = true;
  return r;
}

std::string Session::help(const std::string& line) const {
  return question_ ? std::string() : device::help(grammar_, typist(), line);
}

Completion Session::complete(const std::string& line) const {
  return question_ ? Completion{} : device::complete(grammar_, typist(), line);
}

Reply Session::interrupt() {
  question_.reset();
  if (std::exchange(configuring_, false)) device_.configured(settings_.user);
  pasted_.clear();
  return reply("");
}

void Session::execute(const std::string& line, std::size_t echo_width, Done done) {
  if (line.size() > kMaxLine) return done(failure("% Line is too long"));
  if (question_) {
    Question open = std::move(*question_);
    question_.reset();
    return open.answer(line, std::move(done));
  }
  if (configuring_ && editor_.wants_hex()) {
    edited_ = device_.running();
    if (auto fed = editor_.feed_hex(line); !fed) return done(failure(fed.error().message));
    if (auto changed = device_.change(edited_); !changed) return done(failure(changed.error().message));
    return done(reply(""));
  }
  const SplitLine split = split_filter(line);
  const ParseOutcome outcome = parse(grammar_, typist(), split.command);
  if (std::holds_alternative<Blank>(outcome)) return done(reply(""));
  if (const auto* error = std::get_if<SyntaxError>(&outcome)) {
    // Nobody sees the line that the caret points into unless it was echoed: print it.
    const bool caret = error->kind == SyntaxError::Kind::Invalid && echo_width == 0;
    return done(failure((caret ? line + "\n" : std::string()) + to_text(*error, echo_width)));
  }
  const Parsed& parsed = std::get<Parsed>(outcome);
  history_.push_back(without_token(parsed));
  if (history_.size() > kHistorySize) history_.erase(history_.begin());
  device_.audit(settings_.user, without_token(parsed));
  if (!split.filter) return run(parsed, std::move(done));

  const auto filter = parse_filter(*split.filter);
  if (!filter) return done(failure(filter.error().message));
  if (filter->kind == FilterKind::Json) {
    return done(reply(
        show_json(parsed, device_.view(), run_show(parsed, {device_.view(), level_, history_, length_, width_}))));
  }
  run(parsed, [filter = *filter, done = std::move(done)](Reply r) {
    if (!r.failed) {
      auto filtered = apply_filter(filter, r.output);
      r.failed = !filtered;
      r.output = filtered ? *filtered : filtered.error().message + "\n";
    }
    done(std::move(r));
  });
}

Session::Handler Session::handler(Command command) {
  switch (command) {
    case Command::Enable:
    case Command::Disable:
    case Command::Exit:
    case Command::End:
    case Command::ConfigureTerminal:
      return &Session::move;
    case Command::TerminalLength:
    case Command::TerminalWidth:
    case Command::TerminalMonitor:
      return &Session::terminal;
    case Command::LicenseRegister:
      return &Session::register_device;
    case Command::LicenseDeregister:
    case Command::LicenseRenewId:
    case Command::LicenseRenewAuth:
      return &Session::licensing;
    case Command::WriteMemory:
    case Command::CopyRunningStartup:
      return &Session::save;
    case Command::Reload:
      return &Session::reload;
    case Command::RedundancyForceSwitchover:
      return &Session::force_switchover;
    case Command::ClockSet:
    case Command::StackMemberAdd:
    case Command::StackMemberRemove:
      return &Session::lab_and_clock;
    case Command::TrustpointAuthenticate:
      return &Session::authenticate;
    default:
      return is_show(command) ? &Session::show : &Session::configure;
  }
}

void Session::run(const Parsed& parsed, Done done) {
  const bool was_configuring = configuring_;
  (this->*handler(parsed.command))(parsed, std::move(done));
  if (was_configuring && !configuring_) device_.configured(settings_.user);
}

void Session::move(const Parsed& p, Done done) {
  switch (p.command) {
    case Command::Enable:
      if (!settings_.may_enable) return done(failure("% Access denied"));
      level_ = kPrivilegedLevel;
      break;
    case Command::Disable:
      level_ = kUserLevel;
      break;
    case Command::ConfigureTerminal:
      configuring_ = true;
      editor_.set_mode(Mode::Config);
      return done(reply("Enter configuration commands, one per line.  End with CNTL/Z.\n"));
    case Command::End:
      configuring_ = false;
      break;
    default: {  // Exit
      if (!configuring_ || p.by_do) {
        Reply r = reply("");
        r.closed = true;
        return done(std::move(r));
      }
      editor_.set_mode(parent(editor_.mode()));
      configuring_ = editor_.mode() != Mode::Exec;
      break;
    }
  }
  done(reply(""));
}

void Session::terminal(const Parsed& p, Done done) {
  switch (p.command) {
    case Command::TerminalLength:
      length_ = to_int(p.value("lines"));
      break;
    case Command::TerminalWidth:
      width_ = to_int(p.value("columns"));
      break;
    default:
      monitoring_ = !p.has("no");
      break;
  }
  done(reply(""));
}

void Session::register_device(const Parsed& p, Done done) {
  const auto force = p.has("force") ? DeviceControl::Force::Yes : DeviceControl::Force::No;
  device_.register_token(
      p.value("token"), force, [this, alive = alive_, done = std::move(done)](Result<DeviceControl::Registering> r) {
        if (!*alive) return;
        if (!r) return done(failure("% " + r.error().message));
        // guide-notes 2: no full stop at the end.
        std::string out =
            "Registration process is in progress. Use the 'show license status' command to check the progress and "
            "result\n";
        if (r->key_generation) {
          out += fmt::format("Generating {} keys, keys will be exportable...\n[OK] (elapsed time was {} seconds)\n",
                             r->key_kind, (r->key_generation->count() + 500) / 1000);
        }
        done(reply(std::move(out)));
      });
}

void Session::licensing(const Parsed& p, Done done) {
  const Result<void> r = p.command == Command::LicenseDeregister ? device_.deregister()
                         : p.command == Command::LicenseRenewId  ? device_.renew_id()
                                                                 : device_.renew_authorization();
  if (!r) return done(failure("% " + r.error().message));
  done(reply(p.command == Command::LicenseDeregister ? ""
             : p.command == Command::LicenseRenewId  ? "ID certificate renewal is in progress. Use the 'show license "
                                                       "status' command to check the progress and result\n"
                                                     : "Authorization renewal is in progress. Use the 'show license "
                                                       "status' command to check the progress and result\n"));
}

void Session::save(const Parsed& p, Done done) {
  const auto write = [this](Done then) {
    if (auto saved = device_.save(); !saved) return then(failure("% " + saved.error().message));
    then(reply("Building configuration...\n[OK]\n"));
  };
  if (p.command == Command::WriteMemory) return write(std::move(done));
  ask(
      "Destination filename [startup-config]? ",
      [this, write](const std::string& answer, Done then) {
        if (!answer.empty() && answer != "startup-config") return then(failure("% Only startup-config can be written"));
        write(std::move(then));
      },
      "", std::move(done));
}

void Session::reload(const Parsed& p, Done done) {
  if (p.has("noconfirm")) {
    device_.reload();
    return done(gone());
  }
  if (!device_.modified()) return ask_to_reload(std::move(done));
  ask(
      "System configuration has been modified. Save? [yes/no]: ",
      [this](const std::string& answer, Done then) {
        const char first =
            answer.empty() ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(answer[0])));
        if (first != 'y' && first != 'n') return then(failure("% Please answer 'yes' or 'no'."));
        if (first == 'y') {
          if (auto saved = device_.save(); !saved) return then(failure("% " + saved.error().message));
        }
        ask_to_reload(std::move(then));
      },
      "", std::move(done));
}

void Session::ask_to_reload(Done done) {
  ask(
      "Proceed with reload? [confirm]",
      [this](const std::string& answer, Done then) {
        if (!answer.empty() && std::tolower(static_cast<unsigned char>(answer[0])) != 'y') return then(reply(""));
        device_.reload();
        then(gone());
      },
      "", std::move(done));
}

void Session::force_switchover(const Parsed&, Done done) {
  ask(
      "Proceed with switchover to standby RP? [confirm]",
      [this](const std::string& answer, Done then) {
        if (!answer.empty() && std::tolower(static_cast<unsigned char>(answer[0])) != 'y') return then(reply(""));
        const auto ok = device_.force_switchover();
        then(ok ? reply("") : failure("% " + ok.error().message));
      },
      "", std::move(done));
}

void Session::lab_and_clock(const Parsed& p, Done done) {
  Result<void> r;
  if (p.command == Command::ClockSet) {
    const auto wall = from_local(p.value("time"), to_int(p.value("day")), p.value("month"), to_int(p.value("year")),
                                 device_.running().zone);
    if (!wall) return done(failure(wall.error().message));
    r = device_.set_clock(*wall);
  } else if (p.command == Command::StackMemberAdd) {
    auto udi = make_udi(p.value("pid"), p.value("sn"));
    if (!udi) return done(failure("% " + udi.error().message));
    r = device_.add_member(std::move(*udi));
  } else {
    r = device_.remove_member(p.value("sn"));
  }
  done(r ? reply("") : failure("% " + r.error().message));
}

void Session::show(const Parsed& p, Done done) {
  auto text = run_show(p, {device_.view(), level_, history_, length_, width_});
  done(text ? reply(std::move(*text)) : failure(text.error().message));
}

void Session::configure(const Parsed& p, Done done) {
  edited_ = device_.running();
  auto applied = editor_.apply(p);
  configuring_ = editor_.mode() != Mode::Exec;
  if (!applied) return done(failure(applied.error().message));
  if (!(edited_ == device_.running())) {
    if (auto changed = device_.change(edited_); !changed) return done(failure("% " + changed.error().message));
  }
  done(reply(std::move(*applied)));
}

void Session::ask(std::string prompt, std::function<void(const std::string&, Done)> answer, std::string output,
                  Done done) {
  question_ = Question{std::move(prompt), std::move(answer)};
  done(reply(std::move(output)));
}

}  // namespace lictor::device
