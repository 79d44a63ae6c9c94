// The smart agent: page 02 as an object. One owner thread; no clock, lock, socket or file inside: every call takes the
// time, and all effects go through ports. The rules are the transition table (transitions.hpp); this class carries
// their effects out in order: persist, then act.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"

namespace lictor::agent {

// Behaviour that differs by image version (guide-notes, peer names; REG-10's letter case; page 03 rule 9).
struct ImageTraits {
  std::string peer = "Smart Software Manager or satellite";  // the name of the other side in log lines
};

struct AgentSettings {
  std::vector<UdiEntry> udis;
  ProductTag product_tag;
  std::string software_version;
  std::string agent_version;
  std::string host_name;                                         // "" = privacy
  pki::KeyAlgorithm key_algorithm = pki::KeyAlgorithm::Rsa2048;  // REG-5
  std::string key_name = "SLA-KeyPair";
  std::vector<Bytes> licensing_anchors;  // DER, built in or from a file (PKI-6); used while the store has none
  ImageTraits image;
  // STO-3: identity stays in memory until save_identity(); library users persist at once.
  enum class Persistence { AtOnce, OnSave };
  Persistence persistence = Persistence::AtOnce;
  Duration evaluation_period = days(90);           // AUTH-1
  Duration evaluation_step = seconds(60);          // STO-5
  Duration coalesce = seconds(2);                  // AUTH-7
  Duration evaluation_expired_warning = hours(1);  // AUTH-2
  std::size_t event_log_size = 500;                // STO-1
};

class Agent {
 public:
  // Loads the store and restores where it stood. Errors: Io. A damaged store is reported, not an error (STO-2).
  static Result<std::unique_ptr<Agent>> open(AgentSettings settings, Ports ports, Now now);
  virtual ~Agent() = default;

  // --- what people and the product ask
  // --------------------------------------------------------------------------------
  enum class Force { No, Yes };
  // Errors (nothing is sent then): Conflict (REG-11, already registered without force), InvalidArgument (token form).
  virtual Result<void> register_token(std::string token, Force force, Now now) = 0;
  virtual Result<void> deregister(Now now) = 0;  // Error: Conflict when there is nothing to deregister
  virtual Result<void> renew_id(Now now) = 0;    // Error: Conflict unless registered
  virtual Result<void> renew_authorization(Now now) = 0;
  // The full set in use; only a difference sends (USE-1, AUTH-7). Error: InvalidArgument; PermissionDenied names an
  // export-controlled feature that is not allowed (REG-10), nothing changed then.
  virtual Result<void> set_usage(std::vector<UsageItem> usage, Now now) = 0;
  // The set declared at boot is complete (USE-1); implied 10 s after open.
  virtual void ready(Now now) = 0;
  // Members came or went, or roles changed (HA-1).
  virtual Result<void> set_udis(std::vector<UdiEntry> udis, Now now) = 0;
  virtual void set_host_name(std::string host_name, Now now) = 0;
  // STO-3: what a first registration made becomes durable.
  virtual Result<void> save_identity(Now now) = 0;

  // --- what the surroundings report
  // -----------------------------------------------------------------------------------
  virtual void tick(Now now) = 0;  // at or after Host::wake_at
  // The transport's configuration changed or the link is back: a pending retry is tried at once.
  virtual void transport_changed(Now now) = 0;
  // Last chance before the process ends: charges evaluation exactly. The store is durable afterwards.
  virtual Result<void> shut_down(Now now) = 0;

  // --- what can be seen
  // -----------------------------------------------------------------------------------------------
  [[nodiscard]] virtual Snapshot snapshot(Now now) const = 0;
  // "2026-11-24 09:05:00.000 UTC SAEVT_..." lines, oldest first (LOG-7). Reads the store.
  [[nodiscard]] virtual std::vector<std::string> event_log() const = 0;
  // No request outstanding and nothing to do at this instant (lab clock, tests).
  [[nodiscard]] virtual bool quiet() const = 0;
};

}  // namespace lictor::agent
