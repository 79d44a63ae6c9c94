#include "agent/core/state.hpp"

#include <algorithm>

namespace lictor::agent {

protocol::MessageType message_type(Exchange exchange) {
  using protocol::MessageType;
  constexpr std::array<MessageType, kExchanges> kTypes = {
      MessageType::Register, MessageType::Authorize, MessageType::RenewId, MessageType::Deregister, MessageType::Trust};
  return kTypes[static_cast<std::size_t>(exchange)];
}

WallTime effective_wall(const State& state, Now now) {
  if (state.floor == WallTime{}) return now.wall;
  const auto attested = state.floor + (now.steady - state.floor_set);
  // In CLK-3's grace the wall is known to be wrong: nothing becomes due by it.
  return state.alarm(Timer::Grace) ? attested : std::max(now.wall, attested);
}

void arm_after(State& state, Timer timer, Duration delay, Now now) {
  state.alarm(timer) = Alarm{now.steady + delay, effective_wall(state, now) + delay, false};
}

void arm_at(State& state, Timer timer, WallTime date, Now now) {
  state.alarm(timer) = Alarm{now.steady + (date - effective_wall(state, now)), date, true};
}

void disarm(State& state, Timer timer) {
  state.alarm(timer).reset();
}

void rearm(State& state, Timer timer, Duration longest, Now now) {
  auto& alarm = state.alarm(timer);
  if (!alarm) return;
  const auto left = std::clamp(alarm->date - effective_wall(state, now), Duration{0}, longest);
  alarm->steady = now.steady + left;
}

Duration evaluation_used(const State& state, Now now) {
  if (!state.evaluation_since) return state.evaluation_charged;
  return state.evaluation_base + (now.steady - *state.evaluation_since);
}

Duration evaluation_left(const State& state, const AgentSettings& settings, Now now) {
  return std::max(Duration{0}, settings.evaluation_period - evaluation_used(state, now));
}

bool identity_is_durable(const State& state, const AgentSettings& settings) {
  return settings.persistence == AgentSettings::Persistence::AtOnce || state.saved;
}

}  // namespace lictor::agent
