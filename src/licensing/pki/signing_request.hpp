// Certificate signing requests (PKCS#10, RFC 2986) whose key signs somewhere else: first what is to be signed, then the
// whole of it. Pure; no attributes. Crypto::make_request does both for keys of its own.
#pragma once

#include <string_view>

#include "foundation/base/result.hpp"
#include "licensing/pki/certificate.hpp"

namespace lictor::pki {

// The CertificationRequestInfo in DER; the name is cut by fit_name.
Bytes signing_request_info(const PublicKey& key, std::string_view common_name);
// `signature` over `info`, as Crypto::sign gives it: r || s, or PKCS#1 v1.5. Error: Malformed (its length).
Result<Bytes> signing_request(ByteView info, KeyAlgorithm algorithm, ByteView signature);

}  // namespace lictor::pki
