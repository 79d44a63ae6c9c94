#include <gtest/gtest.h>

#include <algorithm>

#include "unit/device_service/world.hpp"

namespace lictor::test {
namespace {

using protocol::AuthorizeAnswer;
using protocol::Code;
using protocol::RegisterAnswer;

bool has(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

TEST(Authorization, AUTH_3_UsageThatThePoolCoversIsAuthorizedForThirtyDays) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 1);
  world.deposit(kVa, "C9500-40X DNA Advantage", 1);
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  const auto answer = expect<AuthorizeAnswer>(
      device.authorize(world.usage({{"C9500 Network Advantage", 1}, {"C9500-40X DNA Advantage", 1}})));
  EXPECT_TRUE(answer.in_compliance);
  EXPECT_EQ(answer.next_interval, days(30));
  EXPECT_EQ(answer.deadline, world.now + days(90));
  ASSERT_EQ(answer.tags.size(), 2U);
  for (const auto& tag : answer.tags) EXPECT_EQ(tag.status, TagStatus::Authorized);
}

TEST(Authorization, AUTH_4_CMP_1_AShortfallIsOutOfComplianceForEveryUserOfTheTagAndAskedAgainDaily) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 1);
  Device one(world, "C9500-40X", "FCW0000A001");
  Device two(world, "C9500-40X", "FCW0000A002");
  for (auto* device : {&one, &two}) expect<RegisterAnswer>(device->register_with(world.token(kVa)));
  EXPECT_TRUE(expect<AuthorizeAnswer>(one.authorize(world.usage({{"C9500 Network Advantage", 1}}))).in_compliance);
  const auto answer = expect<AuthorizeAnswer>(two.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  EXPECT_FALSE(answer.in_compliance);
  EXPECT_EQ(answer.next_interval, days(1));
  EXPECT_EQ(answer.tags.front().status, TagStatus::OutOfCompliance);
  // No enforcement, but the other one learns it at its next contact.
  EXPECT_FALSE(expect<AuthorizeAnswer>(one.authorize(world.usage({{"C9500 Network Advantage", 1}}))).in_compliance);
  world.deposit(kVa, "C9500 Network Advantage", 1);
  EXPECT_TRUE(expect<AuthorizeAnswer>(two.authorize(world.usage({{"C9500 Network Advantage", 1}}))).in_compliance);
}

TEST(Authorization, CMP_2_TheGeneralTagCoversTheModelSpecificOne) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 1);
  Device device(world, "C9500-32C", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  EXPECT_TRUE(expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 32C NW Advantage", 1}}))).in_compliance);
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").lent, 1);  // in the account both tags show
  EXPECT_EQ(world.pool(kVa, "C9500 32C NW Advantage").borrowed, 1);
}

TEST(Authorization, AUTH_12_AnUnknownTagIsInvalidAndCountsNowhere) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  UsageItem item;
  item.tag.text = "regid.2026-01.org.example.UNKNOWN,1.0_11111111-2222-3333-4444-555555555555";
  item.count = 1;
  const auto answer = expect<AuthorizeAnswer>(device.authorize({item}));
  EXPECT_EQ(answer.tags.front().status, TagStatus::InvalidTag);
  EXPECT_FALSE(answer.in_compliance);
}

TEST(Authorization, CMP_3_NinetySilentDaysReturnTheLicencesAndContactTakesThemAgain) {
  World world;
  world.deposit(kVa, "C9500 Network Advantage", 1);
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  world.now += days(40);
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  world.now += days(89);  // 129 days after registration, but only 89 of silence
  world.let_time_work();
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 1);
  world.now += days(1);
  world.let_time_work();
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0);
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Silent);
  EXPECT_TRUE(expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}}))).in_compliance);
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 1);
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Active);
}

TEST(Authorization, AUTH_5_CMP_3_ASecondSilenceReturnsTheLicencesToo) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  const auto usage = world.usage({{"C9500 Network Advantage", 2}});
  const auto in_use = [&] { return world.pool(kVa, "C9500 Network Advantage").in_use; };
  expect<AuthorizeAnswer>(device.authorize(usage));
  for (int silence = 1; silence <= 3; ++silence) {
    SCOPED_TRACE(silence);
    world.now += days(90) - Duration{1};
    world.let_time_work();
    EXPECT_EQ(in_use(), 2);
    world.now += Duration{1};
    world.let_time_work();
    EXPECT_EQ(in_use(), 0);
    EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Silent);
    world.now += days(10);
    expect<AuthorizeAnswer>(device.authorize(usage));
    EXPECT_EQ(in_use(), 2);
    EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Active);
  }
}

