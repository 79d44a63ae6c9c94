#include "bench/devices.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "server/manager/catalog_source.hpp"

namespace lictor::bench {

namespace {
constexpr std::string_view kPid = "C9500-40X";
constexpr std::string_view kSoftwareVersion = "16.12.3";
constexpr std::size_t kMaxFileBytes = 4UL * 1024 * 1024 * 1024;
}  // namespace

Result<std::unique_ptr<Tools>> make_tools() {
  auto tools = std::make_unique<Tools>();
  auto crypto = pki::make_openssl_crypto();
  if (!crypto) return crypto.error();
  tools->crypto = std::move(*crypto);
  return tools;
}

Result<Product> read_product(Tools& tools, const std::string& catalog_path) {
  auto files = manager::read_catalog_files(tools.files, {catalog_path});
  if (!files) return files.error();
  auto catalog = manager::compile_catalog(*files);
  if (!catalog) return catalog.error();
  const auto version = catalog::parse_software_version(kSoftwareVersion);
  if (!version) return version.error();
  auto usage = catalog->usage(kPid, *version, {"network-advantage", "dna-advantage"}, {});
  if (!usage) return usage.error();
  const auto* family = catalog->find_family(catalog->find_model(kPid)->family);
  return Product{family->product_tag, std::string(kSoftwareVersion), std::move(*usage), std::move(*catalog)};
}

Result<Keys> make_keys(Tools& tools, pki::KeyAlgorithm algorithm, std::size_t count) {
  Keys keys;
  for (std::size_t i = 0; i < count; ++i) {
    auto key = tools.crypto->generate_key(algorithm);
    if (!key) return key.error();
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<void> write_keys(Tools& tools, const std::string& path, const Keys& keys) {
  std::string text;
  for (const auto& key : keys) {
    auto exported = tools.crypto->export_key(*key);
    if (!exported) return exported.error();
    text += to_hex(exported->reveal()) + "\n";
  }
  return tools.files.write_atomically(path, as_bytes(text), os::FileMode::Private);
}

Result<Keys> read_keys(Tools& tools, const std::string& path) {
  auto lines = read_lines(tools, path);
  if (!lines) return lines.error();
  Keys keys;
  for (const auto& line : *lines) {
    auto bytes = from_hex(line);
    if (!bytes) return bytes.error().with_context(path);
    auto key = tools.crypto->load_key(Secret(std::move(*bytes)));
    if (!key) return key.error().with_context(path);
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::string device_line(const Device& device) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", device.key, device.account.value, device.instance.value,
                     device.va.value, device.authority.uuid, device.signing_serial.text(), device.serial.text(),
                     device.udi.pid, device.udi.sn, to_base64(device.certificate));
}

Result<std::vector<Device>> read_devices(Tools& tools, const std::string& path) {
  auto lines = read_lines(tools, path);
  if (!lines) return lines.error();
  std::vector<Device> devices;
  for (const auto& line : *lines) {
    Device device;
    std::string signing;
    std::string serial;
    std::string certificate;
    std::istringstream words(line);
    words >> device.key >> device.account.value >> device.instance.value >> device.va.value >> device.authority.uuid >>
        signing >> serial >> device.udi.pid >> device.udi.sn >> certificate;
    auto signing_serial = Serial::parse(signing);
    auto own_serial = Serial::parse(serial);
    auto der = from_base64(certificate);
    if (!words || !signing_serial || !own_serial || !der) {
      return Error{ErrorCode::Malformed, fmt::format("{}: line {} is no device", path, devices.size() + 1)};
    }
    device.signing_serial = *signing_serial;
    device.serial = *own_serial;
    device.certificate = std::move(*der);
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<pki::Certificate> read_certificate(Tools& tools, const std::string& path) {
  auto text = tools.files.read(path, 65536);
  if (!text) return text.error();
  auto blocks = pki::from_pem("CERTIFICATE", as_text(*text));
  if (!blocks) return blocks.error().with_context(path);
  if (blocks->size() != 1) return Error{ErrorCode::Malformed, path + ": one certificate is expected"};
  return tools.crypto->parse_certificate(blocks->front());
}

Udi numbered_udi(std::size_t number) {
  return {std::string(kPid), fmt::format("BNC{:08}", number)};
}

Result<LineWriter> LineWriter::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return os::system_error(errno, "making", path);
  return LineWriter(path, file);
}

void LineWriter::line(std::string_view text) {
  failed_ = failed_ || std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() ||
            std::fputc('\n', file_.get()) == EOF;
}

Result<void> LineWriter::close() {
  failed_ = failed_ || std::fflush(file_.get()) != 0;
  file_.reset();
  if (failed_) return Error{ErrorCode::Io, "writing " + path_};
  return {};
}

Result<std::vector<std::string>> read_lines(Tools& tools, const std::string& path) {
  auto bytes = tools.files.read(path, kMaxFileBytes);
  if (!bytes) return bytes.error();
  std::istringstream text{std::string(as_text(*bytes))};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace lictor::bench
