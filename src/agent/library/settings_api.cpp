// lictor_settings_*: every value is checked when it is set.
#include <algorithm>

#include "agent/library/failure.hpp"
#include "agent/library/settings.hpp"
#include "agent/library/structures.hpp"
#include "foundation/os/files.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace lictor::agent {
namespace {

constexpr std::size_t kMostName = 255;
constexpr std::size_t kMostVersion = 64;
constexpr std::size_t kMostUdiPart = 64;
constexpr std::size_t kMostUrl = 2048;
constexpr std::size_t kMostPath = 4096;
constexpr std::size_t kMostPem = std::size_t{64} * 1024;
constexpr int kMostEventLines = 100'000;
constexpr int kMostEvaluationStep = 3600;
constexpr int kMostPort = 65535;
constexpr std::size_t kMostTraditional = 256;

Error not_allowed(std::string_view what) {
  return Error{ErrorCode::InvalidArgument, std::string(what)};
}

// Runs `set` on the settings; it returns a Result<void>.
template <class F>
int with(lictor_settings* settings, F&& set) {
  return guarded([&] {
    if (settings == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the settings are null");
    return told(set(settings->all));
  });
}

Result<void> take_text(std::string& into, const char* text, std::string_view name, std::size_t most,
                       Empty empty = Empty::Refused) {
  auto read = read_text(text, name, most, empty);
  if (!read) return read.error();
  into = std::move(*read);
  return {};
}

Result<void> add_certificates(std::vector<Bytes>& into, pki::Crypto& crypto, std::string_view pem) {
  auto blocks = pki::from_pem("CERTIFICATE", pem);
  if (!blocks) return blocks.error();
  if (blocks->empty()) return not_allowed("the PEM text holds no certificate");
  for (const auto& der : *blocks)
    if (auto parsed = crypto.parse_certificate(der); !parsed) return parsed.error();
  into.insert(into.end(), blocks->begin(), blocks->end());
  return {};
}

Result<void> add_pem(std::vector<Bytes>& into, pki::Crypto& crypto, const char* pem, std::size_t size) {
  if (pem == nullptr) return not_allowed("the PEM text is null");
  if (size > kMostPem) return Error{ErrorCode::TooLarge, fmt::format("the PEM text has more than {} bytes", kMostPem)};
  return add_certificates(into, crypto, {pem, size});
}

Result<void> add_file(std::vector<Bytes>& into, pki::Crypto& crypto, const char* path) {
  auto name = read_text(path, "path", kMostPath);
  if (!name) return name.error();
  auto bytes = os::PosixFiles().read(*name, kMostPem);
  if (!bytes) return bytes.error();
  if (auto added = add_certificates(into, crypto, as_text(*bytes)); !added) return added.error().with_context(*name);
  return {};
}

// With the manager's usual path, if there is none.
Result<std::string> complete_url(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const auto rest = url.substr(std::min(url.size(), kScheme.size()));  // HOST[:PORT][/PATH]
  if (url.substr(0, kScheme.size()) != kScheme || rest.empty() || rest.front() == '/')
    return not_allowed("the manager's URL must be https://HOST[:PORT][/PATH]");
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\x7f'; }))
    return not_allowed("the manager's URL has a blank or control character");
  const auto path = rest.find('/');
  if (path != std::string_view::npos && path + 1 < rest.size()) return std::string(url);
  return fmt::format("{}{}{}", kScheme, rest.substr(0, path), protocol::kManagerPath);
}

template <class T>
Result<void> take_port(std::optional<T>& into, const T* port, std::string_view name, bool (*whole)(const T&)) {
  auto read = read_structure(port, name);
  if (!read) return read.error();
  if (!whole(*read)) return not_allowed(fmt::format("a function of the {} is null", name));
  into = *read;
  return {};
}

}  // namespace

Result<std::vector<UdiEntry>> read_udis(const lictor_udi* udis, std::size_t count) {
  if (udis == nullptr || count == 0) return not_allowed("there are no UDIs");
  if (count > kMaxStackMembers)
    return Error{ErrorCode::TooLarge, fmt::format("there are more than {} UDIs", kMaxStackMembers)};
  auto all = read_structures(udis, count, "UDI");
  if (!all) return all.error();
  std::vector<UdiEntry> entries;
  for (const auto& in : *all) {
    auto pid = read_text(in.product_id, "product id", kMostUdiPart);
    if (!pid) return pid.error();
    auto sn = read_text(in.serial_number, "serial number", kMostUdiPart);
    if (!sn) return sn.error();
    auto udi = make_udi(std::move(*pid), std::move(*sn));
    if (!udi) return udi.error();
    if (in.role < LICTOR_ACTIVE || in.role > LICTOR_MEMBER) return not_allowed("a UDI has no role of lictor_role");
    const auto role = in.role == LICTOR_ACTIVE    ? UdiRole::Active
                      : in.role == LICTOR_STANDBY ? UdiRole::Standby
                                                  : UdiRole::Member;
    entries.push_back({std::move(*udi), role});
  }
  if (auto ok = check_udis(entries); !ok) return ok.error();
  return entries;
}

Result<LicensingMode> read_mode(int mode) {
  if (mode != LICTOR_SMART && mode != LICTOR_TRADITIONAL) return not_allowed("this is no mode of lictor_mode");
  return mode == LICTOR_SMART ? LicensingMode::Smart : LicensingMode::Traditional;
}

Result<std::vector<TraditionalLicense>> read_traditional(const lictor_traditional* licenses, std::size_t count) {
  std::vector<TraditionalLicense> out;
  if (count == 0) return out;
  if (licenses == nullptr) return not_allowed("the traditional licenses are null");
  if (count > kMostTraditional)
    return Error{ErrorCode::TooLarge, fmt::format("there are more than {} traditional licenses", kMostTraditional)};
  auto all = read_structures(licenses, count, "traditional license");
  if (!all) return all.error();
  for (const auto& in : *all) {
    auto feature = read_text(in.feature, "feature", kMostName);
    if (!feature) return feature.error();
    if (in.kind < LICTOR_RIGHT_TO_USE || in.kind > LICTOR_EVALUATION_LICENSE)
      return not_allowed("a traditional license has no kind of lictor_traditional_kind");
    if (in.count < 1 || in.count > kMaxCount)
      return not_allowed(fmt::format("the count {} is not between 1 and {}", in.count, kMaxCount));
    const auto kind = in.kind == LICTOR_RIGHT_TO_USE   ? TraditionalLicense::Kind::RightToUse
                      : in.kind == LICTOR_LICENSE_FILE ? TraditionalLicense::Kind::LicenseFile
                                                       : TraditionalLicense::Kind::Evaluation;
    out.push_back({std::move(*feature), kind, in.count, in.in_use != 0});
  }
  return out;
}

Result<void> check_complete(const EmbeddedSettings& s) {
  if (s.agent.udis.empty()) return not_allowed("lictor_settings_set_udi was not called");
  if (s.agent.product_tag.text.empty()) return not_allowed("lictor_settings_set_product_tag was not called");
  if (s.agent.software_version.empty()) return not_allowed("lictor_settings_set_version was not called");
  if (s.agent.licensing_anchors.empty()) return not_allowed("lictor_settings_add_licensing_anchor was not called");
  if (s.store_folder.empty() && !s.store)
    return not_allowed("neither lictor_settings_set_store_folder nor lictor_settings_set_store was called");
  return {};
}

}  // namespace lictor::agent

