#include <gtest/gtest.h>

#include "device/grammar/command_tree.hpp"
#include "device/session/session.hpp"
#include "unit/device/fake_device.hpp"

namespace lictor::device::test {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  Reply type(const std::string& line) {
    std::optional<Reply> got;
    session().execute(line, session().prompt().size(), [&](Reply r) { got = std::move(r); });
    if (!got) ADD_FAILURE() << "no answer to " << line;
    return got.value_or(Reply{});
  }
  std::string prompt_after(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) type(line);
    return session().prompt();
  }
  Session& session() {
    if (!session_) session_.emplace(grammar_, device_, settings_);
    return *session_;
  }

  const Grammar grammar_ = make_grammar();
  FakeDevice device_;
  SessionSettings settings_;
  std::optional<Session> session_;
};

TEST_F(SessionTest, CLI_1_PromptsFollowTheMode) {
  EXPECT_EQ(session().prompt(), "C9500#");
  EXPECT_EQ(prompt_after({"disable"}), "C9500>");
  EXPECT_EQ(prompt_after({"enable", "conf t"}), "C9500(config)#");
  EXPECT_EQ(prompt_after({"call-home"}), "C9500(cfg-call-home)#");
  EXPECT_EQ(prompt_after({"profile CiscoTAC-1"}), "C9500(cfg-call-home-profile)#");
  EXPECT_EQ(prompt_after({"exit"}), "C9500(cfg-call-home)#");
  EXPECT_EQ(prompt_after({"crypto pki trustpoint SLA-TrustPoint"}), "C9500(ca-trustpoint)#");
  EXPECT_EQ(prompt_after({"end"}), "C9500#");
}

TEST_F(SessionTest, CLI_1_ConfigurationPromptShortensLongNames) {
  EXPECT_EQ(prompt_after({"conf t", "hostname abcdefghijklmnopqrstuvwxyz"}), "abcdefghijklmnopqrst(config)#");
  EXPECT_EQ(prompt_after({"end"}), "abcdefghijklmnopqrstuvwxyz#");
}

TEST_F(SessionTest, CLI_1_RegisterPrintsTheTwoLinesOfTheGuide) {
  const Reply r = type("license smart register idtoken Abc%3D force");
  EXPECT_EQ(
      r.output,
      "Registration process is in progress. Use the 'show license status' command to check the progress and result\n"
      "Generating 2048 bit RSA keys, keys will be exportable...\n[OK] (elapsed time was 1 seconds)\n");
  EXPECT_FALSE(r.failed);
  EXPECT_EQ(device_.calls, std::vector<std::string>{"register Abc%3D force"});
}

TEST_F(SessionTest, CLI_1_RegisterAnswersWhenTheKeyIsMade) {
  device_.hold_registration = true;
  std::optional<Reply> got;
  session().execute("license smart register idtoken T", 6, [&](Reply r) { got = std::move(r); });
  EXPECT_FALSE(got);
  device_.pending_registration();
  ASSERT_TRUE(got);
  EXPECT_NE(got->output.find("[OK]"), std::string::npos);
}

TEST_F(SessionTest, REG_11_RefusalOfTheAgentIsAnErrorLine) {
  device_.answer = Error{ErrorCode::Conflict, "already registered; use force"};
  const Reply r = type("license smart register idtoken T");
  EXPECT_EQ(r.output, "% already registered; use force\n");
  EXPECT_TRUE(r.failed);
}

TEST_F(SessionTest, CLI_1_TokensReachNeitherAuditNorHistory) {
  type("license smart register idtoken SECRET");
  EXPECT_EQ(device_.audited, std::vector<std::string>{"console: license smart register idtoken <hidden>"});
  EXPECT_EQ(type("show history").output, "  license smart register idtoken <hidden>\n  show history\n");
}

TEST_F(SessionTest, CLI_1_DeregisterAndRenewReachTheAgent) {
  type("license smart deregister");
  type("license smart renew id");
  type("license smart renew auth");
  EXPECT_EQ(device_.calls, (std::vector<std::string>{"deregister", "renew id", "renew auth"}));
}

