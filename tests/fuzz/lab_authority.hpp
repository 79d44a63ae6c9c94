// An authority of keyed hashes whose every byte follows from its seed: seeds of the answer target are signed under it,
// and the target signs whatever the fuzzer makes of them.
#pragma once

#include <memory>
#include <vector>

#include "licensing/pki/keyed_hash_crypto.hpp"
#include "unit/agent_core/lab.hpp"

namespace lictor::fuzz {

struct LabAuthority {
  SeededEntropy entropy{17};
  std::unique_ptr<pki::Crypto> crypto = pki::make_keyed_hash_crypto(entropy);
  WallTime now = wall_from_ms(agent::lab::kStart);
  agent::lab::Authority authority{*crypto, 23, now};
  std::vector<Bytes> first_anchors{authority.root.der};  // of trust version 1; authority's own are of version 2
  std::unique_ptr<pki::PrivateKey> device_key = crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
  std::vector<Bytes> id_chain;
  RequestId request_id = RequestId::from_view(Bytes(16, 0xa2)).value();

  LabAuthority() {
    authority.rotate_root(now);
    id_chain = authority.issue_id(device_key->public_key(), AccountId{7}, InstanceId{9}, now, now + days(365));
  }
};

}  // namespace lictor::fuzz
