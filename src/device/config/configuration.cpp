#include "device/config/configuration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace lictor::device {
namespace {

// "16.12.3a" -> "16.12": the version line names the release train only.
std::string train(std::string_view version) {
  const auto first = version.find('.');
  const auto second = first == std::string_view::npos ? first : version.find('.', first + 1);
  return std::string(version.substr(0, second));
}

std::string quoted_if_needed(const std::string& word) {
  return word.find(' ') == std::string::npos ? word : "\"" + word + "\"";
}

class Writer {
 public:
  explicit Writer(Defaults defaults) : all_(defaults == Defaults::Show) {}
  void line(std::string_view text) { (out_ += text) += '\n'; }
  // A line that holds by default: shown by `all` only.
  void unless_default(bool is_default, std::string_view text) {
    if (all_ || !is_default) line(text);
  }
  void flag(bool value, bool usual, std::string_view text, std::string_view indent = "") {
    unless_default(value == usual, std::string(indent) + (value ? "" : "no ") + std::string(text));
  }
  void rule() { line("!"); }
  [[nodiscard]] bool all() const { return all_; }
  std::string take() { return std::move(out_); }

 private:
  bool all_;
  std::string out_;
};

void write_names(Writer& w, const Configuration& c) {
  if (c.domain_lookup_source.empty()) {
    w.flag(c.domain_lookup, true, "ip domain lookup");
  } else {
    w.line("ip domain lookup source-interface " + c.domain_lookup_source);
  }
  for (const auto& [name, address] : c.ip_hosts) w.line("ip host " + name + " " + address);
  for (const NameServer& s : c.name_servers) {
    w.line(s.vrf.empty() ? "ip name-server " + s.address : "ip name-server vrf " + s.vrf + " " + s.address);
  }
  if (!c.http_source_interface.empty()) w.line("ip http client source-interface " + c.http_source_interface);
  w.flag(c.server_identity_check, true, "http secure server-identity-check");
}

void write_profile(Writer& w, const Profile& p, const Profile& usual, bool built_in) {
  w.line(" profile \"" + p.name + "\"");
  // The factory's profile shows what people look for first, as the real text does.
  if (p.active || built_in) w.line(p.active ? "  active" : "  no active");
  if (built_in || p.by_http || p.by_http != usual.by_http) {
    w.line(p.by_http ? "  destination transport-method http" : "  no destination transport-method http");
  }
  if (p.by_email != usual.by_email) w.line("  destination transport-method email");
  if (p.http_address.empty() && !usual.http_address.empty()) {
    w.line("  no destination address http");
  } else if (!p.http_address.empty()) {
    w.unless_default(p.http_address == usual.http_address, "  destination address http " + p.http_address);
  }
  w.flag(p.reports_call_home, usual.reports_call_home, "reporting smart-call-home-data", "  ");
  w.flag(p.reports_licensing, usual.reports_licensing, "reporting smart-licensing-data", "  ");
}

void write_call_home(Writer& w, const Configuration& c, const Configuration& factory) {
  w.line("call-home");
  if (!c.contact_email.empty()) w.line(" contact-email-addr " + c.contact_email);
  if (!c.http_proxy_host.empty())
    w.line(fmt::format(" http-proxy \"{}\" port {}", c.http_proxy_host, c.http_proxy_port));
  if (!c.call_home_vrf.empty()) w.line(" vrf " + c.call_home_vrf);
  if (!c.call_home_source.empty()) w.line(" source-interface " + c.call_home_source);
  w.flag(c.call_home_identity_check, true, "http secure server-identity-check", " ");
  for (const Profile& p : c.profiles) {
    const bool built_in = p.name == kDefaultProfile;
    write_profile(w, p, built_in ? factory.profiles.front() : Profile{}, built_in);
  }
}

std::string_view revocation_text(Revocation revocation) {
  switch (revocation) {
    case Revocation::Crl:
      return "crl";
    case Revocation::CrlNone:
      return "crl none";
    case Revocation::None:
      return "none";
  }
  return "crl";
}

void write_trust(Writer& w, const Configuration& c) {
  for (const Trustpoint& t : c.trustpoints) {
    w.line("crypto pki trustpoint " + quoted_if_needed(t.name));
    if (!t.enrollment.empty()) w.line(" enrollment " + t.enrollment);
    w.line(fmt::format(" revocation-check {}", revocation_text(t.revocation)));
    w.rule();
  }
  for (const Trustpoint& t : c.trustpoints) {
    if (t.certificates.empty()) continue;
    w.line("crypto pki certificate chain " + quoted_if_needed(t.name));
    int serial = 1;
    for (const Bytes& der : t.certificates) {
      w.line(fmt::format(" certificate ca {:02X}", serial++));
      std::string hex = to_hex(der);
      std::transform(hex.begin(), hex.end(), hex.begin(),
                     [](char ch) { return ch >= 'a' ? static_cast<char>(ch - 32) : ch; });
      for (std::size_t at = 0; at < hex.size(); at += 64) {
        std::string row = " ";
        for (std::size_t word = at; word < std::min(at + 64, hex.size()); word += 8) row += " " + hex.substr(word, 8);
        w.line(row);
      }
      w.line("  quit");
    }
    w.rule();
  }
}

void write_license(Writer& w, const Configuration& c) {
  if (!c.boot_level.empty()) {
    w.line("license boot level " + c.boot_level + (c.boot_addon.empty() ? "" : " addon " + c.boot_addon));
  }
  w.flag(c.license_smart_enable, true, "license smart enable");
  const std::string_view transport = c.transport == LicenseTransport::CallHome ? "callhome"
                                     : c.transport == LicenseTransport::Smart  ? "smart"
                                                                               : "off";
  w.unless_default(c.transport == LicenseTransport::CallHome, fmt::format("license smart transport {}", transport));
  if (!c.smart_url.empty()) w.line("license smart url " + c.smart_url);
  if (c.smart_url.empty()) w.unless_default(true, "license smart url default");
  if (!c.smart_proxy_address.empty()) w.line("license smart proxy address " + c.smart_proxy_address);
  if (c.smart_proxy_port != 0) w.line(fmt::format("license smart proxy port {}", c.smart_proxy_port));
}

void write_logging(Writer& w, const Configuration& c) {
  if (!c.logging_buffered) {
    w.line("no logging buffered");
  } else {
    w.unless_default(c.logging_buffer_bytes == 4096, fmt::format("logging buffered {}", c.logging_buffer_bytes));
  }
  for (const SyslogHost& h : c.logging_hosts) {
    const bool plain = h.transport == "udp" && h.port == 514;
    w.line("logging host " + h.host + (plain ? "" : fmt::format(" transport {} port {}", h.transport, h.port)));
  }
}

void write_clock(Writer& w, const Configuration& c) {
  if (!(c.zone == TimeZone{})) {
    const int hours = c.zone.offset_minutes / 60;
    const int minutes = c.zone.offset_minutes % 60;
    w.line(fmt::format("clock timezone {} {} {}", c.zone.name, hours, minutes < 0 ? -minutes : minutes));
  }
  if (c.calendar_valid) w.line("clock calendar-valid");
}

}  // namespace