TEST(Authorization, AUTH_12_ARegistrationByForceDoesNotLengthenTheNinetyDays) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 2}})));
  world.now += days(80);
  expect<RegisterAnswer>(device.register_with(world.token(kVa), true));
  world.now += days(10);
  world.let_time_work();
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0) << "the device says AUTHORIZATION EXPIRED just now";
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Silent);
  // What is registered anew while silent holds nothing: its time begins with the registration.
  expect<RegisterAnswer>(device.register_with(world.token(kVa), true));
  world.let_time_work();
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Active);
  world.now += days(90);
  world.let_time_work();
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Silent);
}

TEST(Authorization, CMP_3_AnInstanceHalfRegisteredAnewHoldsItsLicencesNoLongerThanOthers) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  const auto usage = world.usage({{"C9500 Network Advantage", 2}});
  expect<AuthorizeAnswer>(device.authorize(usage));
  const auto set = [&](domain::InstanceStatus status) {
    storage::ReadKeys keys;
    keys.account = kAccount;
    keys.instances = {id};
    world.change(keys, [&](storage::Rows& rows) {
      auto& instance = rows.instances.edit({kAccount, id});
      instance.status = status;
      instance.registered_at = world.now;
    });
  };
  world.now += days(80);
  set(domain::InstanceStatus::Registering);  // as a crash between its two commits leaves it
  world.now += days(10);
  world.let_time_work();
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0);
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Registering);
  set(domain::InstanceStatus::Active);  // completed after all
  expect<AuthorizeAnswer>(device.authorize(usage));
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 2);
  world.now += days(90);
  world.let_time_work();
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0) << "its time was not forgotten meanwhile";
  // Not completed within the 30 days that its answer is kept, it never will be.
  expect<AuthorizeAnswer>(device.authorize(usage));
  set(domain::InstanceStatus::Registering);
  world.now += days(90);
  world.let_time_work();
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Removed);
}

TEST(Authorization, REG_7_TheEndOfACertificateIsNoNewsOfAnInstanceThatWentBefore) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<protocol::DeregisterAnswer>(device.deregister());
  world.now += days(366);
  world.let_time_work();
  auto reader = world.readers->borrow();
  const auto rows = (*reader)->audit(storage::TenantScope::account(kAccount), {0, 1000}).value();
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) EXPECT_NE(row.action, "instance.certificate-ended");
}

TEST(Authorization, REG_7_WhenTheCertificateEndsTheInstanceIsRemovedAndTheDeviceToldSo) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  world.now += days(366);
  world.let_time_work();
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Removed);
  EXPECT_EQ(refusal(device.authorize({})).code, Code::LS_NOT_REGISTERED);
}

TEST(Renewal, PRO_7_ThePreviousCertificateCountsUntilTheNewOneIsFirstUsed) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  const auto old_identity = device.identity;
  world.now += days(180);
  const auto answer = expect<protocol::RenewIdAnswer>(device.renew());
  const auto new_identity = device.identity;
  EXPECT_NE(new_identity->id_serial, old_identity->id_serial);
  EXPECT_EQ(world.crypto->parse_certificate(answer.chain.front())->public_key, device.key->public_key());
  device.identity = old_identity;  // the answer got lost
  expect<AuthorizeAnswer>(device.authorize({}));
  device.identity = new_identity;
  expect<AuthorizeAnswer>(device.authorize({}));
  device.identity = old_identity;
  EXPECT_EQ(refusal(device.authorize({})).code, Code::LS_INVALID_DATA);
  world.now += days(200);  // beyond the old end, within the new one
  world.let_time_work();
  device.identity = new_identity;
  expect<AuthorizeAnswer>(device.authorize({}));
}

TEST(Renewal, PRO_7_ARenewalKeepsTheKey) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  const auto other_key = world.crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
  protocol::RenewIdRequest request{world.crypto->make_request(*other_key, "renewal").value()};
  const auto body =
      device.sign(device.header(protocol::MessageType::RenewId), protocol::encode(protocol::Request{request}));
  EXPECT_EQ(refusal(device.exchange(body, protocol::MessageType::RenewId)).code, Code::LS_INVALID_DATA);
}

