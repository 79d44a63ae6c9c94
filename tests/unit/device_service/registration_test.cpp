#include <gtest/gtest.h>

#include "server/row_operations/row_operations.hpp"
#include "unit/device_service/world.hpp"

namespace lictor::test {
namespace {

using protocol::AuthorizeAnswer;
using protocol::Code;
using protocol::RegisterAnswer;

TEST(Registration, REG_3_ATokenGivesACertificateOfOneYearAndAnInstance) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto answer = expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  EXPECT_EQ(answer.account_name, "Example Corporation");
  EXPECT_EQ(answer.virtual_account_name, "Default");
  EXPECT_TRUE(answer.export_allowed);
  const auto certificate = world.crypto->parse_certificate(answer.chain.front()).value();
  EXPECT_EQ(certificate.not_after - certificate.not_before, days(365));
  EXPECT_EQ(certificate.uris.front(), pki::instance_uri(world.authority_id, kAccount, answer.instance));
  EXPECT_EQ(world.instance(answer.instance)->status, domain::InstanceStatus::Active);
}

TEST(Registration, REG_5_AnRsaKeyRegistersAsWell) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001", pki::KeyAlgorithm::Rsa2048);
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<AuthorizeAnswer>(device.authorize({}));
}

TEST(Registration, REG_11_ATokenUseIsCountedPerSuccessfulRegistrationNeverPerRepeat) {
  World world;
  const auto token = world.token(kVa, [](domain::Token& t) { t.max_uses = 1; });
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto payload = protocol::encode(protocol::Request{device.registration(token, false)});
  const auto header = device.header(protocol::MessageType::Register);
  const auto first = device.exchange(device.sign(header, payload), protocol::MessageType::Register);
  const auto again = device.exchange(device.sign(header, payload), protocol::MessageType::Register);
  EXPECT_EQ(first, again);
  Device second(world, "C9500-40X", "FCW0000A002");
  EXPECT_EQ(refusal(second.register_with(token)).code, Code::LS_TOKEN_USED_UP);
}

TEST(Registration, REG_11_ARefusedAttemptIsNoUseOfTheToken) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  const auto token = world.token(kVa, [](domain::Token& t) { t.max_uses = 1; });
  Device again(world, "C9500-40X", "FCW0000A001");
  for (int attempt = 0; attempt < 3; ++attempt)
    EXPECT_EQ(refusal(again.register_with(token)).code, Code::LS_ALREADY_REGISTERED);
  Device other(world, "C9500-40X", "FCW0000A002");
  expect<RegisterAnswer>(other.register_with(token));
}

struct TokenCase {
  const char* name;
  std::function<void(domain::Token&)> adjust;
  Code code;
};

TEST(Registration, TOK_1_UnknownExpiredUsedUpAndRevokedTokensAreRefusedByName) {
  const TokenCase cases[] = {
      {"expired", [](domain::Token& t) { t.expires_at = t.created_at; }, Code::LS_TOKEN_EXPIRED},
      {"used up", [](domain::Token& t) { t.max_uses = 2, t.uses = 2; }, Code::LS_TOKEN_USED_UP},
      {"revoked", [](domain::Token& t) { t.revoked_at = t.created_at; }, Code::LS_TOKEN_REVOKED},
      {"unknown", [](domain::Token& t) { t.hash = {}; }, Code::LS_TOKEN_UNKNOWN},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    World world;
    Device device(world, "C9500-40X", "FCW0000A001");
    const auto token = world.token(kVa, c.adjust);
    const auto before = world.dump();
    const auto refused = refusal(device.register_with(token));
    EXPECT_EQ(refused.code, c.code);
    EXPECT_EQ(refused.reason, protocol::row(c.code).text);
    EXPECT_EQ(world.dump(), before);
  }
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  EXPECT_EQ(refusal(device.register_with("garbage")).code, Code::LS_TOKEN_UNKNOWN);
}

