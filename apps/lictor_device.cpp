// lictor-device: the daemon of one virtual device, and the front end of its shell.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "agent/host/file_state_store.hpp"
#include "device/daemon/adapters.hpp"
#include "device/daemon/program.hpp"
#include "device/daemon/shell_server.hpp"
#include "device/grammar/command_tree.hpp"
#include "device/shell/shell.hpp"
#include "foundation/config/yaml.hpp"
#include "foundation/os/lab_clock.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace {

using namespace lictor;

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

constexpr std::string_view kHelp = R"(lictor-device - a switch in software that is licensed like a real one

  lictor-device [--config FILE] [--set NAME=VALUE]...     run the daemon in the foreground
  lictor-device --check [--config FILE]                   do everything but start; say what is wrong
  lictor-device --settings                                list the settings (Markdown)
  lictor-device shell [-c COMMAND]... [--config FILE | --socket PATH]
                                                          talk to it: on a terminal, from -c, or from a pipe
  lictor-device --help | --version

Examples
  lictor-device --config device.yaml
  lictor-device shell --config device.yaml
  lictor-device shell --config device.yaml -c 'license smart register idtoken TOKEN' -c 'show license summary'

Exit status of the shell: 0, 1 after any `%` error, 2 wrong use, 3 the daemon does not answer.
)";

struct Arguments {
  bool shell = false, check = false, help = false, version = false, settings = false;
  std::string config, socket;
  std::vector<std::string> sets, commands;
};

int complain(const std::string& text, int status) {
  std::cerr << "lictor-device: " << text << "\n";
  return status;
}

Result<Arguments> read_arguments(const std::vector<std::string>& words) {
  Arguments a;
  std::size_t at = 0;
  if (!words.empty() && words[0] == "shell") {
    a.shell = true;
    at = 1;
  }
  for (; at < words.size(); ++at) {
    const std::string& w = words[at];
    const auto value = [&]() -> Result<std::string> {
      if (at + 1 == words.size()) return Error{ErrorCode::InvalidArgument, w + " needs a value"};
      return words[++at];
    };
    Result<std::string> v = std::string();
    if (w == "--config") {
      v = value();
      if (v) a.config = *v;
    } else if (w == "--socket" && a.shell) {
      v = value();
      if (v) a.socket = *v;
    } else if (w == "-c" && a.shell) {
      v = value();
      if (v) a.commands.push_back(*v);
    } else if (w == "--set") {
      v = value();
      if (v) a.sets.push_back(*v);
    } else if (w == "--check" && !a.shell)
      a.check = true;
    else if (w == "--settings" && !a.shell)
      a.settings = true;
    else if (w == "--help" || w == "-h")
      a.help = true;
    else if (w == "--version")
      a.version = true;
    else
      return Error{ErrorCode::InvalidArgument, "unknown argument " + w + "; see --help"};
    if (!v) return v.error();
  }
  return a;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}

Result<Settings> read_settings(const Arguments& a, const SettingTable& table) {
  Settings settings = table.defaults();
  if (!a.config.empty()) {
    auto document = config::read_yaml_file(a.config);
    if (!document) return document.error();
    auto parsed = table.parse(*document);
    if (!parsed) return parsed.error();
    settings = std::move(*parsed);
  }
  for (const std::string& text : a.sets) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return Error{ErrorCode::InvalidArgument, "--set " + text + ": not NAME=VALUE"};
    if (auto ok = table.set(settings, text.substr(0, equals), text.substr(equals + 1)); !ok) return ok.error();
  }
  return settings;
}

// Everything of one running daemon, in the order in which it comes to life.
class Daemon {
 public:
  Daemon(device::Program program, const device::Grammar& grammar)
      : program_(std::move(program)),
        grammar_(grammar),
        clock_(program_.lab_clock.empty() ? static_cast<const Clock&>(system_clock_) : lab_clock_),
        loop_(clock_) {}

  Result<void> run() {
    if (auto ok = prepare_folder(); !ok) return ok;
    auto lock = os::FileLock::take(program_.state_folder + "/lock");
    if (!lock) return lock.error();
    if (auto ok = device::check_lab_mark(files_, program_.state_folder, !program_.lab_clock.empty()); !ok) return ok;
    if (auto ok = join_lab(); !ok) return ok;
    if (auto ok = start(); !ok) return ok;
    os::Signals signals(loop_, [this] { loop_.stop(); }, {});
    log_->write(device::messages::kStarted, {{"socket", program_.socket_path}});
    loop_.run();
    auto stopped = device_->shut_down();
    shell_.reset();
    log_->write(device::messages::kStopped);
    return stopped;
  }