TEST(Deregistration, REG_9_TheInstanceGoesItsLicencesReturnAndTheAnswerOutlivesIt) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  expect<AuthorizeAnswer>(device.authorize(world.usage({{"C9500 Network Advantage", 1}})));
  const auto payload = protocol::encode(protocol::Request{protocol::DeregisterRequest{"test"}});
  const auto header = device.header(protocol::MessageType::Deregister);
  expect<protocol::DeregisterAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Deregister));
  EXPECT_EQ(world.pool(kVa, "C9500 Network Advantage").in_use, 0);
  EXPECT_EQ(world.instance(id)->status, domain::InstanceStatus::Removed);
  // The same request again: the stored answer, from the tombstone.
  device.last_request = header.request_id;
  expect<protocol::DeregisterAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Deregister));
  EXPECT_EQ(refusal(device.authorize({})).code, Code::LS_NOT_REGISTERED);
  Device next(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(next.register_with(world.token(kVa)));  // no force needed
}

TEST(ExactlyOnce, PRO_3_TheSameRequestGetsTheStoredPayloadByteForByteAndNoSecondEffect) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  protocol::AuthorizeRequest request;
  request.udis = device.udis;
  request.usage = world.usage({{"C9500 Network Advantage", 1}});
  const auto payload = protocol::encode(protocol::Request{request});
  auto header = device.header(protocol::MessageType::Authorize);
  expect<AuthorizeAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Authorize));
  const auto first = device.last_answer.payload;
  world.now += hours(5);  // beyond the clock tolerance: a stored answer comes before that check (CLK-2)
  world.let_time_work();  // the registration's answer ends
  const auto store = world.dump();
  expect<AuthorizeAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Authorize));
  EXPECT_EQ(device.last_answer.payload, first);
  EXPECT_EQ(world.dump(), store);
  // The same id with other content.
  request.usage.clear();
  header.sent_at = world.now;
  const auto other = device.sign(header, protocol::encode(protocol::Request{request}));
  EXPECT_EQ(refusal(device.exchange(other, protocol::MessageType::Authorize)).code, Code::LS_REQUEST_REUSED);
  EXPECT_EQ(world.dump(), store);
}

// Registrations carry no sequence; whoever recorded one must not be able to bring the device back, nor use up the
// token.
TEST(ExactlyOnce, PRO_1_ARecordedRegistrationHasNoEffectAfterTheDeregistrationHoweverLateItComes) {
  World world;
  for (const auto ahead : {Duration{0}, hours(1)}) {  // the device's clock is right, or as far ahead as is tolerated
    Device device(world, "C9500-40X", ahead == Duration{0} ? "FCW0000A001" : "FCW0000A002");
    const auto payload = protocol::encode(protocol::Request{device.registration(world.token(kVa), false)});
    auto header = device.header(protocol::MessageType::Register);
    header.sent_at += ahead;
    const auto recorded = device.sign(header, payload);
    device.accept(expect<RegisterAnswer>(device.exchange(recorded, protocol::MessageType::Register)));
    const auto first = device.last_answer.payload;
    expect<AuthorizeAnswer>(device.authorize({}));
    expect<protocol::DeregisterAnswer>(device.deregister());
    bool kept = true;
    for (const auto step : {Duration{0}, hours(1), hours(1), Duration{1}, Duration{1}, hours(20), days(40)}) {
      world.now += step;
      world.let_time_work();
      const auto store = world.dump();
      device.last_request = header.request_id;
      const auto answer = device.exchange(recorded, protocol::MessageType::Register);
      EXPECT_TRUE(world.dump() == store) << step.count() << " ms later: something changed";
      const bool repeated = std::holds_alternative<RegisterAnswer>(answer);
      if (repeated) {
        EXPECT_EQ(device.last_answer.payload, first);
      } else {
        EXPECT_EQ(refusal(answer).code, Code::LS_CLOCK_OFFSET);
      }
      EXPECT_TRUE(kept || !repeated);
      kept = repeated;
    }
    EXPECT_FALSE(kept) << "it is not kept for ever";
  }
}

