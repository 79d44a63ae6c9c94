#include "licensing/protocol/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"
#include "foundation/json/json.hpp"
#include "licensing/protocol/id_text.hpp"

namespace lictor::protocol {
namespace {

using json::Array;
using json::Object;
using json::ObjectReader;

constexpr std::size_t kMaxHeaderBytes = std::size_t{128} * 1024;  // x5c chains included
constexpr std::size_t kMaxHeaderDepth = 4;
constexpr std::size_t kMaxChain = 8;
constexpr std::string_view kTypPrefix = "lictor-";
constexpr std::string_view kTypSuffix = "+jws";
// Members that a reader must understand (RFC 7515, 4.1.11).
constexpr std::string_view kRequestCrit[] = {"request_id", "sequence", "sent_at", "versions"};
constexpr std::string_view kAnswerCrit[] = {"request_id", "server_time", "incarnation", "trust_version", "version"};

std::string typ_of(MessageType type) {
  return fmt::format("{}{}{}", kTypPrefix, to_string(type), kTypSuffix);
}
std::string_view alg_of(pki::KeyAlgorithm algorithm) {
  return algorithm == pki::KeyAlgorithm::EcP256 ? "ES256" : "RS256";
}

template <std::size_t N>
Array crit_of(const std::string_view (&names)[N]) {
  Array out;
  for (const auto name : names) out.emplace_back(name);
  return out;
}

std::string join(const Object& header, std::string_view payload) {
  return to_base64url(as_bytes(json::to_text(header))) + "." + to_base64url(as_bytes(payload));
}

// --- parsing --------------------------------------------------------------------------------------------------------
// One of the three parts of a compact JWS.
struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

using Failure = EnvelopeError;
template <class T>
using Parsed = tl::expected<T, Failure>;

tl::unexpected<Failure> fail(Code code, std::string reason) {
  return tl::unexpected<Failure>({code, std::move(reason)});
}
tl::unexpected<Failure> malformed(std::string reason) {
  return fail(Code::LS_MALFORMED, std::move(reason));
}

Parsed<Parts> take_apart(std::string_view compact) {
  if (compact.size() > kMaxMessageBytes) {
    return fail(Code::LS_TOO_LARGE,
                fmt::format("The message has {} bytes; at most {} are accepted", compact.size(), kMaxMessageBytes));
  }
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
    return malformed("The message is no compact JWS: three parts joined by dots are expected");
  }
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1)};
}

struct Opened {
  json::Value header;
  bool es256 = true;
  MessageType type = MessageType::Register;
  std::string payload;
  std::string signing_input;
  Bytes signature;
};

Parsed<void> read_algorithm(const ObjectReader& reader, Opened& out) {
  const auto alg = reader.string("alg");
  if (!alg) return malformed("header: " + alg.error().message);
  if (*alg != "ES256" && *alg != "RS256") {
    return fail(Code::LS_UNSUPPORTED_TYPE,
                fmt::format("header: alg: \"{}\" is neither ES256 nor RS256", utf8_prefix(*alg, 32)));
  }
  out.es256 = *alg == "ES256";
  return {};
}

Parsed<void> read_type(const ObjectReader& reader, Opened& out) {
  const auto typ = reader.string("typ");
  if (!typ) return malformed("header: " + typ.error().message);
  std::string_view name = *typ;
  const bool shape =
      name.starts_with(kTypPrefix) && name.ends_with(kTypSuffix) && name.size() > kTypPrefix.size() + kTypSuffix.size();
  if (shape) {
    name.remove_prefix(kTypPrefix.size());
    name.remove_suffix(kTypSuffix.size());
  }
  const auto type = parse_message_type(name);
  if (!shape || !type) {
    return fail(Code::LS_UNSUPPORTED_TYPE,
                fmt::format("header: typ: \"{}\" is no message of this protocol", utf8_prefix(*typ, 64)));
  }
  out.type = *type;
  return {};
}

