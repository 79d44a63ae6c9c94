// Certificates of instances as rows: planned, intended, resumed.
#pragma once

#include "server/device_service/device_command.hpp"

namespace lictor::device_service {

// The ID certificate of an instance: 365 days, a little before `now` at both ends, so that a device whose clock is
// slightly behind accepts it at once (REG-7; captures show the end some minutes before the anniversary).
inline constexpr Duration kBackdate = minutes(5);
IssuePlan plan_certificate(const Settings& settings, const domain::Instance& instance, const Serial& serial,
                           const pki::PublicKey& subject, WallTime now);

// Idea 6 of the design: serial and content on record before the signature.
void record_intent(storage::Rows& rows, AccountId account, InstanceId instance, const IssuePlan& plan);

// A retry after a crash between the two transactions: the plan that was recorded for the instance's newest certificate,
// when the request's answer is still incomplete. nullopt: nothing to go on with.
std::optional<IssuePlan> resume_issue(const storage::Rows& rows, const VerifiedRequest& request,
                                      const domain::Instance* instance);

}  // namespace lictor::device_service
