// STO-1 ... STO-5: what persists, when, and what a power cut at any write leaves.
#include "unit/agent_core/story.hpp"

#include <algorithm>
#include <cstdint>

#include "agent/core/store_codec.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Store : Story {
  Duration used() { return days(90) - device.view().evaluation_remaining; }
};

// --- contents -------------------------------------------------------------------------------------------------------
State rich_state() {
  State s;
  s.generation = 12;
  s.evaluation_charged = days(3);
  s.evaluation_expired_at = wall_from_ms(5);
  s.saved = true;
  s.usage = {licence("A"), licence("B", 7, true)};
  s.udis = {{Udi{"P", "S"}, UdiRole::Active}};
  s.anchors = {{1, 2, 3}};
  s.trust_version = 4;
  s.floor = wall_from_ms(77);
  s.stage = Stage::Reregistering;
  s.account_name = "Example";
  s.initial_registration = Attempt{Attempt::Result::Failed, wall_from_ms(9), "why"};
  Identity identity;
  identity.key = Secret::from_text("key");
  identity.chain = {{9, 9}, {8}};
  identity.signing_serial = Serial{};
  identity.next_sequence = 5;
  s.identity = std::move(identity);
  RegistrationRequest request;
  request.token = "T";
  s.registering = std::move(request);
  s.out(Exchange::Authorize).payload = "frozen";
  s.out(Exchange::Authorize).ticket = "ticket";
  s.alarm(Timer::Deadline) = Alarm{SteadyTime{}, wall_from_ms(1234), true};
  s.authorization = AuthorizationState::OutOfCompliance;
  s.tags = {{licence("A").tag, TagStatus::InvalidTag, 2}};
  s.evaluation_warned = days(60);
  s.certificate_warned = 12;
  s.grace_charged = minutes(7);
  s.communication_down = true;
  s.traditional = {{"ipservices", TraditionalLicense::Kind::LicenseFile, 2, true}};
  s.conversion = {Conversion::State::Failed, wall_from_ms(3), "why not"};
  return s;
}

constexpr Now kNow{wall_from_ms(1000), SteadyTime{}};
constexpr std::int64_t kPlain = 0x0123456789;  // stands nowhere else in the contents

TEST(StoreContents, STO_1_ReadingGivesWhatWasWritten) {
  const auto bytes = encode_state(rich_state(), IdentityPart::Included, kNow);
  auto read = decode_state(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->identity->chain.size(), 2u);
  EXPECT_EQ(read->registering->token, "T");
  EXPECT_EQ(read->out(Exchange::Authorize).ticket, "ticket");
  EXPECT_EQ(read->alarm(Timer::Deadline)->date, wall_from_ms(1234));
  EXPECT_EQ(read->evaluation_warned, days(60));
  EXPECT_EQ(read->certificate_warned, 12);
  EXPECT_EQ(read->grace_charged, minutes(7));
  EXPECT_TRUE(read->communication_down);
  EXPECT_EQ(read->traditional, rich_state().traditional);
  EXPECT_EQ(read->conversion, rich_state().conversion);
  EXPECT_EQ(encode_state(*read, IdentityPart::Included, kNow), bytes);
}

TEST(StoreContents, STO_3_TheIdentityPartCanBeLeftOut) {
  auto read = decode_state(encode_state(rich_state(), IdentityPart::Left, kNow));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->evaluation_charged, days(3));
  EXPECT_EQ(read->usage.size(), 2u);
  EXPECT_EQ(read->stage, Stage::Unregistered);
  EXPECT_FALSE(read->identity);
  EXPECT_EQ(read->account_name, "");
}

TEST(StoreContents, EveryTruncationAndExtensionIsCorrupt) {
  const auto bytes = encode_state(rich_state(), IdentityPart::Included, kNow);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    auto read = decode_state(ByteView(bytes).first(n));
    ASSERT_FALSE(read) << n;
    EXPECT_EQ(read.error().code, ErrorCode::Corrupt) << n;
  }
  auto longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(decode_state(longer).error().code, ErrorCode::Corrupt);
}

TEST(StoreContents, AnyBitFlippedIsReadOrRefusedNeverWorse) {
  const auto bytes = encode_state(rich_state(), IdentityPart::Included, kNow);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    auto broken = bytes;
    broken[i / 8] = static_cast<std::uint8_t>(broken[i / 8] ^ (1u << (i % 8)));
    (void)decode_state(broken);
  }
}