TEST_F(SessionTest, CLI_3_ShowsTakeFiltersAndJson) {
  EXPECT_EQ(type("show license summary | include ^  Status").output, "  Status: REGISTERED\n  Status: AUTHORIZED\n");
  EXPECT_EQ(type("sh lic sum | count AUTHORIZED").output, "Number of lines which match regexp = 3\n");
  EXPECT_EQ(type("show run all | in destination address http").output,
            "  destination address http https://ssm.example.com:8443/its/service/oddce/services/DDCEService\n");
  EXPECT_NE(type("show license summary | json").output.find("\"REGISTERED\""), std::string::npos);
  EXPECT_NE(type("show clock | json").output.find("\"lines\""), std::string::npos);
  EXPECT_TRUE(type("show clock | frob x").failed);
}

TEST_F(SessionTest, CLI_3_ErrorsPointIntoTheLineBehindThePrompt) {
  const Reply r = type("show foo");
  EXPECT_EQ(r.output, "           ^\n% Invalid input detected at '^' marker.\n\n");
  EXPECT_TRUE(r.failed);
  std::optional<Reply> unseen;
  session().execute("show foo", 0, [&](Reply x) { unseen = std::move(x); });
  EXPECT_EQ(unseen->output, "show foo\n     ^\n% Invalid input detected at '^' marker.\n\n");
}

TEST_F(SessionTest, CLI_6_WriteMemorySavesAndSaysOk) {
  EXPECT_EQ(type("write memory").output, "Building configuration...\n[OK]\n");
  const Reply asked = type("copy running-config startup-config");
  EXPECT_EQ(asked.prompt, "Destination filename [startup-config]? ");
  EXPECT_TRUE(asked.question);
  EXPECT_EQ(type("").output, "Building configuration...\n[OK]\n");
  EXPECT_EQ(device_.calls, (std::vector<std::string>{"save", "save"}));
}

TEST_F(SessionTest, CLI_6_ReloadAsksToSaveWhatWasModified) {
  device_.is_modified = true;
  EXPECT_EQ(type("reload").prompt, "System configuration has been modified. Save? [yes/no]: ");
  EXPECT_EQ(type("no").prompt, "Proceed with reload? [confirm]");
  EXPECT_TRUE(type("").closed);
  EXPECT_EQ(device_.calls, std::vector<std::string>{"reload"});
}

TEST_F(SessionTest, CLI_6_ReloadSavesWhenAskedTo) {
  device_.is_modified = true;
  type("reload");
  type("yes");
  EXPECT_FALSE(type("n").closed);  // not confirmed
  EXPECT_EQ(device_.calls, std::vector<std::string>{"save"});
}

TEST_F(SessionTest, CLI_6_ReloadWithoutQuestionsForScripts) {
  device_.is_modified = true;
  EXPECT_TRUE(type("reload noconfirm").closed);
  EXPECT_EQ(device_.calls, std::vector<std::string>{"reload"});
}

TEST_F(SessionTest, CLI_7_ClockSetTakesBothOrders) {
  type("clock set 10:00:00 24 Nov 2026");
  type("clock set 10:00:00 November 24 2026");
  EXPECT_EQ(device_.calls, (std::vector<std::string>{"clock 2026-11-24T10:00:00Z", "clock 2026-11-24T10:00:00Z"}));
}

TEST_F(SessionTest, HA_1_MembersCanBePulledAndPlugged) {
  type("stack member remove FOC2201L0A3");
  type("stack member add C9300-24UX FOC2201L0A9");
  EXPECT_EQ(device_.calls, (std::vector<std::string>{"remove FOC2201L0A3", "add PID:C9300-24UX,SN:FOC2201L0A9"}));
}

TEST_F(SessionTest, CFG_1_BootLevelSaysThatItTakesEffectAtTheNextBoot) {
  type("conf t");
  const Reply r = type("license boot level network-essentials addon dna-essentials");
  EXPECT_EQ(r.output, "% use 'write' command to make license boot config take effect on next boot\n");
  EXPECT_FALSE(r.failed);
  EXPECT_EQ(device_.value.running.boot_level, "network-essentials");
  EXPECT_EQ(device_.value.running.boot_addon, "dna-essentials");
}

TEST_F(SessionTest, CFG_1_SmartLicensingCannotBeDisabled) {
  type("conf t");
  EXPECT_TRUE(type("no license smart enable").failed);
  EXPECT_FALSE(type("license smart enable").failed);
}

