// The Crypto port over OpenSSL 3, with a library context of its own.
#pragma once

#include <memory>

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

// Error: Crypto when the provider cannot be loaded.
Result<std::unique_ptr<Crypto>> make_openssl_crypto();

}  // namespace lictor::pki
