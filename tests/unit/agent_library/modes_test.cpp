// How a product is licensed, and when its registration becomes durable: the settings, and what changes while it runs.
#include <gmock/gmock.h>

#include "lictor/agent.hpp"
#include "unit/agent_library/product.hpp"

namespace lictor::agent::product_test {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

// --- STO-3 ----------------------------------------------------------------------------------------------------------
struct Unsaved : ::testing::Test {
  Product product;
  std::vector<int> kinds;
  Unsaved() { EXPECT_EQ(lictor_settings_set_persistence(product.settings, LICTOR_ON_SAVE), LICTOR_OK); }
  void listen() {
    const auto keep = [](void* context, int kind) { static_cast<std::vector<int>*>(context)->push_back(kind); };
    ASSERT_EQ(lictor_agent_on_notification(product.agent, keep, &kinds), LICTOR_OK);
  }
};

TEST_F(Unsaved, STO_3_ARestartBeforeTheFirstSaveLosesTheRegistration) {
  product.open();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(hours(1));
  product.close();
  product.registered();
  listen();
  product.pass(Duration{0});
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_IDENTITY_UNSAVED)));
  EXPECT_EQ(product.status().identity_unsaved, 1);
  product.close();
  product.open();
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(product.status().evaluation_left_ms, (days(90) - hours(1)).count()) << "evaluation is durable at once";
}

TEST_F(Unsaved, STO_3_OnceSavedItIsDurableAtOnce) {
  product.open();
  EXPECT_EQ(lictor_agent_save_identity(product.agent), LICTOR_OK) << "nothing to save means nothing";
  product.close();
  product.registered();
  ASSERT_EQ(lictor_agent_save_identity(product.agent), LICTOR_OK);
  EXPECT_EQ(product.status().identity_unsaved, 0);
  ASSERT_EQ(lictor_agent_renew_id(product.agent), LICTOR_OK);
  product.pass(seconds(1));
  const auto serial = product.server.instances.front().serial;
  product.close();
  product.open();
  EXPECT_EQ(product.status().registration, LICTOR_REGISTERED);
  EXPECT_EQ(product.status().last_id_renewal, LICTOR_ATTEMPT_SUCCEEDED) << "the renewed certificate as well";
  EXPECT_EQ(product.server.instances.front().serial, serial);
}

TEST_F(Unsaved, STO_3_TheOtherWayNothingIsToBeSaved) {
  ASSERT_EQ(lictor_settings_set_persistence(product.settings, LICTOR_AT_ONCE), LICTOR_OK);
  product.registered();
  EXPECT_EQ(product.status().identity_unsaved, 0);
  EXPECT_EQ(lictor_agent_save_identity(product.agent), LICTOR_OK);
  product.close();
  product.open();
  EXPECT_EQ(product.status().registration, LICTOR_REGISTERED);
}

// --- CFG-1: traditional licensing and the way from it ---------------------------------------------------------------
struct Modes : ::testing::Test {
  Product product;
  Modes() { EXPECT_EQ(lictor_settings_set_mode(product.settings, LICTOR_TRADITIONAL), LICTOR_OK); }
  static lictor_traditional licence(const char* feature, int kind = LICTOR_RIGHT_TO_USE) {
    lictor_traditional out;
    LICTOR_INIT(out);
    out.feature = feature;
    out.kind = kind;
    out.count = 1;
    return out;
  }
  std::vector<std::string> recorded() {
    std::vector<std::string> found;
    const auto keep = [](void* reader, const lictor_traditional* one) {
      static_cast<std::vector<std::string>*>(reader)->push_back(
          std::string(one->feature) + " " + std::to_string(one->kind) + " " + std::to_string(one->count) +
          (one->in_use != 0 ? " in use" : ""));
    };
    EXPECT_EQ(lictor_agent_read_traditional(product.agent, keep, &found), LICTOR_OK);
    return found;
  }
};

TEST_F(Modes, CFG_1_InTraditionalModeTheAgentStandsAside) {
  product.open();
  EXPECT_EQ(product.status().mode, LICTOR_TRADITIONAL);
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(days(1));
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_IN_USE);
  EXPECT_EQ(product.status().evaluation_left_ms, days(90).count());
  EXPECT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_CONFLICT);
  EXPECT_EQ(lictor_agent_deregister(product.agent), LICTOR_CONFLICT);
  EXPECT_EQ(lictor_agent_renew_id(product.agent), LICTOR_CONFLICT);
  EXPECT_THAT(product.sent, IsEmpty());
}