// A checksum that is right says nothing of what was written.
TEST(StoreContents, STO_2_NumbersThatNoAgentWritesAreDamage) {
  constexpr std::int64_t kLatest = 253'402'300'799'999;
  constexpr std::int64_t kLongest = 400LL * 366 * 86'400'000;
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  constexpr std::int64_t kMostId = (std::int64_t{1} << 53) - 1;
  const struct {
    const char* what;
    void (*set)(State&);
    std::int64_t most;
  } rows[] = {
      {"generation", [](State& s) { s.generation = kPlain; }, kMost},
      {"evaluation_charged", [](State& s) { s.evaluation_charged = Duration{kPlain}; }, kLongest},
      {"evaluation_expired_at", [](State& s) { s.evaluation_expired_at = wall_from_ms(kPlain); }, kLatest},
      {"evaluation_warned", [](State& s) { s.evaluation_warned = Duration{kPlain}; }, kLongest},
      {"floor", [](State& s) { s.floor = wall_from_ms(kPlain); }, kLatest},
      {"grace_charged", [](State& s) { s.grace_charged = Duration{kPlain}; }, kLongest},
      {"initial_registration", [](State& s) { s.initial_registration->at = wall_from_ms(kPlain); }, kLatest},
      {"not_before", [](State& s) { s.identity->not_before = wall_from_ms(kPlain); }, kLatest},
      {"not_after", [](State& s) { s.identity->not_after = wall_from_ms(kPlain); }, kLatest},
      {"instance", [](State& s) { s.identity->instance.value = kPlain; }, kMostId},
      {"next_sequence", [](State& s) { s.identity->next_sequence = kPlain; }, kMost},
      {"deadline", [](State& s) { s.alarm(Timer::Deadline)->date = wall_from_ms(kPlain); }, kLatest},
      {"authorization_since", [](State& s) { s.authorization_since = wall_from_ms(kPlain); }, kLatest},
      {"conversion", [](State& s) { s.conversion.at = wall_from_ms(kPlain); }, kLatest},
  };
  const auto eight = [](std::int64_t value) {
    Bytes out;
    for (int shift = 56; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
    return out;
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    auto state = rich_state();
    row.set(state);
    auto bytes = encode_state(state, IdentityPart::Included, {kNow.wall, SteadyTime{}});
    const auto plain = eight(kPlain);
    const auto at = std::search(bytes.begin(), bytes.end(), plain.begin(), plain.end());
    ASSERT_NE(at, bytes.end());
    const auto code_with = [&](std::int64_t value) -> std::optional<ErrorCode> {
      std::ranges::copy(eight(value), at);
      const auto read = decode_state(bytes);
      return read ? std::nullopt : std::optional(read.error().code);
    };
    EXPECT_EQ(code_with(0), std::nullopt);
    EXPECT_EQ(code_with(row.most), std::nullopt);
    for (const auto wrong : {std::int64_t{-1}, row.most + 1, INT64_MIN, INT64_MAX})
      EXPECT_EQ(code_with(wrong), ErrorCode::Corrupt) << wrong;
  }
}

TEST(StoreContents, ANewerFormatIsUnsupportedNotDamaged) {
  auto bytes = encode_state(rich_state(), IdentityPart::Included, kNow);
  bytes[7] = kStoreFormat + 1;
  EXPECT_EQ(decode_state(bytes).error().code, ErrorCode::Unsupported);
}

TEST(StoreContents, STO_2_ANumberThatNoProgramHasAsItsFormatIsDamage) {
  EXPECT_EQ(decode_state(to_bytes("what is this, and whose?")).error().code, ErrorCode::Corrupt);
  EXPECT_EQ(decode_state(Bytes{0, 0, 0, 0, 0, 0, 1, 0}).error().code, ErrorCode::Corrupt);
  EXPECT_EQ(decode_state(Bytes{0, 0, 0, 0, 0, 0, 0, 255}).error().code, ErrorCode::Unsupported);
}

// Format 1 as its first release wrote it; it is read for ever. Never regenerate this text: a new format gets a new one.
TEST(StoreContents, Format1IsReadForEver) {
  const auto bytes = from_hex(
      "0000000000000001"  // format
      "0000000000000007"
      "0000000005265c00"  // generation 7, a day of evaluation charged
      "0000000000000000"
      "0000000000000000"  // evaluation not expired, store sound
      "0000000000000001"  // saved
      "0000000000000000"  // no usage
      "0000000000000001"
      "0000000000000001"
      "50"
      "0000000000000001"
      "53"
      "0000000000000000"  // UDI P, S, Active
      "0000000000000000"
      "0000000000000001"    // no anchors of its own, trust version 1
      "0000000000000064"    // floor
      "0000000000000000");  // no identity-part
  ASSERT_TRUE(bytes);
  auto read = decode_state(*bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->generation, 7);
  EXPECT_EQ(read->evaluation_charged, days(1));
  EXPECT_TRUE(read->saved);
  EXPECT_EQ(read->udis.at(0).udi.pid, "P");
  EXPECT_EQ(read->floor, wall_from_ms(100));
}

TEST(StoreContents, Format1IsReadForEverWithItsIdentityPart) {
  const auto bytes = from_hex(
      "0000000000000001000000000000000c000000000f731400000000000000000100000000000000050000000000000000"
      "00000000000000010000000000000001000000000000004472656769642e323032362d30312e6f72672e6578616d706c"
      "652e412c312e305f39393939393939392d383838382d373737372d363636362d35353535353535353535353500000000"
      "000000070000000000000001410000000000000001420000000000000001430000000000000001000000000000000100"
      "000000000000015000000000000000015300000000000000000000000000000001000000000000000301020300000000"
      "00000004000000000000004d00000000000000010000000000000005000000000000000000000000000000074578616d"
      "706c65000000000000000156000000000000000100000000000000010000000000000001000000000000000900000000"
      "000000037768790000000000000000000000000000000100000000000000036b65790000000000000002000000000000"
      "000209090000000000000001080000000000000010000000000000000000000000000000000000000000000001000000"
      "000000000200000000000000000000000000000006000000000000000700000000000000000000000000000010000000"
      "000000000000000000000000000000000000000001000000000000001000000000000000000000000000000000000000"
      "000000000000000000000000050000000000000001000000000000000154000000000000000000000000000000000000"
      "000000000010000000000000000000000000000000000000000000000000000000000000001000000000000000000000"
      "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000"
      "00000000000666726f7a656e00000000000000000000000000000003000000000000000000000000000000067469636b"
      "657400000000000000000000000000000000000000000000000000000000000000100000000000000000000000000000"
      "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000"
      "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000"
      "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000000100000000000004d2000000000000"
      "00010000000000000004000000000000000000000000000000000000000000000001000000000000004472656769642e"
      "323032362d30312e6f72672e6578616d706c652e412c312e305f39393939393939392d383838382d373737372d363636"
      "362d35353535353535353535353500000000000000020000000000000002");
  ASSERT_TRUE(bytes);
  auto read = decode_state(*bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->usage.at(0).count, 7);
  EXPECT_EQ(read->stage, Stage::Reregistering);
  EXPECT_EQ(read->identity->key.reveal_text(), "key");
  EXPECT_EQ(read->identity->next_sequence, 5);
  EXPECT_EQ(read->registering->token, "T");
  EXPECT_EQ(read->out(Exchange::Authorize).payload, "frozen");
  EXPECT_EQ(read->alarm(Timer::Deadline)->date, wall_from_ms(1234));
  EXPECT_EQ(read->tags.at(0).status, TagStatus::InvalidTag);
  // What format 2 added is as it was when nobody knew of it.
  EXPECT_FALSE(read->evaluation_warned.has_value());
  EXPECT_EQ(read->certificate_warned, 0);
  EXPECT_EQ(read->grace_charged, Duration{0});
  EXPECT_FALSE(read->communication_down);
  EXPECT_EQ(read->mode, LicensingMode::Smart);
  EXPECT_TRUE(read->traditional.empty());
  EXPECT_EQ(read->conversion, Conversion{});
}

// --- what persists when ---------------------------------------------------------------------------------------------
TEST_F(Store, STO_1_EverythingSurvivesARestart) {
  registered();
  device.run(days(3));
  const auto before = device.view();
  device.power_cut();
  device.boot_with_usage();
  auto after = device.view();
  after.store_generation = before.store_generation;
  EXPECT_EQ(after, before);
}

TEST_F(Store, STO_2_APowerCutAtAnyWriteLeavesTheOldOrTheNew) {
  // A life with every kind of write; each write fails once with the old and once with the new content left behind.
  const auto live = [](Device& d) {
    d.boot_with_usage();
    d.run(minutes(3));
    (void)d->register_token("TOKEN", Agent::Force::Yes, d.now());
    d.settle();
    (void)d->set_usage({licence("DNA", 2)}, d.now());
    d.run(minutes(1));
    (void)d->renew_id(d.now());
    d.settle();
    (void)d->deregister(d.now());
    d.settle();
    (void)d->register_token("TOKEN", Agent::Force::Yes, d.now());
    d.settle();
  };
  live(device);
  const int writes = device.store.writes;
  ASSERT_GT(writes, 10);
  for (const auto fault : {lab::MemoryStore::Fault::FailsOld, lab::MemoryStore::Fault::FailsNew})
    for (int at = 1; at <= writes; ++at) {
      SCOPED_TRACE(::testing::Message() << "write " << at << " of " << writes);
      Server one_server{*crypto, wall_from_ms(kStart)};
      Device one(one_server, *crypto);
      one.store.fault = fault;
      one.store.at = at;
      if (at == 1) {
        // The first write is in open(): it says so, and a second start finds an empty store.
        one.agent.reset();
        auto opened = Agent::open(one.settings, Ports{&one, &one.store, crypto.get(), &one.entropy, &one.jitter, &one},
                                  one.now());
        EXPECT_FALSE(opened);
        continue;
      }
      live(one);
      one.power_cut();
      one.boot_with_usage();
      EXPECT_FALSE(one.view().store_damaged);
      EXPECT_LE(one.view().evaluation_remaining, days(90) - minutes(3) + seconds(60));
      // Whatever was left, the device can be brought back, and the server never knows two of it.
      (void)one->register_token("TOKEN", Agent::Force::Yes, one.now());
      one.run(hours(2));
      EXPECT_EQ(one.view().registration, RegistrationState::Registered);
      EXPECT_EQ(one.view().authorization, AuthorizationState::Authorized);
      EXPECT_EQ(one_server.instances.size(), 1u);
    }
}

TEST_F(Store, STO_2_ThePlugPulledAtAnyWriteAndNothingAfterIt) {
  const auto live = [&](Device& d, int stop_at) {
    // The run ends with the write: nothing that would follow it happens.
    d.boot();
    const auto go_on = [&] { return d.store.writes < stop_at; };
    if (go_on()) (void)d->set_usage({licence("NETWORK_ADVANTAGE")}, d.now());
    if (go_on()) d->ready(d.now());
    if (go_on()) (void)d->register_token("TOKEN", Agent::Force::No, d.now());
    for (int i = 0; i < 200 && go_on() && !(d.completions.empty() && d->quiet()); ++i) {
      if (!d.completions.empty()) {
        auto next = std::move(d.completions.front());
        d.completions.pop_front();
        next();
      } else {
        d->tick(d.now());
      }
    }
  };
  for (int stop_at = 1; stop_at <= 12; ++stop_at) {
    SCOPED_TRACE(stop_at);
    Server one_server{*crypto, wall_from_ms(kStart)};
    Device one(one_server, *crypto);
    live(one, stop_at);
    one.power_cut();
    one.boot_with_usage();
    one.run(minutes(30));
    if (one.view().registration == RegistrationState::Unregistered) one.register_and_settle();
    EXPECT_EQ(one.view().registration, RegistrationState::Registered);
    EXPECT_EQ(one.view().authorization, AuthorizationState::Authorized);
    EXPECT_EQ(one_server.instances.size(), 1u);
    EXPECT_EQ(one_server.registrations, 1) << "PRO-3: done once";
  }
}

TEST_F(Store, STO_2_ADamagedStoreIsReportedAndItsEvaluationCountsAsUsedUp) {
  device.store.damaged = true;
  device.boot_with_usage();
  EXPECT_TRUE(device.view().store_damaged);
  EXPECT_EQ(device.count("STORE_DAMAGED"), 1);
  EXPECT_THAT(device.notifications, Contains(NotificationKind::StoreDamaged));
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
  // It stays reported over a restart, until the server vouches for the device.
  device.power_cut();
  device.boot_with_usage();
  EXPECT_TRUE(device.view().store_damaged);
  EXPECT_EQ(device.view().evaluation_remaining, Duration{0});
  device.register_and_settle();
  EXPECT_FALSE(device.view().store_damaged);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(Store, STO_2_AServerThatVouchesGivesNoDaysBack) {
  registered();
  device.power_cut();
  device.store.damaged = true;
  device.boot_with_usage();
  device.store.damaged = false;
  device.register_and_settle(Agent::Force::Yes);
  ASSERT_EQ(device.view().authorization, AuthorizationState::Authorized);
  ASSERT_FALSE(device.view().store_damaged);
  for (const bool restarted : {false, true}) {
    if (restarted) {
      device.power_cut();
      device.boot_with_usage();
    } else {
      ASSERT_TRUE(device->deregister(device.now()));
      device.settle();
    }
    EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
    EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
    EXPECT_EQ(device.view().evaluation_remaining, Duration{0});
  }
}

TEST_F(Store, STO_2_ContentsThatMakeNoSenseAreDamageToo) {
  const Bytes nonsense{0, 0, 0, 0, 0, 0, 0, 1, 9, 9};
  device.store.contents = nonsense;
  device.boot_with_usage();
  EXPECT_TRUE(device.view().store_damaged);
  EXPECT_EQ(device.view().evaluation_remaining, Duration{0});
  EXPECT_EQ(device.store.aside, nonsense);
}

TEST_F(Store, STO_2_AClockThatStandsWhereNoDateIsDamagesNothing) {
  for (const auto wall : {wall_from_ms(-5), wall_from_ms(300'000'000'000'000)}) {
    SCOPED_TRACE(to_ms(wall));
    Server other_server{*crypto, wall_from_ms(kStart)};
    Device other(other_server, *crypto);
    other.wall = wall;
    other.boot_with_usage();
    other.run(hours(1));
    other.register_and_settle();
    other.link = Link::Down;  // an attempt that failed is dated by this clock
    other.run(hours(1));
    other.power_cut();
    other.boot_with_usage();
    EXPECT_FALSE(other.view().store_damaged);
    EXPECT_GT(other.view().evaluation_remaining, days(89));
  }
}

TEST_F(Store, STO_2_ARequestThatWaitsWithNothingToMakeItOfIsDamageToo) {
  for (int e = 0; e < kExchanges; ++e) {
    Device other(server, *crypto);
    State state;
    state.udis = other.settings.udis;
    state.outgoing[static_cast<std::size_t>(e)].wanted = true;
    other.store.contents = encode_state(state, IdentityPart::Included, {});
    other.boot_with_usage();
    EXPECT_TRUE(other.view().store_damaged) << e;
  }
}

TEST_F(Store, STO_2_AStoreOfANewerProgramIsLeftAlone) {
  device.store.contents = Bytes{0, 0, 0, 0, 0, 0, 0, 99};
  auto opened =
      Agent::open(device.settings,
                  Ports{&device, &device.store, crypto.get(), &device.entropy, &device.jitter, &device}, device.now());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Unsupported);
  EXPECT_EQ(device.store.writes, 0);
}

TEST_F(Store, STO_3_AnUnsavedRegistrationIsLostAtReloadAndTheNextMeetsSCN1) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  registered();
  EXPECT_TRUE(device.view().unsaved_identity);
  device.run(days(1));
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Evaluation);
  device.register_and_settle();
  EXPECT_EQ(device.view().initial_registration->failure_reason, "Product Already Registered");
}

