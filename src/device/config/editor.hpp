// Applies configuration commands to a Configuration: what the shell's configuration modes and the startup file share.
// Pure. Text that a command prints is returned; a refusal is an Error whose message is what the user sees.
#pragma once

#include <functional>
#include <string>

#include "device/config/configuration.hpp"
#include "device/grammar/grammar.hpp"

namespace lictor::device {

class ConfigurationEditor {
 public:
  ConfigurationEditor(Configuration& configuration, ConfigurationFacts facts)
      : configuration_(configuration), facts_(std::move(facts)) {}

  [[nodiscard]] Mode mode() const { return mode_; }
  void set_mode(Mode mode) { mode_ = mode; }
  // Executes one parsed command of a configuration mode; `exit` and `end` move the mode. TrustpointAuthenticate is the
  // session's affair and refused here.
  Result<std::string> apply(const Parsed& command);
  // Inside `certificate ca ...`: lines are hexadecimal until `quit`.
  [[nodiscard]] bool wants_hex() const { return hex_open_; }
  Result<void> feed_hex(std::string_view line);

 private:
  using Handler = Result<std::string> (ConfigurationEditor::*)(const Parsed&);
  static Handler handler(Command command);
  Result<std::string> leave(const Parsed&);
  Result<std::string> license(const Parsed&);
  Result<std::string> services(const Parsed&);
  Result<std::string> names(const Parsed&);
  Result<std::string> logging_and_clock(const Parsed&);
  Result<std::string> call_home(const Parsed&);
  Result<std::string> profile(const Parsed&);
  Result<std::string> trust(const Parsed&);
  Result<void> check_one_licensing_profile(const Profile& candidate) const;
  Profile* current_profile();
  Trustpoint* current_trustpoint();

  Configuration& configuration_;
  ConfigurationFacts facts_;
  Mode mode_ = Mode::Config;
  std::string profile_;     // the one being edited
  std::string trustpoint_;  // the one being edited
  bool hex_open_ = false;
  std::string hex_;
};

// Reads a configuration text over `base`. All problems at once, one per line, each with its line number. Error:
// InvalidArgument. `no license smart enable` is left out where the image has no other method: an image before the
// upgrade may have saved it.
Result<Configuration> parse_configuration(const Grammar& grammar, std::string_view text, const Configuration& base,
                                          const ConfigurationFacts& facts);

}  // namespace lictor::device