using namespace lictor;
using namespace lictor::agent;

lictor_settings* lictor_settings_new(void) {
  std::unique_ptr<lictor_settings> made;
  const int result = guarded([&] {
    auto crypto = pki::make_openssl_crypto();
    if (!crypto) return fail(crypto.error());
    made = std::make_unique<lictor_settings>();
    made->all.shared = std::make_shared<Shared>();
    made->all.shared->crypto = std::move(*crypto);
    made->all.agent.agent_version = LICTOR_AGENT_VERSION;
    return static_cast<int>(LICTOR_OK);
  });
  return result == LICTOR_OK ? made.release() : nullptr;
}

int lictor_settings_free(lictor_settings** settings) {
  return guarded([&] {
    if (settings == nullptr || *settings == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the settings are null");
    delete std::exchange(*settings, nullptr);
    return static_cast<int>(LICTOR_OK);
  });
}

int lictor_settings_set_udi(lictor_settings* settings, const char* product_id, const char* serial_number) {
  const lictor_udi udi{sizeof(lictor_udi), product_id, serial_number, LICTOR_ACTIVE};
  return lictor_settings_set_udis(settings, &udi, 1);
}

int lictor_settings_set_udis(lictor_settings* settings, const lictor_udi* udis, size_t count) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    auto entries = read_udis(udis, count);
    if (!entries) return entries.error();
    s.agent.udis = std::move(*entries);
    return {};
  });
}