 private:
  Result<void> prepare_folder() { return files_.make_folder(program_.state_folder); }

  Result<void> join_lab() {
    if (program_.lab_clock.empty()) return {};
    auto link = os::join_lab(loop_, lab_clock_, program_.lab_clock, program_.lab_name);
    if (!link) return link.error().with_context("lab.clock");
    lab_ = std::move(*link);
    lab_->probes().quiet.push_back([this] { return !device_ || (device_->quiet() && shell_->quiet()); });
    return {};
  }

  Result<void> start() {
    auto log = os::make_log(program_.log, clock_);
    if (!log) return log.error();
    log_ = std::move(*log);
    auto crypto = pki::make_openssl_crypto();
    if (!crypto) return crypto.error();
    crypto_ = std::move(*crypto);
    store_.emplace(agent::FileStateStoreSettings{program_.state_folder + "/agent", 500}, files_, *crypto_);
    device_files_.emplace(files_, program_.state_folder);
    jitter_.emplace(entropy_.next_u64());
    carrier_.emplace(loop_);
    syslog_.emplace(loop_);
    background_.emplace(loop_);
    auto device = device::VirtualDevice::start(program_.device, program_.catalog, grammar_, ports());
    if (!device) return device.error();
    device_ = std::move(*device);
    const auto own = static_cast<int>(geteuid());
    auto shell = device::ShellServer::listen(
        loop_, grammar_, *device_,
        {program_.socket_path, program_.socket_mode, own, program_.start_privileged, !program_.lab_clock.empty()});
    if (!shell) return shell.error();
    shell_ = std::move(*shell);
    device_->on_log([this](const std::string& line) { shell_->log(line); });
    device_->on_reload([this] {
      log_->write(device::messages::kReloaded);
      shell_->close_all();
    });
    return {};
  }

  device::MachinePorts ports() {
    device::MachinePorts p;
    p.scheduler = &loop_;
    p.clock = &clock_;
    p.crypto = crypto_.get();
    p.entropy = &entropy_;
    p.jitter = &*jitter_;
    p.store = &*store_;
    p.carrier = &*carrier_;
    p.files = &*device_files_;
    p.syslog = &*syslog_;
    p.background = &*background_;
    if (program_.console) {
      p.console = [](const std::string& line) {
        std::fputs((line + "\n").c_str(), stdout);
        std::fflush(stdout);
      };
    }
    p.audit = [this](const std::string& user, const std::string& line) {
      log_->write(device::messages::kCommand, {{"user", user}, {"line", line}});
    };
    return p;
  }

  device::Program program_;
  const device::Grammar& grammar_;
  os::SystemClock system_clock_;
  os::LabClock lab_clock_;
  const Clock& clock_;
  os::PosixFiles files_;
  os::SystemEntropy entropy_;
  os::EventLoop loop_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<os::LabLink> lab_;
  std::unique_ptr<pki::Crypto> crypto_;
  std::optional<SeededEntropy> jitter_;
  std::optional<agent::FileStateStore> store_;
  std::optional<device::FolderFiles> device_files_;
  std::optional<device::HttpCarrier> carrier_;
  std::optional<device::SyslogHosts> syslog_;
  std::optional<device::BackgroundWorker> background_;
  std::unique_ptr<device::VirtualDevice> device_;
  std::unique_ptr<device::ShellServer> shell_;
};

int run_daemon(const Arguments& a, const Settings& settings) {
  const device::Grammar grammar = device::make_grammar();
  os::PosixFiles files;
  auto program = device::load_program(settings, folder_of(a.config), grammar, files);
  if (!program) return complain(program.error().message, kFailed);
  if (a.check) {
    std::cout << "ok\n";
    return kOk;
  }
  Daemon daemon(std::move(*program), grammar);
  if (auto ran = daemon.run(); !ran) return complain(ran.error().message, kFailed);
  return kOk;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv + 1, argv + argc});
  if (!arguments) return complain(arguments.error().message, kUsage);
  const Arguments& a = *arguments;
  const SettingTable table = device::device_settings();
  if (a.help) return std::cout << kHelp, kOk;
  if (a.version) return std::cout << "lictor-device " LICTOR_VERSION "\n", kOk;
  if (a.settings) return std::cout << table.reference(), kOk;
  auto settings = read_settings(a, table);
  if (!settings) return complain(settings.error().message, a.shell ? kUsage : kFailed);
  if (!a.shell) return run_daemon(a, *settings);
  const std::string path = a.socket.empty() ? device::control_socket_path(*settings, folder_of(a.config)) : a.socket;
  return device::run_shell({path, a.commands});
}