TEST_F(Store, STO_3_OnceSavedEverythingLaterPersistsAtOnce) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  device.boot_with_usage();
  ASSERT_TRUE(device->save_identity(device.now()));  // before there is anything to save: means nothing
  device.register_and_settle();
  EXPECT_TRUE(device.view().unsaved_identity);
  ASSERT_TRUE(device->save_identity(device.now()));
  EXPECT_FALSE(device.view().unsaved_identity);
  device.run(days(181));
  const auto expires = device.view().registration_expires;
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device.view().registration_expires, expires) << "the renewed certificate";
  EXPECT_EQ(device.count("CONFIG_NOT_SAVED"), 1);
  // force on a saved device persists at once
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_FALSE(device.view().unsaved_identity);
  EXPECT_EQ(device.count("CONFIG_NOT_SAVED"), 1);
  EXPECT_EQ(device.count("NOCONFIGAUTOSAVE"), 1);
}

TEST_F(Store, STO_3_DeregisterAloneClearsSaved) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  registered();
  ASSERT_TRUE(device->save_identity(device.now()));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  device.register_and_settle();
  EXPECT_TRUE(device.view().unsaved_identity);
  ASSERT_TRUE(device->save_identity(device.now()));
  device.link = Link::Down;
  device.run(days(366));
  ASSERT_EQ(device.view().registration, RegistrationState::Unregistered);
  device.link = Link::Up;
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_FALSE(device.view().unsaved_identity) << "an ended certificate does not";
}

