// The server's side of the device protocol: one message in, one answer out (spec PRO-1 to PRO-8).
//
// A message goes: envelope -> key on record -> signature -> command through the writer (effect and stored answer in one
// transaction) -> answer signed anew. Certificates are recorded before they are signed, and completed by a second
// command; a retry after a crash between the two goes on where it stood (DECISIONS 7).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/log.hpp"
#include "foundation/base/metrics.hpp"
#include "licensing/catalog/catalog.hpp"
#include "licensing/pki/issuer.hpp"
#include "licensing/protocol/envelope.hpp"
#include "server/storage/reader_pool.hpp"
#include "server/storage/writer.hpp"

namespace lictor::device_service {

struct Settings {
  AuthorityId authority;
  Incarnation incarnation;       // of the store; answers carry it (DECISIONS 10)
  WallTime incarnation_began{};  // certificates issued before it may be re-adopted (PRO-7)
  std::string id_crl_url;        // in ID certificates; "" = none
  int trust_version = 1;
  std::vector<protocol::TrustBundle> trust_bundles;  // ascending; the last is trust_version
  Duration clock_tolerance = hours(1);               // CLK-2
  Duration renewal_interval = days(30);              // AUTH-3
  Duration out_of_compliance_interval = days(1);     // AUTH-4
  Duration authorization_validity = days(90);        // AUTH-5, CMP-3
  Duration id_certificate_lifetime = days(365);      // REG-7
  Duration answer_kept = days(30);                   // PRO-3: a registration's; a tombstone's
  Duration busy_retry_after = seconds(30);
};

// PRO-6 where a message is read but nothing has been done for it yet. Any thread.
class Admission {
 public:
  virtual ~Admission() = default;
  // May one more device register with this token now? Counts it when it may.
  virtual bool admits(const KeyedHash& token) = 0;
  // When the one who is refused now shall come back.
  virtual Duration when_to_return() = 0;
};

// All must outlive the service. Entropy, crypto, signer, issuer, log and metrics are used from several threads.
struct Collaborators {
  pki::Crypto* crypto = nullptr;
  pki::Signer* signer = nullptr;
  pki::Issuer* issuer = nullptr;
  Entropy* entropy = nullptr;
  storage::Writer* writer = nullptr;
  storage::ReaderPool* readers = nullptr;
  Admission* admission = nullptr;  // nullptr: a token may be used at any rate, and Settings say when to come back
  Log* log = nullptr;
  Metrics* metrics = nullptr;
  std::vector<pki::Certificate> anchors;                             // licensing roots
  std::function<std::shared_ptr<const catalog::Catalog>()> catalog;  // the active version
  std::function<KeyedHash(std::string_view)> token_hash;             // keyed hash of a token's text (DECISIONS 14)
};

struct DeviceMessage {
  std::string body;        // compact JWS, at most protocol::kMaxMessageBytes
  std::string peer;        // for logs
  std::string request_id;  // of the HTTP request, for logs and audit
  WallTime now{};
  // Runs a task where the message came from, so that its answer is signed there and not on the writer's thread. Called
  // from any thread.
  std::function<void(std::function<void()>)> resume;
};

struct DeviceReply {
  int status = 200;           // 200: `body` is a signed answer; else an unsigned problem (PRO-8)
  std::string body;           // compact JWS
  protocol::Refusal problem;  // status != 200
};

class DeviceService {
 public:
  DeviceService(Settings settings, Collaborators collaborators);
  ~DeviceService();

  // `done` runs once, unless the task that would run it is dropped (the server's end), on the caller's thread or
  // wherever the message's `resume` runs tasks. Any thread.
  void handle(DeviceMessage message, std::function<void(DeviceReply)> done);

 private:
  class Exchange;
  class Shared;
  std::unique_ptr<Shared> shared_;
};

// What time brings in an account: silence, certificate ends, terms of lots, answers no longer kept (DECISIONS 5).
std::unique_ptr<storage::DueEffects> make_due_effects(const Settings& settings,
                                                      std::function<std::shared_ptr<const catalog::Catalog>()> catalog,
                                                      pki::Crypto& crypto);

}  // namespace lictor::device_service
