// The envelope: compact JWS (RFC 7515), alg ES256 or RS256, typ lictor-<message>+jws, payload frozen, `sent_at` fresh
// at each attempt (spec PRO-1, PRO-3). Parsing never trusts: an Unverified... becomes usable only by verify().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "licensing/pki/crypto.hpp"
#include "licensing/protocol/messages.hpp"

namespace lictor::protocol {

// Members of a request's protected header. The certificate members are absent in register.
struct RequestHeader {
  MessageType type = MessageType::Register;
  RequestId request_id;
  std::int64_t sequence = 0;  // from 1 per registration; 0 for register, poll and trust
  WallTime sent_at{};
  int min_version = kOldestProtocolVersion;
  int max_version = kProtocolVersion;
  struct Identity {
    AuthorityId authority;  // kid = authority/account/instance
    AccountId account;
    InstanceId instance;
    std::optional<Serial> id_serial;
    std::optional<Digest> certificate_digest;  // x5t#S256
    Bytes certificate;                         // x5c[0], DER; empty = not sent
    std::optional<Serial> signing_serial;
  };
  std::optional<Identity> identity;
  // Register only: the account that the token names travels in the token; nothing here.
};

// Members of an answer's protected header.
struct AnswerHeader {
  MessageType type = MessageType::Register;  // of the request
  RequestId request_id;
  WallTime server_time{};
  Incarnation incarnation;
  int trust_version = 1;
  int version = kProtocolVersion;
  std::vector<Bytes> chain;  // x5c: signing certificate first
};

// "<protected>.<payload>" ready to be signed; append "." + base64url(signature).
std::string signing_input(const RequestHeader& header, pki::KeyAlgorithm algorithm, std::string_view payload);
std::string signing_input(const AnswerHeader& header, pki::KeyAlgorithm algorithm, std::string_view payload);
std::string attach_signature(std::string signing_input, ByteView signature);

// Both in one, for keys in this process.
Result<std::string> sign_request(pki::Crypto& crypto, const pki::PrivateKey& key, const RequestHeader& header,
                                 std::string_view payload);

struct UnverifiedRequest {
  RequestHeader header;
  bool es256 = true;    // else RS256
  std::string payload;  // decoded bytes, still unparsed
  std::string signing_input;
  Bytes signature;
};
// Errors carry the LS code by class: Malformed -> LS_MALFORMED, TooLarge -> LS_TOO_LARGE, Unsupported ->
// LS_UNSUPPORTED_TYPE (typ, alg:none, foreign alg) or LS_VERSION_UNSUPPORTED (versions without overlap).
struct EnvelopeError {
  Code code = Code::LS_MALFORMED;
  std::string reason;  // what and where
};
tl::expected<UnverifiedRequest, EnvelopeError> parse_request(std::string_view compact);
// Error: Crypto, also when the algorithm does not fit the key.
Result<void> verify(pki::Crypto& crypto, const UnverifiedRequest& request, const pki::PublicKey& key);

struct UnverifiedAnswer {
  AnswerHeader header;
  bool es256 = true;
  std::string payload;
  std::string signing_input;
  Bytes signature;
};
Result<UnverifiedAnswer> parse_answer(std::string_view compact);
Result<void> verify(pki::Crypto& crypto, const UnverifiedAnswer& answer, const pki::PublicKey& key);

// The digest that the server keeps of a frozen payload (PRO-3).
Digest payload_digest(pki::Crypto& crypto, MessageType type, std::string_view payload);

}  // namespace lictor::protocol
