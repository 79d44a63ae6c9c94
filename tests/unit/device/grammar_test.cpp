#include <gtest/gtest.h>

#include "device/grammar/command_tree.hpp"

namespace lictor::device {
namespace {

const Grammar& grammar() {
  static const Grammar g = make_grammar();
  return g;
}

Parsed parsed(Mode mode, std::string_view line) {
  const auto outcome = parse(grammar(), {mode, kPrivilegedLevel, false}, line);
  if (const auto* p = std::get_if<Parsed>(&outcome)) return *p;
  ADD_FAILURE() << "does not parse: " << line;
  return {};
}

SyntaxError refused(Mode mode, std::string_view line, int level = kPrivilegedLevel) {
  const auto outcome = parse(grammar(), {mode, level, false}, line);
  if (const auto* e = std::get_if<SyntaxError>(&outcome)) return *e;
  ADD_FAILURE() << "parses: " << line;
  return {};
}

TEST(Grammar, CLI_1_AbbreviationsAreTakenWhileUnambiguous) {
  struct Case {
    Mode mode;
    const char* line;
    Command command;
  };
  const Case cases[] = {
      {Mode::Exec, "sh lic sum", Command::ShowLicenseSummary},
      {Mode::Exec, "SHOW LICENSE ALL", Command::ShowLicenseAll},
      {Mode::Exec, "sh lic st", Command::ShowLicenseStatus},
      {Mode::Exec, "sh run all", Command::ShowRunningConfigAll},
      {Mode::Exec, "sh ru", Command::ShowRunningConfig},
      {Mode::Exec, "conf t", Command::ConfigureTerminal},
      {Mode::Exec, "wr", Command::WriteMemory},
      {Mode::Exec, "wr mem", Command::WriteMemory},
      {Mode::Exec, "copy run start", Command::CopyRunningStartup},
      {Mode::Exec, "lic sm reg idt T for", Command::LicenseRegister},
      {Mode::Exec, "lic sm ren a", Command::LicenseRenewAuth},
      {Mode::Exec, "sh call prof all", Command::ShowCallHomeProfile},
      {Mode::Exec, "ter len 0", Command::TerminalLength},
      {Mode::Config, "serv call", Command::ServiceCallHome},
      {Mode::Config, "do sh lic sum", Command::ShowLicenseSummary},
      {Mode::Config, "lic boot lev network-advantage add dna-advantage", Command::LicenseBootLevel},
      {Mode::CallHome, "prof \"CiscoTAC-1\"", Command::Profile},
      {Mode::CallHomeProfile, "dest add http https://x/", Command::ProfileAddress},
      {Mode::CallHomeProfile, "dest trans http", Command::ProfileTransport},
      {Mode::Trustpoint, "rev crl none", Command::RevocationCheck},
  };
  for (const Case& c : cases) EXPECT_EQ(parsed(c.mode, c.line).command, c.command) << c.line;
}

TEST(Grammar, CLI_1_TokensKeepTheirCaseAndCharacters) {
  const Parsed p = parsed(Mode::Exec, "license smart register idtoken ZmE1%0AMjE%3DxYz force");
  EXPECT_EQ(p.value("token"), "ZmE1%0AMjE%3DxYz");
  EXPECT_EQ(p.value("force"), "force");
  EXPECT_FALSE(parsed(Mode::Exec, "license smart register idtoken abc").has("force"));
}

TEST(Grammar, CLI_3_CaretStandsUnderTheFirstBadCharacter) {
  EXPECT_EQ(refused(Mode::Exec, "show foo").column, 5u);
  EXPECT_EQ(refused(Mode::Exec, "shwo version").column, 2u);
  EXPECT_EQ(refused(Mode::Exec, "show licence all").column, 10u);
  EXPECT_EQ(refused(Mode::Exec, "  show foo").column, 7u);
  EXPECT_EQ(refused(Mode::Exec, "terminal length 9999").column, 16u);
  EXPECT_EQ(to_text(refused(Mode::Exec, "show foo"), 6), "           ^\n% Invalid input detected at '^' marker.\n\n");
}

TEST(Grammar, CLI_3_IncompleteAndAmbiguousLinesSaySo) {
  EXPECT_EQ(to_text(refused(Mode::Exec, "show license"), 0), "% Incomplete command.\n\n");
  EXPECT_EQ(to_text(refused(Mode::Exec, "sh lic u"), 0), "% Ambiguous command:  \"sh lic u\"\n");
  EXPECT_EQ(refused(Mode::Config, "no").kind, SyntaxError::Kind::Incomplete);
}

TEST(Grammar, CLI_1_PrivilegedWordsDoNotExistForUsers) {
  EXPECT_EQ(refused(Mode::Exec, "configure terminal", kUserLevel).kind, SyntaxError::Kind::Invalid);
  EXPECT_EQ(refused(Mode::Exec, "show running-config", kUserLevel).kind, SyntaxError::Kind::Invalid);
  EXPECT_TRUE(std::holds_alternative<Parsed>(parse(grammar(), {Mode::Exec, kUserLevel, false}, "show version")));
}

TEST(Grammar, CFG_2_NoFormsEndEarlierOrMirrorThePositiveForm) {
  EXPECT_TRUE(parsed(Mode::Config, "no service call-home").negated);
  EXPECT_EQ(parsed(Mode::Config, "no hostname").command, Command::Hostname);
  EXPECT_EQ(parsed(Mode::Config, "no ip host a").command, Command::IpHost);
  EXPECT_EQ(parsed(Mode::CallHomeProfile, "no active").command, Command::ProfileActive);
  EXPECT_EQ(parsed(Mode::Config, "no license smart enable").command, Command::LicenseSmartEnable);
  EXPECT_EQ(refused(Mode::Config, "no call-home").kind, SyntaxError::Kind::Invalid);
  EXPECT_EQ(parsed(Mode::Config, "default hostname").negated, true);
}

TEST(Grammar, CFG_2_ALineOfAnOuterModeIsUnderstoodInside) {
  const Parsed p = parsed(Mode::CallHomeProfile, "crypto pki trustpoint X");
  EXPECT_EQ(p.command, Command::TrustpointMode);
  EXPECT_EQ(p.mode, Mode::Config);
  EXPECT_EQ(parsed(Mode::CallHomeProfile, "contact-email-addr a@b").mode, Mode::CallHome);
  EXPECT_EQ(refused(Mode::CallHomeProfile, "destination address ftp x").column, 20u);
}

TEST(Grammar, CLI_3_CommentsAndEmptyLinesDoNothing) {
  for (const char* line : {"", "   ", "!", " ! comment"}) {
    EXPECT_TRUE(std::holds_alternative<Blank>(parse(grammar(), {}, line))) << line;
  }
}

TEST(Grammar, CLI_3_QuestionMarkListsNextWordsWithHelp) {
  const std::string text = help(grammar(), {}, "show license ");
  EXPECT_NE(text.find("  all       Show license all information\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  eventlog  Show license event log\n"), std::string::npos) << text;
  EXPECT_EQ(help(grammar(), {}, "show license s"), "status  summary\n");
  const std::string end = help(grammar(), {}, "show license eventlog ");
  EXPECT_NE(end.find("  <0-400>"), std::string::npos) << end;
  EXPECT_NE(end.find("  <cr>\n"), std::string::npos) << end;
  EXPECT_EQ(help(grammar(), {}, "show nothing "), "% Unrecognized command\n");
}

TEST(Grammar, CLI_3_HelpKnowsNoAndDo) {
  EXPECT_NE(help(grammar(), {Mode::Config, 15, false}, "").find("  no "), std::string::npos);
  const std::string negatable = help(grammar(), {Mode::Config, 15, false}, "no ");
  EXPECT_NE(negatable.find("  hostname "), std::string::npos) << negatable;
  EXPECT_EQ(negatable.find("  call-home "), std::string::npos) << negatable;
  EXPECT_NE(help(grammar(), {Mode::Config, 15, false}, "do show license ").find("  summary"), std::string::npos);
}

TEST(Grammar, CLI_3_HelpListsTheOutputModifiers) {
  const std::string text = help(grammar(), {}, "show license all | ");
  for (const char* name : {"begin", "count", "exclude", "include", "json", "section"}) {
    EXPECT_NE(text.find(std::string("  ") + name), std::string::npos) << name;
  }
}

TEST(Grammar, CLI_3_LabWordsAreListedInALabOnly) {
  EXPECT_EQ(help(grammar(), {Mode::Exec, 15, false}, "").find("  stack"), std::string::npos);
  EXPECT_NE(help(grammar(), {Mode::Exec, 15, true}, "").find("  stack"), std::string::npos);
  EXPECT_EQ(parsed(Mode::Exec, "stack member remove FOC1").command, Command::StackMemberRemove);
}

TEST(Grammar, CLI_3_TabCompletesAUniqueWord) {
  EXPECT_EQ(complete(grammar(), {}, "sho").insert, "w ");
  EXPECT_EQ(complete(grammar(), {}, "show lic").insert, "ense ");
  const Completion two = complete(grammar(), {}, "show license s");
  EXPECT_EQ(two.insert, "");
  EXPECT_EQ(two.words, (std::vector<std::string>{"status", "summary"}));
  EXPECT_EQ(complete(grammar(), {}, "show license su").insert, "mmary ");
}

TEST(Grammar, CLI_3_FilterBeginsAtTheFirstBar) {
  const SplitLine s = split_filter("show run | include a|b");
  EXPECT_EQ(s.command, "show run ");
  EXPECT_EQ(*s.filter, "include a|b");
  EXPECT_FALSE(split_filter("license smart register idtoken a|b").filter);
}

// Every command must be reachable by exactly the words of the tree: walk them all.
void walk(const std::vector<Node>& nodes, Mode mode, const std::string& so_far, int& seen) {
  for (const Node& node : nodes) {
    const auto sample = [&]() -> std::string {
      switch (node.kind) {
        case WordKind::Keyword:
          return node.word;
        case WordKind::Word:
          return "Zz9";
        case WordKind::Number:
          return std::to_string(node.high);
        case WordKind::Ipv4:
          return "192.0.2.1";
        case WordKind::TimeOfDay:
          return "10:11:12";
        case WordKind::Month:
          return "May";
        case WordKind::Line:
          return "rest of it";
      }
      return "";
    }();
    const std::string line = so_far + sample;
    EXPECT_FALSE(node.help.empty()) << line;
    if (node.command) {
      EXPECT_EQ(parsed(mode, line).command, *node.command) << line;
      ++seen;
    }
    if (node.no_command) {
      const Parsed p = parsed(mode, "no " + line);
      EXPECT_EQ(p.command, *node.no_command) << line;
      EXPECT_TRUE(p.negated) << line;
      ++seen;
    }
    walk(node.next, mode, line + " ", seen);
  }
}

TEST(Grammar, CLI_1_EveryWordOfTheTreeParsesToItsCommand) {
  int seen = 0;
  for (const auto& [mode, nodes] : grammar().modes) walk(nodes, mode, "", seen);
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace lictor::device