// The recorded one is a late attempt, signed anew: the time to keep its answer counts from when it was last repeated.
TEST(ExactlyOnce, PRO_1_ALateAttemptOfARegistrationHasNoEffectAfterTheDeregistrationEither) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto payload = protocol::encode(protocol::Request{device.registration(world.token(kVa), false)});
  auto header = device.header(protocol::MessageType::Register);
  expect<RegisterAnswer>(device.exchange(device.sign(header, payload), protocol::MessageType::Register));
  world.now += hours(5);
  header.sent_at = world.now;
  const auto recorded = device.sign(header, payload);
  device.accept(expect<RegisterAnswer>(device.exchange(recorded, protocol::MessageType::Register)));
  expect<AuthorizeAnswer>(device.authorize({}));
  expect<protocol::DeregisterAnswer>(device.deregister());
  for (const auto step : {minutes(15), minutes(44), minutes(30), hours(3)}) {
    world.now += step;
    world.let_time_work();
    const auto store = world.dump();
    device.last_request = header.request_id;
    const auto answer = device.exchange(recorded, protocol::MessageType::Register);
    EXPECT_EQ(world.dump(), store) << "something changed";
    if (!std::holds_alternative<RegisterAnswer>(answer)) {
      EXPECT_EQ(refusal(answer).code, Code::LS_CLOCK_OFFSET);
    }
  }
}

TEST(ExactlyOnce, PRO_3_ASequenceThatIsNotAboveTheLastIsRefusedAndTheLastNamed) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<AuthorizeAnswer>(device.authorize({}));
  expect<AuthorizeAnswer>(device.authorize({}));
  device.sequence = 1;
  const auto refused = refusal(device.authorize({}));
  EXPECT_EQ(refused.code, Code::LS_SEQUENCE_BEHIND);
  EXPECT_EQ(refused.last_sequence, 2);
  device.sequence = 2;
  expect<AuthorizeAnswer>(device.authorize({}));
}

TEST(ExactlyOnce, PRO_2_PollRepeatsTheStoredAnswerAndTrustNamesWhatIsNewer) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<AuthorizeAnswer>(device.authorize({}));
  const auto asked = device.last_request;
  const auto payload = device.last_answer.payload;
  const auto answer = expect<protocol::PollAnswer>(device.poll(asked));
  EXPECT_FALSE(answer.pending);
  EXPECT_EQ(answer.type, protocol::MessageType::Authorize);
  EXPECT_EQ(answer.payload, payload);
  EXPECT_TRUE(expect<protocol::PollAnswer>(device.poll(RequestId::random(world.entropy))).pending);
  EXPECT_TRUE(expect<protocol::TrustAnswer>(device.trust(1)).bundles.empty());
  auto settings = world.settings;
  settings.trust_version = 2;
  settings.trust_bundles = {{2, {{1, 2, 3}}, "a", "b"}};
  world.restart_service(settings);
  EXPECT_EQ(expect<protocol::TrustAnswer>(device.trust(1)).bundles.size(), 1U);
  EXPECT_TRUE(expect<protocol::TrustAnswer>(device.trust(2)).bundles.empty());
}

TEST(Clock, CLK_2_AnOffsetBeyondTheToleranceIsRefusedInTheGuidesWords) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  for (const auto offset : {hours(1) + Duration{1}, -hours(1) - Duration{1}}) {
    auto header = device.header(protocol::MessageType::Authorize);
    header.sent_at = world.now + offset;
    protocol::AuthorizeRequest request;
    request.udis = device.udis;
    const auto body = device.sign(header, protocol::encode(protocol::Request{request}));
    const auto refused = refusal(device.exchange(body, protocol::MessageType::Authorize));
    EXPECT_EQ(refused.code, Code::LS_CLOCK_OFFSET);
    EXPECT_EQ(refused.reason, "{\"timestamp\":[\"The device date '" + std::to_string(to_ms(header.sent_at)) +
                                  "' is offset beyond the allowed tolerance limit.\"]}");
  }
}

TEST(Identity, PRO_7_ACertificateOfAnotherAuthorityChangesNothing) {
  World world;
  World foreign;
  foreign.authority_id = world.authority_id;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  auto template_ = pki::CertificateTemplate{};
  template_.purpose = pki::Purpose::IdCertificate;
  SeededEntropy other_chance{99};
  template_.serial = pki::random_serial(other_chance);
  template_.subject_common_name = "forged";
  template_.not_before = world.now - days(1);
  template_.not_after = world.now + days(1);
  template_.uris = {pki::instance_uri(world.authority_id, kAccount, device.identity->instance)};
  const auto der =
      foreign.crypto
          ->issue_certificate(template_, device.key->public_key(), &foreign.authority.intermediate.certificate,
                              *foreign.authority.intermediate.key)
          .value();
  device.identity->certificate = der;
  device.identity->id_serial = template_.serial;
  const auto before = world.dump();
  const auto refused = refusal(device.authorize({}));
  EXPECT_EQ(refused.code, Code::LS_INVALID_DATA);
  EXPECT_EQ(refused.reason, "Data and signature do not match");
  EXPECT_EQ(world.dump(), before);
}

