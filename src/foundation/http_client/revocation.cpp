#include "foundation/http_client/revocation.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include "foundation/base/bytes.hpp"
#include "foundation/http_client/freer.hpp"

namespace lictor::http {
namespace {

using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using DistributionPoints = std::unique_ptr<CRL_DIST_POINTS, Freer<CRL_DIST_POINTS_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
void free_stack_only(STACK_OF(X509_CRL) * stack) {
  sk_X509_CRL_free(stack);
}
using ListStack = std::unique_ptr<STACK_OF(X509_CRL), Freer<free_stack_only>>;

CrlCache::List parse_list(const std::string& contents) {
  const auto* data = reinterpret_cast<const unsigned char*>(contents.data());
  X509_CRL* list = d2i_X509_CRL(nullptr, &data, static_cast<long>(contents.size()));
  if (list == nullptr) {
    const Bio bio(BIO_new_mem_buf(contents.data(), static_cast<int>(contents.size())));
    list = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr);
  }
  ERR_clear_error();
  return {list, X509_CRL_free};
}

// Is `time` after now? A time that cannot be read is not.
bool lies_ahead(const ASN1_TIME* time, std::optional<std::time_t> now) {
  std::time_t at = now.value_or(0);
  return time != nullptr && X509_cmp_time(time, now ? &at : nullptr) > 0;
}

std::vector<std::string> distribution_urls(const X509* certificate) {
  std::vector<std::string> urls;
  const DistributionPoints points(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr)));
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->distpoint->type != 0) continue;
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, k);
      if (name->type != GEN_URI) continue;
      std::string url(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier)),
                      static_cast<std::size_t>(ASN1_STRING_length(name->d.uniformResourceIdentifier)));
      if (url.starts_with("http://")) urls.push_back(std::move(url));
    }
  }
  return urls;
}

struct Judgement {
  RevocationCheck mode = RevocationCheck::Crl;
  int anchor_depth = 0;
  std::map<std::string, std::string> why;  // by serial: why its list is missing
  RevocationVerdict verdict;
};

int on_verify(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  auto& judgement = *static_cast<Judgement*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  const std::string serial = certificate == nullptr ? "" : serial_hex(certificate);
  if (error == X509_V_ERR_CERT_REVOKED) {
    judgement.verdict = {Failure::CertificateRevoked, fmt::format("the certificate {} is revoked", serial), serial};
    return 0;
  }
  // Everything else is about the list: the chain itself was found good before. The trusted certificate needs none.
  if (X509_STORE_CTX_get_error_depth(context) >= judgement.anchor_depth) return 1;
  if (judgement.mode == RevocationCheck::CrlIfAvailable) return 1;
  const auto known = judgement.why.find(serial);
  judgement.verdict = {Failure::RevocationUnknown,
                       fmt::format("the certificate {} cannot be checked for revocation: {}", serial,
                                   known == judgement.why.end() ? X509_verify_cert_error_string(error) : known->second),
                       serial};
  return 0;
}

}  // namespace

std::string serial_hex(const x509_st* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

Result<CrlCache::List> CrlCache::get(const std::string& url, x509_st* issuer, std::optional<std::time_t> now,
                                     const CrlFetch& fetch) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = lists_.find(url);
    if (known != lists_.end() && lies_ahead(X509_CRL_get0_nextUpdate(known->second.get()), now)) return known->second;
  }
  auto contents = fetch(url);
  if (!contents) return contents.error();
  List list = parse_list(*contents);
  if (!list) return Error{ErrorCode::Malformed, fmt::format("what {} gives is no revocation list", url)};
  if (X509_CRL_verify(list.get(), X509_get0_pubkey(issuer)) != 1) {
    ERR_clear_error();
    return Error{ErrorCode::Crypto, fmt::format("the list at {} is not signed by the certificate's issuer", url)};
  }
  if (lies_ahead(X509_CRL_get0_nextUpdate(list.get()), now)) {
    const std::lock_guard lock(mutex_);
    lists_[url] = list;
  }
  return list;
}

RevocationVerdict judge_revocation(x509_store_ctx_st* verified, RevocationCheck mode, std::optional<std::time_t> now,
                                   CrlCache& cache, const CrlFetch& fetch) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(verified);
  const int length = sk_X509_num(chain);
  Judgement judgement{mode, length - 1, {}, {}};
  std::vector<CrlCache::List> lists;
  for (int i = 0; i + 1 < length; ++i) {
    X509* certificate = sk_X509_value(chain, i);
    std::string& why = judgement.why[serial_hex(certificate)];
    why = "it names no list that can be fetched";
    for (const auto& url : distribution_urls(certificate)) {
      auto list = cache.get(url, sk_X509_value(chain, i + 1), now, fetch);
      if (list) {
        lists.push_back(std::move(*list));
        judgement.why.erase(serial_hex(certificate));
        break;
      }
      why = list.error().message;
    }
  }
  const ListStack stack(sk_X509_CRL_new_null());
  for (const auto& list : lists) sk_X509_CRL_push(stack.get(), list.get());

  // OpenSSL itself judges the lists: scope, dates, critical extensions.
  const StoreContext second(X509_STORE_CTX_new());
  if (!second || X509_STORE_CTX_init(second.get(), X509_STORE_CTX_get0_store(verified), sk_X509_value(chain, 0),
                                     X509_STORE_CTX_get0_untrusted(verified)) != 1) {
    return {Failure::RevocationUnknown, "out of memory", ""};
  }
  X509_STORE_CTX_set0_crls(second.get(), stack.get());
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(second.get());
  X509_VERIFY_PARAM_set_flags(parameters,
                              X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_PARTIAL_CHAIN);
  if (now) X509_VERIFY_PARAM_set_time(parameters, *now);
  X509_STORE_CTX_set_app_data(second.get(), &judgement);
  X509_STORE_CTX_set_verify_cb(second.get(), on_verify);
  const bool good = X509_verify_cert(second.get()) == 1;
  ERR_clear_error();
  if (!good && !judgement.verdict.failure) {
    judgement.verdict = {Failure::RevocationUnknown, "the chain cannot be checked for revocation", ""};
  }
  return judgement.verdict;
}

}  // namespace lictor::http
