// All that the agent knows, as one value: what the store holds (STO-1) and what a run adds. Machines change it only
// through handle() (machine.hpp). Moved, never copied: it holds keys.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/agent.hpp"
#include "agent/core/traditional.hpp"
#include "agent/core/transitions.hpp"
#include "foundation/base/secret.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::agent {

// --- exchanges ------------------------------------------------------------------------------------------------------
enum class Exchange : std::uint8_t { Register, Authorize, RenewId, Deregister, Trust };
inline constexpr int kExchanges = 5;
protocol::MessageType message_type(Exchange exchange);

// A request from the wish to send it until its answer. Payload and request id are frozen before the first attempt and
// survive restarts (PRO-3); only the newest of its kind is kept.
struct Outgoing {
  bool wanted = false;  // goes out as soon as the way is free
  RequestId request_id;
  std::string payload;        // "" = not frozen yet
  std::int64_t sequence = 0;  // 0 = none given yet; each attempt after another request's takes a new one
  int failures = 0;           // in a row, for the delays
  bool polled = false;        // the server said pending: the next attempt asks for the answer (AUTH-10)
  std::string ticket;         // a carrier holds it (GWY-2)
  bool carried = false;       // it went by ticket: one clock refusal is re-signed before it is shown (GWY-2)
  bool again = false;         // what it says is outdated: a new one follows its answer (AUTH-7)

  [[nodiscard]] bool frozen() const { return !payload.empty(); }
};

// --- timers ---------------------------------------------------------------------------------------------------------
enum class Timer : std::uint8_t {
  RegisterAttempt,
  Renewal,
  CertificateWarning,
  CertificateEnd,
  Grace,
  AuthorizeAttempt,
  Coalesce,
  Deadline,
  EvaluationCharge,
  EvaluationEnd,
  EvaluationWarning,
  BootComplete,
  GraceCharge,
};
inline constexpr int kTimers = 13;

// Due on steady time; with by_date also when the wall reaches the date, whichever is earlier (CLK-4).
struct Alarm {
  SteadyTime steady{};
  WallTime date{};  // as shown and stored
  bool by_date = false;
  friend bool operator==(const Alarm&, const Alarm&) = default;
};

// --- parts of the store ---------------------------------------------------------------------------------------------
struct Identity {
  Secret key;                // PKCS#8
  std::vector<Bytes> chain;  // DER: ID certificate first
  Serial serial;
  WallTime not_before{};
  WallTime not_after{};
  AuthorityId authority;  // that issued it (AUTH-9)
  AccountId account;
  InstanceId instance;
  VirtualAccountId virtual_account;
  CarrierKey carrier_key;                // PRO-6
  std::optional<Serial> signing_serial;  // last server signing certificate accepted
  std::optional<Incarnation> incarnation;
  std::int64_t next_sequence = 1;
};

struct RegistrationRequest {
  std::string token;
  bool force = false;
  bool key_asked = false;  // of this run: the host is making the key
  Secret key;              // empty until made
  CarrierKey carrier_key;
};

struct State {
  // Always-part: durable at once whatever STO-3 says.
  std::int64_t generation = 0;     // STO-4
  Duration evaluation_charged{0};  // STO-5: written as used, at most one step ahead
  std::optional<WallTime> evaluation_expired_at;
  bool store_damaged = false;  // until an authorization is answered: the server vouches (STO-2); charged stays charged
  bool saved = false;          // STO-3
  std::optional<Duration> evaluation_warned;  // AUTH-2: the moment, by what is left, of the last warning
  bool communication_down = false;            // until a verified answer
  LicensingMode mode = LicensingMode::Smart;
  std::vector<TraditionalLicense> traditional;  // as recorded in traditional mode
  Conversion conversion;
  std::vector<UsageItem> usage;  // declared, sorted by tag
  std::vector<UdiEntry> udis;    // as last reported or set
  std::vector<Bytes> anchors;    // replaced by the trust message; empty: the built-in ones
  int trust_version = 1;         // 1 = the built-in ones
  WallTime floor{};              // CLK-4: the wall is never taken below; server-attested, runs on steadily

