#include "licensing/domain/entities.hpp"

#include <gtest/gtest.h>

namespace lictor::domain {
namespace {

template <class Enum, class Parse>
void round_trip(Parse parse, std::initializer_list<std::pair<Enum, std::string_view>> words) {
  for (const auto& [value, word] : words) {
    EXPECT_EQ(to_string(value), word);
    const auto parsed = parse(word);
    ASSERT_TRUE(parsed.has_value()) << word;
    EXPECT_EQ(*parsed, value);
  }
  for (const auto* wrong : {"", "?", "PREPAID ", "Free", "vendor_operator"}) {
    const auto parsed = parse(wrong);
    ASSERT_FALSE(parsed.has_value()) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::Malformed);
  }
}

TEST(Entities, INV_7_TheWordsOfEachEnumAreStableAndReadBack) {
  round_trip<Billing>(parse_billing, {{Billing::Prepaid, "PREPAID"}, {Billing::Usage, "USAGE"}});
  round_trip<LotSource>(parse_lot_source, {{LotSource::Order, "order"},
                                           {LotSource::Pak, "pak"},
                                           {LotSource::Dlc, "dlc"},
                                           {LotSource::Conversion, "conversion"},
                                           {LotSource::Transfer, "transfer"},
                                           {LotSource::Manual, "manual"}});
  round_trip<InstanceStatus>(parse_instance_status, {{InstanceStatus::Registering, "registering"},
                                                     {InstanceStatus::Active, "active"},
                                                     {InstanceStatus::Silent, "silent"},
                                                     {InstanceStatus::Removed, "removed"}});
  round_trip<CertificateStatus>(parse_certificate_status, {{CertificateStatus::Intended, "intended"},
                                                           {CertificateStatus::Issued, "issued"},
                                                           {CertificateStatus::Revoked, "revoked"},
                                                           {CertificateStatus::Ended, "ended"}});
  round_trip<DueKind>(parse_due_kind, {{DueKind::LotStarts, "lot-starts"},
                                       {DueKind::LotEnds, "lot-ends"},
                                       {DueKind::SilenceReturn, "silence-return"},
                                       {DueKind::CertificateEnds, "certificate-ends"},
                                       {DueKind::AnswerEnds, "answer-ends"}});
  round_trip<Role>(parse_role, {{Role::VendorOperator, "vendor-operator"},
                                {Role::SmartAccountAdministrator, "smart-account-administrator"},
                                {Role::SmartAccountUser, "smart-account-user"},
                                {Role::SmartAccountViewer, "smart-account-viewer"},
                                {Role::SmartAccountApprover, "smart-account-approver"},
                                {Role::VirtualAccountAdministrator, "virtual-account-administrator"},
                                {Role::VirtualAccountUser, "virtual-account-user"},
                                {Role::VirtualAccountViewer, "virtual-account-viewer"}});
}

TEST(Entities, INV_7_PlacesReadBack) {
  const std::pair<Place, std::string_view> cases[] = {{{Place::Kind::Free, 0}, "free"},
                                                      {{Place::Kind::Reserved, 7}, "reserved:7"},
                                                      {{Place::Kind::OnPrem, 3}, "onprem:3"},
                                                      {{Place::Kind::Outside, 0}, "outside"}};
  for (const auto& [place, text] : cases) {
    EXPECT_EQ(to_string(place), text);
    const auto parsed = parse_place(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(*parsed, place);
  }
  for (const auto* wrong : {"", "free ", "free:1", "reserved", "reserved:", "reserved:-1", "reserved:07", "onprem:x"})
    EXPECT_FALSE(parse_place(wrong).has_value()) << wrong;
}

TEST(Entities, CMP_4_ALotSuppliesFromItsStartUntilItsEndExcluded) {
  const auto noon = wall_from_ms(1'000'000);
  Lot lot;
  EXPECT_TRUE(is_active(lot, noon)) << "perpetual, at once";
  lot.starts_at = noon;
  EXPECT_FALSE(is_active(lot, noon - Duration{1}));
  EXPECT_TRUE(is_active(lot, noon));
  lot.ends_at = noon + days(30);
  EXPECT_TRUE(is_active(lot, *lot.ends_at - Duration{1}));
  EXPECT_FALSE(is_active(lot, *lot.ends_at));
}

}  // namespace
}  // namespace lictor::domain
