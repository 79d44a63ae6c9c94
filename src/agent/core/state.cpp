#include "agent/core/state.hpp"

#include <algorithm>

namespace lictor::agent {
namespace {

constexpr Duration kGrace = hours(1);
constexpr Duration kGraceStep = minutes(1);  // what a power cut costs at most

}  // namespace

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
  const auto wall = effective_wall(state, now);
  alarm->date = std::min(alarm->date, wall + longest);
  alarm->steady = now.steady + std::max(alarm->date - wall, Duration{0});
}

void begin_grace(State& state, Now now) {
  arm_after(state, Timer::Grace, std::max(Duration{0}, kGrace - state.grace_charged), now);
  charge_grace(state, now);
}

void charge_grace(State& state, Now now) {
  const auto& end = state.alarm(Timer::Grace);
  if (!end) return;
  const auto left = std::max(Duration{0}, end->steady - now.steady);
  state.grace_charged = kGrace - std::max(Duration{0}, left - kGraceStep);
  if (left > kGraceStep)
    arm_after(state, Timer::GraceCharge, kGraceStep, now);
  else
    disarm(state, Timer::GraceCharge);
}

void settle_grace(State& state, Now now) {
  const auto& end = state.alarm(Timer::Grace);
  // Never nothing: that would be a clock that is good.
  if (end) state.grace_charged = std::clamp(kGrace - (end->steady - now.steady), Duration{1}, kGrace);
}

void end_grace(State& state) {
  disarm(state, Timer::Grace);
  disarm(state, Timer::GraceCharge);
  state.grace_charged = Duration{0};
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
