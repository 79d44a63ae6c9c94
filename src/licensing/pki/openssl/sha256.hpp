// SHA-256 (FIPS 180-4) and HMAC (RFC 2104) as plain functions, for the keyed-hash Crypto of tests and simulation alone:
// products hash through their Crypto port, which takes OpenSSL's.
#pragma once

#include "licensing/vocabulary/ids.hpp"

namespace lictor::pki {

Digest plain_sha256(ByteView data);
KeyedHash plain_hmac_sha256(ByteView key, ByteView data);

}  // namespace lictor::pki
