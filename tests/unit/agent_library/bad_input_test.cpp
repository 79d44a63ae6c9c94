// Whatever a product passes in, every function of the ABI answers with its code, and nothing else happens.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "agent/library/structures.hpp"
#include "support/temp_dir.hpp"
#include "unit/agent_library/product.hpp"

namespace lictor::agent {

// A structure that has grown since its first version, and how its first users know it.
struct GrownStructure {
  std::size_t size;
  std::int64_t first;
  std::int64_t second;
};
struct FirstStructure {
  std::size_t size;
  std::int64_t first;
};
template <>
inline constexpr std::size_t kFirstSize<GrownStructure> = sizeof(FirstStructure);

}  // namespace lictor::agent

namespace lictor::agent::product_test {
namespace {

using ::testing::HasSubstr;

TEST(Abi, VersionsAgree) {
  EXPECT_STREQ(lictor_version(), LICTOR_AGENT_VERSION);
  EXPECT_STREQ(LICTOR_AGENT_VERSION, LICTOR_VERSION) << "include/lictor/agent.h and CMakeLists.txt";
  EXPECT_EQ(lictor_abi(), LICTOR_AGENT_ABI);
  EXPECT_EQ(std::to_string(LICTOR_AGENT_VERSION_MAJOR) + "." + std::to_string(LICTOR_AGENT_VERSION_MINOR) + "." +
                std::to_string(LICTOR_AGENT_VERSION_PATCH),
            LICTOR_AGENT_VERSION);
}

TEST(Abi, EveryNumberHasAName) {
  for (int i = LICTOR_OK; i <= LICTOR_INTERNAL; ++i) EXPECT_STRNE(lictor_result_name(i), "LICTOR_UNKNOWN") << i;
  for (int i = 0; i <= LICTOR_REGISTRATION_FAILED; ++i) EXPECT_STRNE(lictor_registration_name(i), "UNKNOWN") << i;
  for (int i = 0; i <= LICTOR_AUTHORIZATION_EXPIRED; ++i) EXPECT_STRNE(lictor_authorization_name(i), "UNKNOWN") << i;
  for (int i = 0; i <= LICTOR_TAG_IN_USE; ++i) EXPECT_STRNE(lictor_tag_state_name(i), "UNKNOWN") << i;
  for (int i = 0; i <= LICTOR_TAG_CHANGED; ++i) EXPECT_STRNE(lictor_notification_name(i), "UNKNOWN") << i;
  for (const int other : {-1, 1000}) {
    EXPECT_STREQ(lictor_result_name(other), "LICTOR_UNKNOWN");
    EXPECT_STREQ(lictor_registration_name(other), "UNKNOWN");
    EXPECT_STREQ(lictor_authorization_name(other), "UNKNOWN");
    EXPECT_STREQ(lictor_tag_state_name(other), "UNKNOWN");
    EXPECT_STREQ(lictor_notification_name(other), "UNKNOWN");
  }
}

TEST(Abi, NullHandlesAreRefused) {
  lictor_settings* const s = nullptr;
  lictor_agent* const a = nullptr;
  lictor_agent* out = nullptr;
  lictor_usage usage;
  LICTOR_INIT(usage);
  lictor_tag tag_out;
  LICTOR_INIT(tag_out);
  lictor_status status;
  LICTOR_INIT(status);
  lictor_clock clock;
  LICTOR_INIT(clock);
  lictor_transport transport;
  LICTOR_INIT(transport);
  lictor_store store;
  LICTOR_INIT(store);
  lictor_reply reply;
  LICTOR_INIT(reply);
  char room[8];
  const int results[] = {lictor_settings_free(nullptr),
                         lictor_settings_set_udi(s, "P", "S"),
                         lictor_settings_set_udis(s, nullptr, 0),
                         lictor_settings_set_product_tag(s, kProductTag),
                         lictor_settings_set_version(s, "1"),
                         lictor_settings_set_host_name(s, "h"),
                         lictor_settings_set_key(s, LICTOR_EC_P256),
                         lictor_settings_add_licensing_anchor(s, "x", 1),
                         lictor_settings_add_licensing_anchor_file(s, "x"),
                         lictor_settings_set_manager_url(s, "https://x"),
                         lictor_settings_add_tls_root(s, "x", 1),
                         lictor_settings_add_tls_root_file(s, "x"),
                         lictor_settings_set_proxy(s, "x", 1, nullptr, nullptr),
                         lictor_settings_add_name_server(s, "::1"),
                         lictor_settings_set_store_folder(s, "x"),
                         lictor_settings_set_event_log_size(s, 1),
                         lictor_settings_set_evaluation_step(s, 1),
                         lictor_settings_set_clock(s, &clock),
                         lictor_settings_set_transport(s, &transport),
                         lictor_settings_set_store(s, &store),
                         lictor_exchange_done(nullptr, &reply),
                         lictor_contents_set(nullptr, "x", 1),
                         lictor_agent_open(s, &out),
                         lictor_agent_close(nullptr),
                         lictor_agent_close(&out),
                         lictor_agent_run_due(a),
                         lictor_agent_start_thread(a),
                         lictor_agent_stop_thread(a),
                         lictor_agent_register(a, "T", 0),
                         lictor_agent_deregister(a),
                         lictor_agent_renew_id(a),
                         lictor_agent_renew_authorization(a),
                         lictor_agent_transport_changed(a),
                         lictor_agent_set_udis(a, nullptr, 0),
                         lictor_agent_set_host_name(a, "h"),
                         lictor_agent_request(a, &usage),
                         lictor_agent_release(a, "t"),
                         lictor_agent_ready(a),
                         lictor_agent_get_tag(a, "t", &tag_out),
                         lictor_agent_get_status(a, &status),
                         lictor_agent_get_text(a, 0, room, sizeof room, nullptr),
                         lictor_agent_read_events(
                             a, [](void*, const char*) {}, nullptr),
                         lictor_agent_on_notification(a, nullptr, nullptr),
                         lictor_agent_on_log(a, nullptr, nullptr)};
  for (std::size_t i = 0; i < std::size(results); ++i) EXPECT_EQ(results[i], LICTOR_BAD_ARGUMENT) << i;
  EXPECT_EQ(lictor_agent_poll_fd(a), -1);
  EXPECT_EQ(lictor_agent_next_wakeup_ms(a), -1);
  EXPECT_STREQ(lictor_last_error(), "the agent is null");
  EXPECT_EQ(lictor_last_result(), LICTOR_BAD_ARGUMENT) << "what returns no code has one";
  std::thread([] { EXPECT_EQ(lictor_last_result(), LICTOR_OK) << "of this thread"; }).join();
}

struct Settings : ::testing::Test {
  Settings() : settings(lictor_settings_new()) {}
  ~Settings() override {
    if (settings != nullptr) lictor_settings_free(&settings);
  }
  lictor_settings* settings;
};

TEST_F(Settings, AreRefusedOneByOneWithASentence) {
  const std::string long_text(5000, 'a');
  const auto& l = long_text;
  lictor_clock clock;
  LICTOR_INIT(clock);
  lictor_transport transport;
  LICTOR_INIT(transport);
  lictor_store store;
  LICTOR_INIT(store);
  lictor_entropy entropy;
  LICTOR_INIT(entropy);
  lictor_keys keys;
  LICTOR_INIT(keys);
  // What the call said last is kept with it.
  struct Row {
    int result;
    int wanted;
    std::string word;
    int code = lictor_last_result();
    std::string sentence = lictor_last_error();
  };
  const Row rows[] = {
      {lictor_settings_set_udi(settings, nullptr, "S"), LICTOR_BAD_ARGUMENT, "product id"},
      {lictor_settings_set_udi(settings, "P", ""), LICTOR_BAD_ARGUMENT, "serial number"},
      {lictor_settings_set_udi(settings, "P Q", "S"), LICTOR_BAD_ARGUMENT, "product id"},
      {lictor_settings_set_udi(settings, l.c_str(), "S"), LICTOR_TOO_LONG, "64"},
      {lictor_settings_set_product_tag(settings, "C9500"), LICTOR_BAD_ARGUMENT, "C9500"},
      {lictor_settings_set_product_tag(settings, l.c_str()), LICTOR_TOO_LONG, "255"},
      {lictor_settings_set_version(settings, ""), LICTOR_BAD_ARGUMENT, "version"},
      {lictor_settings_set_version(settings, l.c_str()), LICTOR_TOO_LONG, "64"},
      {lictor_settings_set_host_name(settings, "\xff"), LICTOR_BAD_ARGUMENT, "UTF-8"},
      {lictor_settings_set_host_name(settings, l.c_str()), LICTOR_TOO_LONG, "255"},
      {lictor_settings_set_key(settings, 3), LICTOR_BAD_ARGUMENT, "key"},
      {lictor_settings_set_key(settings, -1), LICTOR_BAD_ARGUMENT, "key"},
      {lictor_settings_add_licensing_anchor(settings, nullptr, 4), LICTOR_BAD_ARGUMENT, "null"},
      {lictor_settings_add_licensing_anchor(settings, l.data(), l.size()), LICTOR_BAD_ARGUMENT, "certificate"},
      {lictor_settings_add_licensing_anchor(settings, l.data(), 1'000'000), LICTOR_TOO_LONG, "65536"},
      {lictor_settings_add_licensing_anchor_file(settings, "/nowhere/root.pem"), LICTOR_NOT_FOUND, "/nowhere/root.pem"},
      {lictor_settings_add_tls_root_file(settings, "/"), LICTOR_IO, "/"},
      {lictor_settings_add_tls_root(settings, "", 0), LICTOR_BAD_ARGUMENT, "certificate"},
      {lictor_settings_set_manager_url(settings, "http://manager.example"), LICTOR_BAD_ARGUMENT, "https"},
      {lictor_settings_set_manager_url(settings, "https:///path"), LICTOR_BAD_ARGUMENT, "https"},
      {lictor_settings_set_manager_url(settings, "https://a b"), LICTOR_BAD_ARGUMENT, "blank"},
      {lictor_settings_set_manager_url(settings, l.c_str()), LICTOR_TOO_LONG, "2048"},
      {lictor_settings_set_proxy(settings, "proxy.example", 0, nullptr, nullptr), LICTOR_BAD_ARGUMENT, "port"},
      {lictor_settings_set_proxy(settings, "proxy.example", 65536, nullptr, nullptr), LICTOR_BAD_ARGUMENT, "port"},
      {lictor_settings_set_proxy(settings, l.c_str(), 3128, nullptr, nullptr), LICTOR_TOO_LONG, "proxy"},
      {lictor_settings_add_name_server(settings, "ns.example"), LICTOR_BAD_ARGUMENT, "address"},
      {lictor_settings_set_store_folder(settings, ""), LICTOR_BAD_ARGUMENT, "folder"},
      {lictor_settings_set_store_folder(settings, l.c_str()), LICTOR_TOO_LONG, "4096"},
      {lictor_settings_set_event_log_size(settings, 0), LICTOR_BAD_ARGUMENT, "100000"},
      {lictor_settings_set_event_log_size(settings, 100'001), LICTOR_BAD_ARGUMENT, "100000"},
      {lictor_settings_set_evaluation_step(settings, 0), LICTOR_BAD_ARGUMENT, "3600"},
      {lictor_settings_set_evaluation_step(settings, 3601), LICTOR_BAD_ARGUMENT, "3600"},
      {lictor_settings_set_clock(settings, &clock), LICTOR_BAD_ARGUMENT, "clock"},
      {lictor_settings_set_transport(settings, &transport), LICTOR_BAD_ARGUMENT, "transport"},
      {lictor_settings_set_store(settings, &store), LICTOR_BAD_ARGUMENT, "store"},
      {lictor_settings_set_clock(settings, nullptr), LICTOR_BAD_ARGUMENT, "clock"},
      {lictor_settings_set_entropy(settings, &entropy), LICTOR_BAD_ARGUMENT, "chance"},
      {lictor_settings_set_entropy(settings, nullptr), LICTOR_BAD_ARGUMENT, "chance"},
      {lictor_settings_set_keys(settings, &keys), LICTOR_BAD_ARGUMENT, "keys"},
  };
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(rows[i].result, rows[i].wanted) << rows[i].sentence;
    EXPECT_EQ(rows[i].code, rows[i].wanted) << rows[i].sentence;
    EXPECT_THAT(rows[i].sentence, HasSubstr(rows[i].word));
    EXPECT_NE(rows[i].sentence, "");
    if (i > 0 && rows[i].word != rows[i - 1].word) {
      EXPECT_NE(rows[i].sentence, rows[i - 1].sentence);
    }
  }
}

TEST_F(Settings, GoodOnesAreTaken) {
  EXPECT_EQ(lictor_settings_set_host_name(settings, "sensor-1"), LICTOR_OK);
  EXPECT_EQ(lictor_settings_set_host_name(settings, nullptr), LICTOR_OK) << "none";
  for (const int key : {LICTOR_RSA_2048, LICTOR_EC_P256, LICTOR_RSA_3072})
    EXPECT_EQ(lictor_settings_set_key(settings, key), LICTOR_OK);
  EXPECT_EQ(lictor_settings_set_proxy(settings, "proxy.example", 3128, "user", "secret"), LICTOR_OK);
  EXPECT_EQ(lictor_settings_set_proxy(settings, nullptr, 0, nullptr, nullptr), LICTOR_OK);
  for (const char* server : {"192.0.2.1", "192.0.2.1:5353", "[::1]:53"})
    EXPECT_EQ(lictor_settings_add_name_server(settings, server), LICTOR_OK) << server;
  for (const char* url : {"https://m.example", "https://m.example:8443/", "https://m.example/Gateway/x"})
    EXPECT_EQ(lictor_settings_set_manager_url(settings, url), LICTOR_OK) << url;
}

TEST_F(Settings, OpeningNamesWhatIsMissing) {
  Product whole;  // for its anchor
  const auto pem = pki::to_pem("CERTIFICATE", whole.server.authority.root.der);
  const test::TempDir folder;
  const auto refused = [&](const char* word) {
    lictor_agent* agent = nullptr;
    EXPECT_EQ(lictor_agent_open(settings, &agent), LICTOR_BAD_ARGUMENT);
    EXPECT_EQ(agent, nullptr);
    EXPECT_THAT(lictor_last_error(), HasSubstr(word));
  };
  refused("set_udi");
  ASSERT_EQ(lictor_settings_set_udi(settings, "P", "S"), LICTOR_OK);
  refused("set_product_tag");
  ASSERT_EQ(lictor_settings_set_product_tag(settings, kProductTag), LICTOR_OK);
  refused("set_version");
  ASSERT_EQ(lictor_settings_set_version(settings, "1"), LICTOR_OK);
  refused("add_licensing_anchor");
  ASSERT_EQ(lictor_settings_add_licensing_anchor(settings, pem.data(), pem.size()), LICTOR_OK);
  refused("set_store_folder");
  ASSERT_EQ(lictor_settings_set_store_folder(settings, folder.path("store").c_str()), LICTOR_OK);
  EXPECT_EQ(lictor_agent_open(settings, nullptr), LICTOR_BAD_ARGUMENT);
  lictor_agent* agent = nullptr;
  ASSERT_EQ(lictor_agent_open(settings, &agent), LICTOR_OK) << lictor_last_error();

  lictor_agent* second = nullptr;
  EXPECT_EQ(lictor_agent_open(settings, &second), LICTOR_IN_USE) << "one agent a store";
  EXPECT_EQ(second, nullptr);
  ASSERT_EQ(lictor_settings_free(&settings), LICTOR_OK);
  EXPECT_EQ(lictor_settings_free(&settings), LICTOR_BAD_ARGUMENT) << "ended twice";
  EXPECT_EQ(lictor_agent_ready(agent), LICTOR_OK) << "it lives on without its settings";
  EXPECT_EQ(lictor_agent_close(&agent), LICTOR_OK);
  EXPECT_EQ(lictor_agent_close(&agent), LICTOR_BAD_ARGUMENT) << "ended twice";
}

TEST_F(Settings, AStoreWhereNoneCanBeIsAnError) {
  Product whole;
  const auto pem = pki::to_pem("CERTIFICATE", whole.server.authority.root.der);
  const test::TempDir folder;
  std::ofstream(folder.path("file")) << "no folder";
  ASSERT_EQ(lictor_settings_set_udi(settings, "P", "S"), LICTOR_OK);
  ASSERT_EQ(lictor_settings_set_product_tag(settings, kProductTag), LICTOR_OK);
  ASSERT_EQ(lictor_settings_set_version(settings, "1"), LICTOR_OK);
  ASSERT_EQ(lictor_settings_add_licensing_anchor(settings, pem.data(), pem.size()), LICTOR_OK);
  ASSERT_EQ(lictor_settings_set_store_folder(settings, folder.path("file/store").c_str()), LICTOR_OK);
  lictor_agent* agent = nullptr;
  EXPECT_NE(lictor_agent_open(settings, &agent), LICTOR_OK);
  EXPECT_EQ(agent, nullptr);
}

struct Input : ::testing::Test {
  Input() { product.open(); }
  Product product;
};

TEST_F(Input, TokensAreChecked) {
  const auto with = [&](const char* token) { return lictor_agent_register(product.agent, token, 0); };
  EXPECT_EQ(with(nullptr), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with(""), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with("TO KEN"), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with("TOKEN?"), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with("T|N"), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with(std::string(256, 'T').c_str()), LICTOR_TOO_LONG);
  EXPECT_EQ(lictor_agent_register(product.agent, "TOKEN", 2), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(with(std::string(255, 'T').c_str()), LICTOR_OK);
}

TEST_F(Input, UsageIsChecked) {
  const auto good = tag("ADVANTAGE");
  const std::string long_text(256, 'a');
  const auto with = [&](const std::function<void(lictor_usage&)>& change) {
    auto usage = product.usage_of(good);
    change(usage);
    return lictor_agent_request(product.agent, &usage);
  };
  EXPECT_EQ(lictor_agent_request(product.agent, nullptr), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([](auto& u) { u.tag = nullptr; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([](auto& u) { u.tag = "ADVANTAGE"; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([&](auto& u) { u.tag = long_text.c_str(); }), LICTOR_TOO_LONG);
  EXPECT_EQ(with([](auto& u) { u.count = 0; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([](auto& u) { u.count = -1; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([](auto& u) { u.count = 1'000'000'001; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with([&](auto& u) { u.feature_name = long_text.c_str(); }), LICTOR_TOO_LONG);
  EXPECT_EQ(with([&](auto& u) { u.display_name = long_text.c_str(); }), LICTOR_TOO_LONG);
  EXPECT_EQ(with([](auto& u) { u.description = "\xc3("; }), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(product.status().tags_in_use, 0);
  EXPECT_EQ(lictor_agent_release(product.agent, good.c_str()), LICTOR_NOT_FOUND);
  EXPECT_EQ(lictor_agent_release(product.agent, nullptr), LICTOR_BAD_ARGUMENT);
  for (int i = 0; i < 256; ++i) ASSERT_EQ(product.request("T" + std::to_string(i)), LICTOR_OK) << lictor_last_error();
  EXPECT_EQ(product.request("ONE_TOO_MANY"), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(product.status().tags_in_use, 256);
}

TEST_F(Input, StructuresOfOtherVersionsAreUnderstoodOrRefused) {
  const auto name = tag("ADVANTAGE");
  struct {
    lictor_usage known;
    std::int64_t added;
  } newer{product.usage_of(name), 0};
  newer.known.size = sizeof newer;
  EXPECT_EQ(lictor_agent_request(product.agent, &newer.known), LICTOR_OK) << "a field that is not used";
  newer.added = 1;
  EXPECT_EQ(lictor_agent_request(product.agent, &newer.known), LICTOR_UNSUPPORTED);
  newer.known.size = 0;
  EXPECT_EQ(lictor_agent_request(product.agent, &newer.known), LICTOR_BAD_ARGUMENT);

  struct {
    lictor_tag known;
    std::int64_t added;
  } out{{}, 77};
  out.known.size = sizeof out;
  ASSERT_EQ(lictor_agent_get_tag(product.agent, name.c_str(), &out.known), LICTOR_OK);
  EXPECT_EQ(out.added, 0) << "what is not known reads as zero";
  EXPECT_EQ(out.known.size, sizeof out);
  out.known.size = 4;
  EXPECT_EQ(lictor_agent_get_tag(product.agent, name.c_str(), &out.known), LICTOR_BAD_ARGUMENT);
  lictor_status status{};
  EXPECT_EQ(lictor_agent_get_status(product.agent, &status), LICTOR_BAD_ARGUMENT) << "no size";
  EXPECT_EQ(lictor_agent_get_status(product.agent, nullptr), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_get_tag(product.agent, nullptr, &out.known), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_get_tag(product.agent, name.c_str(), nullptr), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_get_tag(product.agent, "UNKNOWN", &out.known), LICTOR_NOT_FOUND);
  EXPECT_EQ(lictor_agent_read_events(product.agent, nullptr, nullptr), LICTOR_BAD_ARGUMENT);
}

TEST(Structures, CallersOfAnOlderVersionAreReadAndFilledAsFarAsTheyKnow) {
  // Two of them side by side in the caller's memory, as in an array of the first version.
  FirstStructure callers[] = {{sizeof(FirstStructure), 5}, {sizeof(FirstStructure), 6}};
  const auto* seen = reinterpret_cast<const GrownStructure*>(callers);
  const auto read = read_structures(seen, 2, "structure");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at(0).first, 5);
  EXPECT_EQ(read->at(0).second, 0) << "not the next one's memory";
  EXPECT_EQ(read->at(1).first, 6);

  EXPECT_TRUE(
      write_structure(GrownStructure{sizeof(GrownStructure), 7, 8}, reinterpret_cast<GrownStructure*>(callers)));
  EXPECT_EQ(callers[0].size, sizeof(FirstStructure));
  EXPECT_EQ(callers[0].first, 7);
  EXPECT_EQ(callers[1].size, sizeof(FirstStructure)) << "and nothing beside it";
  EXPECT_EQ(callers[1].first, 6);
  callers[0].size = 8;
  EXPECT_EQ(read_structure(seen, "structure").error().code, ErrorCode::InvalidArgument);
}

TEST_F(Input, UdisAreChecked) {
  lictor_udi udis[17] = {};
  for (auto& udi : udis) udi = {sizeof(lictor_udi), "P", "S", LICTOR_MEMBER};
  udis[0].role = LICTOR_ACTIVE;
  const auto with = [&](std::size_t count) { return lictor_agent_set_udis(product.agent, udis, count); };
  EXPECT_EQ(lictor_agent_set_udis(product.agent, nullptr, 1), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with(0), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(with(2), LICTOR_BAD_ARGUMENT) << "one UDI twice";
  EXPECT_EQ(with(17), LICTOR_TOO_LONG);
  udis[0].role = 9;
  EXPECT_EQ(with(1), LICTOR_BAD_ARGUMENT);
  udis[0] = {sizeof(lictor_udi), "P", nullptr, LICTOR_ACTIVE};
  EXPECT_EQ(with(1), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(product.text(LICTOR_UDI), "PID:C9500-40X,SN:FCW2233A5ZV");
}

TEST_F(Input, EachThreadHasItsOwnLastError) {
  EXPECT_EQ(lictor_agent_register(product.agent, "", 0), LICTOR_BAD_ARGUMENT);
  const std::string mine = lictor_last_error();
  std::thread([] { EXPECT_STREQ(lictor_last_error(), ""); }).join();
  EXPECT_EQ(lictor_last_error(), mine);
}

}  // namespace
}  // namespace lictor::agent::product_test
