#include "device/daemon/program.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "device/config/editor.hpp"
#include "foundation/config/yaml.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace lictor::device {
namespace {

constexpr SettingRow kRows[] = {
    {.name = "device.pid",
     .default_text = "C9500-40X",
     .sentence = "Product identifier of the (active) switch, as the catalog names it."},
    {.name = "device.sn", .default_text = "LIC00000001", .sentence = "Its serial number."},
    {.name = "device.members",
     .type = SettingType::List,
     .default_text = "",
     .sentence = "Further members of the stack, each `PID:SN:standby` or `PID:SN:member`."},
    {.name = "device.supervisors",
     .type = SettingType::Integer,
     .default_text = "1",
     .minimum = 1,
     .maximum = 2,
     .sentence = "Supervisors of a modular chassis."},
    {.name = "device.software_version",
     .default_text = "16.12.3",
     .sentence = "Version of the image that the device plays."},
    {.name = "device.key_algorithm",
     .type = SettingType::Choice,
     .default_text = "rsa-2048",
     .choices = "rsa-2048|rsa-3072|ec-p256",
     .sentence = "Kind of the device's own key pair."},
    {.name = "device.interfaces",
     .type = SettingType::List,
     .default_text = "",
     .sentence = "Which real interface plays which of the device's: `GigabitEthernet0/0=eth0`."},
    {.name = "device.startup_config",
     .default_text = "",
     .sentence = "Configuration text used until the first `write memory`; \"\" = as from the factory."},
    {.name = "device.evaluation_step",
     .type = SettingType::Duration,
     .default_text = "60s",
     .minimum = 1000,
     .maximum = 86'400'000,
     .sentence = "Evaluation is charged ahead in steps of this length."},
    {.name = "state.folder",
     .default_text = "/var/lib/lictor/device",
     .sentence = "Trust store, startup configuration and clock."},
    {.name = "catalog.files",
     .type = SettingType::List,
     .default_text = "/usr/share/lictor/catalogs/catalyst.yaml",
     .sentence = "Catalog files: which features use which licences."},
    {.name = "manager.url",
     .default_text = "https://localhost:8443",
     .sentence = "The manager that the factory's call-home profile reaches; a path is added where there is none."},
    {.name = "trust.licensing_anchors",
     .default_text = "",
     .sentence = "PEM file of the roots under which the manager signs licensing answers."},
    {.name = "trust.tls_roots",
     .default_text = "",
     .sentence = "PEM file of the roots that the built-in trustpoint trusts for HTTPS."},
    {.name = "control.socket",
     .default_text = "",
     .sentence = "Socket of the shell; \"\" = `control.sock` in the state folder."},
    {.name = "control.access",
     .type = SettingType::Choice,
     .default_text = "owner",
     .choices = "owner|group",
     .sentence = "Who may connect to it; only root and the daemon's own user reach privileged EXEC."},
    {.name = "control.start_privileged",
     .type = SettingType::Boolean,
     .default_text = "true",
     .sentence = "Sessions that may enter privileged EXEC begin there."},
    {.name = "console.lines",
     .type = SettingType::Boolean,
     .default_text = "true",
     .sentence = "Log lines also go to standard output."},
    {.name = "log.form",
     .type = SettingType::Choice,
     .default_text = "text",
     .choices = "text|json",
     .sentence = "Form of the daemon's own log."},
    {.name = "log.file", .default_text = "", .sentence = "Where it goes; \"\" = standard error."},
    {.name = "log.least",
     .type = SettingType::Choice,
     .default_text = "warning",
     .choices = "debug|info|notice|warning|error|critical",
     .sentence = "The least severity that is written; `info` includes every shell command."},
    {.name = "lab.clock",
     .default_text = "",
     .sentence = "Socket of a lab clock; \"\" = the machine's clock. Needs a state folder of a lab."},
    {.name = "lab.name", .default_text = "device", .sentence = "How the lab knows this process."},
};

std::string resolve(const std::string& path, const std::string& base_folder) {
  return path.empty() || path.front() == '/' || base_folder.empty() ? path : base_folder + "/" + path;
}

// "https://host:8443" gets the path; an address with one is taken as it stands.
std::string with_path(std::string url, std::string_view path) {
  const auto scheme = url.find("://");
  const auto slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (slash != std::string::npos && slash + 1 < url.size()) return url;
  if (slash != std::string::npos) url.pop_back();
  return url + std::string(path);
}

Severity severity_of(const std::string& text) {
  for (const Severity s : {Severity::Debug, Severity::Info, Severity::Notice, Severity::Warning, Severity::Error}) {
    std::string name(to_string(s));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == text) return s;
  }
  return Severity::Critical;
}