// Every name in crit must be understood and present; what the message needs must be in it.
template <std::size_t N>
Parsed<void> check_crit(const ObjectReader& reader, const std::string_view (&known)[N]) {
  const auto crit = reader.array("crit");
  if (!crit) return malformed("header: " + crit.error().message);
  if ((*crit)->empty()) return malformed("header: crit: must not be empty");
  std::vector<std::string> names;
  for (const auto& item : **crit) {
    const auto* name = item.if_string();
    if (name == nullptr) return malformed("header: crit: must hold strings");
    if (std::find(std::begin(known), std::end(known), *name) == std::end(known)) {
      return fail(Code::LS_UNSUPPORTED_TYPE,
                  fmt::format("header: crit: \"{}\" is not understood", utf8_prefix(*name, 64)));
    }
    if (std::find(names.begin(), names.end(), *name) != names.end()) {
      return malformed(fmt::format("header: crit: \"{}\" stands twice", *name));
    }
    if (!reader.has(*name)) return malformed(fmt::format("header: {}: is missing", *name));
    names.push_back(*name);
  }
  for (const auto name : known) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return malformed(fmt::format("header: crit: must name \"{}\"", name));
    }
  }
  return {};
}

template <std::size_t N>
Parsed<Opened> open(std::string_view compact, const std::string_view (&crit)[N]) {
  auto parts = take_apart(compact);
  if (!parts) return tl::unexpected(parts.error());
  Opened out;
  const auto header = from_base64url(parts->header);
  if (!header) return malformed("header: " + header.error().message);
  auto value = json::parse(as_text(*header), {kMaxHeaderBytes, kMaxHeaderDepth});
  if (!value) {
    return fail(value.error().code == ErrorCode::TooLarge ? Code::LS_TOO_LARGE : Code::LS_MALFORMED,
                "header: " + value.error().message);
  }
  const ObjectReader reader(*value, "");
  if (!reader.is_object()) return malformed("header: must be an object");
  if (auto ok = read_algorithm(reader, out); !ok) return tl::unexpected(ok.error());
  if (auto ok = read_type(reader, out); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_crit(reader, crit); !ok) return tl::unexpected(ok.error());
  auto payload = from_base64url(parts->payload);
  if (!payload) return malformed("payload: " + payload.error().message);
  auto signature = from_base64url(parts->signature);
  if (!signature) return malformed("signature: " + signature.error().message);
  out.header = std::move(*value);
  out.payload = std::string(as_text(*payload));
  out.signature = std::move(*signature);
  out.signing_input = std::string(compact.substr(0, parts->header.size() + 1 + parts->payload.size()));
  return out;
}

Parsed<void> read_versions(const ObjectReader& reader, RequestHeader& out) {
  const auto versions = reader.array("versions");
  if (!versions) return malformed("header: " + versions.error().message);
  const auto* low = (*versions)->size() == 2 ? (**versions)[0].if_int() : nullptr;
  const auto* high = (*versions)->size() == 2 ? (**versions)[1].if_int() : nullptr;
  if (low == nullptr || high == nullptr || *low < 1 || *high < *low || *high > 1'000'000) {
    return malformed("header: versions: must be [lowest, highest]");
  }
  out.min_version = static_cast<int>(*low);
  out.max_version = static_cast<int>(*high);
  if (out.max_version < kOldestProtocolVersion || out.min_version > kProtocolVersion) {
    return fail(Code::LS_VERSION_UNSUPPORTED, std::string(row(Code::LS_VERSION_UNSUPPORTED).text));
  }
  return {};
}

Parsed<std::vector<Bytes>> read_chain(const ObjectReader& reader) {
  std::vector<Bytes> chain;
  const auto items = reader.array("x5c");
  if (!items) return malformed("header: " + items.error().message);
  if ((*items)->size() > kMaxChain) return malformed("header: x5c: too many certificates");
  for (const auto& item : **items) {
    const auto* text = item.if_string();
    auto der = text == nullptr ? Result<Bytes>(Error{ErrorCode::Malformed, "must hold strings"}) : from_base64(*text);
    if (!der) return malformed("header: x5c: " + der.error().message);
    chain.push_back(std::move(*der));
  }
  return chain;
}

// kid = authority/account/instance.
Parsed<void> read_kid(const std::string& kid, RequestHeader::Identity& out) {
  const auto first = kid.find('/');
  const auto second = first == std::string::npos ? first : kid.find('/', first + 1);
  if (second == std::string::npos) return malformed("header: kid: must be authority/account/instance");
  auto authority = parse_authority_id(std::string_view(kid).substr(0, first));
  const auto account = parse_decimal_id(std::string_view(kid).substr(first + 1, second - first - 1));
  const auto instance = parse_decimal_id(std::string_view(kid).substr(second + 1));
  if (!authority || !account || !instance) return malformed("header: kid: must be authority/account/instance");
  out.authority = std::move(*authority);
  out.account = AccountId{*account};
  out.instance = InstanceId{*instance};
  return {};
}