TEST_F(Modes, CFG_1_TheChangeToSmartKeepsWhatIsInUseAndTheRecord) {
  product.open();
  lictor_traditional all[] = {licence("ipservices"), licence("dna", LICTOR_LICENSE_FILE),
                              licence("dna", LICTOR_EVALUATION_LICENSE)};
  all[1].count = 4;
  all[0].in_use = 1;
  ASSERT_EQ(lictor_agent_set_traditional(product.agent, all, 3), LICTOR_OK) << lictor_last_error();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  const std::vector<std::string> wanted = {"ipservices 0 1 in use", "dna 1 4", "dna 2 1"};
  EXPECT_EQ(recorded(), wanted);
  ASSERT_EQ(lictor_agent_set_mode(product.agent, LICTOR_SMART), LICTOR_OK);
  EXPECT_EQ(product.status().mode, LICTOR_SMART);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_EVALUATION);
  EXPECT_EQ(lictor_agent_set_traditional(product.agent, all, 1), LICTOR_CONFLICT) << "the record is closed";
  ASSERT_EQ(lictor_settings_set_mode(product.settings, LICTOR_SMART), LICTOR_OK);
  product.close();
  product.registered();
  EXPECT_EQ(recorded(), wanted);
  EXPECT_EQ(lictor_agent_set_mode(product.agent, LICTOR_TRADITIONAL), LICTOR_CONFLICT) << "registered";
}

TEST_F(Modes, CFG_1_AnUpgradeAtOpeningIsTheSameChange) {
  product.open();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.close();
  ASSERT_EQ(lictor_settings_set_mode(product.settings, LICTOR_SMART), LICTOR_OK);
  product.open();
  EXPECT_EQ(product.status().mode, LICTOR_SMART);
  EXPECT_EQ(product.status().authorization, LICTOR_EVALUATION);
}

TEST_F(Modes, TraditionalLicencesAreChecked) {
  product.open();
  const auto refused = [&](lictor_traditional bad, int wanted) {
    EXPECT_EQ(lictor_agent_set_traditional(product.agent, &bad, 1), wanted) << lictor_last_error();
  };
  refused(licence(nullptr), LICTOR_BAD_ARGUMENT);
  refused(licence(""), LICTOR_BAD_ARGUMENT);
  refused(licence(std::string(256, 'a').c_str()), LICTOR_TOO_LONG);
  refused(licence("a", 3), LICTOR_BAD_ARGUMENT);
  refused(licence("a", -1), LICTOR_BAD_ARGUMENT);
  auto none = licence("a");
  none.count = 0;
  refused(none, LICTOR_BAD_ARGUMENT);
  auto unsized = licence("a");
  unsized.size = 0;
  refused(unsized, LICTOR_BAD_ARGUMENT);
  const lictor_traditional twice[] = {licence("a"), licence("a")};
  EXPECT_EQ(lictor_agent_set_traditional(product.agent, twice, 2), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_set_traditional(product.agent, twice, 257), LICTOR_TOO_LONG);
  EXPECT_EQ(lictor_agent_set_traditional(product.agent, nullptr, 1), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_set_traditional(product.agent, nullptr, 0), LICTOR_OK) << "none";
  EXPECT_EQ(lictor_agent_set_mode(product.agent, 2), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_settings_set_mode(product.settings, -1), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_settings_set_persistence(product.settings, 2), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_read_traditional(product.agent, nullptr, nullptr), LICTOR_BAD_ARGUMENT);
}

TEST(FaceOfModes, GoesThroughTheSameCalls) {
  namespace face = lictor::product;
  Product world;
  face::Settings settings;
  settings.udi("C9500-40X", "FCW2233A5ZV").product_tag(kProductTag).version("1");
  settings.licensing_anchor(pki::to_pem("CERTIFICATE", world.server.authority.root.der));
  settings.clock(world.clock_port()).transport(world.transport_port()).store(world.store_port());
  settings.mode(LICTOR_TRADITIONAL).persistence(LICTOR_ON_SAVE);
  face::Agent agent;
  ASSERT_FALSE(agent.open(settings)) << lictor_last_error();
  ASSERT_FALSE(agent.set_traditional({face::Traditional("ipservices", LICTOR_LICENSE_FILE, 3, true)}));
  std::vector<face::Traditional> read;
  ASSERT_FALSE(agent.read_traditional(read));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].feature, "ipservices");
  EXPECT_EQ(read[0].count, 3);
  EXPECT_TRUE(read[0].in_use);
  ASSERT_FALSE(agent.set_mode(LICTOR_SMART));
  ASSERT_FALSE(agent.save_identity());
  EXPECT_EQ(agent.status().mode, LICTOR_SMART);
}

}  // namespace
}  // namespace lictor::agent::product_test
