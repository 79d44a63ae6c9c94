#include <fmt/format.h>

#include <set>

#include "device/config/editor.hpp"
#include "device/daemon/program.hpp"
#include "device/grammar/command_tree.hpp"
#include "device/shell/wire.hpp"
#include "fuzz/seeds.hpp"
#include "server/manager/settings.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::fuzz {
namespace {

using namespace lictor::device;

std::string sample(const Node& node) {
  switch (node.kind) {
    case WordKind::Keyword:
      return node.word;
    case WordKind::Word:
      return "https://a.example/b";
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
}

// Every command as the tree says it, in the mode whose number the first byte is.
void add_lines(std::vector<Seed>& seeds, int mode, const std::vector<Node>& nodes, const std::string& before) {
  for (const auto& node : nodes) {
    const auto line = before + sample(node);
    const auto add = [&](const std::string& text) {
      seeds.push_back({"command_line", fmt::format("line-{}", seeds.size()), to_bytes(static_cast<char>(mode) + text)});
    };
    if (node.command) add(line);
    if (node.no_command) add("no " + line);
    add_lines(seeds, mode, node.next, line + " ");
  }
}

void add_words(std::set<std::string>& words, const std::vector<Node>& nodes) {
  for (const auto& node : nodes) {
    if (node.kind == WordKind::Keyword) words.insert(node.word);
    add_words(words, node.next);
  }
}

void add_configurations(std::vector<Seed>& seeds) {
  const ConfigurationFacts facts{"16.12.3", "https://ssm.example.com/its/service/oddce/services/DDCEService"};
  for (const auto& [name, view] :
       {std::pair{"factory", test::factory_view()}, {"stack", test::stack_view()}, {"busy", test::busy_view()}}) {
    for (const auto defaults : {Defaults::Hide, Defaults::Show}) {
      seeds.push_back({"device_configuration", fmt::format("{}-{}", name, defaults == Defaults::Show ? "all" : "short"),
                       to_bytes(print_configuration(view.running, facts, defaults))});
    }
  }
  seeds.push_back(
      {"device_configuration", "changes",
       to_bytes(
           "no service call-home\nno ip domain lookup\nclock timezone NST -3 30\nlogging host h transport tcp port 9\n"
           "ip name-server vrf V 192.0.2.1\nip domain lookup source-interface Gi0/0\ncall-home\n http-proxy \"p\" port "
           "80\n"
           " profile \"with blank\"\n  no reporting all\n  destination transport-method email\n"
           "crypto pki trustpoint \"a b\"\n revocation-check crl none\ncrypto pki certificate chain \"a b\"\n"
           " certificate ca 01\n  AB CD\n  quit\nno crypto pki trustpoint X\nend\n")});
}

void add_frames(std::vector<Seed>& seeds) {
  wire::Answer answer;
  answer.reply.output = "Switch#\n";
  answer.reply.prompt = "Switch#";
  answer.completion = {"ow ", {"show"}};
  seeds.push_back(
      {"shell_wire", "question", to_bytes("q" + wire::encode(wire::Question{wire::Ask::Line, "show run", 7}))});
  seeds.push_back({"shell_wire", "answer", to_bytes("a" + wire::encode(answer))});
  answer.kind = wire::Kind::Completion;
  seeds.push_back({"shell_wire", "completion", to_bytes("a" + wire::encode(answer))});
}

std::string dictionary_of(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += "\"" + word + "\"\n";
  return out;
}

}  // namespace

void add_device_seeds(std::vector<Seed>& seeds) {
  const auto grammar = make_grammar();
  int mode = 0;
  for (const auto at :
       {Mode::Exec, Mode::Config, Mode::CallHome, Mode::CallHomeProfile, Mode::Trustpoint, Mode::CertificateChain}) {
    add_lines(seeds, mode++, grammar.modes.at(at), "");
  }
  for (const std::string_view line :
       {"show license all | include ^  S.*[A-Z]+$", "sh run | begin (a|b)*", "show ver | count [0-9]{2}",
        "show license status | section Reg", "do show clock | exclude \\."}) {
    seeds.push_back(
        {"command_line", fmt::format("filter-{}", seeds.size()), to_bytes(std::string(1, '\0') + std::string(line))});
  }
  add_configurations(seeds);
  add_frames(seeds);
}

std::vector<Seed> make_seeds() {
  std::vector<Seed> seeds;
  add_message_seeds(seeds);
  add_agent_seeds(seeds);
  add_text_seeds(seeds);
  add_device_seeds(seeds);
  return seeds;
}

std::vector<Dictionary> make_dictionaries() {
  std::set<std::string> words{"no ", "do ", "default ", "| include ", "end\\x0a", "quit\\x0a"};
  const auto grammar = make_grammar();
  for (const auto& [mode, nodes] : grammar.modes) add_words(words, nodes);
  std::set<std::string> names;
  const SettingTable manager({manager::kSettingRows});
  for (const auto& table : {manager, device_settings()}) {
    for (const auto* row : table.rows()) {
      const std::string name(row->name);
      names.insert(name + ": ");
      names.insert(name.substr(0, name.find('.')) + ":\\x0a  ");
      if (name.find('.') != std::string::npos) names.insert(name.substr(name.find('.') + 1) + ": ");
    }
  }
  return {{"command_line", dictionary_of(words)},
          {"device_configuration", dictionary_of(words)},
          {"settings", dictionary_of(names)}};
}

}  // namespace lictor::fuzz