TEST_F(Store, STO_3_DeregisterClearsSavedAlsoWhereItOnlyCancels) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  device.boot_with_usage();
  device.link = Link::Down;
  device.register_and_settle();
  ASSERT_TRUE(device->save_identity(device.now()));  // the key pair, while the request is retried
  ASSERT_TRUE(device->deregister(device.now()));
  device.link = Link::Up;
  device.register_and_settle();
  EXPECT_TRUE(device.view().unsaved_identity) << "a first registration again";
}

TEST_F(Store, STO_3_EvaluationPersistsWhateverIsSaved) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  device.boot_with_usage();
  device.run(days(7));
  device.power_cut();
  device.boot_with_usage();
  EXPECT_GE(used(), days(7));
  EXPECT_LE(used(), days(7) + seconds(60));
}

TEST_F(Store, STO_4_TheGenerationNeverGoesBackAndTheServerHearsIt) {
  registered();
  auto last = device.view().store_generation;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(device->set_usage({licence("A", i + 1)}, device.now()));
    device.run(seconds(10));
    EXPECT_GT(device.view().store_generation, last);
    const auto request = protocol::decode_request(MessageType::Authorize, server.requests.back().payload).value();
    const auto heard = std::get<protocol::AuthorizeRequest>(request).generation;
    EXPECT_GT(heard, last) << "the server hears what is newer than all that it heard before";
    EXPECT_LE(heard, device.view().store_generation);
    last = device.view().store_generation;
    device.power_cut();
    device.boot_with_usage();
    EXPECT_GE(device.view().store_generation, last);
  }
}

