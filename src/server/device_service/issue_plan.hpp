// What is to be signed, as it is recorded before it is signed (idea 6 of the design): a certificate template and the
// subject's key as text in CertificateRecord::to_be_signed.
#pragma once

#include "licensing/pki/certificate.hpp"
#include "licensing/protocol/messages.hpp"

namespace lictor::device_service {

struct IssuePlan {
  pki::CertificateTemplate certificate;
  pki::PublicKey subject;
  protocol::MessageType type = protocol::MessageType::Register;  // Register or RenewId
  WallTime first_authorization_due{};                            // Register
};

std::string encode(const IssuePlan& plan);
Result<IssuePlan> decode_issue_plan(std::string_view text);  // Error: Corrupt

}  // namespace lictor::device_service
