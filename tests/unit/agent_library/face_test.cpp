// The C++ face: it adds ownership and nothing else.
#include "lictor/agent.hpp"

#include <gmock/gmock.h>

#include "unit/agent_library/product.hpp"

namespace lictor::agent::product_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

namespace face = lictor::product;

// Settings of the face with the ports and the anchor of a product.
face::Settings settings_of(Product& world) {
  face::Settings settings;
  settings.udi("C9500-40X", "FCW2233A5ZV").product_tag(kProductTag).version("1").key(LICTOR_EC_P256);
  settings.licensing_anchor(pki::to_pem("CERTIFICATE", world.server.authority.root.der));
  settings.clock(world.clock_port()).transport(world.transport_port()).store(world.store_port());
  return settings;
}

TEST(Face, ASettingThatIsRefusedIsToldAtOpening) {
  face::Settings settings;
  settings.udi("P", "S").version("").host_name("name").event_log_size(0);
  EXPECT_EQ(settings.wrong().code, LICTOR_BAD_ARGUMENT);
  EXPECT_THAT(settings.wrong().text, HasSubstr("version")) << "the first one";
  face::Agent agent;
  const face::Outcome bad = agent.open(settings);
  EXPECT_TRUE(bad);
  EXPECT_EQ(bad.text, settings.wrong().text);
  EXPECT_FALSE(agent.is_open());
}

TEST(Face, AnAgentThatIsNotOpenRefusesEverything) {
  face::Agent agent;
  EXPECT_EQ(agent.ready().code, LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(agent.run_due().code, LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(agent.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(agent.text(LICTOR_UDI), "");
  EXPECT_EQ(agent.tag_state("x"), LICTOR_TAG_WAITING);
  EXPECT_FALSE(agent.close());
}

TEST(Face, LivesAndMovesAndTellsItsCallbacks) {
  Product world;
  world.server.account_name = std::string(300, 'a');
  face::Settings settings = settings_of(world);
  face::Agent first;
  ASSERT_FALSE(first.open(settings)) << lictor_last_error();
  EXPECT_EQ(first.open(settings).code, LICTOR_CONFLICT);
  std::vector<std::string> lines;
  std::vector<int> kinds;
  ASSERT_FALSE(first.on_log([&](const lictor_log_line& line) { lines.emplace_back(line.mnemonic); }));
  ASSERT_FALSE(first.on_notification([&](lictor_notification kind) { kinds.push_back(kind); }));
  face::Agent agent(std::move(first));
  EXPECT_FALSE(first.is_open());
  ASSERT_FALSE(agent.request(face::Usage(tag("ADVANTAGE"), 2, "advantage")));
  ASSERT_FALSE(agent.ready());
  ASSERT_FALSE(agent.register_token("TOKEN"));
  world.agent = agent.handle();  // for until(), which the face still owns
  world.until([&] { return agent.tag_state(tag("ADVANTAGE")) == LICTOR_TAG_AUTHORIZED; });
  world.agent = nullptr;
  EXPECT_EQ(agent.status().registration, LICTOR_REGISTERED);
  EXPECT_EQ(agent.text(LICTOR_ACCOUNT_NAME), std::string(300, 'a'));
  EXPECT_THAT(lines, Contains("AGENT_REG_SUCCESS"));
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_REGISTRATION_CHANGED)));
  lictor_tag out;
  ASSERT_FALSE(agent.tag(tag("ADVANTAGE"), out));
  EXPECT_EQ(out.count, 2);
  std::vector<std::string> events;
  ASSERT_FALSE(agent.read_events([&](const std::string& line) { events.push_back(line); }));
  EXPECT_THAT(events, Contains(HasSubstr("SAEVT_")));
  ASSERT_FALSE(agent.release(tag("ADVANTAGE")));
  EXPECT_EQ(agent.release(tag("ADVANTAGE")).code, LICTOR_NOT_FOUND);
  ASSERT_FALSE(agent.start_thread());
  ASSERT_FALSE(agent.stop_thread());
  EXPECT_FALSE(agent.close());
  EXPECT_FALSE(agent.is_open());
}

}  // namespace
}  // namespace lictor::agent::product_test
