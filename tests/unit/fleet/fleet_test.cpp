#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <set>

#include "fleet/fleet.hpp"
#include "fleet/key_pool.hpp"
#include "fleet/recovery.hpp"
#include "fleet/scenario.hpp"
#include "fleet/sharing_crypto.hpp"
#include "fleet/skipping_clock.hpp"
#include "foundation/config/yaml.hpp"
#include "foundation/os/event_loop.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/envelope.hpp"
#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

namespace lictor::fleet {
namespace {

// Two features; the tag of one stands for two licences in a stack of two; one needs an export permission.
catalog::Catalog small_catalog() {
  static const auto document = config::parse_yaml(R"(
catalog: 1
vendor: Test
families:
  - name: T
    product_tag: regid.2026-01.org.example.T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec
tags:
  - short_name: Basic
    tag: regid.2026-01.org.example.BASIC,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905
    description: basic
  - short_name: Members
    tag: regid.2026-01.org.example.MEMBERS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33
    description: by member
  - short_name: Secret
    tag: regid.2026-01.org.example.SECRET,1.0_4f4fa492-5dcb-5009-9d43-a6f04ae1c783
    description: secret
    export_controlled: true
models:
  - pid: LONELY
    family: T
    description: one usage only
    features:
      - {feature: basic, license_name: Basic, tag: Basic, counting: per-device}
  - pid: T1
    family: T
    description: the model
    features:
      - {feature: basic, license_name: Basic, tag: Basic, counting: per-device}
      - {feature: members, license_name: Members, tag: Members, counting: per-member}
      - {feature: secret, license_name: Secret, tag: Secret, counting: per-device}
)",
                                                  "small.yaml");
  return catalog::Catalog::from_documents({document.value()}).value();
}

TEST(Plan, StepsAreReadAndWrongOnesNamed) {
  const auto steps = parse_steps("register,authorize*3,renew-id,deregister");
  ASSERT_TRUE(steps);
  EXPECT_EQ(*steps, (std::vector{Step::Register, Step::Authorize, Step::Authorize, Step::Authorize, Step::RenewId,
                                 Step::Deregister}));
  EXPECT_TRUE(parse_steps("")->empty());
  EXPECT_EQ(parse_steps("register,authorize*0")->size(), 1U);
  for (const auto* wrong :
       {"registre", "authorize*", "authorize*x", "authorize*-1", "renew*1000000", "register,,renew"}) {
    const auto refused = parse_steps(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(Plan, TheMenuHoldsWhatTheCatalogAllowsEachOnceWithoutExportControl) {
  const auto catalog = small_catalog();
  const auto menu = UsageMenu::make(catalog, "", "1.0");
  ASSERT_TRUE(menu) << menu.error().message;
  EXPECT_EQ(menu->pid(), "T1") << "the first model with two usages";
  // basic; members in four shapes; both in four shapes.
  EXPECT_EQ(menu->size(), 9U);
  for (std::size_t i = 0; i < menu->size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(menu->usage(i), menu->usage(k));
    for (const auto& item : menu->usage(i)) EXPECT_FALSE(item.export_controlled);
  }
  std::map<std::string, Count> most;
  for (const auto& [tag, count] : menu->most()) most[parts(tag).name] = count;
  EXPECT_EQ(most, (std::map<std::string, Count>{{"BASIC", 1}, {"MEMBERS", 4}}));
  EXPECT_FALSE(UsageMenu::make(catalog, "LONELY", "1.0"));
  EXPECT_FALSE(UsageMenu::make(catalog, "UNKNOWN", "1.0"));
}

TEST(Plan, AnotherUsageIsNeverTheSameAndReachesAllOthers) {
  const auto menu = UsageMenu::make(small_catalog(), "T1", "1.0").value();
  SeededEntropy chance(5);
  for (std::size_t current = 0; current < menu.size(); ++current) {
    std::set<std::size_t> seen;
    for (int i = 0; i < 500; ++i) seen.insert(menu.other(current, chance));
    EXPECT_EQ(seen.size(), menu.size() - 1);
    EXPECT_FALSE(seen.contains(current));
    EXPECT_LT(*seen.rbegin(), menu.size());
  }
}

TEST(Statistics, PercentilesAreValuesThatOccurred) {
  Latencies none;
  EXPECT_EQ(none.percentile(0.5), Duration{0});
  Latencies values;
  for (int i = 100; i >= 1; --i) values.add(Duration{i});
  EXPECT_EQ(values.percentile(0.5), Duration{50});
  EXPECT_EQ(values.percentile(0.99), Duration{99});
  EXPECT_EQ(values.percentile(1), Duration{100});
  EXPECT_EQ(values.percentile(0.001), Duration{1});
  Statistics statistics;
  statistics.steps["register"] = values;
  statistics.errors["SEND_FAILED"] = 3;
  statistics.errors[R"({"timestamp":["x, y"]})"] = 2;
  EXPECT_EQ(to_csv(statistics),
            "what,kind,count,p50_ms,p90_ms,p99_ms,max_ms\nstep,register,100,50,90,99,100\nerror,\"SEND_FAILED\",3,,,,\n"
            "error,\"{\"\"timestamp\"\":[\"\"x, y\"\"]}\",2,,,,\n");
  const auto json = to_json(statistics);
  EXPECT_EQ(*json.find("steps")->find("register")->find("p90_ms")->if_int(), 90);
  EXPECT_EQ(*json.find("errors")->find("SEND_FAILED")->if_int(), 3);
}

TEST(Scenario, PlansAreWhatTheirNamesSayAndWrongNamesAreRefused) {
  EXPECT_EQ(parse_scenario("storm").value(), Scenario::Storm);
  EXPECT_FALSE(parse_scenario("strom"));
  EXPECT_EQ(plan_of(Scenario::Mass, 5).first, (std::vector{Step::Register}));
  const auto steady = plan_of(Scenario::Steady, 2);
  EXPECT_EQ(steady.first, (std::vector{Step::Register}));
  EXPECT_EQ(steady.then, (std::vector{Step::Renew, Step::Renew}));
  EXPECT_EQ(plan_of(Scenario::Churn, 2).first, (std::vector{Step::Register, Step::Authorize, Step::Deregister,
                                                            Step::Register, Step::Authorize, Step::Deregister}));
}

TEST(Recovery, AUTH_8_BackOffIsThirtySecondsThenDoublesToAnHourOrWhatIsNamedClipped) {
  struct Case {
    int failures;
    std::int64_t named_s, least_ms, most_ms;
  };
  for (const auto& c : std::vector<Case>{{1, 0, 30'000, 30'000},
                                         {2, 0, 48'000, 60'000},
                                         {3, 0, 96'000, 120'000},
                                         {7, 0, 1'536'000, 1'920'000},
                                         {8, 0, 2'880'000, 3'600'000},
                                         {100, 0, 2'880'000, 3'600'000},
                                         {1, 45, 45'000, 45'000},
                                         {9, 5, 30'000, 30'000},
                                         {9, 7200, 3'600'000, 3'600'000}}) {
    const auto wait = back_off(c.failures, seconds(c.named_s));
    EXPECT_EQ(wait.least.count(), c.least_ms) << c.failures;
    EXPECT_EQ(wait.most.count(), c.most_ms) << c.failures;
  }
}

SteadyTime at(std::int64_t ms) {
  return SteadyTime{Duration{ms}};
}

TEST(Recovery, AUTH_8_ADeviceThatKeepsToItIsWithinItsBoundHoweverLongTheManagerTakes) {
  Recovery way(at(0), 2);
  way.sent(at(500));                   // this program was late
  way.failed(at(9'500), seconds(40));  // 503 after 9 s
  way.sent(at(49'500));
  way.failed(at(50'000), Duration{0});  // lost: the fourth failure in a row
  way.sent(at(260'000));                // 210 s later; 192 to 240 are right
  way.authorized(at(290'000));
  EXPECT_EQ(way.retries(), 2);
  EXPECT_EQ(way.early(), 0);
  EXPECT_EQ(way.took(), seconds(290));
  EXPECT_EQ(way.allowed(), seconds(40 + 240));
  EXPECT_EQ(way.waited(), seconds(40 + 210));
  EXPECT_FALSE(way.beyond());
}

TEST(Recovery, AUTH_8_TooEarlyAndTooLateAreSeen) {
  Recovery early(at(0), 0);
  early.sent(at(0));
  early.failed(at(10), seconds(30));
  early.sent(at(30'009));
  early.authorized(at(30'020));
  EXPECT_EQ(early.early(), 1);
  Recovery forgotten(at(0), 0);  // it had an answer that it did not take, and waited on without a failure
  forgotten.sent(at(0));
  forgotten.failed(at(10), Duration{0});
  forgotten.authorized(at(40'000));
  EXPECT_TRUE(forgotten.beyond());
}

TEST(SkippingClock, WhileNothingIsOnItsWayTimeMovesToTheNextTimer) {
  test::FakeClock real;
  SkippingClock clock(real);
  os::EventLoop loop(clock);
  bool busy = false;
  IdleSkipper skipper(loop, clock, [&] { return !busy; });
  const auto began = clock.steady();
  const auto wall = clock.wall();
  std::vector<Duration> ran;
  loop.call_at(began + hours(2), [&] { ran.push_back(clock.steady() - began); });  // the last: then it stops looking
  loop.call_at(began + seconds(30), [&] {
    ran.push_back(clock.steady() - began);
    busy = true;  // it sent something
  });
  skipper.look();
  while (ran.empty()) loop.poll();
  for (int i = 0; i < 1000; ++i) loop.poll();
  EXPECT_EQ(ran, (std::vector<Duration>{seconds(30)}));
  EXPECT_EQ(clock.skipped(), seconds(30));
  busy = false;
  skipper.look();
  while (ran.size() < 2) loop.poll();
  EXPECT_EQ(ran.back(), hours(2));
  EXPECT_EQ(clock.wall() - wall, hours(2)) << "wall and steady time move together";
}

struct FailingStore final : agent::StateStore {
  Result<Loaded> load() override { return Loaded{}; }
  Result<void> save(const Bytes&, const std::vector<std::string>&) override {
    return Error{ErrorCode::DiskFull, "full"};
  }
  Result<void> set_aside() override { return {}; }
};

TEST(Stores, WhatWasNotSavedIsKnown) {
  WatchedStore good(std::make_unique<MemoryStateStore>());
  ASSERT_TRUE(good.save({1, 2}, {}));
  EXPECT_TRUE(good.saved());
  EXPECT_EQ(good.load()->contents, (Bytes{1, 2}));
  WatchedStore bad(std::make_unique<FailingStore>());
  EXPECT_FALSE(bad.save({1}, {}));
  EXPECT_FALSE(bad.saved());
}

TEST(Journal, ReadsBackWhatIsSentAndWritesALineForIt) {
  const auto crypto = pki::make_openssl_crypto().value();
  const auto key = crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
  SeededEntropy entropy(3);
  protocol::AuthorizeRequest asked;
  asked.udis = {{Udi{"T1", "SN1"}, UdiRole::Active}};
  asked.software_version = "1.0";
  asked.agent_version = "1";
  UsageItem item;
  item.tag.text = "regid.2026-01.org.example.BASIC,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905";
  item.count = 7;
  item.feature_name = item.display_name = item.description = "x";
  asked.usage = {item};
  asked.virtual_account = VirtualAccountId{3};
  protocol::RequestHeader header;
  header.type = protocol::MessageType::Authorize;
  header.request_id = RequestId::random(entropy);
  header.sequence = 42;
  header.identity = protocol::RequestHeader::Identity{};
  header.identity->authority = random_authority_id(entropy);
  header.identity->account = AccountId{2};
  header.identity->instance = InstanceId{9};
  const auto body = protocol::sign_request(*crypto, *key, header, protocol::encode(protocol::Request(asked))).value();
  const auto sent = read_request(body);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->request_id, header.request_id.text());
  EXPECT_EQ(sent->sequence, 42);
  ASSERT_EQ(sent->usage.size(), 1U);
  EXPECT_EQ(sent->usage[0].second, 7);
  EXPECT_FALSE(read_request("no message"));

  const test::TempDir folder;
  const auto path = folder.path() + "/log";
  {
    auto journal = Journal::open(path);
    ASSERT_TRUE(journal);
    const std::string udi = "PID:T1,SN:SN1";
    (*journal)->write({Happening::Acknowledged, 5, &udi, &*sent, 9, ""}, wall_from_ms(1000));
    EXPECT_TRUE((*journal)->whole());
  }
  std::ifstream in(path);
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(line, R"({"what":"acknowledged","at":1000,"agent":5,"udi":"PID:T1,SN:SN1","kind":"authorize","request":")" +
                      header.request_id.text() + R"(","sequence":42,"usage":{")" + item.tag.text +
                      R"(":7},"instance":9})");
  EXPECT_FALSE(Journal::open(folder.path() + "/none/log"));
}

// A fleet whose manager is not there: every request is lost.
struct Lost : ::testing::Test {
  os::SystemClock clock;
  os::SystemEntropy entropy;
  os::PosixFiles files;
  os::EventLoop loop{clock};
  SeededEntropy chance{4};
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  UsageMenu menu = UsageMenu::make(small_catalog(), "T1", "1.0").value();
  std::unique_ptr<http::PooledClient> http = http::make_pooled_client(loop, {});
  std::unique_ptr<KeyPool> keys = KeyPool::make(loop, *crypto, pki::KeyAlgorithm::EcP256, 2).value();

  std::unique_ptr<Fleet> fleet(FleetSettings settings) {
    settings.url = "https://127.0.0.1:1/its";  // nobody listens there
    settings.token = "TOKEN";
    settings.agent.software_version = "1.0";
    settings.agent.agent_version = "1";
    settings.agent.key_algorithm = pki::KeyAlgorithm::EcP256;
    auto opened = Fleet::open(
        std::move(settings),
        {&loop, &clock, http.get(), crypto.get(), &entropy, &chance, keys.get(), &files, &menu, nullptr, {}});
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
};

TEST_F(Lost, MembersAtWorkAreBoundedAndTryAgainUntilTheEnd) {
  FleetSettings settings;
  settings.agents = 10;
  settings.outstanding = 3;
  settings.steps = {Step::Register};
  settings.retry = Duration{2};
  const auto all = fleet(settings);
  bool ended = false;
  all->start([&] { ended = true; });
  while (all->statistics().failed() < 30) loop.poll();
  EXPECT_FALSE(ended);
  EXPECT_LE(all->statistics().most_outstanding, 3);
  EXPECT_EQ(all->statistics().errors.size(), 1U) << "kinds, not members";
  EXPECT_TRUE(all->statistics().errors.contains("SEND_FAILED"));
  EXPECT_EQ(all->statistics().acknowledged(), 0);
  EXPECT_EQ(all->progress().ended, 0);
  EXPECT_EQ(all->complaints().size(), 10U);
}

TEST_F(Lost, NothingToDoEndsAtOnceAndEveryMemberIsNamed) {
  FleetSettings settings;
  settings.agents = 2;
  settings.first = 7;
  const auto all = fleet(settings);
  all->start([&] { loop.stop(); });
  loop.run();
  const auto complaints = all->complaints();
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0].udi, "PID:T1,SN:FLT0000007");
  EXPECT_EQ(complaints[0].what, "is Unregistered");
}

TEST_F(Lost, StoresInFilesOutliveTheFleet) {
  const test::TempDir folder;
  FleetSettings settings;
  settings.agents = 2;
  settings.steps = {Step::Register};
  settings.store_folder = folder.path();
  {
    const auto all = fleet(settings);
    all->start([] {});
    while (all->statistics().failed() < 2) loop.poll();
    ASSERT_TRUE(all->shut_down());
  }
  settings.steps.clear();
  const auto again = fleet(settings);
  const auto complaints = again->complaints();
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0].what, "is Registering") << "REG-6: the request that was lost still waits";
}

TEST_F(Lost, StepsThatFollowBeginAtTheirPace) {
  test::FakeClock still;
  os::EventLoop stepped(still, os::EventLoop::Timers::Stepped);
  FleetSettings settings;
  settings.agents = 4;
  settings.agent.software_version = settings.agent.agent_version = "1";
  settings.agent.key_algorithm = pki::KeyAlgorithm::EcP256;
  settings.url = "https://127.0.0.1:1/its";
  auto opened = Fleet::open(
      settings,
      {&stepped, &still, http.get(), crypto.get(), &entropy, &chance, keys.get(), &files, &menu, nullptr, {}});
  ASSERT_TRUE(opened) << opened.error().message;
  auto& all = **opened;
  const auto run = [&] {
    stepped.run_due();
    while (stepped.poll()) stepped.run_due();
  };
  bool ended = false;
  all.start([&] { ended = true; });
  run();
  ASSERT_TRUE(ended) << "there was no step";
  ended = false;
  // Done as soon as it begins, since nobody is registered: two of them a second.
  all.go_on({Step::Deregister}, 2, [&] { ended = true; });
  for (const auto& [ms, done] :
       std::vector<std::pair<int, int>>{{0, 1}, {499, 1}, {1, 2}, {500, 3}, {499, 3}, {1, 4}}) {
    still.advance(Duration{ms});
    run();
    EXPECT_EQ(all.progress().ended, done) << ms;
  }
  EXPECT_TRUE(ended);
}

// A carrier between the fleet and its manager: it answers each request as the test says.
struct Carrier final : http::PooledClient {
  explicit Carrier(Scheduler& loop) : home(loop) {}
  Id start(http::Request request, std::function<void(http::Reply)> done) override {
    requests.push_back(std::move(request));
    if (answers.empty()) return requests.size();  // not yet answered
    home.post([done = std::move(done), reply = answers.front()] { done(reply); });
    answers.pop_front();
    return requests.size();
  }
  void cancel(Id) override {}
  std::size_t outstanding() const override { return 0; }
  Scheduler& home;
  std::vector<http::Request> requests;
  std::deque<http::Reply> answers;
};

TEST_F(Lost, GWY_2_ATicketIsFetchedAndWhatItStandsForIsSentAnewWhereItIsGone) {
  test::FakeClock still;
  os::EventLoop stepped(still, os::EventLoop::Timers::Stepped);
  Carrier carrier(stepped);
  const auto made = KeyPool::make(stepped, *crypto, pki::KeyAlgorithm::EcP256, 1).value();
  const auto run = [&] {
    do stepped.run_due();
    while (stepped.poll());
  };
  int quiet = 0;
  FleetSettings settings;
  settings.steps = {Step::Register};
  settings.token = "TOKEN";
  settings.url = "https://gateway.example/its";
  settings.agent.software_version = settings.agent.agent_version = "1";
  settings.agent.key_algorithm = pki::KeyAlgorithm::EcP256;
  auto opened = Fleet::open(settings, {&stepped, &still, &carrier, crypto.get(), &entropy, &chance, made.get(), &files,
                                       &menu, nullptr, [&] { ++quiet; }});
  ASSERT_TRUE(opened) << opened.error().message;
  http::Reply kept;
  kept.status = 202;
  kept.headers = {{"lictor-ticket", "T-1"}, {"retry-after", "60"}};
  http::Reply gone;
  gone.status = 410;
  carrier.answers = {kept, gone};
  (*opened)->start([] {});
  run();
  ASSERT_EQ(carrier.requests.size(), 1U);
  still.advance(seconds(60));
  run();
  ASSERT_EQ(carrier.requests.size(), 3U) << "the ticket, and at once the request";
  EXPECT_TRUE(carrier.requests[1].body.empty());
  const auto first = protocol::parse_request(carrier.requests[0].body).value();
  const auto again = protocol::parse_request(carrier.requests[2].body).value();
  EXPECT_EQ(again.header.request_id, first.header.request_id);
  EXPECT_EQ(again.payload, first.payload);
  EXPECT_EQ((*opened)->statistics().outstanding, 1);
  const int before = quiet;
  ASSERT_TRUE((*opened)->shut_down());
  EXPECT_EQ((*opened)->statistics().outstanding, 0);
  EXPECT_EQ(quiet, before + 1) << "what is given up is on its way no more";
}

TEST_F(Lost, AFleetThatIsGoneIsNotCalledAnyMore) {
  bool ended = false;
  fleet({})->start([&] { ended = true; });
  while (loop.poll()) {
  }
  EXPECT_FALSE(ended);
}

TEST_F(Lost, AStormHitsNobodyWhoIsNotRegistered) {
  FleetSettings settings;
  settings.agents = 2;
  const auto all = fleet(settings);
  all->start([&] { loop.stop(); });
  loop.run();
  all->storm(seconds(1), [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(all->statistics().storm.times.count(), 0U);
  EXPECT_EQ(all->complaints().size(), 2U) << "they are missed all the same";
}

TEST_F(Lost, AStormThatHitsNobodyTakesNoNetworkAway) {
  FleetSettings settings;
  settings.agents = 2;
  settings.retry = Duration{2};
  const auto all = fleet(settings);
  all->start([&] { loop.stop(); });
  loop.run();
  all->storm(hours(1), [&] { all->go_on({Step::Register}, 0, [] {}); });
  while (all->statistics().failed() < 4) loop.poll();
  EXPECT_TRUE(all->statistics().errors.contains("SEND_FAILED")) << "it was sent";
  EXPECT_FALSE(all->statistics().errors.contains("NO_LINK"));
}

TEST_F(Lost, ProgressIsKeptBesideTheStoreAndBoundedByThePlan) {
  const test::TempDir folder;
  FleetSettings settings;
  settings.agents = 1;
  settings.store_folder = folder.path();
  settings.keep_progress = true;
  settings.steps = {Step::Deregister, Step::Deregister};  // done at once: nobody is registered
  {
    const auto all = fleet(settings);
    all->start([&] { loop.stop(); });
    loop.run();
  }
  const auto file = folder.path() + "/0000001/steps-done";
  EXPECT_EQ(as_text(files.read(file, 10).value()), "2");
  settings.steps.pop_back();
  const auto again = fleet(settings);
  again->start([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(again->progress().ended, 1);
  EXPECT_TRUE(again->statistics().steps.empty()) << "nothing is done twice";
  ASSERT_TRUE(files.write_atomically(file, as_bytes("x"), os::FileMode::Private));
  settings.url = "https://127.0.0.1:1/its";
  settings.agent.software_version = settings.agent.agent_version = "1";
  auto refused = Fleet::open(
      settings, {&loop, &clock, http.get(), crypto.get(), &entropy, &chance, keys.get(), &files, &menu, nullptr, {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Malformed);
}

TEST(SharingCrypto, RemembersWhatIsGoodAndNothingElse) {
  const auto crypto = pki::make_openssl_crypto().value();
  SharingCrypto sharing(*crypto);
  const auto key = crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
  const auto other_key = crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
  pki::CertificateTemplate what;
  what.purpose = pki::Purpose::Authority;
  what.serial.bytes[0] = 1;
  what.subject_common_name = "Root";
  what.not_before = from_civil({2026, 1, 1});
  what.not_after = from_civil({2036, 1, 1});
  const auto der = crypto->issue_certificate(what, key->public_key(), nullptr, *key).value();
  const auto direct = crypto->parse_certificate(der).value();
  for (int i = 0; i < 3; ++i) {
    const auto parsed = sharing.parse_certificate(der);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->der, direct.der);
    EXPECT_EQ(parsed->subject, direct.subject);
    EXPECT_EQ(parsed->public_key.spki, direct.public_key.spki);
    EXPECT_TRUE(sharing.verify_certificate(*parsed, key->public_key()));
    EXPECT_FALSE(sharing.verify_certificate(*parsed, other_key->public_key()));
    EXPECT_FALSE(sharing.parse_certificate(Bytes{1, 2, 3}));
  }
  // One bit of the signature: another certificate, though all that was signed is the same.
  auto damaged = der;
  damaged.back() ^= 1;
  const auto parsed = sharing.parse_certificate(damaged);
  EXPECT_TRUE(!parsed || !sharing.verify_certificate(*parsed, key->public_key()));
}

TEST(KeyPool, HandsItsKeysOutInTurnAndRefusesOthers) {
  os::SystemClock clock;
  os::EventLoop loop(clock);
  const auto crypto = pki::make_openssl_crypto().value();
  const auto pool = KeyPool::make(loop, *crypto, pki::KeyAlgorithm::EcP256, 2).value();
  std::vector<Bytes> keys;
  for (int i = 0; i < 4; ++i) {
    pool->generate(pki::KeyAlgorithm::EcP256, [&](Result<std::unique_ptr<pki::PrivateKey>> key) {
      ASSERT_TRUE(key);
      keys.push_back((*key)->public_key().spki);
    });
  }
  EXPECT_TRUE(keys.empty()) << "never inside the call";
  while (keys.size() < 4) loop.poll();
  EXPECT_EQ(keys[0], keys[2]);
  EXPECT_EQ(keys[1], keys[3]);
  EXPECT_NE(keys[0], keys[1]);
  bool refused = false;
  pool->generate(pki::KeyAlgorithm::Rsa2048, [&](auto key) { refused = !key; });
  while (!refused) loop.poll();
}

}  // namespace
}  // namespace lictor::fleet
