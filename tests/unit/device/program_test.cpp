#include <gtest/gtest.h>

#include "device/daemon/adapters.hpp"
#include "device/daemon/program.hpp"
#include "device/grammar/command_tree.hpp"
#include "foundation/config/yaml.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "unit/agent_core/lab.hpp"
#include "unit/device/temp_folder.hpp"

namespace lictor::device::test {
namespace {

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto crypto = pki::make_openssl_crypto().value();
    const agent::lab::Authority authority(*crypto, 1, wall_from_ms(agent::lab::kStart));
    folder_.write("root.pem", pki::to_pem("CERTIFICATE", authority.root.der));
    folder_.write("startup.txt", "hostname edge\nlicense boot level network-advantage addon dna-advantage\n");
  }
  Result<Program> load(const std::string& more = "", const std::string& trust = "root.pem") {
    const std::string text = "trust: {licensing_anchors: " + trust + ", tls_roots: root.pem}\ncatalog: {files: [" +
                             std::string(LICTOR_SOURCE_DIR) + "/catalogs/catalyst.yaml]}\n" + more;
    auto document = config::parse_yaml(text, "device.yaml");
    if (!document) return document.error();
    auto settings = table_.parse(*document);
    if (!settings) return settings.error();
    return load_program(*settings, folder_.path(), grammar_, files_);
  }
  std::string refusal(const std::string& more, const std::string& trust = "root.pem") {
    const auto program = load(more, trust);
    return program ? "" : program.error().message;
  }

  TempFolder folder_;
  os::PosixFiles files_;
  const Grammar grammar_ = make_grammar();
  const SettingTable table_ = device_settings();
};

TEST_F(ProgramTest, CLI_1_SettingsBecomeADevice) {
  const auto p = load(
      "device: {pid: C9300-24UX, sn: A1, members: ['C9300-24UX:A2:standby', 'C9300-24UX:A3:member'], "
      "software_version: 16.9.5, key_algorithm: ec-p256, interfaces: [GigabitEthernet0/0=lo], startup_config: "
      "startup.txt}\n"
      "manager: {url: 'https://ssm.example.com:8443'}\nstate: {folder: state}\ncontrol: {access: group}\n");
  ASSERT_TRUE(p) << p.error().message;
  ASSERT_EQ(p->device.stack.size(), 3u);
  EXPECT_EQ(p->device.stack[1].role, UdiRole::Standby);
  EXPECT_EQ(p->device.manager_url, "https://ssm.example.com:8443/its/service/oddce/services/DDCEService");
  EXPECT_EQ(p->device.smart_transport_url, "https://ssm.example.com:8443/SmartTransport");
  EXPECT_EQ(p->device.key_algorithm, pki::KeyAlgorithm::EcP256);
  EXPECT_EQ(p->device.interfaces.at("GigabitEthernet0/0"), "lo");
  EXPECT_EQ(p->socket_path, folder_.path("state/control.sock"));
  EXPECT_EQ(p->socket_mode, 0660);
  EXPECT_EQ(p->device.licensing_anchors.size(), 1u);
}

TEST_F(ProgramTest, CFG_2_AnAddressWithAPathIsTakenAsItStands) {
  EXPECT_EQ(
      load("manager: {url: 'https://a.example/Transportgateway/services/DeviceRequestHandler'}\n")->device.manager_url,
      "https://a.example/Transportgateway/services/DeviceRequestHandler");
  EXPECT_EQ(load("manager: {url: 'https://a.example/'}\n")->device.manager_url,
            "https://a.example/its/service/oddce/services/DDCEService");
}

TEST_F(ProgramTest, CLI_1_EveryMistakeNamesItsSetting) {
  const std::pair<const char*, const char*> cases[] = {
      {"device: {pid: NO-SUCH}\n", "device.pid"},
      {"device: {pid: 'a b'}\n", "device.pid"},
      {"device: {members: [C9500-40X]}\n", "device.members"},
      {"device: {members: ['C9500-40X:LIC00000001:member']}\n", "device.members"},
      {"device: {interfaces: [eth0]}\n", "device.interfaces"},
      {"device: {startup_config: absent.txt}\n", "device.startup_config"},
      {"device: {key_algorithm: dsa}\n", "device.key_algorithm"},
      {"device: {colour: blue}\n", "colour"},
  };
  for (const auto& [text, setting] : cases)
    EXPECT_NE(refusal(text).find(setting), std::string::npos) << text << refusal(text);
  EXPECT_NE(refusal("", "absent.pem").find("trust.licensing_anchors"), std::string::npos);
  folder_.write("empty.pem", "nothing\n");
  EXPECT_NE(refusal("", "empty.pem").find("holds no certificate"), std::string::npos);
}

TEST_F(ProgramTest, CFG_1_StartupConfigurationIsCheckedBeforeTheStart) {
  folder_.write("bad.txt", "hostname ok\nfrobnicate\n");
  EXPECT_NE(refusal("device: {startup_config: bad.txt}\n").find("line 2: frobnicate"), std::string::npos);
  folder_.write("level.txt", "license boot level network-premier\n");
  EXPECT_NE(refusal("device: {startup_config: level.txt}\n").find("license boot level"), std::string::npos);
}

TEST_F(ProgramTest, CLI_6_StartupAndClockSurviveInTheFolder) {
  FolderFiles files(files_, folder_.path());
  EXPECT_FALSE(*files.load_startup());
  EXPECT_EQ(*files.load_clock_offset(), Duration{0});
  ASSERT_TRUE(files.save_startup("hostname x\n"));
  ASSERT_TRUE(files.save_clock_offset(hours(-3)));
  FolderFiles again(files_, folder_.path());
  EXPECT_EQ(**again.load_startup(), "hostname x\n");
  EXPECT_EQ(*again.load_clock_offset(), hours(-3));
  folder_.write("clock-offset", "soon\n");
  EXPECT_EQ(again.load_clock_offset().error().code, ErrorCode::Corrupt);
}

TEST_F(ProgramTest, CLK_4_ALabsFolderAndARealOneAreKeptApart) {
  TempFolder lab;
  ASSERT_TRUE(check_lab_mark(files_, lab.path(), true));
  EXPECT_TRUE(check_lab_mark(files_, lab.path(), true));
  EXPECT_EQ(check_lab_mark(files_, lab.path(), false).error().code, ErrorCode::Conflict);
  TempFolder real;
  real.write("startup-config", "hostname x\n");
  EXPECT_TRUE(check_lab_mark(files_, real.path(), false));
  EXPECT_EQ(check_lab_mark(files_, real.path(), true).error().code, ErrorCode::Conflict);
}

TEST_F(ProgramTest, CLI_1_SettingsReadBackFromTheirDump) {
  const Settings defaults = table_.defaults();
  const std::string dump = table_.dump(defaults, SettingTable::Secrets::Show);
  EXPECT_EQ(*table_.parse(*config::parse_yaml(dump, "dump.yaml")), defaults) << dump;
}

}  // namespace
}  // namespace lictor::device::test
