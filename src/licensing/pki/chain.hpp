// Chain policy as pure code over parsed values (DECISIONS 7): path building, dates, purposes, names, revocation.
// Used for messages (licensing anchors) on both sides; TLS has its own verifier and roots (PKI-6).
#pragma once

#include <optional>
#include <vector>

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

struct ChainRequest {
  const Certificate* leaf = nullptr;
  std::vector<const Certificate*> intermediates;  // in any order; untrusted
  std::vector<const Certificate*> anchors;        // licensing anchors (PKI-6)
  std::vector<const RevocationList*> crls;        // judged when they cover an issuer in the chain
  WallTime at_time{};
  Purpose purpose = Purpose::AnswerSigning;
};
inline constexpr std::size_t kMaxChainLength = 4;

// The path from the leaf to an anchor, leaf first. Errors: Expired (a date; message names the certificate), Crypto
// (signature, purpose, constraints, revoked), NotFound (no path to an anchor).
Result<std::vector<const Certificate*>> verify_chain(Crypto& crypto, const ChainRequest& request);

}  // namespace lictor::pki
