#include "lab/laboratory.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "foundation/os/files.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/crypto.hpp"

namespace lictor::lab {
namespace {

constexpr Duration kStartTimeout = seconds(60);  // real time
constexpr Duration kAnswerTimeout = seconds(60);
constexpr std::string_view kManager = "manager";
constexpr std::string_view kAdministrator = "admin";

std::string quoted(std::string_view text) {
  return json::to_text(json::Value(text));
}  // JSON texts are YAML texts

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

void pause(Duration real_time) {
  ::poll(nullptr, 0, static_cast<int>(real_time.count()));
}

Result<int> port_of(std::string_view url) {
  const auto colon = url.rfind(':');
  int port = 0;
  const auto digits = colon == std::string_view::npos ? std::string_view() : url.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535) {
    return Error{ErrorCode::Malformed, fmt::format("the manager listens on \"{}\", which names no port", url)};
  }
  return port;
}

}  // namespace

Result<std::unique_ptr<Laboratory>> Laboratory::make(LaboratorySettings settings) {
  auto scratch = Scratch::make(settings.keep);
  if (!scratch) return scratch.error();
  auto clock = os::make_lab(scratch->path() + "/clock.sock", settings.starts, kAnswerTimeout);
  if (!clock) return clock.error();
  auto relay = make_relay();
  if (!relay) return relay.error();
  return std::unique_ptr<Laboratory>(
      new Laboratory(std::move(settings), std::move(*scratch), std::move(*clock), std::move(*relay)));
}

// All are asked before any is waited for.
Laboratory::~Laboratory() {
  for (auto& [name, process] : processes_) process.ask_to_end();
}

std::string Laboratory::url() const {
  return fmt::format("https://localhost:{}", relay_->port());
}

std::string Laboratory::program(std::string_view name) const {
  return fmt::format("{}/{}", settings_.programs, name);
}

Result<void> Laboratory::write(const std::string& path, const std::string& text) {
  os::PosixFiles files;
  return files.write_atomically(path, as_bytes(text), os::FileMode::Private);
}

Result<void> Laboratory::start(const std::string& name, const CommandLine& command) {
  auto process = Process::start(command, folder_of(name) + "/console.log");
  if (!process) return process.error();
  auto& started = processes_.emplace(name, std::move(*process)).first->second;
  // In slices, so that one that ends at once is seen at once.
  constexpr Duration kSlice{200};
  for (Duration waited{0};; waited += kSlice) {
    auto joined = clock_->wait_for(name, kSlice);
    if (joined) return {};
    if (!started.running()) {
      return Error{ErrorCode::Unavailable, fmt::format("{} ended with status {}", name, started.status())};
    }
    if (joined.error().code != ErrorCode::Timeout || waited >= kStartTimeout) return joined.error();
  }
}

Result<json::Value> Laboratory::manager_message(std::string_view id) {
  auto& manager = processes_.at(std::string(kManager));
  constexpr Duration kSlice{10};
  for (Duration waited{0}; waited < kStartTimeout; waited += kSlice) {
    const bool running = manager.running();
    for (const auto& line : lines_of(folder_of(std::string(kManager)) + "/manager.log")) {
      auto value = json::parse(line);
      if (!value) continue;  // still being written
      auto found = json::ObjectReader(*value, "").string("id");
      if (found && *found == id) return value;
    }
    if (!running)
      return Error{ErrorCode::Unavailable, fmt::format("the manager ended with status {}", manager.status())};
    pause(kSlice);
  }
  return Error{ErrorCode::Timeout, fmt::format("the manager did not say {}", id)};
}

Result<ManagerFacts> Laboratory::start_manager() {
  os::PosixFiles files;
  os::SystemEntropy entropy;
  const std::string folder = folder_of(std::string(kManager));
  if (auto ok = files.make_folder(folder); !ok) return ok.error();
  auto password = Secret::from_text(to_hex(entropy.bytes(16)));
  const std::string password_path = folder + "/password";
  if (auto ok = write(password_path, std::string(password.reveal_text()) + "\n"); !ok) return ok.error();
  const auto settings = fmt::format(
      "data_folder: {}\nlisten: {{address: 127.0.0.1, port: 0}}\ncrl: {{port: 0}}\npublic_url: {}\ncatalogs: {}\n"
      "tls: {{renew: {}}}\nadmin: {{password_file: {}}}\nlog: {{form: json, file: {}}}\n",
      quoted(folder + "/data"), quoted(url()), quoted_list(settings_.catalogs), settings_.manager.renew_tls,
      quoted(password_path), quoted(folder + "/manager.log"));
  if (auto ok = write(folder + "/manager.yaml", settings); !ok) return ok.error();

  const auto program_path = program("lictor-manager");
  auto version = run_process({program_path, {"--version"}}, kAnswerTimeout);
  if (!version) return version.error();
  auto started = start(std::string(kManager),
                       {program_path, {"--config", folder + "/manager.yaml", "--lab-clock", clock_socket()}});
  if (!started) return started.error();
  auto listening = manager_message("MANAGER_LISTENING");
  if (!listening) return listening.error();
  auto catalog = manager_message("CATALOG_ACTIVE");
  if (!catalog) return catalog.error();
  auto at = json::ObjectReader(*listening, "").string("url");
  if (!at) return at.error();
  auto port = port_of(*at);
  if (!port) return port.error();
  manager_port_ = *port;
  if (auto ok = restore_link(); !ok) return ok.error();

  auto pem = files.read(folder + "/data/pki/tls-root.pem", 1024 * 1024);
  if (!pem) return pem.error();
  auto roots = pki::from_pem("CERTIFICATE", as_text(*pem));
  if (!roots) return roots.error();
  // Not through the link: people reach the manager while the devices' link is cut.
  client_ = std::make_unique<ManagerClient>(ManagerAccess{fmt::format("https://localhost:{}", manager_port_),
                                                          std::string(kAdministrator), std::move(password), *roots,
                                                          [this] { return clock_->now().wall; }});
  if (auto ok = client_->login(); !ok) return ok.error();
  const json::ObjectReader facts(*catalog, "");
  return ManagerFacts{version->output.substr(0, version->output.find('\n')), facts.string("tags").value_or("?"),
                      facts.string("models").value_or("?")};
}