TEST_F(SessionTest, CFG_2_ProfileCommandsChangeTheProfile) {
  for (const char* line :
       {"conf t", "call-home", "profile \"CiscoTAC-1\"", "destination address http https://a.example/x"})
    type(line);
  EXPECT_EQ(device_.value.running.profiles[0].http_address, "https://a.example/x");
  EXPECT_TRUE(type("destination address http ftp://x").failed);
  EXPECT_EQ(device_.value.running.profiles[0].http_address, "https://a.example/x");
}

TEST_F(SessionTest, CFG_2_DoRunsExecCommandsInConfiguration) {
  type("conf t");
  EXPECT_NE(type("do show license summary").output.find("REGISTERED"), std::string::npos);
  EXPECT_EQ(session().prompt(), "C9500(config)#");
  EXPECT_TRUE(type("show license summary").failed);
}

TEST_F(SessionTest, CFG_2_RefusedChangeLeavesTheConfiguration) {
  device_.change_answer = Error{ErrorCode::Conflict, "the device refuses"};
  type("conf t");
  const Reply r = type("hostname other");
  EXPECT_TRUE(r.failed);
  EXPECT_EQ(session().prompt(), "C9500(config)#");
}

TEST_F(SessionTest, CFG_6_AuthenticateSpeaksTheDialogueOfTheGuide) {
  for (const char* line :
       {"conf t", "crypto pki trustpoint LicRoot", "enrollment terminal", "revocation-check none", "exit"})
    type(line);
  const Reply start = type("crypto pki authenticate LicRoot");
  EXPECT_EQ(start.output,
            "\nEnter the base 64 encoded CA certificate.\nEnd with a blank line or the word \"quit\" on a line by "
            "itself\n\n");
  type("-----BEGIN CERTIFICATE-----");
  type("MAMCAQU=");
  const Reply asked = type("-----END CERTIFICATE-----");
  EXPECT_EQ(asked.output,
            "Certificate has the following attributes:\n       Fingerprint MD5: E0EA9A02 4F\n      Fingerprint SHA1: "
            "ABCD\n\n");
  EXPECT_EQ(asked.prompt, "% Do you accept this certificate? [yes/no]: ");
  const Reply end = type("yes");
  EXPECT_EQ(end.output, "Trustpoint CA certificate accepted.\n% Certificate successfully imported\n\n");
  EXPECT_FALSE(end.failed);
  EXPECT_EQ(device_.value.running.find_trustpoint("LicRoot")->certificates,
            (std::vector<Bytes>{{0x30, 0x03, 0x02, 0x01, 0x05}}));
}

TEST_F(SessionTest, CFG_6_AuthenticateRefusesWhatIsNoCertificate) {
  for (const char* line : {"conf t", "crypto pki trustpoint LicRoot", "enrollment terminal", "exit",
                           "crypto pki authenticate LicRoot", "garbage!"})
    type(line);
  EXPECT_TRUE(type("quit").failed);
  EXPECT_TRUE(type("crypto pki authenticate Unknown").failed);
}

TEST_F(SessionTest, CLI_1_WithoutRightsPrivilegedModeIsClosed) {
  settings_.may_enable = false;
  EXPECT_EQ(session().prompt(), "C9500>");
  EXPECT_TRUE(type("enable").failed);
  EXPECT_TRUE(type("configure terminal").failed);
  EXPECT_FALSE(type("show license summary").failed);
}

TEST_F(SessionTest, CLI_1_ExitClosesTheSession) {
  EXPECT_TRUE(type("exit").closed);
}

TEST_F(SessionTest, CLI_7_TerminalSettingsAreKept) {
  type("terminal length 0");
  type("terminal width 511");
  type("terminal monitor");
  EXPECT_EQ(session().length(), 0);
  EXPECT_EQ(session().width(), 511);
  EXPECT_TRUE(session().monitoring());
  type("terminal no monitor");
  EXPECT_FALSE(session().monitoring());
}

TEST_F(SessionTest, CLI_1_InterruptGivesAQuestionUp) {
  device_.is_modified = true;
  type("reload");
  EXPECT_EQ(session().interrupt().prompt, "C9500#");
  EXPECT_TRUE(device_.calls.empty());
}

}  // namespace
}  // namespace lictor::device::test