namespace {

// The server of `world`, restored from a backup that does not know `device`; and that device before it.
struct Restored {
  Restored(World& world, Device& device) : same(restored, device.udis.front().udi.pid, device.udis.front().udi.sn) {
    restored.authority_id = world.authority_id;
    restored.authority = std::move(world.authority);
    const auto copy_of = [&](const pki::PrivateKey& key) {
      return restored.crypto->load_key(world.crypto->export_key(key).value()).value();
    };
    const auto& intermediate = restored.authority.intermediate;
    restored.issuer = pki::make_local_issuer(*restored.crypto, copy_of(*intermediate.key), {intermediate.certificate});
    restored.settings.authority = world.authority_id;
    restored.settings.incarnation_began = world.now + days(1);
    restored.now += days(2);
    restored.restart_service(restored.settings);
    same.key = copy_of(*device.key);
    same.identity = device.identity;
    same.sequence = 5;
  }
  World restored;
  Device same;
};

}  // namespace

TEST(Identity, PRO_7_AfterARestoreADeviceThatTheBackupDidNotKnowIsAdoptedWithAnAlert) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  Restored after(world, device);
  expect<AuthorizeAnswer>(after.same.authorize(after.restored.usage({{"C9500 Network Advantage", 1}})));
  EXPECT_EQ(after.restored.instances().size(), 1U);
  EXPECT_TRUE(has(after.restored.event_kinds(), "instance.readopted"));
}

// A holder of such a certificate that means harm: one message brings its instance into a virtual account that the other
// message of the same commit has not asked about, and whose serial number is somebody else's.
TEST(Identity, PRO_7_AnAdoptionAndAnAuthorizationBesideItInOneCommitAreBothJudged) {
  World world;
  Device earlier(world, "C9500-40X", "FCW0000A009");  // so that the backup gives this one's number to nobody else
  expect<RegisterAnswer>(earlier.register_with(world.token(kVa)));
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<RegisterAnswer>(device.register_with(world.token(kVa)));
  Restored after(world, device);
  World& restored = after.restored;
  Device other(restored, "C9500-40X", "FCW0000A002");
  expect<RegisterAnswer>(other.register_with(restored.token(kOtherVa)));
  const auto message = [&](const Udi& udi, std::int64_t sequence) {
    auto header = after.same.header(protocol::MessageType::Authorize);
    header.sequence = sequence;
    protocol::AuthorizeRequest asked;
    asked.udis = {{udi, UdiRole::Active}};
    asked.software_version = "16.12.3";
    asked.agent_version = "test";
    asked.usage = restored.usage({{"C9500 Network Advantage", 1}});
    asked.virtual_account = VirtualAccountId{99};
    return after.same.sign(header, protocol::encode(protocol::Request{asked}));
  };
  const auto adopting = message(make_udi("C9500-40X", "FCW0000A003").value(), 6);
  const auto beside = message(other.udis.front().udi, 7);
  std::vector<device_service::DeviceReply> replies;
  const auto answered = [&](device_service::DeviceReply reply) { replies.push_back(std::move(reply)); };
  const auto at_once = [](const std::function<void()>& task) { task(); };
  bool first = true;
  // The second one's own adoption has come to nothing; before its authorization waits, the first one's adoption does.
  restored.service->handle(
      {beside, "127.0.0.1", "test", restored.now,
       [&](const std::function<void()>& task) {
         if (std::exchange(first, false)) {
           restored.service->handle({adopting, "127.0.0.1", "test", restored.now, at_once}, answered);
         }
         task();
       }},
      answered);
  for (int round = 0; round < 10 && replies.size() < 2; ++round) restored.writer->drain(restored.now);
  ASSERT_EQ(replies.size(), 2U);
  for (const auto& reply : replies) EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(restored.instances().size(), 2U);
  EXPECT_TRUE(has(restored.event_kinds(), "instance.udi-conflict"));
}