// The certificate members; each may be missing, which the service answers by PRO-4's texts.
Parsed<std::optional<RequestHeader::Identity>> read_identity(const ObjectReader& reader) {
  if (!reader.has("kid")) return std::optional<RequestHeader::Identity>();
  RequestHeader::Identity out;
  const auto kid = reader.string("kid");
  if (!kid) return malformed("header: " + kid.error().message);
  if (auto ok = read_kid(*kid, out); !ok) return tl::unexpected(ok.error());
  const auto read_serial = [&](std::string_view name, std::optional<Serial>& into) -> Parsed<void> {
    if (!reader.has(name)) return {};
    const auto text = reader.string(name);
    if (!text) return malformed("header: " + text.error().message);
    const auto serial = parse_wire_id<Serial>(*text);
    if (!serial) return malformed(fmt::format("header: {}: must be 32 hexadecimal digits in lower case", name));
    into = *serial;
    return {};
  };
  if (auto ok = read_serial("id_serial", out.id_serial); !ok) return tl::unexpected(ok.error());
  if (auto ok = read_serial("signing_serial", out.signing_serial); !ok) return tl::unexpected(ok.error());
  if (reader.has("x5t#S256")) {
    const auto text = reader.string("x5t#S256");
    auto raw = text ? from_base64url(*text) : Result<Bytes>(text.error());
    const auto digest = raw ? Digest::from_view(*raw) : Result<Digest>(raw.error());
    if (!digest) return malformed("header: x5t#S256: must be a SHA-256 digest in base64url");
    out.certificate_digest = *digest;
  }
  if (reader.has("x5c")) {
    auto chain = read_chain(reader);
    if (!chain) return tl::unexpected(chain.error());
    if (!chain->empty()) out.certificate = std::move(chain->front());
  }
  return std::optional(std::move(out));
}

}  // namespace

std::string signing_input(const RequestHeader& header, pki::KeyAlgorithm algorithm, std::string_view payload) {
  Object out{{"alg", alg_of(algorithm)},
             {"typ", typ_of(header.type)},
             {"crit", crit_of(kRequestCrit)},
             {"request_id", header.request_id.text()},
             {"sequence", header.sequence},
             {"sent_at", to_ms(header.sent_at)},
             {"versions", Array{std::int64_t{header.min_version}, std::int64_t{header.max_version}}}};
  if (const auto& identity = header.identity) {
    out.emplace_back(
        "kid", fmt::format("{}/{}/{}", identity->authority.uuid, identity->account.value, identity->instance.value));
    if (identity->id_serial) out.emplace_back("id_serial", identity->id_serial->text());
    if (identity->certificate_digest) out.emplace_back("x5t#S256", to_base64url(identity->certificate_digest->bytes));
    if (!identity->certificate.empty()) out.emplace_back("x5c", Array{to_base64(identity->certificate)});
    if (identity->signing_serial) out.emplace_back("signing_serial", identity->signing_serial->text());
  }
  return join(out, payload);
}

std::string signing_input(const AnswerHeader& header, pki::KeyAlgorithm algorithm, std::string_view payload) {
  Array chain;
  for (const auto& der : header.chain) chain.emplace_back(to_base64(der));
  return join({{"alg", alg_of(algorithm)},
               {"typ", typ_of(header.type)},
               {"crit", crit_of(kAnswerCrit)},
               {"request_id", header.request_id.text()},
               {"server_time", to_ms(header.server_time)},
               {"incarnation", header.incarnation.text()},
               {"trust_version", std::int64_t{header.trust_version}},
               {"version", std::int64_t{header.version}},
               {"x5c", std::move(chain)}},
              payload);
}

std::string attach_signature(std::string signing_input, ByteView signature) {
  return std::move(signing_input) + "." + to_base64url(signature);
}

Result<std::string> sign_request(pki::Crypto& crypto, const pki::PrivateKey& key, const RequestHeader& header,
                                 std::string_view payload) {
  auto input = signing_input(header, key.public_key().algorithm, payload);
  auto signature = crypto.sign(key, as_bytes(input));
  if (!signature) return signature.error();
  return attach_signature(std::move(input), *signature);
}

