// lictor-device: the daemon of one virtual device, and the front end of its shell.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

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

struct Arguments {
  bool check = false;
  bool settings = false;
  std::string config, lab_clock, socket;
  std::vector<std::string> sets, commands;
};

int complain(const std::string& text, int status) {
  std::cerr << "lictor-device: " << text << "\n";
  return status;
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
  auto sets = a.sets;
  if (!a.lab_clock.empty()) sets.push_back("lab.clock=" + a.lab_clock);
  for (const std::string& text : sets) {
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

int run(const Arguments& a, bool shell) {
  const SettingTable table = device::device_settings();
  if (a.settings) return std::cout << table.reference(), kOk;
  auto settings = read_settings(a, table);
  if (!settings) return complain(settings.error().message, shell ? device::kShellUsage : kFailed);
  if (!shell) return run_daemon(a, *settings);
  const std::string path = a.socket.empty() ? device::control_socket_path(*settings, folder_of(a.config)) : a.socket;
  return device::run_shell({path, a.commands});
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{
      "A switch in software that is licensed like a real one. Without a subcommand: run it in the foreground."};
  app.footer(
      "Examples:\n  lictor-device --config device.yaml --check\n  lictor-device --config device.yaml\n"
      "  lictor-device shell --config device.yaml\n"
      "  lictor-device shell --config device.yaml -c 'license smart register idtoken TOKEN' -c 'show license summary'");
  app.add_option("--config", a.config, "Settings, a YAML file; paths in it are relative to it");
  app.add_option("--set", a.sets, "NAME=VALUE: one setting over the file's")->take_all()->allow_extra_args(false);
  app.add_option("--lab-clock", a.lab_clock, "Take the time from a lab's orchestrator at this socket");
  app.add_flag("--check", a.check, "Do everything but start; say what is wrong");
  app.add_flag("--settings", a.settings, "Print every setting with its default and meaning, and end");
  app.set_version_flag("--version", "lictor-device " LICTOR_VERSION);
  CLI::App* shell = app.add_subcommand("shell", "Talk to a running device: on a terminal, by -c, or from a pipe");
  shell->footer("Exit status: 0, 1 after any `%` error, 2 wrong use, 3 the daemon does not answer.");
  shell->add_option("-c", a.commands, "A command; may be repeated")->take_all()->allow_extra_args(false);
  shell->add_option("--config", a.config, "The daemon's settings file: names the socket");
  shell->add_option("--socket", a.socket, "The daemon's control socket");
  shell->add_option("--set", a.sets, "NAME=VALUE: one setting over the file's")->take_all()->allow_extra_args(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : device::kShellUsage;
  }
  return run(a, shell->parsed());
}
