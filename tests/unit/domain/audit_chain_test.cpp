#include "licensing/domain/events.hpp"

#include <gtest/gtest.h>

namespace lictor::domain {
namespace {

// Four rounds of FNV-1a with different starts: enough to notice any changed byte, no cryptography in this room.
Digest mix(ByteView bytes) {
  Digest digest;
  for (std::size_t part = 0; part < 4; ++part) {
    std::uint64_t hash = 0xcbf29ce484222325 + part;
    for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    for (std::size_t i = 0; i < 8; ++i) digest.bytes[part * 8 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
  }
  return digest;
}

std::vector<AuditRow> chain(AccountHead& head, int count) {
  std::vector<AuditRow> rows;
  for (int i = 0; i < count; ++i) {
    AuditRow row;
    row.at = wall_from_ms(1000 + i);
    row.actor = "user:admin";
    row.action = "token.create";
    row.object = "token:" + std::to_string(i);
    row.detail = "{}";
    chain_audit(row, head, mix);
    rows.push_back(row);
  }
  return rows;
}

AccountHead fresh_head() {
  AccountHead head;
  head.account = AccountId{7};
  return head;
}

TEST(AuditChain, INV_4_RowsAreNumberedFromOneAndChained) {
  auto head = fresh_head();
  const auto rows = chain(head, 5);
  EXPECT_EQ(rows.front().sequence, 1);
  EXPECT_TRUE(rows.front().previous_hash.is_zero());
  EXPECT_EQ(rows.front().account, AccountId{7});
  EXPECT_EQ(rows[4].previous_hash, rows[3].hash);
  EXPECT_EQ(head.audit_sequence, 5);
  EXPECT_EQ(head.audit_hash, rows[4].hash);
  EXPECT_EQ(verify_audit_chain(rows, mix), std::nullopt);
  EXPECT_EQ(verify_audit_chain({rows.begin() + 2, rows.end()}, mix), std::nullopt) << "a page of the chain";
  EXPECT_EQ(verify_audit_chain({}, mix), std::nullopt);
}

TEST(AuditChain, INV_4_EveryChangeOfARowIsFound) {
  auto head = fresh_head();
  const auto whole = chain(head, 5);
  const std::pair<const char*, std::function<void(AuditRow&)>> changes[] = {
      {"account", [](AuditRow& r) { r.account = AccountId{8}; }},
      {"sequence", [](AuditRow& r) { r.sequence = 9; }},
      {"at", [](AuditRow& r) { r.at += Duration{1}; }},
      {"actor", [](AuditRow& r) { r.actor += "x"; }},
      {"action", [](AuditRow& r) { r.action = "token.revoke"; }},
      {"object", [](AuditRow& r) { r.object = "token:9"; }},
      {"detail", [](AuditRow& r) { r.detail = "{} "; }},
      {"request_id", [](AuditRow& r) { r.request_id = "1"; }},
      {"text moved to its neighbour", [](AuditRow& r) { r.actor = "user:admint", r.action = "oken.create"; }},
      {"previous_hash", [](AuditRow& r) { r.previous_hash.bytes[0] ^= 1; }},
      {"hash", [](AuditRow& r) { r.hash.bytes[31] ^= 1; }},
  };
  for (const auto& [what, change] : changes) {
    auto rows = whole;
    change(rows[2]);
    EXPECT_EQ(verify_audit_chain(rows, mix), rows[2].sequence) << what;
  }
}

TEST(AuditChain, INV_4_AMissingDoubledOrForgedRowIsFound) {
  auto head = fresh_head();
  const auto whole = chain(head, 5);
  auto missing = whole;
  missing.erase(missing.begin() + 2);
  EXPECT_EQ(verify_audit_chain(missing, mix), 4);
  auto doubled = whole;
  doubled.insert(doubled.begin() + 2, whole[1]);
  EXPECT_EQ(verify_audit_chain(doubled, mix), 2);
  auto forged = whole;  // hashed again, but the next row knows the old hash
  forged[2].actor = "user:eve";
  AccountHead other = fresh_head();
  other.audit_sequence = 2;
  other.audit_hash = whole[1].hash;
  chain_audit(forged[2], other, mix);
  EXPECT_EQ(verify_audit_chain(forged, mix), 4);
}

}  // namespace
}  // namespace lictor::domain
