#include "fuzz/payloads.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::fuzz {
namespace {

using protocol::Code;

void require_stable(const protocol::UnverifiedRequest& request) {
  const auto algorithm = request.es256 ? pki::KeyAlgorithm::EcP256 : pki::KeyAlgorithm::Rsa2048;
  const auto written = protocol::signing_input(request.header, algorithm, request.payload);
  const auto again = protocol::parse_request(protocol::attach_signature(written, request.signature));
  require(again.has_value(), "the header that was written does not read");
  require(again->payload == request.payload && again->signature == request.signature && again->es256 == request.es256,
          "the envelope that was written holds something else");
  require(protocol::signing_input(again->header, algorithm, again->payload) == written, "the header is not stable");
}

void require_kind(const protocol::EnvelopeError& error) {
  require_sentence({ErrorCode::Malformed, error.reason});
  require(error.code == Code::LS_MALFORMED || error.code == Code::LS_TOO_LARGE ||
              error.code == Code::LS_UNSUPPORTED_TYPE || error.code == Code::LS_VERSION_UNSUPPORTED,
          "an envelope is refused with another code");
}

bool payload(protocol::MessageType type, std::string_view text) {
  const auto request = protocol::decode_request(type, text);
  if (!request) {
    require_sentence(request.error());
    return false;
  }
  require(protocol::type_of(*request) == type, "decoded as another message");
  const auto written = protocol::encode(*request);
  const auto again = protocol::decode_request(type, written);
  require(again.has_value(), "what was written does not read: " + written);
  require(*again == *request, "what was written reads as something else: " + written);
  require(protocol::encode(*again) == written, "writing is not stable: " + written);
  return true;
}

}  // namespace

bool message(ByteView input) {
  const auto text = as_text(input);
  std::string compact;
  if (const auto clear = clear_message(text)) {
    compact = signing_input_of(*clear) + "." + to_base64url(Bytes(64, 7));
  } else {
    compact = text.substr(text.starts_with('!') ? 1 : 0);
  }
  const auto request = protocol::parse_request(compact);
  if (!request) {
    require_kind(request.error());
    return false;
  }
  require(compact.size() <= protocol::kMaxMessageBytes, "a message beyond the limit is accepted");
  require_stable(*request);
  return payload(request->header.type, request->payload);
}

}  // namespace lictor::fuzz
