// Traditional mode and the hooks of a device-led conversion, as the agent's owner calls them.
#include "agent/core/traditional.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "agent/core/agent_impl.hpp"

namespace lictor::agent {
namespace {

Result<void> check(const std::vector<TraditionalLicense>& licenses) {
  for (const auto& license : licenses) {
    const auto same = [&](const TraditionalLicense& other) {
      return other.feature == license.feature && other.kind == license.kind;
    };
    if (license.feature.empty() || license.count < 1)
      return Error{ErrorCode::InvalidArgument, "a traditional license needs a name and a count of at least 1"};
    if (std::count_if(licenses.begin(), licenses.end(), same) > 1)
      return Error{ErrorCode::InvalidArgument, fmt::format("the license {} is named twice", license.feature)};
  }
  return {};
}

std::string_view to_string(Conversion::State state) {
  constexpr std::array<std::string_view, 4> kNames = {"not started", "started", "succeeded", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace

std::string_view to_string(LicensingMode mode) {
  return mode == LicensingMode::Smart ? "smart" : "traditional";
}

std::string_view to_string(TraditionalLicense::Kind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"right-to-use", "license-file", "evaluation"};
  return kNames[static_cast<std::size_t>(kind)];
}

Result<void> AgentImpl::set_licensing_mode(LicensingMode mode, Now now) {
  if (mode == LicensingMode::Traditional && state_.stage != Stage::Unregistered)
    return Error{ErrorCode::Conflict,
                 "the device is registered, or a registration is under way or has failed: deregister it first"};
  return step(now, [&](Effects& effects) { enter_mode(rules_, state_, mode, now, effects); });
}

Result<void> AgentImpl::set_traditional_licenses(std::vector<TraditionalLicense> licenses, Now now) {
  if (auto ok = check(licenses); !ok) return ok;
  if (state_.mode != LicensingMode::Traditional)
    return Error{ErrorCode::Conflict, "the record of traditional licenses ended with the upgrade to smart licensing"};
  return step(now, [&](Effects&) { state_.traditional = std::move(licenses); });
}

ConversionContent AgentImpl::conversion_content() const {
  ConversionContent content{state_.udis, settings_.product_tag, settings_.software_version, {}};
  for (const auto& license : state_.traditional)
    if (license.kind != TraditionalLicense::Kind::Evaluation) content.licenses.push_back(license);
  return content;
}

Result<void> AgentImpl::begin_conversion(Now now) {
  const auto state = state_.conversion.state;
  if (!state_.identity) return Error{ErrorCode::Conflict, "Smart Agent not registered"};
  if (state == Conversion::State::Succeeded) return Error{ErrorCode::Conflict, "Already converted"};
  if (state == Conversion::State::Started) return Error{ErrorCode::Conflict, "a conversion is under way"};
  if (conversion_content().licenses.empty())
    return Error{ErrorCode::NotFound, "there are no traditional licenses to convert"};
  auto begun = note_conversion({Conversion::State::Started, now.wall, ""}, now);
  // Not durable: nothing of it may be sent, and it may be begun again.
  if (!begun) (void)note_conversion({Conversion::State::Failed, now.wall, begun.error().message}, now);
  return begun;
}

Result<void> AgentImpl::end_conversion(std::string failure, Now now) {
  if (state_.conversion.state != Conversion::State::Started)
    return Error{ErrorCode::Conflict, "no conversion is under way"};
  const auto state = failure.empty() ? Conversion::State::Succeeded : Conversion::State::Failed;
  return note_conversion({state, now.wall, std::move(failure)}, now);
}

Result<void> AgentImpl::note_conversion(Conversion next, Now now) {
  return step(now, [&](Effects& effects) {
    say(effects, MessageId::ConversionChanged, {{"state", std::string(to_string(next.state))}, {"error", next.reason}});
    state_.conversion = std::move(next);
  });
}

}  // namespace lictor::agent
