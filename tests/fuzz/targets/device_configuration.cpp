#include <algorithm>

#include "device/config/editor.hpp"
#include "device/grammar/command_tree.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"

namespace lictor::fuzz {
namespace {

using namespace lictor::device;

void require_lines(const Error& error) {
  require_sentence(error);
  require(error.message.starts_with("line "), "a problem without its line: " + error.message);
}

}  // namespace

bool device_configuration(ByteView input) {
  static const Grammar grammar = make_grammar();
  const ConfigurationFacts facts{"16.12.3", "https://ssm.example.com/its/service/oddce/services/DDCEService"};
  const auto factory = factory_configuration(facts);
  const auto read = parse_configuration(grammar, as_text(input), factory, facts);
  if (!read) return require_lines(read.error()), false;
  const auto licensing = std::count_if(read->profiles.begin(), read->profiles.end(),
                                       [](const Profile& p) { return p.active && p.reports_licensing; });
  require(licensing <= 1, "two profiles are active for smart licensing");
  require(read->name_servers.size() <= 6, "more name servers than there is room for");
  for (const auto defaults : {Defaults::Hide, Defaults::Show}) {
    const auto text = print_configuration(*read, facts, defaults);
    const auto again = parse_configuration(grammar, text, factory, facts);
    require(again.has_value(), "what was printed does not read: " + (again ? "" : again.error().message) + "\n" + text);
    require(*again == *read, "what was printed reads as something else:\n" + text);
    require(print_configuration(*again, facts, defaults) == text, "printing is not stable:\n" + text);
  }
  return true;
}

}  // namespace lictor::fuzz