Error wrong(std::string_view setting, std::string_view why) {
  return {ErrorCode::InvalidArgument, fmt::format("{}: {}", setting, why)};
}

Result<std::vector<Bytes>> certificates(const Settings& settings, std::string_view name, const std::string& base,
                                        os::Files& files) {
  const std::string path = resolve(settings.text(name), base);
  if (path.empty()) return wrong(name, "not set; it names a PEM file of certificates");
  auto bytes = files.read(path, 1024 * 1024);
  if (!bytes) return bytes.error().with_context(name);
  auto found = pki::from_pem("CERTIFICATE", as_text(*bytes));
  if (!found) return found.error().with_context(path).with_context(name);
  if (found->empty()) return wrong(name, path + " holds no certificate");
  return found;
}

Result<std::vector<UdiEntry>> read_stack(const Settings& settings) {
  auto first = make_udi(settings.text("device.pid"), settings.text("device.sn"));
  if (!first) return first.error().with_context("device.pid, device.sn");
  std::vector<UdiEntry> stack{{std::move(*first), UdiRole::Active}};
  for (const std::string& text : settings.list("device.members")) {
    const auto a = text.find(':');
    const auto b = a == std::string::npos ? a : text.find(':', a + 1);
    const std::string role = b == std::string::npos ? "" : text.substr(b + 1);
    if (role != "standby" && role != "member")
      return wrong("device.members", text + " is not PID:SN:standby or PID:SN:member");
    auto udi = make_udi(text.substr(0, a), text.substr(a + 1, b - a - 1));
    if (!udi) return udi.error().with_context("device.members");
    stack.push_back({std::move(*udi), role == "standby" ? UdiRole::Standby : UdiRole::Member});
  }
  if (auto ok = check_udis(stack); !ok) return ok.error().with_context("device.members");
  return stack;
}

Result<InterfaceMap> read_interfaces(const Settings& settings) {
  InterfaceMap map;
  for (const std::string& text : settings.list("device.interfaces")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return wrong("device.interfaces", text + " is not NAME=REAL");
    }
    map[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return map;
}

Result<catalog::Catalog> read_catalog(const Settings& settings, const std::string& base) {
  std::vector<std::string> paths;
  for (const std::string& file : settings.list("catalog.files")) paths.push_back(resolve(file, base));
  auto documents = config::read_yaml_files(paths);
  if (!documents) return documents.error().with_context("catalog.files");
  auto made = catalog::Catalog::from_documents(*documents);
  if (!made) return made.error().with_context("catalog.files");
  return made;
}

// The model, the image and the configured levels must fit the catalog, or the device would boot without its licences.
Result<void> check_against_catalog(const Program& p, const Configuration& startup) {
  const Udi& udi = active_udi(p.device.stack);
  if (p.catalog.find_model(udi.pid) == nullptr) return wrong("device.pid", "the catalog has no model " + udi.pid);
  auto version = catalog::parse_software_version(p.device.software_version);
  if (!version) return version.error().with_context("device.software_version");
  std::vector<std::string> levels;
  for (const std::string& level : {startup.boot_level, startup.boot_addon}) {
    if (!level.empty()) levels.push_back(level);
  }
  if (levels.empty()) return {};
  if (auto usage = p.catalog.usage(udi.pid, *version, levels, {}); !usage) {
    return usage.error().with_context("license boot level of device.startup_config");
  }
  return {};
}

}  // namespace