  // Identity-part.
  Stage stage = Stage::Unregistered;
  bool registration_expired = false;
  std::string account_name;
  std::string virtual_account_name;
  bool export_allowed = false;
  std::optional<Attempt> initial_registration;
  std::optional<Attempt> last_renewal;
  int certificate_warned = 0;  // REG-7: days left at the moment of the last warning; 0 = none yet
  Duration grace_charged{0};   // CLK-3: of its hour, written as used, at most one step ahead; 0 = the clock is good
  std::optional<Identity> identity;
  std::optional<RegistrationRequest> registering;
  std::array<Outgoing, kExchanges> outgoing;
  std::array<std::optional<Alarm>, kTimers> alarms;  // stored: those that restore() re-arms

  AuthorizationState authorization = AuthorizationState::NoLicensesInUse;
  std::optional<WallTime> authorization_since;
  std::optional<Attempt> last_communication;
  std::vector<protocol::TagResult> tags;  // of the last answer

  // Of this run.
  std::string host_name;                           // "" = privacy
  bool ready = false;                              // USE-1
  std::optional<std::vector<UsageItem>> declared;  // before ready
  std::optional<Exchange> in_flight;
  std::optional<SteadyTime> evaluation_since;  // counting; nullopt: not
  Duration evaluation_base{0};                 // used when counting began
  SteadyTime floor_set{};
  std::optional<Now> last_seen;  // for jumps (CLK-1)

  [[nodiscard]] Outgoing& out(Exchange e) { return outgoing[static_cast<std::size_t>(e)]; }
  [[nodiscard]] const Outgoing& out(Exchange e) const { return outgoing[static_cast<std::size_t>(e)]; }
  [[nodiscard]] std::optional<Alarm>& alarm(Timer t) { return alarms[static_cast<std::size_t>(t)]; }
  [[nodiscard]] const std::optional<Alarm>& alarm(Timer t) const { return alarms[static_cast<std::size_t>(t)]; }
};

// --- time -----------------------------------------------------------------------------------------------------------
// The wall as dates are judged by: never below what a server attested, carried on by the steady clock (CLK-4); just
// that while the wall lies outside the ID certificate (CLK-3), so that a clock put right in time has changed nothing.
WallTime effective_wall(const State& state, Now now);
void arm_after(State& state, Timer timer, Duration delay, Now now);
void arm_at(State& state, Timer timer, WallTime date, Now now);
void disarm(State& state, Timer timer);
// After a restart: the stored date counts again, from the steady time of this run. One that lies further ahead than
// `longest` was set by a wall that was ahead: it becomes the date in so long (CLK-4: the earlier of wall and steady).
void rearm(State& state, Timer timer, Duration longest, Now now);

// --- grace (CLK-3): an hour of steady time, over all runs ------------------------------------------------------------
// Begins it, or goes on where the run before left it.
void begin_grace(State& state, Now now);
// Writes the next step down as used before it runs (as STO-5), so that a power cut never grants time.
void charge_grace(State& state, Now now);
// What ran is charged exactly: the run ends in order.
void settle_grace(State& state, Now now);
void end_grace(State& state);

// --- evaluation -----------------------------------------------------------------------------------------------------
Duration evaluation_used(const State& state, Now now);  // exactly, while counting; else as charged
Duration evaluation_left(const State& state, const AgentSettings& settings, Now now);

// --- licences in use ------------------------------------------------------------------------------------------------
// As people see it (TagView::status); the text is static.
std::string_view shown_status(const State& state, const EntitlementTag& tag);

// May change anything later: identity is stored at once (STO-3).
bool identity_is_durable(const State& state, const AgentSettings& settings);

}  // namespace lictor::agent