TEST_F(Store, STO_4_TheEvaluationReportedNeverGoesBack) {
  device.boot_with_usage();
  device.run(seconds(10));  // charged ahead: 60 s; used: 10 s
  device.register_and_settle();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(device->set_usage({licence("A", i + 2)}, device.now()));
    device.run(seconds(10));
    device.power_cut();
    device.boot_with_usage();
    device.run(seconds(10));
  }
  std::vector<std::pair<Duration, std::int64_t>> reported;
  for (const auto& request : server.requests) {
    if (request.header.type != protocol::MessageType::Authorize) continue;
    const auto decoded = protocol::decode_request(request.header.type, request.payload);
    ASSERT_TRUE(decoded);
    const auto& authorize = std::get<protocol::AuthorizeRequest>(*decoded);
    reported.emplace_back(authorize.evaluation_used, authorize.generation);
  }
  ASSERT_GE(reported.size(), 4U);
  EXPECT_EQ(reported.front().first, seconds(10));
  for (std::size_t i = 1; i < reported.size(); ++i) {
    EXPECT_GE(reported[i].first, reported[i - 1].first) << "report " << i;
    EXPECT_GE(reported[i].second, reported[i - 1].second) << "report " << i;
  }
}

TEST_F(Store, STO_5_APowerCutNeverGrantsTimeAndCostsAtMostOneStep) {
  device.boot_with_usage();
  Duration truly{0};
  for (const auto piece : {seconds(1), seconds(59), seconds(60), seconds(61), minutes(10), hours(7)}) {
    device.run(piece);
    truly += piece;
    const auto charged_before = used();
    device.power_cut();
    device.boot_with_usage();
    EXPECT_GE(used(), truly);
    EXPECT_LE(used() - charged_before, seconds(60));
    truly = used();
  }
}