SettingTable device_settings() {
  return SettingTable({std::span<const SettingRow>(kRows)});
}

std::string control_socket_path(const Settings& settings, const std::string& base_folder) {
  const std::string& given = settings.text("control.socket");
  return resolve(given.empty() ? settings.text("state.folder") + "/control.sock" : given, base_folder);
}

Result<Program> load_program(const Settings& settings, const std::string& base, const Grammar& grammar,
                             os::Files& files) {
  Program p;
  auto stack = read_stack(settings);
  if (!stack) return stack.error();
  auto interfaces = read_interfaces(settings);
  if (!interfaces) return interfaces.error();
  auto catalog = read_catalog(settings, base);
  if (!catalog) return catalog.error();
  auto anchors = certificates(settings, "trust.licensing_anchors", base, files);
  if (!anchors) return anchors.error();
  auto roots = certificates(settings, "trust.tls_roots", base, files);
  if (!roots) return roots.error();
  auto algorithm = pki::parse_key_algorithm(settings.text("device.key_algorithm"));
  if (!algorithm) return algorithm.error().with_context("device.key_algorithm");
  p.catalog = std::move(*catalog);
  p.device.stack = std::move(*stack);
  p.device.software_version = settings.text("device.software_version");
  p.device.supervisors = static_cast<int>(settings.integer("device.supervisors"));
  p.device.manager_url = with_path(settings.text("manager.url"), protocol::kManagerPath);
  p.device.smart_transport_url = with_path(settings.text("manager.url"), protocol::kSmartTransportPath);
  p.device.key_algorithm = *algorithm;
  p.device.licensing_anchors = std::move(*anchors);
  p.device.tls_roots = std::move(*roots);
  p.device.interfaces = std::move(*interfaces);
  p.device.evaluation_step = settings.duration("device.evaluation_step");
  p.state_folder = resolve(settings.text("state.folder"), base);
  p.socket_path = control_socket_path(settings, base);
  p.socket_mode = settings.text("control.access") == "group" ? 0660 : 0600;
  p.start_privileged = settings.boolean("control.start_privileged");
  p.lab_clock = resolve(settings.text("lab.clock"), base);
  p.lab_name = settings.text("lab.name");
  if (!p.lab_clock.empty()) p.device.resumption = http::TlsSettings::Resumption::Off;
  p.console = settings.boolean("console.lines");
  p.log = {settings.text("log.form") == "json" ? os::LogSettings::Form::Json : os::LogSettings::Form::Text,
           severity_of(settings.text("log.least")), resolve(settings.text("log.file"), base)};

  const auto facts =
      facts_of(p.device.software_version, p.device.manager_url, p.catalog, active_udi(p.device.stack).pid);
  Configuration startup = factory_configuration(facts);
  if (const std::string path = resolve(settings.text("device.startup_config"), base); !path.empty()) {
    auto text = files.read(path, 1024 * 1024);
    if (!text) return text.error().with_context("device.startup_config");
    p.device.initial_startup = std::string(as_text(*text));
    auto parsed = parse_configuration(grammar, p.device.initial_startup, startup, facts);
    if (!parsed) return parsed.error().with_context(path);
    startup = std::move(*parsed);
  }
  if (auto ok = check_against_catalog(p, startup); !ok) return ok.error();
  return p;
}

Result<void> check_lab_mark(os::Files& files, const std::string& state_folder, bool lab) {
  const std::string mark = state_folder + "/lab";
  const bool marked = files.exists(mark);
  if (marked == lab) return {};
  if (marked) {
    return Error{ErrorCode::Conflict,
                 state_folder + " belongs to a lab: its times are not real; it starts with lab.clock only"};
  }
  auto names = files.list(state_folder);
  if (!names) return names.error();
  const bool fresh = std::all_of(names->begin(), names->end(), [](const std::string& n) { return n == "lock"; });
  if (!fresh) return Error{ErrorCode::Conflict, state_folder + " is in real use: it does not start with a lab clock"};
  return files.write_atomically(mark, as_bytes("the times in this folder are a lab's\n"), os::FileMode::Private);
}

}  // namespace lictor::device
