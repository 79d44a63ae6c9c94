#include <gtest/gtest.h>

#include "unit/agent_core/row_cases.hpp"

// Every row of the authorization machine: what it leads to and what can be seen to happen. Written from spec page 02;
// the product's table is not read here. `seen` lists the effects in their order, then what changed in the state; how
// the state stands before is in row_lab.cpp.
namespace lictor::agent::lab {
namespace {

constexpr Case kCases[] = {
    // Restored
    {"NoLicensesInUse/Restored", "NoLicensesInUse", "+want authorize"},
    {"Evaluation/Restored", "Evaluation",
     "+want authorize, +EvaluationCharge 60s, +EvaluationEnd 6911940s, +EvaluationWarning 1727940s"},
    {"EvaluationExpired/Restored", "EvaluationExpired",
     "say EVAL_EXPIRED_WARNING, +want authorize, +EvaluationWarning 1h"},
    {"Authorized/Restored", "Authorized", ""},
    {"OutOfCompliance/Restored", "OutOfCompliance", "+AuthorizeAttempt 1d"},
    {"AuthorizationExpired/Restored", "AuthorizationExpired", ""},
    // UsageBegan
    {"NoLicensesInUse/UsageBegan", "Evaluation",
     "say EVAL_START, +counting, +Coalesce 2s, +EvaluationCharge 60s, +EvaluationEnd 90d, "
     "+EvaluationWarning 30d"},
    {"Evaluation/UsageBegan", "Evaluation", ""},
    {"EvaluationExpired/UsageBegan", "EvaluationExpired", ""},
    {"Authorized/UsageBegan", "Authorized", "+Coalesce 2s"},
    {"OutOfCompliance/UsageBegan", "OutOfCompliance", "+Coalesce 2s"},
    {"AuthorizationExpired/UsageBegan", "AuthorizationExpired", "+Coalesce 2s"},
    // UsageBeganEvaluationOver
    {"NoLicensesInUse/UsageBeganEvaluationOver", "EvaluationExpired",
     "say EVAL_EXPIRED_WARNING, +Coalesce 2s, +EvaluationWarning 1h"},
    {"Evaluation/UsageBeganEvaluationOver", "Evaluation", ""},
    {"EvaluationExpired/UsageBeganEvaluationOver", "EvaluationExpired", ""},
    {"Authorized/UsageBeganEvaluationOver", "Authorized", "+Coalesce 2s"},
    {"OutOfCompliance/UsageBeganEvaluationOver", "OutOfCompliance", "+Coalesce 2s"},
    {"AuthorizationExpired/UsageBeganEvaluationOver", "AuthorizationExpired", "+Coalesce 2s"},
    // UsageChanged
    {"NoLicensesInUse/UsageChanged", "NoLicensesInUse", ""},
    {"Evaluation/UsageChanged", "Evaluation", "+Coalesce 2s"},
    {"EvaluationExpired/UsageChanged", "EvaluationExpired", "+Coalesce 2s"},
    {"Authorized/UsageChanged", "Authorized", "+Coalesce 2s"},
    {"OutOfCompliance/UsageChanged", "OutOfCompliance", "+Coalesce 2s"},
    {"AuthorizationExpired/UsageChanged", "AuthorizationExpired", "+Coalesce 2s"},
    // UsageEnded
    {"NoLicensesInUse/UsageEnded", "NoLicensesInUse", ""},
    {"Evaluation/UsageEnded", "NoLicensesInUse",
     "-counting, +Coalesce 2s, -EvaluationCharge, -EvaluationEnd, -EvaluationWarning"},
    {"EvaluationExpired/UsageEnded", "NoLicensesInUse", "+Coalesce 2s, -EvaluationWarning"},
    {"Authorized/UsageEnded", "Authorized", "+Coalesce 2s"},
    {"OutOfCompliance/UsageEnded", "OutOfCompliance", "+Coalesce 2s"},
    {"AuthorizationExpired/UsageEnded", "AuthorizationExpired", "+Coalesce 2s"},
    // MembersChanged
    {"NoLicensesInUse/MembersChanged", "NoLicensesInUse", "say SAEVT_HA_EVENT, +want authorize"},
    {"Evaluation/MembersChanged", "Evaluation", "say SAEVT_HA_EVENT, +want authorize"},
    {"EvaluationExpired/MembersChanged", "EvaluationExpired", "say SAEVT_HA_EVENT, +want authorize"},
    {"Authorized/MembersChanged", "Authorized", "say SAEVT_HA_EVENT, +want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/MembersChanged", "OutOfCompliance", "say SAEVT_HA_EVENT, +want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/MembersChanged", "AuthorizationExpired",
     "say SAEVT_HA_EVENT, -frozen authorize, +want authorize, -AuthorizeAttempt"},
    // RolesChanged
    {"NoLicensesInUse/RolesChanged", "NoLicensesInUse", "say HA_ROLE_CHANGED, +want authorize"},
    {"Evaluation/RolesChanged", "Evaluation", "say HA_ROLE_CHANGED, +want authorize"},
    {"EvaluationExpired/RolesChanged", "EvaluationExpired", "say HA_ROLE_CHANGED, +want authorize"},
    {"Authorized/RolesChanged", "Authorized", "say HA_ROLE_CHANGED, +want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/RolesChanged", "OutOfCompliance", "say HA_ROLE_CHANGED, +want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/RolesChanged", "AuthorizationExpired",
     "say HA_ROLE_CHANGED, -frozen authorize, +want authorize, -AuthorizeAttempt"},
    // IdentityGained
    {"NoLicensesInUse/IdentityGained", "NoLicensesInUse", "+want authorize"},
    {"Evaluation/IdentityGained", "Evaluation", "+want authorize"},
    {"EvaluationExpired/IdentityGained", "EvaluationExpired", "+want authorize"},
    {"Authorized/IdentityGained", "Authorized", "+want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/IdentityGained", "OutOfCompliance", "+want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/IdentityGained", "AuthorizationExpired",
     "-frozen authorize, +want authorize, -AuthorizeAttempt"},
    // IdentityLostUnused
    {"NoLicensesInUse/IdentityLostUnused", "NoLicensesInUse", ""},
    {"Evaluation/IdentityLostUnused", "Evaluation", ""},
    {"EvaluationExpired/IdentityLostUnused", "EvaluationExpired", ""},
    {"Authorized/IdentityLostUnused", "NoLicensesInUse", "since none, -AuthorizeAttempt, -Deadline"},
    {"OutOfCompliance/IdentityLostUnused", "NoLicensesInUse", "since none, -AuthorizeAttempt, -Deadline"},
    {"AuthorizationExpired/IdentityLostUnused", "NoLicensesInUse", "since none, -frozen authorize, -AuthorizeAttempt"},
    // IdentityLostEvaluationLeft
    {"NoLicensesInUse/IdentityLostEvaluationLeft", "NoLicensesInUse", ""},
    {"Evaluation/IdentityLostEvaluationLeft", "Evaluation", ""},
    {"EvaluationExpired/IdentityLostEvaluationLeft", "EvaluationExpired", ""},
    {"Authorized/IdentityLostEvaluationLeft", "Evaluation",
     "say EVAL_START, +counting, since none, -AuthorizeAttempt, -Deadline, +EvaluationCharge 60s, "
     "+EvaluationEnd 90d, +EvaluationWarning 30d"},
    {"OutOfCompliance/IdentityLostEvaluationLeft", "Evaluation",
     "say EVAL_START, +counting, since none, -AuthorizeAttempt, -Deadline, +EvaluationCharge 60s, "
     "+EvaluationEnd 90d, +EvaluationWarning 30d"},
    {"AuthorizationExpired/IdentityLostEvaluationLeft", "Evaluation",
     "say EVAL_START, +counting, since none, -frozen authorize, -AuthorizeAttempt, +EvaluationCharge 60s, "
     "+EvaluationEnd 90d, +EvaluationWarning 30d"},
    // IdentityLostEvaluationOver
    {"NoLicensesInUse/IdentityLostEvaluationOver", "NoLicensesInUse", ""},
    {"Evaluation/IdentityLostEvaluationOver", "EvaluationExpired",
     "say EVAL_EXPIRED, notify EvaluationExpired, -counting, -EvaluationCharge, -EvaluationEnd, "
     "+EvaluationWarning 1h"},
    {"EvaluationExpired/IdentityLostEvaluationOver", "EvaluationExpired", ""},
    {"Authorized/IdentityLostEvaluationOver", "EvaluationExpired",
     "say EVAL_EXPIRED, notify EvaluationExpired, since none, -AuthorizeAttempt, -Deadline, "
     "+EvaluationWarning 1h"},
    {"OutOfCompliance/IdentityLostEvaluationOver", "EvaluationExpired",
     "say EVAL_EXPIRED, notify EvaluationExpired, since none, -AuthorizeAttempt, -Deadline, "
     "+EvaluationWarning 1h"},
    {"AuthorizationExpired/IdentityLostEvaluationOver", "EvaluationExpired",
     "say EVAL_EXPIRED, notify EvaluationExpired, since none, -frozen authorize, -AuthorizeAttempt, "
     "+EvaluationWarning 1h"},
    // EvaluationChargeDue
    {"NoLicensesInUse/EvaluationChargeDue", "NoLicensesInUse", ""},
    {"Evaluation/EvaluationChargeDue", "Evaluation", "+EvaluationCharge 60s"},
    {"EvaluationExpired/EvaluationChargeDue", "EvaluationExpired", ""},
    {"Authorized/EvaluationChargeDue", "Authorized", ""},
    {"OutOfCompliance/EvaluationChargeDue", "OutOfCompliance", ""},
    {"AuthorizationExpired/EvaluationChargeDue", "AuthorizationExpired", ""},
    // EvaluationWarningDue
    {"NoLicensesInUse/EvaluationWarningDue", "NoLicensesInUse", ""},
    {"Evaluation/EvaluationWarningDue", "Evaluation", "say EVAL_WILL_EXPIRE_WARNING, +EvaluationWarning 1727940s"},
    {"EvaluationExpired/EvaluationWarningDue", "EvaluationExpired", "say EVAL_EXPIRED_WARNING, +EvaluationWarning 1h"},
    {"Authorized/EvaluationWarningDue", "Authorized", ""},
    {"OutOfCompliance/EvaluationWarningDue", "OutOfCompliance", ""},
    {"AuthorizationExpired/EvaluationWarningDue", "AuthorizationExpired", ""},
    // EvaluationUsedUp
    {"NoLicensesInUse/EvaluationUsedUp", "NoLicensesInUse", ""},
    {"Evaluation/EvaluationUsedUp", "EvaluationExpired",
     "say EVAL_EXPIRED, notify EvaluationExpired, -counting, -EvaluationCharge, -EvaluationEnd, "
     "+EvaluationWarning 1h"},
    {"EvaluationExpired/EvaluationUsedUp", "EvaluationExpired", ""},
    {"Authorized/EvaluationUsedUp", "Authorized", ""},
    {"OutOfCompliance/EvaluationUsedUp", "OutOfCompliance", ""},
    {"AuthorizationExpired/EvaluationUsedUp", "AuthorizationExpired", ""},
    // RenewAsked
    {"NoLicensesInUse/RenewAsked", "NoLicensesInUse", "+want authorize"},
    {"Evaluation/RenewAsked", "Evaluation", "+want authorize"},
    {"EvaluationExpired/RenewAsked", "EvaluationExpired", "+want authorize"},
    {"Authorized/RenewAsked", "Authorized", "+want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/RenewAsked", "OutOfCompliance", "+want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/RenewAsked", "AuthorizationExpired", "+want authorize, -AuthorizeAttempt"},
    // TransportChanged
    {"NoLicensesInUse/TransportChanged", "NoLicensesInUse", ""},
    {"Evaluation/TransportChanged", "Evaluation", ""},
    {"EvaluationExpired/TransportChanged", "EvaluationExpired", ""},
    {"Authorized/TransportChanged", "Authorized", ""},
    {"OutOfCompliance/TransportChanged", "OutOfCompliance", ""},
    {"AuthorizationExpired/TransportChanged", "AuthorizationExpired", "+want authorize, -AuthorizeAttempt"},
    // AttemptDue
    {"NoLicensesInUse/AttemptDue", "NoLicensesInUse", "+want authorize"},
    {"Evaluation/AttemptDue", "Evaluation", "+want authorize"},
    {"EvaluationExpired/AttemptDue", "EvaluationExpired", "+want authorize"},
    {"Authorized/AttemptDue", "Authorized", "+want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/AttemptDue", "OutOfCompliance", "+want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/AttemptDue", "AuthorizationExpired", "+want authorize, -AuthorizeAttempt"},
    // CoalesceOver
    {"NoLicensesInUse/CoalesceOver", "NoLicensesInUse", "+want authorize"},
    {"Evaluation/CoalesceOver", "Evaluation", "+want authorize"},
    {"EvaluationExpired/CoalesceOver", "EvaluationExpired", "+want authorize"},
    {"Authorized/CoalesceOver", "Authorized", "+want authorize, -AuthorizeAttempt"},
    {"OutOfCompliance/CoalesceOver", "OutOfCompliance", "+want authorize, -AuthorizeAttempt"},
    {"AuthorizationExpired/CoalesceOver", "AuthorizationExpired",
     "-frozen authorize, +want authorize, -AuthorizeAttempt"},
    // AnsweredCovered
    {"NoLicensesInUse/AnsweredCovered", "Authorized",
     "say IN_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, +AuthorizeAttempt 30d, "
     "+Deadline 90d"},
    {"Evaluation/AnsweredCovered", "Authorized",
     "say IN_COMPLIANCE, say AUTH_RENEW_SUCCESS, -counting, communication SUCCEEDED, since now, "
     "+AuthorizeAttempt 30d, +Deadline 90d, -EvaluationCharge, -EvaluationEnd, -EvaluationWarning"},
    {"EvaluationExpired/AnsweredCovered", "Authorized",
     "say IN_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, +AuthorizeAttempt 30d, "
     "+Deadline 90d, -EvaluationWarning"},
    {"Authorized/AnsweredCovered", "Authorized",
     "say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, +AuthorizeAttempt 30d, +Deadline 90d"},
    {"OutOfCompliance/AnsweredCovered", "Authorized",
     "say IN_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, +AuthorizeAttempt 30d, "
     "+Deadline 90d"},
    {"AuthorizationExpired/AnsweredCovered", "Authorized",
     "say IN_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, -frozen authorize, "
     "+AuthorizeAttempt 30d, +Deadline 90d"},
    // AnsweredShort
    {"NoLicensesInUse/AnsweredShort", "OutOfCompliance",
     "say OUT_OF_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, "
     "+AuthorizeAttempt 1d, +Deadline 90d"},
    {"Evaluation/AnsweredShort", "OutOfCompliance",
     "say OUT_OF_COMPLIANCE, say AUTH_RENEW_SUCCESS, -counting, communication SUCCEEDED, since now, "
     "+AuthorizeAttempt 1d, +Deadline 90d, -EvaluationCharge, -EvaluationEnd, -EvaluationWarning"},
    {"EvaluationExpired/AnsweredShort", "OutOfCompliance",
     "say OUT_OF_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, "
     "+AuthorizeAttempt 1d, +Deadline 90d, -EvaluationWarning"},
    {"Authorized/AnsweredShort", "OutOfCompliance",
     "say OUT_OF_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, "
     "+AuthorizeAttempt 1d, +Deadline 90d"},
    {"OutOfCompliance/AnsweredShort", "OutOfCompliance",
     "say AUTH_RENEW_SUCCESS, communication SUCCEEDED, +AuthorizeAttempt 1d, +Deadline 90d"},
    {"AuthorizationExpired/AnsweredShort", "OutOfCompliance",
     "say OUT_OF_COMPLIANCE, say AUTH_RENEW_SUCCESS, communication SUCCEEDED, since now, -frozen authorize, "
     "+AuthorizeAttempt 1d, +Deadline 90d"},
    // Failed
    {"NoLicensesInUse/Failed", "NoLicensesInUse", "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    {"Evaluation/Failed", "Evaluation", "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    {"EvaluationExpired/Failed", "EvaluationExpired",
     "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    {"Authorized/Failed", "Authorized", "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    {"OutOfCompliance/Failed", "OutOfCompliance", "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    {"AuthorizationExpired/Failed", "AuthorizationExpired",
     "say AUTH_RENEW_FAILED, communication FAILED, +AuthorizeAttempt 30s"},
    // Pending
    {"NoLicensesInUse/Pending", "NoLicensesInUse",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    {"Evaluation/Pending", "Evaluation",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    {"EvaluationExpired/Pending", "EvaluationExpired",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    {"Authorized/Pending", "Authorized",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    {"OutOfCompliance/Pending", "OutOfCompliance",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    {"AuthorizationExpired/Pending", "AuthorizationExpired",
     "say SAEVT_AUTHORIZE_STATUS, communication PENDING, +AuthorizeAttempt 15-21min"},
    // DeadlinePassed
    {"NoLicensesInUse/DeadlinePassed", "NoLicensesInUse", ""},
    {"Evaluation/DeadlinePassed", "Evaluation", ""},
    {"EvaluationExpired/DeadlinePassed", "EvaluationExpired", ""},
    {"Authorized/DeadlinePassed", "AuthorizationExpired", "say AUTHORIZATION_EXPIRED, since now, -Deadline"},
    {"OutOfCompliance/DeadlinePassed", "AuthorizationExpired", "say AUTHORIZATION_EXPIRED, since now, -Deadline"},
    {"AuthorizationExpired/DeadlinePassed", "AuthorizationExpired", ""},
};

}  // namespace

std::span<const Case> authorization_cases() {
  return kCases;
}

}  // namespace lictor::agent::lab
