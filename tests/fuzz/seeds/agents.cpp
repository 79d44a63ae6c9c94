#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "agent/host/file_state_store.hpp"
#include "foundation/json/json.hpp"
#include "fuzz/lab_authority.hpp"
#include "fuzz/seeds.hpp"
#include "fuzz/store_image.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "simulation/disk/fault_files.hpp"

namespace lictor::fuzz {
namespace {

Bytes with_mark(char mark, ByteView bytes) {
  Bytes out(1 + bytes.size());
  out.front() = static_cast<std::uint8_t>(mark);
  std::copy(bytes.begin(), bytes.end(), out.begin() + 1);
  return out;
}

// Certificates and requests that other programs than ours made (tests/vectors).
void add_material(std::vector<Seed>& seeds) {
  std::ifstream in(LICTOR_SOURCE_DIR "/tests/vectors/v1/material.json", std::ios::binary);
  const auto material = lictor::json::parse(std::string(std::istreambuf_iterator<char>(in), {})).value();
  const auto each = [&](std::string_view group, char mark) {
    for (const auto& [name, value] : *material.find(group)->if_object()) {
      const auto der = from_base64(*value.if_string()).value();
      seeds.push_back({"certificate", fmt::format("{}-{}", group, name), with_mark(mark, der)});
      if (mark == 'c')
        seeds.push_back({"certificate", "pem-" + name, with_mark('p', as_bytes(pki::to_pem("CERTIFICATE", der)))});
    }
  };
  each("certificates", 'c');
  each("requests", 'r');
}

// What this crypto writes: a revocation list, a request, a key; marks in its letters.
void add_written(std::vector<Seed>& seeds, pki::Crypto& crypto, std::string_view whose, std::string_view marks) {
  const auto now = wall_from_ms(agent::lab::kStart);
  SeededEntropy entropy(3);
  const auto key = crypto.generate_key(pki::KeyAlgorithm::EcP256).value();
  pki::CertificateTemplate what;
  what.purpose = pki::Purpose::Authority;
  what.serial = pki::random_serial(entropy);
  what.subject_common_name = "Root";
  what.organization = "Example";
  what.not_before = now;
  what.not_after = now + days(3650);
  what.path_length = 1;
  what.crl_url = "http://crl.example/crl";
  const auto der = crypto.issue_certificate(what, key->public_key(), nullptr, *key).value();
  const auto root = crypto.parse_certificate(der).value();
  const auto list = crypto
                        .issue_crl(root, *key, 7, now, now + days(7),
                                   {{pki::random_serial(entropy), now, 4}, {pki::random_serial(entropy), now, 0}})
                        .value();
  const auto add = [&](std::string_view name, char mark, ByteView bytes) {
    seeds.push_back({"certificate", fmt::format("{}-{}", whose, name), with_mark(mark, bytes)});
  };
  add("certificate", marks[0], der);
  add("request", marks[1], crypto.make_request(*key, "PID:C9500-40X,SN:FCW2233A5ZV").value());
  add("list", marks[2], list);
  add("key", marks[3], crypto.export_key(*key).value().reveal());
}

// The store of an agent at points of a life.
std::vector<std::pair<std::string, Bytes>> lived_contents() {
  std::vector<std::pair<std::string, Bytes>> out;
  SeededEntropy entropy(31);
  const auto crypto = pki::make_keyed_hash_crypto(entropy);
  agent::lab::Server server(*crypto, wall_from_ms(agent::lab::kStart));
  agent::lab::Device device(server, *crypto);
  const auto keep = [&](const char* name) { out.emplace_back(name, device.store.contents.value()); };
  device.boot();
  keep("factory");
  device.power_cut();
  device.boot_with_usage();
  keep("evaluation");
  device.link = agent::lab::Link::Down;
  device.register_and_settle();
  keep("registering");
  device.link = agent::lab::Link::Up;
  device.agent->transport_changed(device.now());
  device.run(hours(1));
  keep("registered");
  server.owned = 0;
  (void)device.agent->renew_authorization(device.now());
  device.settle();
  keep("out-of-compliance");
  server.pending[protocol::MessageType::RenewId] = 3;
  (void)device.agent->renew_id(device.now());
  device.settle();
  keep("renewal-pending");
  device.link = agent::lab::Link::Down;
  (void)device.agent->deregister(device.now());
  device.settle();
  keep("deregistered");
  return out;
}

void add_stores(std::vector<Seed>& seeds) {
  SeededEntropy entropy(3);
  const auto crypto = pki::make_keyed_hash_crypto(entropy);
  simulation::FaultDisk disk;
  simulation::FaultFiles files(disk);
  agent::FileStateStore store({"/store", 4}, files, *crypto);
  (void)store.load();
  int saves = 0;
  for (const auto& [name, contents] : lived_contents()) {
    seeds.push_back({"store", name, contents});
    (void)store.save(contents, {fmt::format("line {}", ++saves), "another"});
    StoreImage image;
    for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
      const auto path = fmt::format("/store/{}", kStoreFiles[i]);
      if (files.exists(path)) image.files[i] = files.read(path).value();
    }
    image.flags = static_cast<std::uint8_t>(saves % 16);
    seeds.push_back({"store_files", name, write_image(image)});
  }
}

}  // namespace

void add_agent_seeds(std::vector<Seed>& seeds) {
  add_material(seeds);
  const auto real = pki::make_openssl_crypto().value();
  add_written(seeds, *real, "openssl", "crlk");
  SeededEntropy entropy(5);
  add_written(seeds, *pki::make_keyed_hash_crypto(entropy), "keyed-hash", "CRLK");
  add_stores(seeds);
}

}  // namespace lictor::fuzz
