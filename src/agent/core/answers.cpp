#include "agent/core/answers.hpp"

#include <fmt/format.h>

#include "licensing/pki/chain.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

Result<std::vector<pki::Certificate>> parse_all(pki::Crypto& crypto, const std::vector<Bytes>& ders) {
  std::vector<pki::Certificate> out;
  for (const auto& der : ders) {
    auto certificate = crypto.parse_certificate(der);
    if (!certificate) return certificate.error();
    out.push_back(std::move(*certificate));
  }
  return out;
}

// The leaf of `chain`, when it chains to an anchor for that purpose.
Result<pki::Certificate> verify_leaf(pki::Crypto& crypto, const AnswerExpectation& expected,
                                     const std::vector<Bytes>& chain, pki::Purpose purpose) {
  if (chain.empty() || chain.size() > pki::kMaxChainLength)
    return Error{ErrorCode::Malformed, "the certificate chain is empty or too long"};
  auto certificates = parse_all(crypto, chain);
  if (!certificates) return certificates.error();
  auto anchors = parse_all(crypto, *expected.anchors);
  if (!anchors) return anchors.error().with_context("licensing anchors");
  pki::ChainRequest request;
  request.leaf = &certificates->front();
  for (std::size_t i = 1; i < certificates->size(); ++i) request.intermediates.push_back(&(*certificates)[i]);
  for (const auto& anchor : *anchors) request.anchors.push_back(&anchor);
  request.at_time = expected.at;
  request.purpose = purpose;
  auto path = pki::verify_chain(crypto, request);
  if (!path) return path.error();
  return std::move(certificates->front());
}

Result<AuthorityId> authority_of(const pki::Certificate& signing) {
  for (const auto& uri : signing.uris)
    if (auto authority = pki::parse_authority_uri(uri)) return *authority;
  return Error{ErrorCode::Crypto, "the signing certificate names no authority"};
}

Result<pki::InstanceName> instance_of(const pki::Certificate& certificate) {
  for (const auto& uri : certificate.uris)
    if (auto name = pki::parse_instance_uri(uri)) return *name;
  return Error{ErrorCode::Crypto, "the ID certificate names no instance"};
}

struct Signed {
  AuthorityId authority;
  Serial serial;
};
Result<Signed> verify_signature(pki::Crypto& crypto, const AnswerExpectation& expected,
                                const protocol::UnverifiedAnswer& answer) {
  auto signing = verify_leaf(crypto, expected, answer.header.chain, pki::Purpose::AnswerSigning);
  if (!signing) return signing.error();
  if (auto ok = protocol::verify(crypto, answer, signing->public_key); !ok) return ok.error();
  auto authority = authority_of(*signing);
  if (!authority) return authority.error();
  if (expected.authority && *authority != *expected.authority)
    return Error{ErrorCode::Crypto,
                 "the answer is signed by another authority than the one that issued the ID "
                 "certificate"};
  if (answer.header.request_id != expected.request_id || answer.header.type != expected.type)
    return Error{ErrorCode::Crypto, "the answer is to another request"};
  return Signed{*authority, signing->serial};
}

Result<pki::Certificate> check_id_certificate(pki::Crypto& crypto, const AnswerExpectation& expected,
                                              const std::vector<Bytes>& chain, const pki::InstanceName& name,
                                              const pki::PublicKey& key) {
  auto certificate = verify_leaf(crypto, expected, chain, pki::Purpose::IdCertificate);
  if (!certificate) return certificate.error();
  if (certificate->public_key != key) return Error{ErrorCode::Crypto, "the ID certificate is for another key"};
  auto named = instance_of(*certificate);
  if (!named) return named.error();
  if (*named != name) return Error{ErrorCode::Crypto, "the ID certificate is for another instance"};
  return certificate;
}

// The certificate's dates may begin a little after the device's own clock (CLK-2's tolerance): it is judged where both
// overlap.
AnswerExpectation within(AnswerExpectation expected, pki::Crypto& crypto, const std::vector<Bytes>& chain) {
  if (chain.empty()) return expected;
  if (auto leaf = crypto.parse_certificate(chain.front()); leaf && leaf->not_before > expected.at)
    expected.at = std::min(leaf->not_before, expected.at + hours(1));
  return expected;
}

}  // namespace

