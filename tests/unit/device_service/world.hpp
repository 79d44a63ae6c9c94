// A whole server side in one thread: memory store, real cryptography, a clock that tests set; and devices that speak
// the protocol to it byte by byte.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "foundation/base/no_metrics.hpp"
#include "licensing/pki/authority.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/codec.hpp"
#include "server/device_service/device_service.hpp"

namespace lictor::test {

inline constexpr AccountId kAccount{7};
inline constexpr VirtualAccountId kVa{2};
inline constexpr VirtualAccountId kOtherVa{3};

class World {
 public:
  World();
  ~World();

  // Sends one message and lets the writer work until it is answered.
  device_service::DeviceReply send(const std::string& body);
  // Runs a change of rows as one command.
  void change(const storage::ReadKeys& keys, std::function<void(storage::Rows&)> body);
  // Leaves a change of a device's class in the queue. `done` runs when it is done or refused.
  void submit(
      const storage::ReadKeys& keys, std::function<void(storage::Rows&)> body,
      storage::CommandClass command_class = storage::CommandClass::DeviceRenewal,
      std::function<void(Result<void>)> done = [](Result<void>) {});
  // Applies what is due by now.
  void let_time_work();
  void deposit(VirtualAccountId va, std::string_view short_name, Count quantity);
  // A token's text.
  std::string token(VirtualAccountId va, std::function<void(domain::Token&)> adjust = {});
  std::vector<UsageItem> usage(const std::vector<std::pair<std::string, Count>>& by_short_name);
  [[nodiscard]] domain::Pool pool(VirtualAccountId va, std::string_view short_name);
  [[nodiscard]] std::optional<domain::Instance> instance(InstanceId id);
  [[nodiscard]] std::vector<domain::Instance> instances();
  [[nodiscard]] std::vector<std::string> event_kinds();
  [[nodiscard]] std::string dump() { return store->dump().value(); }
  [[nodiscard]] EntitlementTag tag(std::string_view short_name) const;
  [[nodiscard]] KeyedHash token_hash(std::string_view text) const;
  void restart_service(device_service::Settings settings);

  WallTime now = parse_rfc3339("2026-01-05T09:00:00Z").value();
  SeededEntropy entropy{42};
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  AuthorityId authority_id = random_authority_id(entropy);
  pki::Authority authority;
  std::shared_ptr<const catalog::Catalog> catalog;
  std::unique_ptr<storage::Store> store = storage::make_memory_store();
  NoLog log;
  NoMetrics metrics;
  std::unique_ptr<storage::DueEffects> effects;
  std::unique_ptr<storage::Writer> writer;
  std::unique_ptr<storage::ReaderPool> readers;
  std::unique_ptr<pki::Signer> signer;
  std::unique_ptr<pki::Issuer> issuer;
  device_service::Settings settings;
  device_service::Admission* admission = nullptr;  // of the next restart_service
  std::unique_ptr<device_service::DeviceService> service;
  std::string product_tag;
  std::int64_t next_lot = 100;
  std::int64_t next_token = 500;
};

// A device as the wire sees it.
class Device {
 public:
  Device(World& world, std::string pid, std::string sn, pki::KeyAlgorithm algorithm = pki::KeyAlgorithm::EcP256);

  // Each builds a message, signs and sends it. The answer's signature and binding are checked.
  protocol::Answer register_with(const std::string& token, bool force = false);
  protocol::Answer authorize(std::vector<UsageItem> usage);
  protocol::Answer renew();
  protocol::Answer deregister();
  protocol::Answer poll(const RequestId& asked_for);
  protocol::Answer trust(int held);

  // Parts, for tests that bend them.
  protocol::RequestHeader header(protocol::MessageType type);
  std::string sign(const protocol::RequestHeader& header, const std::string& payload);
  protocol::Answer exchange(const std::string& body, protocol::MessageType type);
  protocol::RegisterRequest registration(const std::string& token, bool force);
  void accept(const protocol::RegisterAnswer& answer);

  World& world;
  std::vector<UdiEntry> udis;
  std::unique_ptr<pki::PrivateKey> key;
  std::int64_t sequence = 0;
  std::optional<protocol::RequestHeader::Identity> identity;
  protocol::UnverifiedAnswer last_answer;
  RequestId last_request;
  std::int64_t generation = 1;
  Duration evaluation_used{0};
};

template <class T>
T expect(const protocol::Answer& answer) {
  if (const auto* refusal = std::get_if<protocol::Refusal>(&answer)) {
    ADD_FAILURE() << "refused: " << protocol::to_string(refusal->code) << " " << refusal->reason;
    return T{};
  }
  return std::get<T>(answer);
}
inline protocol::Refusal refusal(const protocol::Answer& answer) {
  const auto* found = std::get_if<protocol::Refusal>(&answer);
  if (found == nullptr) {
    ADD_FAILURE() << "was not refused";
    return {};
  }
  return *found;
}

}  // namespace lictor::test