TEST(Registration, SCN_1_ARegisteredUdiIsRefusedInThreeWordingsAndForceTakesItOver) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 5);
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto first = expect<RegisterAnswer>(device.register_with(world.token(kVa)));

  Device again(world, "C9500-40X", "FCW0000A001");
  EXPECT_EQ(refusal(again.register_with(world.token(kVa))).reason, "Product Already Registered");

  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 2}})));
  EXPECT_EQ(refusal(again.register_with(world.token(kVa))).reason,
            "Existing Product Instance has consumption and Force Flag is False");

  const auto catalyst_9300 = world.catalog->find_family("Catalyst 9300")->product_tag.text;
  const auto catalyst_9500 = std::exchange(world.product_tag, catalyst_9300);
  EXPECT_EQ(refusal(again.register_with(world.token(kVa))).reason,
            "The product " + catalyst_9500 +
                " and sudi containing udiSerialNumber:FCW0000A001,udiPid:C9500-40X has already been registered.");
  world.product_tag = catalyst_9500;

  const auto forced = expect<RegisterAnswer>(again.register_with(world.token(kVa), true));
  EXPECT_EQ(forced.instance, first.instance);  // no second instance (REG-6)
  EXPECT_EQ(world.instances().size(), 1U);
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 2);  // no doubled usage
  expect<AuthorizeAnswer>(again.authorize(world.usage({{"C9500 Network Advantage", 2}})));
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 2);  // nor when it reports the same again
  // The first key's device is refused and keeps its state (SCN-9, PRO-7 (4)).
  const auto refused = refusal(device.authorize({}));
  EXPECT_EQ(refused.code, Code::LS_INVALID_DATA);
  EXPECT_EQ(refused.reason, "Data and signature do not match");
}

TEST(Registration, REG_12_AnInstanceThatFellSilentStillHoldsItsUdi) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 1);
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto first = expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  world.now += days(90);
  world.let_time_work();
  Device again(world, "C9500-40X", "FCW0000A001");
  EXPECT_EQ(refusal(again.register_with(world.token(kVa))).reason, "Product Already Registered");
  EXPECT_EQ(expect<RegisterAnswer>(again.register_with(world.token(kVa), true)).instance, first.instance);
  EXPECT_EQ(world.instances().size(), 1U);
}

TEST(Registration, REG_12_ForceIntoAnotherVirtualAccountMovesTheInstanceWithItsUsage) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 3}})));
  expect<RegisterAnswer>(device.register_with(world.token(kOtherVa), true));
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0);
  EXPECT_EQ(world.pool(kOtherVa, "C9500 Network Advantage").in_use, 3);
}

TEST(Registration, REG_10_ExportIsAllowedOnlyWhereAccountAndTokenAllowIt) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto closed = world.token(kVa, [](domain::Token& t) { t.export_allowed = false; });
  EXPECT_FALSE(expect<RegisterAnswer>(device.register_with(closed)).export_allowed);
  storage::ReadKeys keys;
  keys.account = kAccount;
  world.change(keys, [](storage::Rows& rows) { rows.accounts.edit(kAccount).export_allowed = false; });
  Device other(world, "C9500-40X", "FCW0000A002");
  EXPECT_EQ(refusal(other.register_with(world.token(kVa))).code, Code::LS_EXPORT_NOT_ALLOWED);
}

namespace {

// As if the process had ended after the first of the two transactions, as often as told.
class FailingIssuer final : public pki::Issuer {
 public:
  FailingIssuer(std::unique_ptr<pki::Issuer> real, std::size_t failures)
      : failures_(failures), real_(std::move(real)) {}
  [[nodiscard]] const std::vector<Bytes>& chain() const override { return real_->chain(); }
  void issue(pki::CertificateTemplate what, pki::PublicKey subject, std::function<void(Result<Bytes>)> done) override {
    seen.push_back(what.serial);
    if (seen.size() <= failures_) return done(Error{ErrorCode::Unavailable, "gone"});
    real_->issue(std::move(what), std::move(subject), std::move(done));
  }
  std::vector<Serial> seen;

 private:
  std::size_t failures_;
  std::unique_ptr<pki::Issuer> real_;
};

FailingIssuer& let_issuer_fail(World& world, std::size_t times) {
  auto failing = std::make_unique<FailingIssuer>(std::move(world.issuer), times);
  auto& watched = *failing;
  world.issuer = std::move(failing);
  world.restart_service(world.settings);
  return watched;
}

}  // namespace

TEST(Registration, PRO_3_ACrashBetweenTheTwoTransactionsGoesOnWithTheRecordedCertificate) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto payload = protocol::encode(protocol::Request{device.registration(world.token(kVa), false)});
  const auto header = device.header(protocol::MessageType::Register);
  auto& watched = let_issuer_fail(world, 1);
  EXPECT_EQ(refusal(device.exchange(device.sign(header, payload), protocol::MessageType::Register)).code,
            Code::LS_BUSY);
  const auto answer =
      expect<RegisterAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Register));
  ASSERT_EQ(watched.seen.size(), 2U);
  EXPECT_EQ(watched.seen[0], watched.seen[1]);  // the serial that was recorded before the first attempt
  EXPECT_EQ(world.crypto->parse_certificate(answer.chain.front())->serial, watched.seen[0]);
  EXPECT_EQ(world.instances().size(), 1U);
}