int lictor_settings_set_product_tag(lictor_settings* settings, const char* product_tag) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    auto text = read_text(product_tag, "product tag", kMostName);
    if (!text) return text.error();
    auto tag = parse_product_tag(*text);
    if (!tag) return tag.error();
    s.agent.product_tag = std::move(*tag);
    return {};
  });
}

int lictor_settings_set_version(lictor_settings* settings, const char* software_version) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_text(s.agent.software_version, software_version, "software version", kMostVersion);
  });
}

int lictor_settings_set_host_name(lictor_settings* settings, const char* host_name) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_text(s.agent.host_name, host_name, "host name", kMostName, Empty::Allowed);
  });
}

int lictor_settings_set_key(lictor_settings* settings, int key) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (key < LICTOR_RSA_2048 || key > LICTOR_RSA_3072) return not_allowed("this is no key of lictor_key");
    s.agent.key_algorithm = key == LICTOR_RSA_2048  ? pki::KeyAlgorithm::Rsa2048
                            : key == LICTOR_EC_P256 ? pki::KeyAlgorithm::EcP256
                                                    : pki::KeyAlgorithm::Rsa3072;
    return {};
  });
}

int lictor_settings_add_licensing_anchor(lictor_settings* settings, const char* pem, size_t size) {
  return with(settings,
              [&](EmbeddedSettings& s) { return add_pem(s.agent.licensing_anchors, *s.shared->crypto, pem, size); });
}

int lictor_settings_add_licensing_anchor_file(lictor_settings* settings, const char* path) {
  return with(settings,
              [&](EmbeddedSettings& s) { return add_file(s.agent.licensing_anchors, *s.shared->crypto, path); });
}

int lictor_settings_set_manager_url(lictor_settings* settings, const char* url) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    auto text = read_text(url, "manager's URL", kMostUrl);
    if (!text) return text.error();
    auto whole = complete_url(*text);
    if (!whole) return whole.error();
    s.way.url = std::move(*whole);
    return {};
  });
}

int lictor_settings_add_tls_root(lictor_settings* settings, const char* pem, size_t size) {
  return with(settings, [&](EmbeddedSettings& s) {
    return add_pem(s.way.settings.tls.trusted_roots, *s.shared->crypto, pem, size);
  });
}

int lictor_settings_add_tls_root_file(lictor_settings* settings, const char* path) {
  return with(settings,
              [&](EmbeddedSettings& s) { return add_file(s.way.settings.tls.trusted_roots, *s.shared->crypto, path); });
}

