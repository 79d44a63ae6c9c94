#include <gtest/gtest.h>

#include "agent/core/store_codec.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"
#include "licensing/protocol/codec.hpp"
#include "unit/agent_core/lab.hpp"

namespace lictor::fuzz {
namespace {

using agent::IdentityPart;

constexpr Duration kLife = hours(3);

// The format has one text for each state: what was read is written to the same bytes.
bool codec(ByteView contents) {
  const auto state = agent::decode_state(contents);
  if (!state) {
    require_sentence(state.error());
    require(state.error().code == ErrorCode::Corrupt || state.error().code == ErrorCode::Unsupported,
            "contents are refused with another code");
    return false;
  }
  bool same = false;
  for (const auto part : {IdentityPart::Included, IdentityPart::Left}) {
    const auto written = agent::encode_state(*state, part, {});
    same = same || std::equal(written.begin(), written.end(), contents.begin(), contents.end());
  }
  require(same, "what was read is written otherwise");
  return true;
}

// Can the lab's server make sense of it? It answers what real agents send; these contents may have frozen anything.
bool makes_sense(pki::Crypto& crypto, const std::string& body) {
  const auto request = protocol::parse_request(body);
  if (!request) return false;
  const auto decoded = protocol::decode_request(request->header.type, request->payload);
  if (!decoded) return false;
  if (const auto* asked = std::get_if<protocol::RegisterRequest>(&*decoded)) {
    const auto csr = crypto.parse_request(asked->csr);
    return csr && protocol::verify(crypto, *request, csr->public_key).has_value();
  }
  if (const auto* asked = std::get_if<protocol::RenewIdRequest>(&*decoded)) {
    if (!crypto.parse_request(asked->csr)) return false;
  }
  return request->header.identity.has_value();
}

// An agent that wakes up over these contents lives on, whatever they say, and its evaluation never grows.
void life(ByteView contents) {
  SeededEntropy entropy(31);
  const auto crypto = pki::make_keyed_hash_crypto(entropy);
  agent::lab::Server server(*crypto, wall_from_ms(agent::lab::kStart));
  agent::lab::Device device(server, *crypto);
  device.store.contents = Bytes(contents.begin(), contents.end());
  device.carrier = [&](const agent::Transport::Message& message) -> std::optional<agent::TransportReply> {
    if (makes_sense(*crypto, message.body)) return std::nullopt;
    agent::TransportReply nonsense;
    nonsense.failure = agent::TransportFailure::BadAnswer;
    return nonsense;
  };
  const auto opened = device.open();
  if (!opened) {
    require_sentence(opened.error());
    require(opened.error().code == ErrorCode::Unsupported,
            "a store of this format does not open: " + opened.error().message);
    require(device.store.writes == 0, "a newer program's store was written over");
    return;
  }
  device.settle();
  const auto left = device.view().evaluation_remaining;
  device.agent->ready(device.now());
  device.run(kLife);
  require(!testing::Test::HasFailure(), "the agent never comes to rest");
  require(device.view().evaluation_remaining <= left, "the evaluation period grew");
  require(device.store.contents.has_value() && agent::decode_state(*device.store.contents).has_value(),
          "the agent wrote contents that do not read");
}

}  // namespace

bool store(ByteView input) {
  const bool accepted = codec(input);
  life(input);
  return accepted;
}

}  // namespace lictor::fuzz
