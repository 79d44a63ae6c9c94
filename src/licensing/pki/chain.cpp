#include "licensing/pki/chain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::pki {
namespace {

Result<void> check_dates(const Certificate& certificate, WallTime at) {
  if (at < certificate.not_before) {
    return Error{ErrorCode::Expired, fmt::format("the certificate {} is not valid before {}", certificate.subject,
                                                 to_rfc3339(certificate.not_before))};
  }
  if (at > certificate.not_after) {
    return Error{ErrorCode::Expired,
                 fmt::format("the certificate {} ended at {}", certificate.subject, to_rfc3339(certificate.not_after))};
  }
  return {};
}

Result<void> check_leaf(const Certificate& leaf, Purpose purpose) {
  if (leaf.has_unknown_critical_extension) {
    return Error{ErrorCode::Crypto, fmt::format("{} has a critical extension that is not understood", leaf.subject)};
  }
  if (leaf.is_ca || !leaf.may_sign) {
    return Error{ErrorCode::Crypto, fmt::format("{} is no certificate to sign messages with", leaf.subject)};
  }
  // Exactly our own usage: a TLS certificate never signs a message (PKI-1).
  if (leaf.extended_key_usages != std::vector<std::string>{std::string(eku_oid(purpose))}) {
    return Error{ErrorCode::Crypto, fmt::format("{} was issued for another purpose", leaf.subject)};
  }
  return {};
}

// `below` counts the CA certificates between this one and the leaf (RFC 5280, 4.2.1.9).
Result<void> check_authority(const Certificate& authority, int below) {
  if (authority.has_unknown_critical_extension || !authority.is_ca || !authority.may_sign_certificates) {
    return Error{ErrorCode::Crypto, fmt::format("{} may not issue certificates", authority.subject)};
  }
  if (authority.path_length && below > *authority.path_length) {
    return Error{ErrorCode::Crypto, fmt::format("the chain below {} is too long", authority.subject)};
  }
  return {};
}

bool may_have_issued(const Certificate& issuer, const Certificate& subject) {
  if (issuer.subject_der != subject.issuer_der) return false;
  return subject.authority_key_id.empty() || issuer.subject_key_id.empty() ||
         subject.authority_key_id == issuer.subject_key_id;
}

Result<void> check_revocation(Crypto& crypto, const Certificate& certificate, const Certificate& issuer,
                              const ChainRequest& request) {
  for (const auto* crl : request.crls) {
    if (crl->issuer_der != issuer.subject_der || !crypto.verify_crl(*crl, issuer.public_key)) continue;
    const bool revoked = std::any_of(crl->entries.begin(), crl->entries.end(), [&](const RevokedEntry& entry) {
      return entry.serial == certificate.serial && entry.revoked_at <= request.at_time;
    });
    if (revoked) return Error{ErrorCode::Crypto, fmt::format("the certificate {} is revoked", certificate.subject)};
  }
  return {};
}

// Tries one issuer for the end of `path`; every check of that link.
Result<void> check_link(Crypto& crypto, const Certificate& subject, const Certificate& issuer, int below,
                        const ChainRequest& request) {
  if (auto ok = check_dates(issuer, request.at_time); !ok) return ok;
  if (auto ok = check_authority(issuer, below); !ok) return ok;
  if (auto ok = crypto.verify_certificate(subject, issuer.public_key); !ok) return ok;
  return check_revocation(crypto, subject, issuer, request);
}

// Depth first over the candidates; keeps the first reason why a path failed.
bool extend(Crypto& crypto, const ChainRequest& request, std::vector<const Certificate*>& path,
            std::optional<Error>& reason) {
  const auto& last = *path.back();
  const int below = static_cast<int>(path.size()) - 1;
  const auto try_issuer = [&](const Certificate& issuer) {
    if (!may_have_issued(issuer, last)) return false;
    auto ok = check_link(crypto, last, issuer, below, request);
    if (!ok && !reason) reason = ok.error();
    return ok.has_value();
  };
  for (const auto* anchor : request.anchors) {
    if (!try_issuer(*anchor)) continue;
    path.push_back(anchor);
    return true;
  }
  if (path.size() + 1 >= kMaxChainLength) return false;
  for (const auto* candidate : request.intermediates) {
    const bool used =
        std::any_of(path.begin(), path.end(), [&](const Certificate* c) { return c->der == candidate->der; });
    if (used || !try_issuer(*candidate)) continue;
    path.push_back(candidate);
    if (extend(crypto, request, path, reason)) return true;
    path.pop_back();
  }
  return false;
}

}  // namespace

Result<std::vector<const Certificate*>> verify_chain(Crypto& crypto, const ChainRequest& request) {
  if (auto ok = check_leaf(*request.leaf, request.purpose); !ok) return ok.error();
  if (auto ok = check_dates(*request.leaf, request.at_time); !ok) return ok.error();
  std::vector<const Certificate*> path{request.leaf};
  std::optional<Error> reason;
  if (extend(crypto, request, path, reason)) return path;
  if (reason) return *reason;
  return Error{ErrorCode::NotFound, fmt::format("no trusted authority has issued {}", request.leaf->subject)};
}

}  // namespace lictor::pki
