// Simulated worlds: they repeat, they hold, and what they count is what happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "foundation/config/yaml.hpp"
#include "simulation/world/hunt.hpp"
#include "simulation/world/unreachable.hpp"
#include "support/temp_dir.hpp"

namespace lictor::simulation {
namespace {

class Worlds : public testing::Test {
 protected:
  Worlds() {
    auto document = config::read_yaml_file(LICTOR_SOURCE_DIR "/catalogs/catalyst.yaml");
    ports.catalog = std::make_shared<catalog::Catalog>(catalog::Catalog::from_documents({document.value()}).value());
    ports.scratch = scratch.path("world");
    std::filesystem::create_directories(ports.scratch);
  }
  // A small world of a kind.
  static Options small(std::uint64_t seed) {
    auto options = options_of(seed);
    options.devices = 3;
    options.days = 60;
    options.signer = Options::Signer::KeyedHash;
    return options;
  }
  void expect_held(const Options& options) {
    SCOPED_TRACE("lictor-simulate --worlds 1 --no-shrinking " + to_arguments(options));
    const auto outcome = live(options, ports);
    if (outcome.violation) ADD_FAILURE() << outcome.violation->invariant << ": " << outcome.violation->what;
  }
  lictor::test::TempDir scratch;
  WorldPorts ports;
};

TEST_F(Worlds, TheSameSeedIsTheSameWorld) {
  for (const auto store : {Options::Store::Memory, Options::Store::Sqlite}) {
    auto options = small(7);
    options.store = store;
    options.device_store = Options::DeviceStore::Files;
    options.faults = all_faults();
    const auto once = live(options, ports);
    const auto again = live(options, ports);
    EXPECT_EQ(once.hash, again.hash);
    EXPECT_EQ(once.tally.steps, again.tally.steps);
    EXPECT_EQ(once.tally.rows(), again.tally.rows());
    EXPECT_GT(once.tally.requests, 100U);
    auto other = options;
    other.seed = 8;
    EXPECT_NE(live(other, ports).hash, once.hash);
  }
}

// What is stored in another way is the same to those outside.
TEST_F(Worlds, DB_3_StoresInMemoryAndInSqliteLiveTheSameLife) {
  auto options = small(11);
  options.faults = parse_faults("lost-request,lost-answer,doubled-request,instance-moved,instance-removed").value();
  options.store = Options::Store::Memory;
  const auto memory = live(options, ports);
  options.store = Options::Store::Sqlite;
  const auto sqlite = live(options, ports);
  EXPECT_FALSE(memory.violation);
  EXPECT_FALSE(sqlite.violation);
  EXPECT_EQ(memory.hash, sqlite.hash);
}

TEST_F(Worlds, AQuietWorldKeepsTheCadenceOfItsPage) {
  auto options = small(3);
  options.faults = {};
  options.lives = {};
  options.days = 370;
  const auto outcome = live(options, ports);
  ASSERT_FALSE(outcome.violation) << outcome.violation->what;
  EXPECT_GT(outcome.tally.registrations, 2U);
  EXPECT_GT(outcome.tally.authorizations, 3U * 12U);
}

TEST_F(Worlds, FixedSeedsHold) {
  for (std::uint64_t seed = 1000; seed < 1012; ++seed) {
    auto options = small(seed);
    expect_held(options);
    options.store = Options::Store::Sqlite;
    options.device_store = Options::DeviceStore::Files;
    options.days = 30;
    expect_held(options);
  }
}

TEST_F(Worlds, RealSignaturesHoldToo) {
  auto options = small(21);
  options.days = 20;
  options.signer = Options::Signer::Real;
  expect_held(options);
}

// Each kind of fault really comes when it is wanted alone.
TEST_F(Worlds, EveryKindOfFaultComes) {
  Tally tally;
  for (int i = 0; i < kFaultKinds; ++i) {
    auto options = small(40);
    options.faults = FaultSet().set(static_cast<std::size_t>(i));
    options.faults_a_month = 12;
    const auto outcome = live(options, ports);
    EXPECT_FALSE(outcome.violation) << to_arguments(options) << ": " << outcome.violation->what;
    EXPECT_GT(outcome.tally.faults(static_cast<FaultKind>(i)), 0U) << to_string(static_cast<FaultKind>(i));
    tally.add(outcome.tally);
  }
  EXPECT_EQ(tally.worlds, static_cast<std::uint64_t>(kFaultKinds));
}

// Each way of keeping devices makes more of what it is for than a world without it.
TEST_F(Worlds, EveryLifeShows) {
  const std::map<Life, std::string_view> shows = {
      {Life::Leaver, "registration Registered/DeregisterAsked"},
      {Life::StoreRoom, "authorization Authorized/Restored"},
      {Life::DeadLink, "authorization Authorized/Failed"},
      {Life::CutOff, "authorization Evaluation/Failed"},
      {Life::BadTokens, "registration Registering/RegisterRefused"},
      {Life::Stack, "authorization Authorized/RolesChanged"},
      {Life::Carried, "authorization Authorized/Pending"},
      {Life::Impatient, "registration Registering/DeregisterAsked"},
      {Life::SlowKeys, "registration Registering/KeyFailed"},
      {Life::ShortEvaluation, "authorization Evaluation/EvaluationUsedUp"},
      {Life::ShortCertificates, "registration Registered/RenewAccepted"},
      {Life::ShortAuthorizations, "authorization Authorized/AttemptDue"},
  };
  EXPECT_EQ(shows.size(), static_cast<std::size_t>(kLives));
  const auto lived = [&](LifeSet lives) {
    Tally tally;
    for (const std::uint64_t seed : {62, 63}) {
      auto options = small(seed);
      options.faults = {};
      options.pace = Options::Pace::Busy;
      options.days = 90;
      options.lives = lives;
      const auto outcome = live(options, ports);
      EXPECT_FALSE(outcome.violation) << to_arguments(options) << ": " << outcome.violation->what;
      tally.add(outcome.tally);
    }
    return tally.rows();
  };
  const auto count = [](const std::vector<Tally::Row>& rows, std::string_view name) {
    const auto at = std::ranges::find(rows, name, &Tally::Row::name);
    EXPECT_NE(at, rows.end()) << name;
    return at == rows.end() ? 0 : at->count;
  };
  const auto just = [](Life life) { return LifeSet().set(static_cast<std::size_t>(life)); };
  for (const auto& [life, row] : shows) {
    // An evaluation is used up by those who are unregistered now and again.
    const auto others = life == Life::ShortEvaluation ? just(Life::Leaver) : LifeSet();
    EXPECT_GT(count(lived(others | just(life)), row), count(lived(others), row)) << to_string(life) << ": " << row;
  }
}

TEST(Unreachable, ARowThatIsSaidToBeImpossibleAndIsTakenBreaksAPromise) {
  const WallTime now{};
  Judge judge(now);
  Tally tally;
  RowWatch watch(tally, judge);
  watch.taken(agent::row(agent::Stage::Registering, agent::RegistrationEvent::KeyMade));
  watch.taken(agent::row(AuthorizationState::Authorized, agent::AuthorizationEvent::DeadlinePassed));
  EXPECT_FALSE(judge.violation());
  watch.taken(agent::row(AuthorizationState::Evaluation, agent::AuthorizationEvent::DeadlinePassed));
  ASSERT_TRUE(judge.violation());
  EXPECT_EQ(judge.violation()->invariant, "row-said-impossible");
  EXPECT_NE(judge.violation()->what.find("authorization Evaluation/DeadlinePassed"), std::string::npos);
}

// A row that moves a machine or does something is said to be impossible only where its state and event cannot meet.
TEST(Unreachable, AlmostAllOfItIsRowsThatDoNothing) {
  std::set<std::string> active;
  const auto look = [&](const auto& table) {
    for (const auto& row : table)
      if (!why_never(row.state, row.event).empty() && (!row.actions.empty() || row.next != row.state))
        active.insert(agent::row_id(row));
  };
  look(agent::registration_table());
  look(agent::authorization_table());
  EXPECT_EQ(active, std::set<std::string>{"Reregistering/RegisterAlready"});
}

TEST(Options, LivesAreReadAndWrittenByName) {
  for (const std::string_view text : {"all", "none", "leaver,slow-keys"})
    EXPECT_EQ(to_string(parse_lives(text).value()), text);
  const auto wrong = parse_lives("leaver,leavre");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("leavre"), std::string::npos);
}

TEST(Options, FaultsAreReadAndWrittenByName) {
  for (const std::string_view text : {"all", "none", "lost-answer,torn-write,old-store"})
    EXPECT_EQ(to_string(parse_faults(text).value()), text);
  const auto wrong = parse_faults("lost-answer,lost-anwser");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("lost-anwser"), std::string::npos);
}

}  // namespace
}  // namespace lictor::simulation
