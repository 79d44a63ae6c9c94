#include "server/device_service/certificate_rows.hpp"

#include <fmt/format.h>

namespace lictor::device_service {

IssuePlan plan_certificate(const Settings& settings, const domain::Instance& instance, const Serial& serial,
                           const pki::PublicKey& subject, WallTime now) {
  IssuePlan plan;
  plan.certificate.purpose = pki::Purpose::IdCertificate;
  plan.certificate.serial = serial;
  plan.certificate.subject_common_name = fmt::format("{}/{}", instance.account.value, instance.id.value);
  plan.certificate.not_before = now - kBackdate;
  plan.certificate.not_after = now - kBackdate + settings.id_certificate_lifetime;
  plan.certificate.uris = {pki::instance_uri(settings.authority, instance.account, instance.id)};
  plan.certificate.crl_url = settings.id_crl_url;
  plan.subject = subject;
  return plan;
}

void record_intent(storage::Rows& rows, AccountId account, InstanceId instance, const IssuePlan& plan) {
  domain::CertificateRecord record;
  record.account = account;
  record.serial = plan.certificate.serial;
  record.instance = instance;
  record.status = domain::CertificateStatus::Intended;
  record.to_be_signed = to_bytes(encode(plan));
  record.not_before = plan.certificate.not_before;
  record.not_after = plan.certificate.not_after;
  rows.certificates.put(std::move(record));
}

std::optional<IssuePlan> resume_issue(const storage::Rows& rows, const VerifiedRequest& request,
                                      const domain::Instance* instance) {
  const auto* answer = rows.answers.find({request.account, request.header.request_id});
  if (instance == nullptr || answer == nullptr || answer->instance != instance->id) return std::nullopt;
  if (instance->last_request != request.header.request_id) return std::nullopt;  // the intent is a later request's
  const auto* record = rows.certificates.find({request.account, instance->serial});
  if (record == nullptr || record->status != domain::CertificateStatus::Intended) return std::nullopt;
  auto plan = decode_issue_plan(as_text(record->to_be_signed));
  if (!plan || plan->type != request.header.type) return std::nullopt;
  return std::move(*plan);
}

}  // namespace lictor::device_service
