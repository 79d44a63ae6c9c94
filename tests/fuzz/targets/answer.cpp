#include "agent/core/answers.hpp"
#include "fuzz/lab_authority.hpp"
#include "fuzz/payloads.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::fuzz {
namespace {

void require_stable(const protocol::UnverifiedAnswer& answer) {
  const auto algorithm = answer.es256 ? pki::KeyAlgorithm::EcP256 : pki::KeyAlgorithm::Rsa2048;
  const auto written = protocol::signing_input(answer.header, algorithm, answer.payload);
  const auto again = protocol::parse_answer(protocol::attach_signature(written, answer.signature));
  require(again.has_value(), "the header that was written does not read");
  require(again->payload == answer.payload && again->signature == answer.signature && again->es256 == answer.es256,
          "the envelope that was written holds something else");
  require(protocol::signing_input(again->header, algorithm, again->payload) == written, "the header is not stable");
}

void require_payload(protocol::MessageType type, std::string_view text) {
  const auto answer = protocol::decode_answer(type, text);
  if (!answer) return require_sentence(answer.error());
  const auto written = protocol::encode(*answer);
  const auto again = protocol::decode_answer(type, written);
  require(again.has_value(), "what was written does not read: " + written);
  require(*again == *answer, "what was written reads as something else: " + written);
  require(protocol::encode(*again) == written, "writing is not stable: " + written);
}

template <class T>
void require_judged(const Result<T>& result) {
  if (!result) require_sentence(result.error());
}

// What an agent does with an answer that it believes.
void take(LabAuthority& lab, const agent::AnswerExpectation& expected, const agent::VerifiedAnswer& verified) {
  const auto& key = lab.device_key->public_key();
  if (std::holds_alternative<protocol::RegisterAnswer>(verified.answer)) {
    const auto identity = agent::check_identity(*lab.crypto, expected, verified, key);
    require_judged(identity);
    if (identity) require(identity->authority == lab.authority.id, "an identity of another authority");
  } else if (const auto* renewed = std::get_if<protocol::RenewIdAnswer>(&verified.answer)) {
    agent::Identity identity;
    identity.authority = lab.authority.id;
    identity.account = AccountId{7};
    identity.instance = InstanceId{9};
    require_judged(agent::check_renewal(*lab.crypto, expected, *renewed, identity, key));
  } else if (const auto* trust = std::get_if<protocol::TrustAnswer>(&verified.answer)) {
    const auto anchors = agent::check_trust(*lab.crypto, lab.first_anchors, 1, trust->bundles);
    require_judged(anchors);
    if (anchors) {
      require(anchors->version == 1 + static_cast<int>(trust->bundles.size()), "a version was jumped over");
      require(anchors->anchors == trust->bundles.back().anchors, "other anchors than those that were judged");
    }
  }
}

}  // namespace

bool answer(ByteView input) {
  static LabAuthority lab;
  const auto text = as_text(input);
  std::string compact;
  if (const auto clear = clear_message(text)) {
    const auto signed_text = signing_input_of(*clear);
    compact = protocol::attach_signature(signed_text,
                                         lab.crypto->sign(*lab.authority.signing_key, as_bytes(signed_text)).value());
  } else {
    compact = text.substr(text.starts_with('!') ? 1 : 0);
  }
  agent::AnswerExpectation expected;
  const std::vector<Bytes> anchors{lab.authority.root.der};
  expected.anchors = &anchors;
  expected.request_id = lab.request_id;
  expected.authority = &lab.authority.id;
  expected.at = lab.now;
  if (const auto parsed = protocol::parse_answer(compact)) {
    require_stable(*parsed);
    require_payload(parsed->header.type, parsed->payload);
    expected.type = parsed->header.type;
  } else {
    require_sentence(parsed.error());
  }
  const auto verified = agent::check_answer(*lab.crypto, expected, compact);
  if (!verified) {
    require_sentence({ErrorCode::Crypto, verified.error().detail});
    return false;
  }
  require(verified->header.request_id == expected.request_id && verified->authority == lab.authority.id,
          "an answer to another request, or by another authority, is believed");
  take(lab, expected, *verified);
  return true;
}

}  // namespace lictor::fuzz
