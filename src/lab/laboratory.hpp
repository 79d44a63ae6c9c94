// Everything of a story that runs: the clock's orchestrator, the link, the manager, the devices. Started in that order,
// ended in the other; the scratch folder goes last. One thread (the relay has its own).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "foundation/os/lab_clock.hpp"
#include "lab/manager_client.hpp"
#include "lab/process.hpp"
#include "lab/relay.hpp"
#include "lab/scratch.hpp"
#include "lab/story.hpp"

namespace lictor::lab {

struct LaboratorySettings {
  std::string programs;               // folder of lictor-manager, lictor-device, lictorctl
  std::string keep;                   // "" = a scratch folder that is removed
  std::vector<std::string> catalogs;  // paths
  ManagerPart manager;
  WallTime starts{};
};

// What the manager says of itself when it is up.
struct ManagerFacts {
  std::string version;  // "lictor-manager 0.1.0"
  std::string tags;     // of its active catalog
  std::string models;
};

class Laboratory {
 public:
  // Makes folder, clock and link. Errors: Conflict, Io.
  static Result<std::unique_ptr<Laboratory>> make(LaboratorySettings settings);
  ~Laboratory();
  Laboratory(const Laboratory&) = delete;

  // Errors of what starts: Timeout, Unavailable (it ended), with the process's name.
  Result<ManagerFacts> start_manager();
  Result<void> start_device(const DevicePart& device);

  // Types at a device and waits for the answers. Error: InvalidArgument when it answers with "%".
  Result<std::string> type(const std::string& device, const std::vector<std::string>& commands);
  // `show license status`, as the device tells programs.
  Result<json::Value> license_status(const std::string& device);
  // Log lines on the device's console, from that line on, in order.
  [[nodiscard]] std::vector<std::string> console(const std::string& device, std::size_t from = 0) const;
  // The last lines that a process wrote: "manager" or a device.
  [[nodiscard]] std::vector<std::string> last_lines(const std::string& process, std::size_t most) const;
  // Processes that ended though nobody asked them to.
  [[nodiscard]] std::vector<std::string> fallen();

  void cut_link() { relay_->cut(); }
  Result<void> restore_link() { return relay_->restore(manager_port_); }

  // Lets a reader's tools in: a context for lictorctl, settings for curl. Error: what lictorctl says.
  Result<void> open_for_reader(const std::string& account_domain);
  [[nodiscard]] std::string device_socket(const std::string& device) const {
    return folder_of(device) + "/control.sock";
  }
  [[nodiscard]] std::string contexts_path() const { return scratch_.path() + "/lictorctl.json"; }
  [[nodiscard]] std::string curl_path() const { return scratch_.path() + "/curl.conf"; }
  [[nodiscard]] std::string url() const;  // through the link
  [[nodiscard]] const std::string& folder() const { return scratch_.path(); }
  [[nodiscard]] std::string program(std::string_view name) const;

  os::LabOrchestrator& clock() { return *clock_; }
  ManagerClient& manager() { return *client_; }

 private:
  Laboratory(LaboratorySettings settings, Scratch scratch, std::unique_ptr<os::LabOrchestrator> clock,
             std::unique_ptr<Relay> relay)
      : settings_(std::move(settings)),
        scratch_(std::move(scratch)),
        clock_(std::move(clock)),
        relay_(std::move(relay)) {}

  [[nodiscard]] std::string folder_of(const std::string& process) const { return scratch_.path() + "/" + process; }
  [[nodiscard]] std::string clock_socket() const { return scratch_.path() + "/clock.sock"; }
  Result<void> write(const std::string& path, const std::string& text);
  Result<void> start(const std::string& name, const CommandLine& command);
  // Waits, in real time, until the manager's log has that message; its fields.
  Result<json::Value> manager_message(std::string_view id);

  LaboratorySettings settings_;
  Scratch scratch_;
  std::unique_ptr<os::LabOrchestrator> clock_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<ManagerClient> client_;
  int manager_port_ = 0;
  std::map<std::string, Process> processes_;  // end before clock and folder go
};

}  // namespace lictor::lab