// Both stand half done; the first comes once more, late. The certificate is the second's, and goes to its key alone.
TEST(Registration, PRO_6_WhatWasBegunIsFinishedThoughMoreRegistrationsCrowdIn) {
  World world;
  const auto token = world.token(kVa);
  Device device(world, "C9500-40X", "FCW0000A001");
  storage::ReadKeys keys;
  keys.account = kAccount;
  std::size_t crowd = 0;
  const auto crowd_in = [&](const Result<void>&) {
    while (world.writer->has_room(storage::CommandClass::Registration, kAccount)) {
      world.submit(
          keys, [](storage::Rows&) {}, storage::CommandClass::Registration);
      ++crowd;
    }
  };
  // Done in one batch with the registration's first half, and before its second half is submitted.
  world.submit(
      keys, [](storage::Rows&) {}, storage::CommandClass::Registration, crowd_in);
  expect<RegisterAnswer>(device.register_with(token));
  EXPECT_GT(crowd, storage::WriterSettings{}.queue_limit / 2);
}

TEST(Registration, PRO_3_AHalfDoneRegistrationThatAnotherReplacedGetsNothingOfIt) {
  World world;
  Device first(world, "C9500-40X", "FCW0000A001");
  Device second(world, "C9500-40X", "FCW0000A001");
  auto& watched = let_issuer_fail(world, 2);
  const auto body = [&](Device& device) {
    return device.sign(device.header(protocol::MessageType::Register),
                       protocol::encode(protocol::Request{device.registration(world.token(kVa), false)}));
  };
  const auto first_body = body(first);
  const auto first_request = first.last_request;
  EXPECT_EQ(refusal(first.exchange(first_body, protocol::MessageType::Register)).code, Code::LS_BUSY);
  const auto second_body = body(second);
  EXPECT_EQ(refusal(second.exchange(second_body, protocol::MessageType::Register)).code, Code::LS_BUSY);

  const auto store = world.dump();
  first.last_request = first_request;
  EXPECT_EQ(refusal(first.exchange(first_body, protocol::MessageType::Register)).code, Code::LS_ALREADY_REGISTERED);
  EXPECT_EQ(world.dump(), store);
  EXPECT_EQ(watched.seen.size(), 2U);

  const auto answer = expect<RegisterAnswer>(second.exchange(second_body, protocol::MessageType::Register));
  ASSERT_FALSE(answer.chain.empty());
  EXPECT_EQ(world.crypto->parse_certificate(answer.chain.front())->public_key, second.key->public_key());
  second.accept(answer);
  expect<AuthorizeAnswer>(second.authorize({}));
  EXPECT_EQ(world.instances().size(), 1U);
}

// Somebody removes what stands half done; the same request comes again: one registration, one use.
TEST(Registration, REG_11_ARepeatOfARegistrationThatWasRemovedHalfDoneCountsOneUse) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto token = world.token(kVa, [](domain::Token& t) { t.max_uses = 1; });
  const auto payload = protocol::encode(protocol::Request{device.registration(token, false)});
  const auto header = device.header(protocol::MessageType::Register);
  let_issuer_fail(world, 1);
  EXPECT_EQ(refusal(device.exchange(device.sign(header, payload), protocol::MessageType::Register)).code,
            Code::LS_BUSY);
  const auto half_done = world.instances().at(0).id;
  storage::ReadKeys keys;
  keys.account = kAccount;
  keys.instances = {half_done};
  world.change(keys, [&](storage::Rows& rows) {
    const domain::HashFunction sha256 = [&](ByteView data) { return world.crypto->sha256(data); };
    const row_operations::Context context{world.now, "user:somebody", "", &world.catalog->hierarchy(), &sha256};
    ASSERT_TRUE(row_operations::remove_instance(rows, context, kAccount, half_done, "by user:somebody"));
  });
  const auto answer =
      expect<RegisterAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Register));
  EXPECT_NE(answer.instance, half_done);
  ASSERT_EQ(world.instances().size(), 1U);
  auto reader = world.readers->borrow();
  const auto tokens = (*reader)->tokens(storage::TenantScope::account(kAccount), {}).value();
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens.front().uses, 1);
}

}  // namespace
}  // namespace lictor::test
