// Issuing and signing as asynchronous ports, so that they can move to a process of their own (DECISIONS 7).
// Completion runs on the caller's thread (posted), or before the call returns for the in-process implementation.
#pragma once

#include <functional>
#include <memory>

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

// Signs answers under the current signing certificate.
class Signer {
 public:
  virtual ~Signer() = default;
  // The chain that answers carry: signing certificate first, then the intermediate(s), without the root.
  [[nodiscard]] virtual const std::vector<Bytes>& chain() const = 0;
  [[nodiscard]] virtual KeyAlgorithm algorithm() const = 0;
  [[nodiscard]] virtual const Certificate& certificate() const = 0;
  virtual void sign(Bytes data, std::function<void(Result<Bytes>)> done) = 0;
};

// Issues ID certificates under the intermediate.
class Issuer {
 public:
  virtual ~Issuer() = default;
  [[nodiscard]] virtual const std::vector<Bytes>& chain() const = 0;  // the intermediate(s), without the root
  virtual void issue(CertificateTemplate what, PublicKey subject, std::function<void(Result<Bytes>)> done) = 0;
};

// In this process: calls `done` before it returns. The crypto must outlive them.
std::unique_ptr<Signer> make_local_signer(Crypto& crypto, std::unique_ptr<PrivateKey> key,
                                          std::vector<Certificate> chain);
std::unique_ptr<Issuer> make_local_issuer(Crypto& crypto, std::unique_ptr<PrivateKey> key,
                                          std::vector<Certificate> chain);

}  // namespace lictor::pki
