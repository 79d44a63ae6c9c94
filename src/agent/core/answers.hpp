// Judging what came back (AUTH-9): an answer counts only when its signature verifies under a signing certificate of
// the authority that issued this device's ID certificate, chaining to a licensing anchor, and when it answers this
// very request. Pure but for the crypto port.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/machine.hpp"
#include "licensing/pki/crypto.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::agent {

struct AnswerExpectation {
  const std::vector<Bytes>* anchors = nullptr;  // licensing anchors, DER
  protocol::MessageType type = protocol::MessageType::Register;
  RequestId request_id;
  const AuthorityId* authority = nullptr;  // nullptr: none known yet (register)
  WallTime at{};                           // judges certificates
};

struct VerifiedAnswer {
  protocol::AnswerHeader header;
  protocol::Answer answer;
  AuthorityId authority;  // of the signing certificate
  Serial signing_serial;
};

struct AnswerProblem {
  enum class Kind {
    NotUnderstood,  // no protocol answer at all
    NotVerified,    // says something, but nobody vouches for it
  };
  Kind kind = Kind::NotUnderstood;
  std::string detail;
  int trust_version = 0;                        // named by the header, unverified: reason to ask for newer anchors
  std::optional<protocol::Refusal> unverified;  // what it claims; for the event log alone (SCN-6)
};

tl::expected<VerifiedAnswer, AnswerProblem> check_answer(pki::Crypto& crypto, const AnswerExpectation& expected,
                                                         std::string_view body);

// The ID certificate of a registration: ours by key, of that authority, chaining to an anchor. Errors: Crypto, Expired,
// Malformed, NotFound.
Result<NewIdentity> check_identity(pki::Crypto& crypto, const AnswerExpectation& expected, const VerifiedAnswer& answer,
                                   const pki::PublicKey& key);
// The certificate of a renewal: the same key, authority, account and instance.
Result<NewCertificate> check_renewal(pki::Crypto& crypto, const AnswerExpectation& expected,
                                     const protocol::RenewIdAnswer& answer, const Identity& identity,
                                     const pki::PublicKey& key);

// The step from one set of licensing anchors to the next (PRO-2): each bundle's bytes are signed by a root held before
// it and by a root of its own; versions follow one another. Gives the last bundle's anchors.
struct NewAnchors {
  int version = 0;
  std::vector<Bytes> anchors;
};
Result<NewAnchors> check_trust(pki::Crypto& crypto, const std::vector<Bytes>& held, int version_held,
                               const std::vector<protocol::TrustBundle>& bundles);

// What both signatures of a bundle are over: "<protected>.<payload>" of the compact JWS. Header
// {"alg":"ES256"|"RS256","typ":"lictor-trust-bundle+jws"}; payload: the version in decimal, then each anchor as
// base64url of its DER, one a line.
std::string trust_signing_input(pki::KeyAlgorithm algorithm, int version, const std::vector<Bytes>& anchors);

}  // namespace lictor::agent
