#include "server/device_service/issue_plan.hpp"

#include "foundation/json/json.hpp"

namespace lictor::device_service {

std::string encode(const IssuePlan& plan) {
  json::Array uris;
  for (const auto& uri : plan.certificate.uris) uris.emplace_back(uri);
  return json::to_text(json::Object{
      {"type", to_string(plan.type)},
      {"serial", plan.certificate.serial.text()},
      {"common_name", plan.certificate.subject_common_name},
      {"organization", plan.certificate.organization},
      {"not_before", to_ms(plan.certificate.not_before)},
      {"not_after", to_ms(plan.certificate.not_after)},
      {"uris", std::move(uris)},
      {"crl_url", plan.certificate.crl_url},
      {"key_algorithm", pki::to_string(plan.subject.algorithm)},
      {"spki", to_base64(plan.subject.spki)},
      {"first_authorization_due", to_ms(plan.first_authorization_due)},
  });
}

namespace {

Error corrupt(const Error& cause) {
  return Error{ErrorCode::Corrupt, cause.message}.with_context("a recorded certificate intent does not read");
}

Result<IssuePlan> read(const json::ObjectReader& reader) {
  IssuePlan plan;
  auto type = reader.string("type").and_then(protocol::parse_message_type);
  auto serial = reader.string("serial").and_then([](const std::string& s) { return Serial::parse(s); });
  auto name = reader.string("common_name");
  auto organization = reader.string("organization");
  auto not_before = reader.integer("not_before");
  auto not_after = reader.integer("not_after");
  auto uris = reader.array("uris");
  auto crl_url = reader.string("crl_url");
  auto algorithm = reader.string("key_algorithm").and_then(pki::parse_key_algorithm);
  auto spki = reader.string("spki").and_then(from_base64);
  auto due = reader.integer("first_authorization_due");
  for (const Error* error :
       {type ? nullptr : &type.error(), serial ? nullptr : &serial.error(), name ? nullptr : &name.error(),
        organization ? nullptr : &organization.error(), not_before ? nullptr : &not_before.error(),
        not_after ? nullptr : &not_after.error(), uris ? nullptr : &uris.error(), crl_url ? nullptr : &crl_url.error(),
        algorithm ? nullptr : &algorithm.error(), spki ? nullptr : &spki.error(), due ? nullptr : &due.error()}) {
    if (error != nullptr) return *error;
  }
  plan.type = *type;
  plan.certificate.purpose = pki::Purpose::IdCertificate;
  plan.certificate.serial = *serial;
  plan.certificate.subject_common_name = *name;
  plan.certificate.organization = *organization;
  plan.certificate.not_before = wall_from_ms(*not_before);
  plan.certificate.not_after = wall_from_ms(*not_after);
  for (const auto& uri : **uris) {
    if (uri.if_string() != nullptr) plan.certificate.uris.push_back(*uri.if_string());
  }
  plan.certificate.crl_url = *crl_url;
  plan.subject = {*algorithm, *spki};
  plan.first_authorization_due = wall_from_ms(*due);
  return plan;
}

}  // namespace

Result<IssuePlan> decode_issue_plan(std::string_view text) {
  auto value = json::parse(text);
  if (!value) return corrupt(value.error());
  auto plan = read(json::ObjectReader(*value, ""));
  if (!plan) return corrupt(plan.error());
  return plan;
}

}  // namespace lictor::device_service
