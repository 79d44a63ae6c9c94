#include <gtest/gtest.h>

#include "unit/agent_core/row_cases.hpp"

// Every row of the registration machine: what it leads to and what can be seen to happen. Written from spec page 02;
// the product's table is not read here. `seen` lists the effects in their order, then what changed in the state; how
// the state stands before is in row_lab.cpp.
namespace lictor::agent::lab {
namespace {

constexpr Case kCases[] = {
    // Restored
    {"Unregistered/Restored", "Unregistered", ""},
    {"Registering/Restored", "Registering", "+want register"},
    {"FailedRetrying/Restored", "FailedRetrying", ""},
    {"Failed/Restored", "Failed", ""},
    {"Registered/Restored", "Registered", ""},
    {"Reregistering/Restored", "Reregistering", "+want register"},
    {"Deregistering/Restored", "Unregistered",
     "say AGENT_DEREG_FAILED, -identity, -saved, initial none, -Renewal, -CertificateWarning, "
     "-CertificateEnd"},
    // RegisterAsked
    {"Unregistered/RegisterAsked", "Registering", "make key, +request"},
    {"Registering/RegisterAsked", "Registering", "make key, -frozen register"},
    {"FailedRetrying/RegisterAsked", "Registering", "make key, -frozen register, -RegisterAttempt"},
    {"Failed/RegisterAsked", "Registering", "make key, +request"},
    {"Registered/RegisterAsked", "Registered", "refuse"},
    {"Reregistering/RegisterAsked", "Reregistering", "refuse"},
    {"Deregistering/RegisterAsked", "Deregistering", "refuse"},
    // ForceAsked
    {"Unregistered/ForceAsked", "Registering", "make key, +request"},
    {"Registering/ForceAsked", "Registering", "make key, -frozen register"},
    {"FailedRetrying/ForceAsked", "Registering", "make key, -frozen register, -RegisterAttempt"},
    {"Failed/ForceAsked", "Registering", "make key, +request"},
    {"Registered/ForceAsked", "Reregistering", "make key, +request"},
    {"Reregistering/ForceAsked", "Reregistering", "make key, -frozen register"},
    {"Deregistering/ForceAsked", "Deregistering", "refuse"},
    // DeregisterAsked
    {"Unregistered/DeregisterAsked", "Unregistered", "refuse"},
    {"Registering/DeregisterAsked", "Unregistered", "-request, -frozen register"},
    {"FailedRetrying/DeregisterAsked", "Unregistered", "-request, initial none, -frozen register, -RegisterAttempt"},
    {"Failed/DeregisterAsked", "Unregistered", "initial none"},
    {"Registered/DeregisterAsked", "Deregistering", "+want deregister, -Renewal, -CertificateWarning, -CertificateEnd"},
    {"Reregistering/DeregisterAsked", "Deregistering",
     "-request, -frozen register, +want deregister, -Renewal, -CertificateWarning, -CertificateEnd"},
    {"Deregistering/DeregisterAsked", "Deregistering", "refuse"},
    // RenewIdAsked
    {"Unregistered/RenewIdAsked", "Unregistered", "refuse"},
    {"Registering/RenewIdAsked", "Registering", "refuse"},
    {"FailedRetrying/RenewIdAsked", "FailedRetrying", "refuse"},
    {"Failed/RenewIdAsked", "Failed", "refuse"},
    {"Registered/RenewIdAsked", "Registered", "+want renew-id, -Renewal"},
    {"Reregistering/RenewIdAsked", "Reregistering", "+want renew-id, -Renewal"},
    {"Deregistering/RenewIdAsked", "Deregistering", "refuse"},
    // RenewAuthorizationAsked
    {"Unregistered/RenewAuthorizationAsked", "Unregistered", "refuse"},
    {"Registering/RenewAuthorizationAsked", "Registering", "refuse"},
    {"FailedRetrying/RenewAuthorizationAsked", "FailedRetrying", "refuse"},
    {"Failed/RenewAuthorizationAsked", "Failed", "refuse"},
    {"Registered/RenewAuthorizationAsked", "Registered", "+want authorize"},
    {"Reregistering/RenewAuthorizationAsked", "Reregistering", "+want authorize"},
    {"Deregistering/RenewAuthorizationAsked", "Deregistering", "refuse"},
    // TransportChanged
    {"Unregistered/TransportChanged", "Unregistered", ""},
    {"Registering/TransportChanged", "Registering", "+want register"},
    {"FailedRetrying/TransportChanged", "Registering", "+want register, -RegisterAttempt"},
    {"Failed/TransportChanged", "Failed", ""},
    {"Registered/TransportChanged", "Registered", ""},
    {"Reregistering/TransportChanged", "Reregistering", "+want register"},
    {"Deregistering/TransportChanged", "Deregistering", ""},
    // KeyMade
    {"Unregistered/KeyMade", "Unregistered", ""},
    {"Registering/KeyMade", "Registering", "say KEY_ADDITION, +want register"},
    {"FailedRetrying/KeyMade", "FailedRetrying", ""},
    {"Failed/KeyMade", "Failed", ""},
    {"Registered/KeyMade", "Registered", ""},
    {"Reregistering/KeyMade", "Reregistering", "say KEY_ADDITION, +want register"},
    {"Deregistering/KeyMade", "Deregistering", ""},
    // KeyFailed
    {"Unregistered/KeyFailed", "Unregistered", ""},
    {"Registering/KeyFailed", "Failed", "say AGENT_REG_FAILED, -request, initial FAILED, -frozen register"},
    {"FailedRetrying/KeyFailed", "FailedRetrying", ""},
    {"Failed/KeyFailed", "Failed", ""},
    {"Registered/KeyFailed", "Registered", ""},
    {"Reregistering/KeyFailed", "Registered", "say AGENT_REG_FAILED, -request, -frozen register"},
    {"Deregistering/KeyFailed", "Deregistering", ""},
    // RegisterAttemptDue
    {"Unregistered/RegisterAttemptDue", "Unregistered", ""},
    {"Registering/RegisterAttemptDue", "Registering", "+want register"},
    {"FailedRetrying/RegisterAttemptDue", "Registering", "+want register, -RegisterAttempt"},
    {"Failed/RegisterAttemptDue", "Failed", ""},
    {"Registered/RegisterAttemptDue", "Registered", ""},
    {"Reregistering/RegisterAttemptDue", "Reregistering", "+want register"},
    {"Deregistering/RegisterAttemptDue", "Deregistering", ""},
    // RegisterAccepted
    {"Unregistered/RegisterAccepted", "Unregistered", ""},
    {"Registering/RegisterAccepted", "Registered",
     "notify ExportFlagChanged, say EXPORT_CONTROLLED, say AGENT_REG_SUCCESS, -request, +identity, +names, "
     "+export, initial SUCCEEDED, -frozen register, +want authorize, +Renewal 180d, "
     "+CertificateWarning 335d, +CertificateEnd 365d"},
    {"FailedRetrying/RegisterAccepted", "FailedRetrying", ""},
    {"Failed/RegisterAccepted", "Failed", ""},
    {"Registered/RegisterAccepted", "Registered", ""},
    {"Reregistering/RegisterAccepted", "Registered",
     "say EXPORT_CONTROLLED, say AGENT_REG_SUCCESS, -request, other key, other certificate, "
     "-frozen register, +want authorize, +Renewal 180d, +CertificateWarning 335d, +CertificateEnd 365d"},
    {"Deregistering/RegisterAccepted", "Deregistering", ""},
    // RegisterFailed
    {"Unregistered/RegisterFailed", "Unregistered", ""},
    {"Registering/RegisterFailed", "Registering", "say AGENT_REG_FAILED, initial FAILED, +RegisterAttempt 15-21min"},
    {"FailedRetrying/RegisterFailed", "FailedRetrying", ""},
    {"Failed/RegisterFailed", "Failed", ""},
    {"Registered/RegisterFailed", "Registered", ""},
    {"Reregistering/RegisterFailed", "Reregistering", "say AGENT_REG_FAILED, +RegisterAttempt 15-21min"},
    {"Deregistering/RegisterFailed", "Deregistering", ""},
    // RegisterPending
    {"Unregistered/RegisterPending", "Unregistered", ""},
    {"Registering/RegisterPending", "Registering",
     "say SAEVT_REGISTER_STATUS, initial PENDING, +RegisterAttempt 15-21min"},
    {"FailedRetrying/RegisterPending", "FailedRetrying", ""},
    {"Failed/RegisterPending", "Failed", ""},
    {"Registered/RegisterPending", "Registered", ""},
    {"Reregistering/RegisterPending", "Reregistering", "say SAEVT_REGISTER_STATUS, +RegisterAttempt 15-21min"},
    {"Deregistering/RegisterPending", "Deregistering", ""},
    // RegisterAlready
    {"Unregistered/RegisterAlready", "Unregistered", ""},
    {"Registering/RegisterAlready", "FailedRetrying",
     "say AGENT_REG_FAILED, initial FAILED, +RegisterAttempt 15-21min"},
    {"FailedRetrying/RegisterAlready", "FailedRetrying", ""},
    {"Failed/RegisterAlready", "Failed", ""},
    {"Registered/RegisterAlready", "Registered", ""},
    {"Reregistering/RegisterAlready", "Reregistering", "say AGENT_REG_FAILED, +RegisterAttempt 15-21min"},
    {"Deregistering/RegisterAlready", "Deregistering", ""},
    // RegisterRefused
    {"Unregistered/RegisterRefused", "Unregistered", ""},
    {"Registering/RegisterRefused", "Failed", "say AGENT_REG_FAILED, -request, initial FAILED, -frozen register"},
    {"FailedRetrying/RegisterRefused", "FailedRetrying", ""},
    {"Failed/RegisterRefused", "Failed", ""},
    {"Registered/RegisterRefused", "Registered", ""},
    {"Reregistering/RegisterRefused", "Registered", "say AGENT_REG_FAILED, -request, -frozen register"},
    {"Deregistering/RegisterRefused", "Deregistering", ""},
    // RenewalDue
    {"Unregistered/RenewalDue", "Unregistered", ""},
    {"Registering/RenewalDue", "Registering", ""},
    {"FailedRetrying/RenewalDue", "FailedRetrying", ""},
    {"Failed/RenewalDue", "Failed", ""},
    {"Registered/RenewalDue", "Registered", "+want renew-id, -Renewal"},
    {"Reregistering/RenewalDue", "Reregistering", "+want renew-id, -Renewal"},
    {"Deregistering/RenewalDue", "Deregistering", ""},
    // RenewAccepted
    {"Unregistered/RenewAccepted", "Unregistered", ""},
    {"Registering/RenewAccepted", "Registering", ""},
    {"FailedRetrying/RenewAccepted", "FailedRetrying", ""},
    {"Failed/RenewAccepted", "Failed", ""},
    {"Registered/RenewAccepted", "Registered",
     "say ID_CERT_RENEW_SUCCESS, notify CertificateRenewed, other certificate, renewal SUCCEEDED, "
     "+Renewal 180d, +CertificateWarning 335d, +CertificateEnd 365d"},
    {"Reregistering/RenewAccepted", "Reregistering",
     "say ID_CERT_RENEW_SUCCESS, notify CertificateRenewed, other certificate, renewal SUCCEEDED, "
     "+Renewal 180d, +CertificateWarning 335d, +CertificateEnd 365d"},
    {"Deregistering/RenewAccepted", "Deregistering", ""},
    // RenewFailed
    {"Unregistered/RenewFailed", "Unregistered", ""},
    {"Registering/RenewFailed", "Registering", ""},
    {"FailedRetrying/RenewFailed", "FailedRetrying", ""},
    {"Failed/RenewFailed", "Failed", ""},
    {"Registered/RenewFailed", "Registered", "say ID_CERT_RENEW_FAILED, renewal FAILED, +Renewal 15-21min"},
    {"Reregistering/RenewFailed", "Reregistering", "say ID_CERT_RENEW_FAILED, renewal FAILED, +Renewal 15-21min"},
    {"Deregistering/RenewFailed", "Deregistering", ""},
    // RenewPending
    {"Unregistered/RenewPending", "Unregistered", ""},
    {"Registering/RenewPending", "Registering", ""},
    {"FailedRetrying/RenewPending", "FailedRetrying", ""},
    {"Failed/RenewPending", "Failed", ""},
    {"Registered/RenewPending", "Registered", "say SAEVT_RENEW_ID_STATUS, renewal PENDING, +Renewal 15-21min"},
    {"Reregistering/RenewPending", "Reregistering", "say SAEVT_RENEW_ID_STATUS, renewal PENDING, +Renewal 15-21min"},
    {"Deregistering/RenewPending", "Deregistering", ""},
    // DeregisterAccepted
    {"Unregistered/DeregisterAccepted", "Unregistered", ""},
    {"Registering/DeregisterAccepted", "Registering", ""},
    {"FailedRetrying/DeregisterAccepted", "FailedRetrying", ""},
    {"Failed/DeregisterAccepted", "Failed", ""},
    {"Registered/DeregisterAccepted", "Registered", ""},
    {"Reregistering/DeregisterAccepted", "Reregistering", ""},
    {"Deregistering/DeregisterAccepted", "Unregistered",
     "say AGENT_DEREG_SUCCESS, notify ExportFlagChanged, -identity, -names, -export, -saved, initial none, -Renewal, "
     "-CertificateWarning, -CertificateEnd"},
    // DeregisterFailed
    {"Unregistered/DeregisterFailed", "Unregistered", ""},
    {"Registering/DeregisterFailed", "Registering", ""},
    {"FailedRetrying/DeregisterFailed", "FailedRetrying", ""},
    {"Failed/DeregisterFailed", "Failed", ""},
    {"Registered/DeregisterFailed", "Registered", ""},
    {"Reregistering/DeregisterFailed", "Reregistering", ""},
    {"Deregistering/DeregisterFailed", "Unregistered",
     "say AGENT_DEREG_FAILED, -identity, -saved, initial none, -Renewal, -CertificateWarning, "
     "-CertificateEnd"},
    // InstanceUnknown
    {"Unregistered/InstanceUnknown", "Unregistered", ""},
    {"Registering/InstanceUnknown", "Registering", ""},
    {"FailedRetrying/InstanceUnknown", "FailedRetrying", ""},
    {"Failed/InstanceUnknown", "Failed", ""},
    {"Registered/InstanceUnknown", "Unregistered",
     "say SAEVT_NOT_REGISTERED, notify ExportFlagChanged, -identity, -names, -export, initial none, -Renewal, "
     "-CertificateWarning, "
     "-CertificateEnd"},
    {"Reregistering/InstanceUnknown", "Registering",
     "say SAEVT_NOT_REGISTERED, notify ExportFlagChanged, -identity, -names, -export, initial none, -Renewal, "
     "-CertificateWarning, "
     "-CertificateEnd"},
    {"Deregistering/InstanceUnknown", "Deregistering", ""},
    // CertificateWarningDue
    {"Unregistered/CertificateWarningDue", "Unregistered", ""},
    {"Registering/CertificateWarningDue", "Registering", ""},
    {"FailedRetrying/CertificateWarningDue", "FailedRetrying", ""},
    {"Failed/CertificateWarningDue", "Failed", ""},
    {"Registered/CertificateWarningDue", "Registered", "say ID_CERT_EXPIRED_WARNING"},
    {"Reregistering/CertificateWarningDue", "Reregistering", "say ID_CERT_EXPIRED_WARNING"},
    {"Deregistering/CertificateWarningDue", "Deregistering", ""},
    // CertificateEnded
    {"Unregistered/CertificateEnded", "Unregistered", ""},
    {"Registering/CertificateEnded", "Registering", ""},
    {"FailedRetrying/CertificateEnded", "FailedRetrying", ""},
    {"Failed/CertificateEnded", "Failed", ""},
    {"Registered/CertificateEnded", "Unregistered",
     "say ID_CERT_EXPIRED, -identity, +expired, initial none, -Renewal, "
     "-CertificateWarning, -CertificateEnd"},
    {"Reregistering/CertificateEnded", "Registering",
     "say ID_CERT_EXPIRED, -identity, +expired, initial none, -Renewal, "
     "-CertificateWarning, -CertificateEnd"},
    {"Deregistering/CertificateEnded", "Deregistering", ""},
    // ClockLeftCertificate
    {"Unregistered/ClockLeftCertificate", "Unregistered", ""},
    {"Registering/ClockLeftCertificate", "Registering", ""},
    {"FailedRetrying/ClockLeftCertificate", "FailedRetrying", ""},
    {"Failed/ClockLeftCertificate", "Failed", ""},
    {"Registered/ClockLeftCertificate", "Registered",
     "say REG_EXPIRED_CLOCK_CHANGE, -CertificateEnd, +Grace 1h, +GraceCharge 60s"},
    {"Reregistering/ClockLeftCertificate", "Reregistering",
     "say REG_EXPIRED_CLOCK_CHANGE, -CertificateEnd, +Grace 1h, +GraceCharge 60s"},
    {"Deregistering/ClockLeftCertificate", "Deregistering", ""},
    // ClockReturned
    {"Unregistered/ClockReturned", "Unregistered", ""},
    {"Registering/ClockReturned", "Registering", ""},
    {"FailedRetrying/ClockReturned", "FailedRetrying", ""},
    {"Failed/ClockReturned", "Failed", ""},
    {"Registered/ClockReturned", "Registered", ""},
    {"Reregistering/ClockReturned", "Reregistering", ""},
    {"Deregistering/ClockReturned", "Deregistering", ""},
    // GraceOver
    {"Unregistered/GraceOver", "Unregistered", ""},
    {"Registering/GraceOver", "Registering", ""},
    {"FailedRetrying/GraceOver", "FailedRetrying", ""},
    {"Failed/GraceOver", "Failed", ""},
    {"Registered/GraceOver", "Unregistered",
     "say ID_CERT_EXPIRED, -identity, +expired, initial none, -Renewal, "
     "-CertificateWarning, -CertificateEnd"},
    {"Reregistering/GraceOver", "Registering",
     "say ID_CERT_EXPIRED, -identity, +expired, initial none, -Renewal, "
     "-CertificateWarning, -CertificateEnd"},
    {"Deregistering/GraceOver", "Deregistering", ""},
    // TrustNewer
    {"Unregistered/TrustNewer", "Unregistered", ""},
    {"Registering/TrustNewer", "Registering", ""},
    {"FailedRetrying/TrustNewer", "FailedRetrying", ""},
    {"Failed/TrustNewer", "Failed", ""},
    {"Registered/TrustNewer", "Registered", "+want trust"},
    {"Reregistering/TrustNewer", "Reregistering", "+want trust"},
    {"Deregistering/TrustNewer", "Deregistering", ""},
    // TrustInstalled
    {"Unregistered/TrustInstalled", "Unregistered", ""},
    {"Registering/TrustInstalled", "Registering", ""},
    {"FailedRetrying/TrustInstalled", "FailedRetrying", ""},
    {"Failed/TrustInstalled", "Failed", ""},
    {"Registered/TrustInstalled", "Registered", "say SAEVT_TRUST_INSTALLED, trust 2"},
    {"Reregistering/TrustInstalled", "Reregistering", "say SAEVT_TRUST_INSTALLED, trust 2"},
    {"Deregistering/TrustInstalled", "Deregistering", ""},
    // TrustFailed
    {"Unregistered/TrustFailed", "Unregistered", ""},
    {"Registering/TrustFailed", "Registering", ""},
    {"FailedRetrying/TrustFailed", "FailedRetrying", ""},
    {"Failed/TrustFailed", "Failed", ""},
    {"Registered/TrustFailed", "Registered", "say SAEVT_TRUST_FAILED"},
    {"Reregistering/TrustFailed", "Reregistering", "say SAEVT_TRUST_FAILED"},
    {"Deregistering/TrustFailed", "Deregistering", ""},
};

}  // namespace

std::span<const Case> registration_cases() {
  return kCases;
}

}  // namespace lictor::agent::lab
