// What the agent's core needs from its surroundings. All calls come from the one thread that owns the Agent; all
// completions must come back on it, and never inside the call that asked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/transitions.hpp"
#include "foundation/base/entropy.hpp"
#include "foundation/base/time.hpp"
#include "licensing/pki/crypto.hpp"
#include "licensing/protocol/messages.hpp"

namespace lictor::agent {

// How a message went, seen from the sender. What a carrier says is never an answer (AUTH-8, GWY-2).
enum class TransportFailure {
  NotAvailable,  // no transport configured: REG-4, SCN-4 ("Communication transport not available.")
  SendFailed,    // no answer: name, route, port, TLS, time-out: SCN-5 ("Fail to send out Call Home HTTP message.")
  CertificateNotYetValid,  // TLS: SCN-3b
  CertificateExpired,      // TLS: SCN-3c
  RevocationUnknown,       // the CRL could not be fetched: pending (AUTH-10, SCN-7)
  Busy,                    // 503, or a carrier's own refusal; retry_after may be set
  Pending,                 // 202 with a ticket (GWY-2)
  BadAnswer,               // an answer that is no protocol answer
  Resubmit,                // the carrier no longer has what the ticket names: the same payload is signed and sent anew
};
std::string_view to_string(TransportFailure failure);

struct TransportReply {
  std::optional<TransportFailure> failure;  // absent: `body` is what the server sent with HTTP 200
  // Compact JWS. With BadAnswer: the problem document (RFC 9457) that came instead, if one did; shown, not believed.
  std::string body;
  Duration retry_after{0};  // 0 = not named
  std::string ticket;       // Pending
  std::string detail;       // for the event log: "Connection refused", never a secret
  // What the lines of LOG-5 and LOG-6 name; may be left out, then the line is not written.
  std::string url;                           // where it was sent
  std::string carrier_error;                 // SendFailed: "ERR 205 : Request Aborted", "ERR 207 : Connection time out"
  std::string certificate_serial;            // Certificate...: upper-case hex
  std::optional<WallTime> certificate_date;  // Certificate...: where its validity begins or ends
};

class Transport {
 public:
  virtual ~Transport() = default;
  struct Message {
    protocol::MessageType type = protocol::MessageType::Register;
    std::string carrier_key;  // PRO-6
    std::string body;         // compact JWS; empty with a ticket
    std::string ticket;       // fetch by ticket (GWY-2)
  };
  // `done` runs once, also after cancel(); the core ignores its reply then. At most one is wanted at a time: after
  // cancel() the next send() may come before the `done` of the one that was given up.
  virtual void send(Message message, std::function<void(TransportReply)> done) = 0;
  virtual void cancel() = 0;
};

// The trust store (STO-1, STO-2): two slots written in turn, the event log beside it. Blocking, durable on return.
class StateStore {
 public:
  virtual ~StateStore() = default;
  struct Loaded {
    std::optional<Bytes> contents;         // absent: a new store
    bool damaged = false;                  // both slots bad: set aside (STORE DAMAGED, STO-2)
    std::vector<std::string> event_lines;  // the newest first-to-last, at most the ring's size
  };
  virtual Result<Loaded> load() = 0;
  // What load() gave is whole and makes no sense to the agent: it is put where no load() finds it again, and kept, if
  // the store can. Before any save(). Afterwards the store is a new one.
  virtual Result<void> set_aside() = 0;
  // Replaces the contents and appends event lines in one durable step: afterwards a load gives all of it or the old.
  virtual Result<void> save(const Bytes& contents, const std::vector<std::string>& new_event_lines) = 0;
  // The event lines alone, as load() gives them, for when somebody asks: the agent keeps none in memory. A store whose
  // load() does more than reading has its own.
  virtual Result<std::vector<std::string>> event_lines() {
    auto loaded = load();
    if (!loaded) return loaded.error();
    return std::move(loaded->event_lines);
  }
};

// One line for syslog and console (device-formats 7): "%SMART_LIC-3-AGENT_REG_FAILED: ...".
struct LogLine {
  std::string facility;  // "SMART_LIC"
  int severity = 6;      // 0-7
  std::string mnemonic;  // "AGENT_REG_FAILED"
  std::string text;
};

// What the agent tells its host (USE-1). New kinds may be added.
enum class NotificationKind {
  RegistrationChanged,
  AuthorizationChanged,
  TagOutOfCompliance,
  CertificateRenewed,
  ClockChanged,
  TransportFailed,
  TransportRestored,
  ExportFlagChanged,
  EvaluationExpired,
  StoreDamaged,
  ConfigurationUnsaved,
  TagChanged,  // a licence in use has another status than before, as snapshots show it
};

class Host {
 public:
  virtual ~Host() = default;
  virtual void log(const LogLine& line) = 0;
  virtual void notify(NotificationKind kind) = 0;
  // The next time at which Agent::tick must be called; replaces the one before. nullopt: none.
  virtual void wake_at(std::optional<SteadyTime> when) = 0;
  // Generating a key blocks (REG-5): the host may do it on a worker. The default port runs it and posts the result.
  virtual void generate_key(pki::KeyAlgorithm algorithm,
                            std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) = 0;
};

// Hears of every row of the transition tables that is taken: simulations and tests count them.
class RowObserver {
 public:
  virtual ~RowObserver() = default;
  virtual void taken(const RegistrationRow& row) = 0;
  virtual void taken(const AuthorizationRow& row) = 0;
};

struct Ports {  // all must outlive the Agent
  Transport* transport = nullptr;
  StateStore* store = nullptr;
  pki::Crypto* crypto = nullptr;
  Entropy* entropy = nullptr;  // ids and nonces
  Entropy* jitter = nullptr;   // delays
  Host* host = nullptr;
  RowObserver* rows = nullptr;  // may be left out
};

}  // namespace lictor::agent
