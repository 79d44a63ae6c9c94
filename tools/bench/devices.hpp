// Devices for measurements: real keys and ID certificates, so that `lictor-bench` can sign as many messages as a server
// is to be measured with, before the clock runs. A bench alone: keys lie unencrypted in the build folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/os/files.hpp"
#include "foundation/os/system.hpp"
#include "licensing/catalog/catalog.hpp"
#include "licensing/pki/crypto.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::bench {

// What every subcommand needs. `crypto` is the product's own.
struct Tools {
  std::unique_ptr<pki::Crypto> crypto;
  os::SystemEntropy entropy;
  os::SystemClock clock;
  os::PosixFiles files;
};
Result<std::unique_ptr<Tools>> make_tools();

// The one product that all devices of a measurement are, and what it uses.
struct Product {
  ProductTag tag;
  std::string software_version;
  std::vector<UsageItem> usage;  // sorted by tag
  catalog::Catalog catalog;
};
Result<Product> read_product(Tools& tools, const std::string& catalog_path);

using Keys = std::vector<std::unique_ptr<pki::PrivateKey>>;
Result<Keys> make_keys(Tools& tools, pki::KeyAlgorithm algorithm, std::size_t count);
// One PKCS#8 key in hex a line.
Result<void> write_keys(Tools& tools, const std::string& path, const Keys& keys);
Result<Keys> read_keys(Tools& tools, const std::string& path);

// A registered device. `key` is a position in its keys; devices may share one.
struct Device {
  std::size_t key = 0;
  AccountId account;
  InstanceId instance;
  VirtualAccountId va;
  AuthorityId authority;
  Serial signing_serial;
  Serial serial;
  Udi udi;
  Bytes certificate;
};
std::string device_line(const Device& device);
Result<std::vector<Device>> read_devices(Tools& tools, const std::string& path);

// The one certificate of a PEM file.
Result<pki::Certificate> read_certificate(Tools& tools, const std::string& path);
// The UDI of the n-th device of a measurement.
Udi numbered_udi(std::size_t number);

// Text files that are written line by line and may be large. Errors: Io.
class LineWriter {
 public:
  static Result<LineWriter> open(const std::string& path);
  LineWriter(LineWriter&&) = default;
  void line(std::string_view text);
  Result<void> close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit LineWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
};
Result<std::vector<std::string>> read_lines(Tools& tools, const std::string& path);

}  // namespace lictor::bench