Result<void> Laboratory::start_device(const DevicePart& device) {
  os::PosixFiles files;
  const std::string folder = folder_of(device.name);
  if (auto ok = files.make_folder(folder); !ok) return ok;
  std::string startup = "hostname " + device.name + "\n";
  for (const auto& line : device.startup) startup += line + "\n";
  if (auto ok = write(folder + "/startup.txt", startup); !ok) return ok;
  const std::string pki = folder_of(std::string(kManager)) + "/data/pki";
  // Evaluation is charged by the hour: a minute would be a step of the lab's clock each.
  const auto settings = fmt::format(
      "device: {{pid: {}, sn: {}, software_version: {}, members: {}, supervisors: {}, startup_config: startup.txt, "
      "evaluation_step: 1h}}\nstate: {{folder: state}}\ncatalog: {{files: {}}}\nmanager: {{url: {}}}\n"
      "trust: {{licensing_anchors: {}, tls_roots: {}}}\ncontrol: {{socket: control.sock}}\n"
      "log: {{file: {}, least: info}}\nlab: {{clock: {}, name: {}}}\n",
      quoted(device.pid), quoted(device.sn), quoted(device.software_version), quoted_list(device.members),
      device.supervisors, quoted_list(settings_.catalogs), quoted(url()), quoted(pki + "/root.pem"),
      quoted(pki + "/tls-root.pem"), quoted(folder + "/device.log"), quoted(clock_socket()), quoted(device.name));
  if (auto ok = write(folder + "/device.yaml", settings); !ok) return ok;
  if (auto ok = start(device.name, {program("lictor-device"), {"--config", folder + "/device.yaml"}}); !ok) return ok;
  constexpr Duration kSlice{10};
  for (Duration waited{0}; !files.exists(device_socket(device.name)); waited += kSlice) {
    auto& process = processes_.at(device.name);
    if (!process.running()) {
      return Error{ErrorCode::Unavailable, fmt::format("{} ended with status {}", device.name, process.status())};
    }
    if (waited >= kStartTimeout) return Error{ErrorCode::Timeout, fmt::format("{} opens no shell", device.name)};
    pause(kSlice);
  }
  return {};
}

Result<std::string> Laboratory::type(const std::string& device, const std::vector<std::string>& commands) {
  CommandLine shell{program("lictor-device"), {"shell", "--socket", device_socket(device)}};
  for (const auto& command : commands) {
    shell.arguments.emplace_back("-c");
    shell.arguments.push_back(command);
  }
  auto outcome = run_process(shell, kAnswerTimeout);
  if (!outcome) return outcome.error().with_context(device);
  if (outcome->status != 0) {
    return Error{ErrorCode::InvalidArgument, fmt::format("{} answers:\n{}", device, outcome->output)};
  }
  return std::move(outcome->output);
}

Result<json::Value> Laboratory::license_status(const std::string& device) {
  auto output = type(device, {"show license status | json"});
  if (!output) return output.error();
  auto value = json::parse(*output);
  if (!value) return value.error().with_context(device + ": show license status | json");
  return value;
}

std::vector<std::string> Laboratory::console(const std::string& device, std::size_t from) const {
  auto lines = lines_of(folder_of(device) + "/console.log");
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(from, lines.size())));
  return lines;
}

std::vector<std::string> Laboratory::last_lines(const std::string& process, std::size_t most) const {
  auto lines = lines_of(folder_of(process) + "/" + (process == kManager ? "manager.log" : "device.log"));
  const auto console = lines_of(folder_of(process) + "/console.log");
  lines.insert(lines.end(), console.begin(), console.end());
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return lines;
}

std::vector<std::string> Laboratory::fallen() {
  std::vector<std::string> names;
  for (auto& [name, process] : processes_) {
    if (!process.running()) names.push_back(name);
  }
  return names;
}

Result<void> Laboratory::open_for_reader(const std::string& account_domain) {
  if (auto ok = client_->login(); !ok) return ok;
  const std::string folder = folder_of(std::string(kManager));
  const std::string root = folder + "/data/pki/tls-root.pem";
  auto ok = write(curl_path(), fmt::format("cacert = {}\nheader = {}\nsilent\nshow-error\n", quoted(root),
                                           quoted("Authorization: Bearer " + client_->bearer())));
  if (!ok) return ok;
  const std::vector<std::vector<std::string>> commands = {
      {"context", "add", "lab", "--url", url(), "--ca", root, "--default-account", account_domain},
      {"login", std::string(kAdministrator), "--password-file", folder + "/password"}};
  for (auto arguments : commands) {
    arguments.insert(arguments.begin(), {"--contexts", contexts_path()});
    auto outcome = run_process({program("lictorctl"), arguments}, kAnswerTimeout);
    if (!outcome) return outcome.error();
    if (outcome->status != 0) return Error{ErrorCode::InvalidArgument, "lictorctl answers:\n" + outcome->output};
  }
  return {};
}

}  // namespace lictor::lab