TEST_F(Store, STO_5_TheStepIsASettingAndAnOrderlyEndChargesExactly) {
  device.settings.evaluation_step = hours(1);
  device.boot_with_usage();
  const auto writes = device.store.writes;
  device.run(hours(10));
  EXPECT_LE(device.store.writes - writes, 11);
  device.run(seconds(5));
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(used(), hours(10) + seconds(5));
}

TEST_F(Store, STO_5_IntervalsThatWouldNeverPassAreRefused) {
  const auto refused = [&](auto change) {
    Device other(server, *crypto);
    change(other.settings);
    const auto opened = other.open();
    return !opened && opened.error().code == ErrorCode::InvalidArgument;
  };
  EXPECT_TRUE(refused([](AgentSettings& s) { s.evaluation_step = Duration{0}; }));
  EXPECT_TRUE(refused([](AgentSettings& s) { s.evaluation_expired_warning = Duration{0}; }));
  EXPECT_TRUE(refused([](AgentSettings& s) { s.evaluation_period = -days(1); }));
  EXPECT_TRUE(refused([](AgentSettings& s) { s.coalesce = -seconds(1); }));
  EXPECT_FALSE(refused([](AgentSettings& s) { s.evaluation_step = Duration{1}; }));
}

TEST_F(Store, WhatCouldNotBeStoredIsNotSent) {
  device.boot_with_usage();
  ASSERT_TRUE(device->register_token("TOKEN", Agent::Force::No, device.now()));
  // The next write holds the frozen request.
  device.store.fault = lab::MemoryStore::Fault::FailsOld;
  device.store.at = device.store.writes + 1;
  device.settle();
  EXPECT_TRUE(device.sent.empty());
  EXPECT_EQ(device.count("STORE_NOT_WRITTEN"), 1);
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  device.run(minutes(21));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Store, STO_2_WhatCouldNotBeStoredIsTriedAgainSoonWhateverElseIsDue) {
  registered();
  const auto generation = device.view().store_generation;
  device.store.fault = lab::MemoryStore::Fault::FailsOld;
  device.store.at = device.store.writes + 1;
  EXPECT_FALSE(device->set_usage({}, device.now())) << "the caller hears of it";
  ASSERT_GT(device.view().next_communication.value() - device.wall, days(29));
  device.link = Link::Held;  // nothing else comes
  device.run(minutes(1));
  EXPECT_EQ(device.count("STORE_NOT_WRITTEN"), 1);
  device.power_cut();
  device.boot();
  EXPECT_TRUE(device.view().usage.empty());
  EXPECT_GT(device.view().store_generation, generation);
}