tl::expected<UnverifiedRequest, EnvelopeError> parse_request(std::string_view compact) {
  auto opened = open(compact, kRequestCrit);
  if (!opened) return tl::unexpected(opened.error());
  const ObjectReader reader(opened->header, "");
  UnverifiedRequest out;
  out.header.type = opened->type;
  const auto request_id = reader.string("request_id").and_then(parse_wire_id<RequestId>);
  if (!request_id) return malformed("header: request_id: must be 32 hexadecimal digits in lower case");
  out.header.request_id = *request_id;
  const auto sequence = reader.integer("sequence", 0, (std::int64_t{1} << 53) - 1);
  if (!sequence) return malformed("header: " + sequence.error().message);
  out.header.sequence = *sequence;
  const auto sent_at = reader.integer("sent_at", -62'135'596'800'000, 253'402'300'799'999);
  if (!sent_at) return malformed("header: " + sent_at.error().message);
  out.header.sent_at = wall_from_ms(*sent_at);
  if (auto ok = read_versions(reader, out.header); !ok) return tl::unexpected(ok.error());
  auto identity = read_identity(reader);
  if (!identity) return tl::unexpected(identity.error());
  out.header.identity = std::move(*identity);
  out.es256 = opened->es256;
  out.payload = std::move(opened->payload);
  out.signing_input = std::move(opened->signing_input);
  out.signature = std::move(opened->signature);
  return out;
}

Result<UnverifiedAnswer> parse_answer(std::string_view compact) {
  auto opened = open(compact, kAnswerCrit);
  if (!opened) return Error{ErrorCode::Malformed, opened.error().reason};
  const ObjectReader reader(opened->header, "");
  UnverifiedAnswer out;
  out.header.type = opened->type;
  const auto request_id = reader.string("request_id").and_then(parse_wire_id<RequestId>);
  if (!request_id) return request_id.error().with_context("header: request_id");
  out.header.request_id = *request_id;
  const auto server_time = reader.integer("server_time", 0, 253'402'300'799'999);
  if (!server_time) return server_time.error().with_context("header");
  out.header.server_time = wall_from_ms(*server_time);
  const auto incarnation = reader.string("incarnation").and_then(parse_wire_id<Incarnation>);
  if (!incarnation) return incarnation.error().with_context("header: incarnation");
  out.header.incarnation = *incarnation;
  const auto trust_version = reader.integer("trust_version", 0, 1'000'000);
  if (!trust_version) return trust_version.error().with_context("header");
  out.header.trust_version = static_cast<int>(*trust_version);
  const auto version = reader.integer("version", kOldestProtocolVersion, kProtocolVersion);
  if (!version) return version.error().with_context("header");
  out.header.version = static_cast<int>(*version);
  auto chain = read_chain(reader);
  if (!chain) return Error{ErrorCode::Malformed, chain.error().reason};
  out.header.chain = std::move(*chain);
  out.es256 = opened->es256;
  out.payload = std::move(opened->payload);
  out.signing_input = std::move(opened->signing_input);
  out.signature = std::move(opened->signature);
  return out;
}

namespace {

Result<void> verify_with(pki::Crypto& crypto, bool es256, std::string_view input, ByteView signature,
                         const pki::PublicKey& key) {
  if (es256 != (key.algorithm == pki::KeyAlgorithm::EcP256)) {
    return Error{ErrorCode::Crypto, "the signature's algorithm does not fit the key"};
  }
  return crypto.verify(key, as_bytes(input), signature);
}

}  // namespace

Result<void> verify(pki::Crypto& crypto, const UnverifiedRequest& request, const pki::PublicKey& key) {
  return verify_with(crypto, request.es256, request.signing_input, request.signature, key);
}

Result<void> verify(pki::Crypto& crypto, const UnverifiedAnswer& answer, const pki::PublicKey& key) {
  return verify_with(crypto, answer.es256, answer.signing_input, answer.signature, key);
}

Digest payload_digest(pki::Crypto& crypto, MessageType type, std::string_view payload) {
  std::string text(to_string(type));
  text += '\n';
  text += payload;
  return crypto.sha256(as_bytes(text));
}

}  // namespace lictor::protocol
