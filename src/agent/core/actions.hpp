// What the rows' actions do, one function each. Only machine.cpp calls them.
#pragma once

#include "agent/core/delays.hpp"
#include "agent/core/machine.hpp"

namespace lictor::agent {

// One event on its way through a row.
struct Step {
  const Rules& rules;
  State& state;
  EventData& data;
  Now now;
  Effects& effects;
  std::vector<AuthorizationEvent> raised;  // for the other machine, after this row

  void say(MessageId message, Fields fields = {});  // adds peer and udi
  void notify(NotificationKind kind);
  void refuse(std::string_view text);
  // What a failed or pending exchange says of itself.
  [[nodiscard]] Fields failure_fields() const;
  [[nodiscard]] Attempt attempt(Attempt::Result result) const;
  [[nodiscard]] const AgentSettings& settings() const { return *rules.settings; }
};

using ActionFunction = void (*)(Step&);
ActionFunction action_function(Action action);
ActionFunction registration_action(Action action);   // nullptr: not one of registration_actions.cpp
ActionFunction authorization_action(Action action);  // nullptr: not one of authorization_actions.cpp

// Takes an exchange back from the way: the request, and its attempt if one is out.
void drop_outgoing(Step& step, Exchange exchange);
void cancel_if_in_flight(Step& step, Exchange exchange);
// COMM_FAILED, if it was the way that failed; the host hears of it when the way is lost.
void tell_communication(Step& step);

}  // namespace lictor::agent