TEST_F(Store, STO_2_WhatIsTakenBackAfterAFailedWriteIsTakenBackInTheStoreToo) {
  registered();
  const auto before = device.view().usage;
  device.store.fault = lab::MemoryStore::Fault::FailsNew;  // it arrives, and the error is told
  device.store.at = device.store.writes + 1;
  EXPECT_FALSE(device->set_usage({licence("DNA")}, device.now()));
  ASSERT_TRUE(device->set_usage({before.at(0).item}, device.now()));
  device.power_cut();
  device.boot();
  EXPECT_EQ(device.view().usage.at(0).item, before.at(0).item);
}

TEST_F(Store, STO_1_NothingBeginsAfterAnOrderlyEnd) {
  device.boot_with_usage();
  ASSERT_TRUE(device->register_token("TOKEN", Agent::Force::No, device.now()));  // a key is being made
  ASSERT_TRUE(device->shut_down(device.now()));
  const auto writes = device.store.writes;
  device.run(days(1));  // the key is there; the owner's loop goes on for a while
  EXPECT_TRUE(device.sent.empty());
  EXPECT_EQ(device.store.writes, writes);
  EXPECT_TRUE(device->quiet());
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device.view().registration, RegistrationState::Registered) << "it begins again with the next start";
}

TEST_F(Store, STO_1_TheEventLogIsARingOfTheSizeAsked) {
  device.settings.event_log_size = 40;
  registered();
  device.link = Link::Down;
  device.run(days(60));
  EXPECT_EQ(device->event_log().size(), 40u);
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device->event_log().size(), 40u);
}

TEST_F(Store, SecretsAreNeverLogged) {
  registered();
  for (const auto& line : device.log_lines) EXPECT_EQ(line.find("TOKEN"), std::string::npos);
  for (const auto& line : device->event_log()) EXPECT_EQ(line.find("TOKEN"), std::string::npos);
}

}  // namespace
}  // namespace lictor::agent