TEST(Stack, HA_1_AMemberRemovedChangesTheListAndFreesItsSerial) {
  World world;
  Device stack(world, "C9300-48P", "FCW0000S001");
  world.product_tag = world.catalog->find_family("Catalyst 9300")->product_tag.text;
  stack.udis.push_back({make_udi("C9300-48P", "FCW0000S002").value(), UdiRole::Standby});
  stack.udis.push_back({make_udi("C9300-48P", "FCW0000S003").value(), UdiRole::Member});
  const auto id = expect<RegisterAnswer>(stack.register_with(world.token(kVa))).instance;
  expect<AuthorizeAnswer>(stack.authorize(world.usage({{"C9300 48P Network Advantage", 3}})));
  EXPECT_EQ(world.instance(id)->udis.size(), 3U);
  stack.udis.pop_back();
  expect<AuthorizeAnswer>(stack.authorize(world.usage({{"C9300 48P Network Advantage", 2}})));
  EXPECT_EQ(world.instance(id)->udis.size(), 2U);
  EXPECT_EQ(world.pool(kVa, "C9300 48P Network Advantage").in_use, 2);
  Device alone(world, "C9300-48P", "FCW0000S003");
  expect<RegisterAnswer>(alone.register_with(world.token(kVa)));
}

TEST(Stack, REG_12_AnAuthorizeThatListsAnotherLiveInstancesSerialLeavesItWithTheOldOne) {
  World world;
  Device one(world, "C9500-40X", "FCW0000A001");
  Device two(world, "C9500-40X", "FCW0000A002");
  expect<RegisterAnswer>(one.register_with(world.token(kVa)));
  const auto id = expect<RegisterAnswer>(two.register_with(world.token(kVa))).instance;
  two.udis.push_back({make_udi("C9500-40X", "FCW0000A001").value(), UdiRole::Member});
  expect<AuthorizeAnswer>(two.authorize({}));
  EXPECT_EQ(world.instance(id)->udis.size(), 1U);
  EXPECT_TRUE(has(world.event_kinds(), "instance.udi-conflict"));
}

TEST(Stack, REG_12_AConflictStandsInTheEventLogOfEachOnesOwnVirtualAccount) {
  World world;
  Device one(world, "C9500-40X", "FCW0000A001");
  Device two(world, "C9500-40X", "FCW0000A002");
  const auto holder = expect<RegisterAnswer>(one.register_with(world.token(kVa))).instance;
  const auto other = expect<RegisterAnswer>(two.register_with(world.token(kOtherVa))).instance;
  two.udis.push_back({make_udi("C9500-40X", "FCW0000A001").value(), UdiRole::Member});
  expect<AuthorizeAnswer>(two.authorize({}));
  const auto conflicts_in = [&](VirtualAccountId va) {
    std::vector<InstanceId> found;
    auto reader = world.readers->borrow();
    const auto events = (*reader)->events(storage::TenantScope::virtual_account(kAccount, va), {0, 1000}).value();
    for (const auto& event : events) {
      if (event.kind == "instance.udi-conflict") found.push_back(event.instance);
      EXPECT_NE(event.kind, "instance.members") << "the lists are as they were: " << event.text;
    }
    return found;
  };
  EXPECT_EQ(conflicts_in(kVa), std::vector{holder});
  EXPECT_EQ(conflicts_in(kOtherVa), std::vector{other});
}

TEST(Store, STO_4_AStoreThatWentBackIsRememberedAsAnEvent) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto id = expect<RegisterAnswer>(device.register_with(world.token(kVa))).instance;
  const auto report = [&](std::int64_t generation, Duration used) {
    device.generation = generation;
    device.evaluation_used = used;
    expect<AuthorizeAnswer>(device.authorize({}));
    const auto kinds = world.event_kinds();
    return std::count(kinds.begin(), kinds.end(), "instance.store-went-back");
  };
  EXPECT_EQ(report(50, days(3)), 0);
  EXPECT_EQ(report(50, days(3)), 0);
  EXPECT_EQ(report(10, days(3)), 1);
  EXPECT_EQ(world.instance(id)->generation, 11);
  EXPECT_EQ(report(11, days(3)), 1) << "noticed once, not at every authorization until it has caught up";
  EXPECT_EQ(report(9, days(3)), 2) << "and again when it goes back again";
  // A copy that was written to for long enough is told by the evaluation that it has won back.
  EXPECT_EQ(report(500, days(1)), 3);
  EXPECT_EQ(report(501, days(1)), 3);
  // A registration anew does not make the server forget.
  expect<RegisterAnswer>(device.register_with(world.token(kVa), true));
  EXPECT_EQ(report(400, days(1)), 4);
}

}  // namespace
}  // namespace lictor::test
