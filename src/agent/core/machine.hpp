// The agent's rules as a function: state + event + now + chance -> state + effects. Looks up the row, moves the state,
// runs the row's actions, then says what is to be done outside. Nothing is sent or written in here: the caller
// persists the new state first (persist, then act).
#pragma once

#include <optional>
#include <vector>

#include "agent/core/messages.hpp"
#include "agent/core/state.hpp"

namespace lictor::agent {

// Why an exchange did not succeed.
struct Failure {
  std::string reason{};        // as shown behind "Failure reason:"
  std::string log_reason{};    // in AUTH_RENEW_FAILED, where it differs; "" = reason
  std::string status{};        // msgStatus in the event log: "LS_BUSY", "NO_ANSWER"
  bool communication = false;  // the way failed, not the answer: COMM_FAILED
  bool unverified = false;     // from an answer whose signature does not verify (SCN-6)
  Duration retry_after{0};     // named by a server or carrier; 0 = not
};
// As the message table has it.
Failure failure_of(Reason reason, const Fields& fields = {});

// What a registration answer gives, checked and taken apart.
struct NewIdentity {
  protocol::RegisterAnswer answer;
  Serial serial;
  WallTime not_before{};
  WallTime not_after{};
  AuthorityId authority;
  Serial signing_serial;
};
struct NewCertificate {
  std::vector<Bytes> chain;
  Serial serial;
  WallTime not_before{};
  WallTime not_after{};
};

// What comes with an event; each event reads its own.
struct EventData {
  std::string token;  // RegisterAsked, ForceAsked
  bool force = false;
  CarrierKey carrier_key;
  Secret key;                                              // KeyMade
  Failure failure;                                         // ...Failed, ...Pending, ...Refused, RegisterAlready
  std::optional<NewIdentity> identity;                     // RegisterAccepted
  std::optional<NewCertificate> certificate;               // RenewAccepted
  std::optional<protocol::AuthorizeAnswer> authorization;  // Answered...
  std::vector<Bytes> anchors;                              // TrustInstalled
  int trust_version = 0;
};

struct Effect {
  enum class Kind {
    Say,     // message, fields
    Notify,  // notification
    Send,    // exchange; its request may still have to be frozen
    CancelSend,
    GenerateKey,
    Refuse,      // the caller gets Conflict; text
    KeyAdopted,  // the new key became the identity's
    KeyForgotten,
    SecretErased,  // a token or key that the store held is to be gone from all of it
  };
  Kind kind = Kind::Say;
  MessageId message{};
  Fields fields{};
  NotificationKind notification{};
  Exchange exchange{};
  std::string text{};
};
using Effects = std::vector<Effect>;

// One line for logs; adds what every line may name, peer and udi.
void add_line(Effects& effects, const AgentSettings& settings, const State& state, MessageId message, Fields fields);

struct Rules {
  const AgentSettings* settings;
  Entropy* jitter;
  RowObserver* rows = nullptr;
};

void handle(const Rules& rules, State& state, RegistrationEvent event, EventData& data, Now now, Effects& effects);
void handle(const Rules& rules, State& state, AuthorizationEvent event, EventData& data, Now now, Effects& effects);

// Starts the next wanted exchange if the way is free. Called after events.
void choose_next(State& state, Effects& effects);

// Everything that is due: clock jumps (CLK-1, CLK-3) and timers, in the order of their times.
void run_timers(const Rules& rules, State& state, Now now, Effects& effects);
std::optional<SteadyTime> next_wake(const State& state, Now now);

// USE-1. Before ready() the set is only noted; afterwards a difference is an event.
void declare_usage(const Rules& rules, State& state, std::vector<UsageItem> usage, Now now, Effects& effects);
void boot_complete(const Rules& rules, State& state, Now now, Effects& effects);
// The way between the modes: to smart licensing, what is in use goes on in use and is evaluated from here; back, it is
// only noted. Nothing when the mode is that one already.
void enter_mode(const Rules& rules, State& state, LicensingMode mode, Now now, Effects& effects);
// HA-1; nothing when the list is the same.
void declare_udis(const Rules& rules, State& state, std::vector<UdiEntry> udis, Now now, Effects& effects);

// After load: both machines hear Restored.
void restore(const Rules& rules, State& state, Now now, Effects& effects);

// Whose signature an answer was verified by.
struct Signer {
  AuthorityId authority;
  Serial serial;  // of the signing certificate
};
// A verified answer arrived: attested time, communication restored; for an identity of that authority its signing
// certificate and incarnation (a forced registration may be refused by another one, REG-11).
void note_server(const Rules& rules, State& state, const protocol::AnswerHeader& header, const Signer& signer, Now now,
                 Effects& effects);
// The server named the last sequence it saw (PRO-3).
void note_sequence(const Rules& rules, State& state, std::int64_t last, Effects& effects);

}  // namespace lictor::agent