int lictor_settings_set_proxy(lictor_settings* settings, const char* host, int port, const char* user,
                              const char* password) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    auto changed = s.way.settings;
    if (host != nullptr && (port < 1 || port > kMostPort)) return not_allowed("the proxy's port is not 1-65535");
    if (auto ok = take_text(changed.proxy_host, host, "proxy", kMostName, Empty::Allowed); !ok) return ok;
    if (auto ok = take_text(changed.proxy_user, user, "proxy's user", kMostName, Empty::Allowed); !ok) return ok;
    if (auto ok = take_text(changed.proxy_password, password, "proxy's password", kMostName, Empty::Allowed); !ok)
      return ok;
    changed.proxy_port = host == nullptr ? 0 : port;
    s.way.settings = std::move(changed);
    return {};
  });
}

int lictor_settings_add_name_server(lictor_settings* settings, const char* server) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    std::string text;
    if (auto ok = take_text(text, server, "name server", kMostName); !ok) return ok;
    if (text.find_first_not_of("0123456789abcdefABCDEF.:[]") != std::string::npos)
      return not_allowed("the name server is no address");
    s.way.settings.name_servers.push_back(std::move(text));
    return {};
  });
}

int lictor_settings_set_store_folder(lictor_settings* settings, const char* folder) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (auto ok = take_text(s.store_folder, folder, "store's folder", kMostPath); !ok) return ok;
    s.store.reset();
    return {};
  });
}

int lictor_settings_set_event_log_size(lictor_settings* settings, int lines) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (lines < 1 || lines > kMostEventLines) return not_allowed("the event log has 1-100000 lines");
    s.agent.event_log_size = static_cast<std::size_t>(lines);
    return {};
  });
}

int lictor_settings_set_evaluation_step(lictor_settings* settings, int seconds) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (seconds < 1 || seconds > kMostEvaluationStep) return not_allowed("the evaluation step is 1-3600 s");
    s.agent.evaluation_step = lictor::seconds(seconds);
    return {};
  });
}

int lictor_settings_set_persistence(lictor_settings* settings, int persistence) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (persistence != LICTOR_AT_ONCE && persistence != LICTOR_ON_SAVE)
      return not_allowed("this is no value of lictor_persistence");
    s.agent.persistence =
        persistence == LICTOR_AT_ONCE ? AgentSettings::Persistence::AtOnce : AgentSettings::Persistence::OnSave;
    return {};
  });
}

int lictor_settings_set_mode(lictor_settings* settings, int mode) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    auto read = read_mode(mode);
    if (!read) return read.error();
    s.agent.mode = *read;
    return {};
  });
}

int lictor_settings_set_entropy(lictor_settings* settings, const lictor_entropy* entropy) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_port<lictor_entropy>(s.entropy, entropy, "source of chance",
                                     [](const lictor_entropy& e) { return e.fill != nullptr; });
  });
}

int lictor_settings_set_keys(lictor_settings* settings, const lictor_keys* keys) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_port<lictor_keys>(s.keys, keys, "source of keys", [](const lictor_keys& k) {
      return k.make != nullptr && k.sign != nullptr && k.forget != nullptr;
    });
  });
}

int lictor_settings_set_clock(lictor_settings* settings, const lictor_clock* clock) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_port<lictor_clock>(
        s.clock, clock, "clock", [](const lictor_clock& c) { return c.wall_ms != nullptr && c.steady_ms != nullptr; });
  });
}

int lictor_settings_set_transport(lictor_settings* settings, const lictor_transport* transport) {
  return with(settings, [&](EmbeddedSettings& s) {
    return take_port<lictor_transport>(s.transport, transport, "transport", [](const lictor_transport& t) {
      return t.send != nullptr && t.cancel != nullptr;
    });
  });
}

int lictor_settings_set_store(lictor_settings* settings, const lictor_store* store) {
  return with(settings, [&](EmbeddedSettings& s) -> Result<void> {
    if (auto ok = take_port<lictor_store>(s.store, store, "store",
                                          [](const lictor_store& t) { return t.load != nullptr && t.save != nullptr; });
        !ok)
      return ok;
    s.store_folder.clear();
    return {};
  });
}
