#include "licensing/domain/entities.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace lictor::domain {

namespace {

// The words of one enum as stored and shown, in the order of its values.
template <class Enum, std::size_t N>
struct Words {
  std::string_view what;
  std::array<std::pair<Enum, std::string_view>, N> rows;

  [[nodiscard]] constexpr std::string_view text(Enum value) const {
    for (const auto& [candidate, word] : rows)
      if (candidate == value) return word;
    return "?";
  }
  [[nodiscard]] Result<Enum> value(std::string_view text) const {
    for (const auto& [candidate, word] : rows)
      if (word == text) return candidate;
    return Error{ErrorCode::Malformed, fmt::format("\"{}\" is not {}", text, what)};
  }
};

constexpr Words<Billing, 2> kBilling{"a billing type", {{{Billing::Prepaid, "PREPAID"}, {Billing::Usage, "USAGE"}}}};
constexpr Words<LotSource, 6> kLotSources{"a source of licences",
                                          {{{LotSource::Order, "order"},
                                            {LotSource::Pak, "pak"},
                                            {LotSource::Dlc, "dlc"},
                                            {LotSource::Conversion, "conversion"},
                                            {LotSource::Transfer, "transfer"},
                                            {LotSource::Manual, "manual"}}}};
constexpr Words<InstanceStatus, 4> kInstanceStatuses{"a status of an instance",
                                                     {{{InstanceStatus::Registering, "registering"},
                                                       {InstanceStatus::Active, "active"},
                                                       {InstanceStatus::Silent, "silent"},
                                                       {InstanceStatus::Removed, "removed"}}}};
constexpr Words<CertificateStatus, 4> kCertificateStatuses{"a status of a certificate",
                                                           {{{CertificateStatus::Intended, "intended"},
                                                             {CertificateStatus::Issued, "issued"},
                                                             {CertificateStatus::Revoked, "revoked"},
                                                             {CertificateStatus::Ended, "ended"}}}};
constexpr Words<DueKind, 5> kDueKinds{"a kind of due effect",
                                      {{{DueKind::LotStarts, "lot-starts"},
                                        {DueKind::LotEnds, "lot-ends"},
                                        {DueKind::SilenceReturn, "silence-return"},
                                        {DueKind::CertificateEnds, "certificate-ends"},
                                        {DueKind::AnswerEnds, "answer-ends"}}}};
constexpr Words<Role, 8> kRoles{"a role",
                                {{{Role::VendorOperator, "vendor-operator"},
                                  {Role::SmartAccountAdministrator, "smart-account-administrator"},
                                  {Role::SmartAccountUser, "smart-account-user"},
                                  {Role::SmartAccountViewer, "smart-account-viewer"},
                                  {Role::SmartAccountApprover, "smart-account-approver"},
                                  {Role::VirtualAccountAdministrator, "virtual-account-administrator"},
                                  {Role::VirtualAccountUser, "virtual-account-user"},
                                  {Role::VirtualAccountViewer, "virtual-account-viewer"}}}};

}  // namespace

std::string_view to_string(Billing billing) {
  return kBilling.text(billing);
}
Result<Billing> parse_billing(std::string_view text) {
  return kBilling.value(text);
}
std::string_view to_string(LotSource source) {
  return kLotSources.text(source);
}
Result<LotSource> parse_lot_source(std::string_view text) {
  return kLotSources.value(text);
}
std::string_view to_string(InstanceStatus status) {
  return kInstanceStatuses.text(status);
}
Result<InstanceStatus> parse_instance_status(std::string_view text) {
  return kInstanceStatuses.value(text);
}
std::string_view to_string(CertificateStatus status) {
  return kCertificateStatuses.text(status);
}
Result<CertificateStatus> parse_certificate_status(std::string_view text) {
  return kCertificateStatuses.value(text);
}
std::string_view to_string(DueKind kind) {
  return kDueKinds.text(kind);
}
Result<DueKind> parse_due_kind(std::string_view text) {
  return kDueKinds.value(text);
}
std::string_view to_string(Role role) {
  return kRoles.text(role);
}
Result<Role> parse_role(std::string_view text) {
  return kRoles.value(text);
}

bool is_active(const Lot& lot, WallTime at) {
  return (!lot.starts_at || *lot.starts_at <= at) && (!lot.ends_at || at < *lot.ends_at);
}

std::string to_string(const Place& place) {
  switch (place.kind) {
    case Place::Kind::Free:
      return "free";
    case Place::Kind::Reserved:
      return fmt::format("reserved:{}", place.id);
    case Place::Kind::OnPrem:
      return fmt::format("onprem:{}", place.id);
    case Place::Kind::Outside:
      return "outside";
  }
  return "?";
}

Result<Place> parse_place(std::string_view text) {
  if (text == "free") return Place{Place::Kind::Free, 0};
  if (text == "outside") return Place{Place::Kind::Outside, 0};
  constexpr std::pair<std::string_view, Place::Kind> kWithId[] = {{"reserved:", Place::Kind::Reserved},
                                                                  {"onprem:", Place::Kind::OnPrem}};
  for (const auto& [prefix, kind] : kWithId) {
    if (!text.starts_with(prefix)) continue;
    const auto id = parse_decimal_id(text.substr(prefix.size()));
    if (!id) return id.error().with_context("place of licences");
    return Place{kind, *id};
  }
  return Error{ErrorCode::Malformed, fmt::format("\"{}\" is not a place of licences", text)};
}

}  // namespace lictor::domain
