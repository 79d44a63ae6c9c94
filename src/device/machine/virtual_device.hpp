// The virtual device: configuration, agent, stack, clock and log of one switch that exists only as software. Everything
// it needs of the machine comes by ports, so that tests run it on virtual time. One owner thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/agent.hpp"
#include "device/grammar/grammar.hpp"
#include "device/machine/device_clock.hpp"
#include "device/machine/ports.hpp"
#include "device/session/device_control.hpp"
#include "device/syslog/log_buffer.hpp"

namespace lictor::device {

struct VirtualDeviceSettings {
  std::vector<UdiEntry> stack;
  std::string software_version = "16.12.3";
  int supervisors = 1;      // modular chassis (USE-2)
  std::string manager_url;  // with its path
  std::string smart_transport_url;
  std::string initial_startup;  // text; used until the first save
  pki::KeyAlgorithm key_algorithm = pki::KeyAlgorithm::Rsa2048;
  std::vector<Bytes> licensing_anchors;  // DER
  std::vector<Bytes> tls_roots;          // DER
  InterfaceMap interfaces;
  http::TlsSettings::Resumption resumption = http::TlsSettings::Resumption::On;
  Duration evaluation_step = seconds(60);  // STO-5; a lab charges by the hour
};

class VirtualDevice final : public DeviceControl, private agent::Host, private agent::Transport {
 public:
  // Reads the startup configuration and opens the agent. Errors: NotFound (a model the catalog does not have),
  // InvalidArgument (startup configuration, stack), and what the store says.
  static Result<std::unique_ptr<VirtualDevice>> start(VirtualDeviceSettings settings, const catalog::Catalog& catalog,
                                                      const Grammar& grammar, MachinePorts ports);
  ~VirtualDevice() override;

  // Charges evaluation exactly; the device does nothing any more afterwards.
  Result<void> shut_down();
  [[nodiscard]] bool quiet() const;
  // Called after a reload: every session belongs to the device that was.
  void on_reload(std::function<void()> callback) { on_reload_ = std::move(callback); }
  // Called with every log line, for sessions that monitor.
  void on_log(std::function<void(const std::string&)> callback) { on_log_ = std::move(callback); }

  // DeviceControl
  [[nodiscard]] View view() const override;
  [[nodiscard]] const Configuration& running() const override { return running_; }
  [[nodiscard]] const ConfigurationFacts& facts() const override { return facts_; }
  [[nodiscard]] bool modified() const override;
  Result<void> change(const Configuration& next) override;
  Result<void> save() override;
  void register_token(std::string token, Force force, std::function<void(Result<Registering>)> done) override;
  Result<void> deregister() override;
  Result<void> renew_id() override;
  Result<void> renew_authorization() override;
  Result<void> set_clock(WallTime wall) override;
  Result<void> add_member(Udi udi) override;
  Result<void> remove_member(const std::string& sn) override;
  Result<void> force_switchover() override;
  Result<Fingerprints> check_ca_certificate(ByteView der) override;
  void reload() override;
  void audit(const std::string& user, const std::string& line) override;
  void configured(const std::string& user) override;

 private:
  VirtualDevice(VirtualDeviceSettings settings, const catalog::Catalog& catalog, const Grammar& grammar,
                MachinePorts ports);
  Result<void> boot();
  Result<void> open_agent();
  Result<void> switch_over(std::vector<UdiEntry> next);
  void tell_traditional_licenses();
  void tear_down();
  void restart();
  void try_boot();  // again and again, while it fails
  void boot_again_later();
  [[nodiscard]] Error not_running() const;
  [[nodiscard]] Result<std::vector<UsageItem>> usage_of(const std::vector<std::string>& levels) const;
  Result<void> apply_stack(std::vector<UdiEntry> next);
  void complete_registrations();
  [[nodiscard]] Now now() const { return read(clock_); }
  [[nodiscard]] ClockTrust trust() const;

  // agent::Host
  void log(const agent::LogLine& line) override;
  void notify(agent::NotificationKind kind) override;
  void wake_at(std::optional<SteadyTime> when) override;
  void generate_key(pki::KeyAlgorithm algorithm,
                    std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;
  // agent::Transport
  void send(Message message, std::function<void(agent::TransportReply)> done) override;
  void cancel() override;

  VirtualDeviceSettings settings_;
  const catalog::Catalog& catalog_;
  const Grammar& grammar_;
  MachinePorts ports_;
  DeviceClock clock_;
  ConfigurationFacts facts_;
  Image image_;
  Configuration running_;
  std::string startup_text_;  // as last saved or given; "" = factory
  Configuration startup_;
  std::vector<std::string> booted_levels_;
  std::vector<UdiEntry> stack_;
  LogBuffer log_;
  SteadyTime booted_at_{};
  std::string reload_reason_ = "power-on";
  std::unique_ptr<agent::Agent> agent_;
  Scheduler::TimerId wake_timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false: completions of a device that was reloaded

  struct WaitingRegistration {
    std::function<void(Result<Registering>)> done;
    SteadyTime since{};
  };
  std::vector<WaitingRegistration> waiting_;  // for their key pair
  int keys_in_making_ = 0;
  bool reload_asked_ = false;
  std::string agent_fault_;  // why there is no agent since the last reload; "" = there is one
  std::function<void()> on_reload_;
  std::function<void(const std::string&)> on_log_;
};

}  // namespace lictor::device
