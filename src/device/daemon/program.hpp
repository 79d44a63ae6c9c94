// Settings of lictor-device and what they load: everything that `--check` looks at. Reads files, changes nothing.
#pragma once

#include <string>

#include "device/grammar/grammar.hpp"
#include "device/machine/virtual_device.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/settings.hpp"
#include "foundation/os/files.hpp"
#include "foundation/os/log_backend.hpp"

namespace lictor::device {

SettingTable device_settings();

struct Program {
  VirtualDeviceSettings device;
  catalog::Catalog catalog;
  std::string state_folder;
  std::string socket_path;
  int socket_mode = 0600;
  bool start_privileged = true;
  std::string lab_clock;  // socket; "" = the machine's clock
  std::string lab_name;
  bool console = true;  // log lines on standard output
  os::LogSettings log;
};

// Paths are taken from `base_folder` on, that of the settings file. Errors name the setting and the file.
Result<Program> load_program(const Settings& settings, const std::string& base_folder, const Grammar& grammar,
                             os::Files& files);
// The same for the shell, which needs the socket alone.
std::string control_socket_path(const Settings& settings, const std::string& base_folder);

namespace messages {
inline constexpr MessageRow kStarted{"DEVICE_STARTED", Severity::Info, "The virtual device is running"};
inline constexpr MessageRow kStopped{"DEVICE_STOPPED", Severity::Info, "The virtual device has stopped"};
inline constexpr MessageRow kReloaded{"DEVICE_RELOADED", Severity::Info, "The virtual device was reloaded"};
inline constexpr MessageRow kCommand{"DEVICE_COMMAND", Severity::Info, "A shell command"};
}  // namespace messages

// The state folder of a lab carries a mark: a lab clock is refused without it, a normal start with it (DECISIONS 13).
Result<void> check_lab_mark(os::Files& files, const std::string& state_folder, bool lab);

}  // namespace lictor::device
