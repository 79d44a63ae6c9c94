// The smart agent: page 02 as an object. One owner thread; no clock, lock, socket or file inside: every call takes the
// time, and all effects go through ports. The rules are the transition table (transitions.hpp); this class carries
// their effects out in order: persist, then act.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/traditional.hpp"

namespace lictor::agent {

// Behaviour that differs by image version (guide-notes, peer names; REG-10's letter case; page 03 rule 9).
struct ImageTraits {
  std::string peer = "Smart Software Manager or satellite";  // the name of the other side in log lines
};
// What an image of that version ("16.12.3") says, as the message table has it.
ImageTraits image_traits(std::string_view software_version);

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
  // What the image and its configuration say (CFG-1). A store that knows traditional mode and is opened in smart mode
  // is upgraded: what was in use goes on in use, what was licensed is recorded. A registered device stays in smart
  // mode.
  LicensingMode mode = LicensingMode::Smart;
  Duration evaluation_period = days(90);           // AUTH-1
  Duration evaluation_step = seconds(60);          // STO-5
  Duration coalesce = seconds(2);                  // AUTH-7
  Duration evaluation_expired_warning = hours(1);  // AUTH-2
  std::size_t event_log_size = 500;                // STO-1
};

class Agent {
 public:
  // Loads the store and restores where it stood. Errors: InvalidArgument (UDIs, intervals), Io, Unsupported (a newer
  // program's store). A damaged store is reported, not an error (STO-2).
  static Result<std::unique_ptr<Agent>> open(AgentSettings settings, Ports ports, Now now);
  virtual ~Agent() = default;

  // --- what people and the product ask
  // --------------------------------------------------------------------------------
  // Beside the errors that a call names: what the store says (Io, DiskFull) when it could not be written. What was
  // asked for holds then all the same, nothing of it was sent, and storing is tried again; an attempt that was to
  // follow counts as failed (a registration ends there, a deregistration is done locally).
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

  // --- traditional licensing, and the way from it (traditional.hpp)
  // ----------------------------------------------------
  // In traditional mode register, deregister and renew are refused (Conflict). Error: Conflict, towards traditional
  // mode unless unregistered: a deregistration comes first.
  virtual Result<void> set_licensing_mode(LicensingMode mode, Now now) = 0;
  // What the device is licensed for traditionally, as a whole. Errors: Conflict in smart mode, where the record is what
  // it was at the upgrade; InvalidArgument (a name twice, without one, a count below 1).
  virtual Result<void> set_traditional_licenses(std::vector<TraditionalLicense> licenses, Now now) = 0;
  // What a device-led conversion has to report; no licences: there is nothing to convert.
  [[nodiscard]] virtual ConversionContent conversion_content() const = 0;
  // Marks the one conversion of this device's life as begun, durably, before anything of it is sent. Errors: Conflict
  // (not registered, under way, or done already), NotFound (nothing to convert); the store's: it counts as failed then,
  // and may begin again.
  virtual Result<void> begin_conversion(Now now) = 0;
  // Its outcome; `failure` "" = converted. A failed one may begin again. Error: Conflict unless under way.
  virtual Result<void> end_conversion(std::string failure, Now now) = 0;

  // --- what the surroundings report
  // -----------------------------------------------------------------------------------
  virtual void tick(Now now) = 0;  // at or after Host::wake_at
  // The transport's configuration changed or the link is back: a pending retry is tried at once.
  virtual void transport_changed(Now now) = 0;
  // Last chance before the process ends: charges evaluation exactly. The store is durable afterwards; nothing is sent
  // or written any more. Errors: as the store's; the last state is not stored then.
  virtual Result<void> shut_down(Now now) = 0;

  // --- what can be seen
  // -----------------------------------------------------------------------------------------------
  [[nodiscard]] virtual Snapshot snapshot(Now now) const = 0;
  // "2026-11-24 09:05:00.000 UTC SAEVT_..." lines, oldest first (LOG-7). Reads the store.
  [[nodiscard]] virtual std::vector<std::string> event_log() const = 0;
  // The keys that the store names, as Crypto::export_key() gave them: a host that keeps keys elsewhere destroys those
  // that are here no more. nullopt: a write failed, the store may name more than the agent does.
  [[nodiscard]] virtual std::optional<std::vector<Secret>> keys_in_use() const = 0;
  // No request outstanding and nothing to do at this instant (lab clock, tests).
  [[nodiscard]] virtual bool quiet() const = 0;
};

}  // namespace lictor::agent