const Profile* Configuration::find_profile(std::string_view name) const {
  const auto it = std::find_if(profiles.begin(), profiles.end(), [&](const Profile& p) { return p.name == name; });
  return it == profiles.end() ? nullptr : &*it;
}

const Trustpoint* Configuration::find_trustpoint(std::string_view name) const {
  const auto it =
      std::find_if(trustpoints.begin(), trustpoints.end(), [&](const Trustpoint& t) { return t.name == name; });
  return it == trustpoints.end() ? nullptr : &*it;
}

ConfigurationFacts facts_of(std::string software_version, std::string manager_url, const catalog::Catalog& catalog,
                            const std::string& pid) {
  ConfigurationFacts facts{std::move(software_version), std::move(manager_url)};
  const auto* model = catalog.find_model(pid);
  const auto* family = model == nullptr ? nullptr : catalog.find_family(model->family);
  const auto version = catalog::parse_software_version(facts.software_version);
  if (family != nullptr && family->smart_from && version) facts.smart_only = *version >= *family->smart_from;
  return facts;
}

Configuration factory_configuration(const ConfigurationFacts& facts) {
  Configuration c;
  c.profiles.push_back({std::string(kDefaultProfile), true, true, false, facts.manager_url, true, true});
  c.trustpoints.push_back({std::string(kBuiltInTrustpoint), "pkcs12", Revocation::Crl, {}});
  return c;
}

std::string print_configuration(const Configuration& c, const ConfigurationFacts& facts, Defaults defaults) {
  Writer w(defaults);
  const Configuration factory = factory_configuration(facts);
  w.rule();
  w.line("version " + train(facts.software_version));
  w.line("service timestamps log datetime msec");
  w.line(c.service_call_home ? "service call-home" : "no service call-home");
  w.rule();
  w.line("hostname " + c.hostname);
  w.rule();
  write_clock(w, c);
  write_logging(w, c);
  w.rule();
  write_names(w, c);
  w.rule();
  write_call_home(w, c, factory);
  w.rule();
  write_trust(w, c);
  write_license(w, c);
  w.rule();
  w.line("end");
  return w.take();
}

std::string print_running_configuration(const Configuration& c, const ConfigurationFacts& facts, Defaults defaults) {
  const std::string body = print_configuration(c, facts, defaults);
  return fmt::format("Building configuration...\n\nCurrent configuration : {} bytes\n{}", body.size(), body);
}

}  // namespace lictor::device