tl::expected<VerifiedAnswer, AnswerProblem> check_answer(pki::Crypto& crypto, const AnswerExpectation& expected,
                                                         std::string_view body) {
  using Kind = AnswerProblem::Kind;
  auto parsed = protocol::parse_answer(body);
  if (!parsed) return tl::unexpected(AnswerProblem{Kind::NotUnderstood, parsed.error().message, 0, {}});
  auto decoded = protocol::decode_answer(expected.type, parsed->payload);
  auto verified = verify_signature(crypto, within(expected, crypto, parsed->header.chain), *parsed);
  if (!verified) {
    AnswerProblem problem{Kind::NotVerified, verified.error().message, parsed->header.trust_version, {}};
    if (decoded)
      if (const auto* refusal = std::get_if<protocol::Refusal>(&*decoded)) problem.unverified = *refusal;
    return tl::unexpected(std::move(problem));
  }
  if (!decoded) return tl::unexpected(AnswerProblem{Kind::NotUnderstood, decoded.error().message, 0, {}});
  return VerifiedAnswer{std::move(parsed->header), std::move(*decoded), verified->authority, verified->serial};
}

Result<NewIdentity> check_identity(pki::Crypto& crypto, const AnswerExpectation& expected, const VerifiedAnswer& answer,
                                   const pki::PublicKey& key) {
  const auto& registered = std::get<protocol::RegisterAnswer>(answer.answer);
  const pki::InstanceName name{answer.authority, registered.account, registered.instance};
  auto certificate =
      check_id_certificate(crypto, within(expected, crypto, registered.chain), registered.chain, name, key);
  if (!certificate) return certificate.error();
  return NewIdentity{registered,       certificate->serial,  certificate->not_before, certificate->not_after,
                     answer.authority, answer.signing_serial};
}

Result<NewCertificate> check_renewal(pki::Crypto& crypto, const AnswerExpectation& expected,
                                     const protocol::RenewIdAnswer& answer, const Identity& identity,
                                     const pki::PublicKey& key) {
  const pki::InstanceName name{identity.authority, identity.account, identity.instance};
  auto certificate = check_id_certificate(crypto, within(expected, crypto, answer.chain), answer.chain, name, key);
  if (!certificate) return certificate.error();
  return NewCertificate{answer.chain, certificate->serial, certificate->not_before, certificate->not_after};
}

// --- trust ----------------------------------------------------------------------------------------------------------
std::string trust_signing_input(pki::KeyAlgorithm algorithm, int version, const std::vector<Bytes>& anchors) {
  const bool es = algorithm == pki::KeyAlgorithm::EcP256;
  const auto header = fmt::format(R"({{"alg":"{}","typ":"lictor-trust-bundle+jws"}})", es ? "ES256" : "RS256");
  auto payload = std::to_string(version);
  for (const auto& anchor : anchors) payload += "\n" + to_base64url(anchor);
  return to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(payload));
}

namespace {

bool signed_by_one_of(pki::Crypto& crypto, const std::vector<pki::Certificate>& roots,
                      const protocol::TrustBundle& bundle, std::string_view compact) {
  const auto dot = compact.rfind('.');
  if (dot == std::string_view::npos) return false;
  auto signature = from_base64url(compact.substr(dot + 1));
  if (!signature) return false;
  for (const auto& root : roots) {
    // What must have been signed is known wholly, so the JWS is compared, not parsed.
    const auto input = trust_signing_input(root.public_key.algorithm, bundle.version, bundle.anchors);
    if (input == compact.substr(0, dot) && crypto.verify(root.public_key, as_bytes(input), *signature)) return true;
  }
  return false;
}

}  // namespace

Result<NewAnchors> check_trust(pki::Crypto& crypto, const std::vector<Bytes>& held, int version_held,
                               const std::vector<protocol::TrustBundle>& bundles) {
  NewAnchors current{version_held, held};
  for (const auto& bundle : bundles) {
    if (bundle.version != current.version + 1)
      return Error{ErrorCode::Crypto,
                   fmt::format("trust bundle {} does not follow {}", bundle.version, current.version)};
    auto before = parse_all(crypto, current.anchors);
    if (!before) return before.error();
    auto after = parse_all(crypto, bundle.anchors);
    if (!after) return after.error();
    if (!signed_by_one_of(crypto, *before, bundle, bundle.signed_by_previous))
      return Error{ErrorCode::Crypto,
                   fmt::format("trust bundle {} is not signed by a root held before", bundle.version)};
    if (!signed_by_one_of(crypto, *after, bundle, bundle.signed_by_new))
      return Error{ErrorCode::Crypto,
                   fmt::format("trust bundle {} is not signed by a root of its own", bundle.version)};
    current = {bundle.version, bundle.anchors};
  }
  if (bundles.empty()) return Error{ErrorCode::NotFound, "there are no newer anchors"};
  return current;
}

}  // namespace lictor::agent
