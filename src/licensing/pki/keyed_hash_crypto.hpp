// A Crypto for tests and simulation (DECISIONS 7): signatures are keyed hashes and certificates stand in a format of
// its own, so a run repeats to the byte from its seed and costs microseconds. It protects nothing: what verifies can
// also sign. Signatures have the lengths of the real ones, dates are whole seconds as in DER, certificates carry the
// same values as the real adapter's, so chain policy and services see no difference.
#pragma once

#include <memory>

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

// `entropy` must outlive it. Keys and sealing draw from it, so those two calls belong to one thread; the others may
// come from several.
std::unique_ptr<Crypto> make_keyed_hash_crypto(Entropy& entropy);

}  // namespace lictor::pki
