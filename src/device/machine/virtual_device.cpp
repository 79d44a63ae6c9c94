#include "device/machine/virtual_device.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "device/config/editor.hpp"

namespace lictor::device {
namespace {

std::vector<std::string> levels_of(const Configuration& c) {
  std::vector<std::string> levels;
  if (!c.boot_level.empty()) levels.push_back(c.boot_level);
  if (!c.boot_addon.empty()) levels.push_back(c.boot_addon);
  return levels;
}

// What decides about the way of a message: a change of it is worth a new attempt at once.
bool same_way(const Configuration& a, const Configuration& b) {
  const auto without_the_rest = [](Configuration c) {
    c.hostname.clear();
    c.boot_level.clear();
    c.boot_addon.clear();
    c.contact_email.clear();
    c.zone = {};
    c.calendar_valid = false;
    c.logging_hosts.clear();
    c.logging_buffered = true;
    c.logging_buffer_bytes = 0;
    return c;
  };
  return without_the_rest(a) == without_the_rest(b);
}

constexpr Duration kBootRetry = seconds(10);  // after a reload that a disk did not let come to its end

}  // namespace

VirtualDevice::VirtualDevice(VirtualDeviceSettings settings, const catalog::Catalog& catalog, const Grammar& grammar,
                             MachinePorts ports)
    : settings_(std::move(settings)),
      catalog_(catalog),
      grammar_(grammar),
      ports_(std::move(ports)),
      clock_(*ports_.clock),
      facts_(facts_of(settings_.software_version, settings_.manager_url, catalog, active_udi(settings_.stack).pid)),
      image_(image_of(settings_.software_version)),
      stack_(settings_.stack) {}

VirtualDevice::~VirtualDevice() {
  *alive_ = false;
  if (wake_timer_ != 0) ports_.scheduler->cancel(wake_timer_);
}

Result<std::unique_ptr<VirtualDevice>> VirtualDevice::start(VirtualDeviceSettings settings,
                                                            const catalog::Catalog& catalog, const Grammar& grammar,
                                                            MachinePorts ports) {
  if (auto ok = check_udis(settings.stack); !ok) return ok.error().with_context("stack");
  std::unique_ptr<VirtualDevice> device(new VirtualDevice(std::move(settings), catalog, grammar, std::move(ports)));
  auto offset = device->ports_.files->load_clock_offset();
  if (!offset) return offset.error().with_context("clock");
  device->clock_.set_offset(*offset);
  if (auto ok = device->boot(); !ok) return ok.error();
  return device;
}

Result<void> VirtualDevice::boot() {
  auto stored = ports_.files->load_startup();
  if (!stored) return stored.error().with_context("startup configuration");
  startup_text_ = *stored ? **stored : settings_.initial_startup;
  auto parsed = parse_configuration(grammar_, startup_text_, factory_configuration(facts_), facts_);
  if (!parsed) return parsed.error().with_context("startup configuration");
  startup_ = *parsed;
  running_ = *parsed;
  booted_levels_ = levels_of(running_);
  booted_at_ = clock_.steady();
  log_ = LogBuffer();
  log_.set_limit(static_cast<std::size_t>(running_.logging_buffer_bytes));
  log({"SYS", 5, "RESTART", "System restarted -- " + image_.software_version + ", virtual device"});
  if (trust() == ClockTrust::NotAuthoritative) {
    log({"PKI", 2, "NON_AUTHORITATIVE_CLOCK",
         "PKI functions can not be initialized until an authoritative time source, like NTP, can be obtained."});
  }
  return open_agent();
}

Result<void> VirtualDevice::open_agent() {
  const std::string& pid = active_udi(stack_).pid;
  const catalog::Model* model = catalog_.find_model(pid);
  if (model == nullptr) return Error{ErrorCode::NotFound, fmt::format("the catalog has no model {}", pid)};
  const catalog::Family* family = catalog_.find_family(model->family);
  if (family == nullptr) return Error{ErrorCode::NotFound, fmt::format("the catalog has no family {}", model->family)};

  agent::AgentSettings s;
  s.udis = stack_;
  s.product_tag = family->product_tag;
  s.software_version = settings_.software_version;
  s.agent_version = image_.agent_version;
  s.host_name = running_.hostname;
  s.key_algorithm = settings_.key_algorithm;
  s.licensing_anchors = settings_.licensing_anchors;
  s.image = agent::image_traits(settings_.software_version);
  const bool smart = facts_.smart_only || running_.license_smart_enable;
  s.mode = smart ? agent::LicensingMode::Smart : agent::LicensingMode::Traditional;
  s.persistence = agent::AgentSettings::Persistence::OnSave;  // STO-3
  s.evaluation_step = settings_.evaluation_step;
  agent::Ports p;
  p.transport = this;
  p.store = ports_.store;
  p.crypto = ports_.crypto;
  p.entropy = ports_.entropy;
  p.jitter = ports_.jitter;
  p.host = this;
  auto opened = agent::Agent::open(std::move(s), p, now());
  if (!opened) return opened.error().with_context("agent");
  agent_ = std::move(*opened);

  // The startup text may ask for a level that this image does not have: the device boots without it and says so.
  auto usage = usage_of(booted_levels_);
  if (!usage) {
    log({"LICENSE", 3, "BOOT_LEVEL_INVALID", usage.error().message});
    booted_levels_.clear();
    usage = std::vector<UsageItem>{};
  }
  if (auto set = agent_->set_usage(std::move(*usage), now()); !set) {
    log({"LICENSE", 3, "BOOT_LEVEL_REFUSED", set.error().message});
    booted_levels_.clear();
  }
  tell_traditional_licenses();
  agent_->ready(now());
  return {};
}

// In traditional mode the configured levels are what this device has a right to use, on each member.
void VirtualDevice::tell_traditional_licenses() {
  if (agent_->snapshot(now()).mode != agent::LicensingMode::Traditional) return;
  std::vector<agent::TraditionalLicense> licenses;
  for (const auto& level : booted_levels_)
    licenses.push_back({level, agent::TraditionalLicense::Kind::RightToUse, static_cast<Count>(stack_.size()), true});
  if (auto ok = agent_->set_traditional_licenses(std::move(licenses), now()); !ok)
    log({"LICENSE", 3, "RIGHT_TO_USE_NOT_RECORDED", ok.error().message});
}

Result<std::vector<UsageItem>> VirtualDevice::usage_of(const std::vector<std::string>& levels) const {
  if (levels.empty()) return std::vector<UsageItem>{};
  auto version = catalog::parse_software_version(settings_.software_version);
  if (!version) return version.error();
  const int members = static_cast<int>(stack_.size());
  return catalog_.usage(active_udi(stack_).pid, *version, levels, {members, settings_.supervisors * members, members});
}

void VirtualDevice::tear_down() {
  *alive_ = false;
  alive_ = std::make_shared<bool>(true);
  if (wake_timer_ != 0) ports_.scheduler->cancel(wake_timer_);
  wake_timer_ = 0;
  ports_.carrier->cancel();
  if (agent_) {
    if (auto ok = agent_->shut_down(now()); !ok) log({"SMART_LIC", 3, "STORE_NOT_WRITTEN", ok.error().message});
  }
  agent_.reset();
  keys_in_making_ = 0;
  complete_registrations();
}

Result<void> VirtualDevice::shut_down() {
  *alive_ = false;
  if (wake_timer_ != 0) ports_.scheduler->cancel(wake_timer_);
  wake_timer_ = 0;
  if (!agent_) return {};
  auto result = agent_->shut_down(now());
  ports_.carrier->cancel();
  agent_.reset();
  return result;
}

bool VirtualDevice::quiet() const {
  return !reload_asked_ && keys_in_making_ == 0 && (!agent_ || agent_->quiet());
}

void VirtualDevice::restart() {
  reload_asked_ = false;
  reload_reason_ = "Reload Command";
  tear_down();
  try_boot();
  if (on_reload_) on_reload_();
}

void VirtualDevice::try_boot() {
  agent_fault_.clear();
  auto booted = boot();
  if (booted) return;
  // The startup text was printed by us and the store is ours: what fails here is the disk, which may come back.
  agent_fault_ = booted.error().message;
  log({"SYS", 2, "BOOT_FAILED", agent_fault_});
  boot_again_later();
}

void VirtualDevice::boot_again_later() {
  wake_at(std::nullopt);
  wake_timer_ = ports_.scheduler->call_at(clock_.steady() + kBootRetry, [this, alive = alive_] {
    if (!*alive) return;
    wake_timer_ = 0;
    try_boot();
  });
}

ClockTrust VirtualDevice::trust() const {
  return running_.calendar_valid ? ClockTrust::Authoritative : ClockTrust::NotAuthoritative;
}

// --- DeviceControl ---------------------------------------------------------------------------------------------------

View VirtualDevice::view() const {
  View v;
  if (agent_) v.agent = agent_->snapshot(now());
  v.agent_fault = agent_fault_;
  if (v.agent.udis.empty()) v.agent.udis = stack_;
  const Udi& udi = active_udi(v.agent.udis);
  v.licenses = license_rows(v.agent, &catalog_, udi.pid, settings_.software_version);
  // Network level before add-on, as configured; the agent keeps them by tag.
  std::stable_sort(v.licenses.begin(), v.licenses.end(), [this](const LicenseRow& a, const LicenseRow& b) {
    const auto place = [this](const LicenseRow& row) {
      return std::find(booted_levels_.begin(), booted_levels_.end(), row.feature);
    };
    return place(a) < place(b);
  });
  if (agent_) v.event_log = agent_->event_log();
  v.running = running_;
  v.startup_text = startup_text_;
  v.facts = facts_;
  v.image = image_;
  if (const catalog::Model* model = catalog_.find_model(udi.pid)) v.model_description = model->description;
  v.booted_levels = booted_levels_;
  v.log_lines.assign(log_.lines().begin(), log_.lines().end());
  v.messages_logged = log_.total();
  v.now = clock_.wall();
  v.trust = trust();
  v.up = clock_.steady() - booted_at_;
  v.reload_reason = reload_reason_;
  return v;
}

bool VirtualDevice::modified() const {
  return !(running_ == startup_) || (agent_ && agent_->snapshot(now()).unsaved_identity);
}

Result<void> VirtualDevice::change(const Configuration& next) {
  if (levels_of(next) != levels_of(running_)) {
    if (auto usage = usage_of(levels_of(next)); !usage) return usage.error();
  }
  if (agent_ && next.license_smart_enable != running_.license_smart_enable) {
    const auto mode = next.license_smart_enable ? agent::LicensingMode::Smart : agent::LicensingMode::Traditional;
    if (auto ok = agent_->set_licensing_mode(mode, now()); !ok) return ok;
    tell_traditional_licenses();
  }
  const Configuration before = std::exchange(running_, next);
  log_.set_limit(static_cast<std::size_t>(next.logging_buffer_bytes));
  if (!agent_) return {};
  if (before.hostname != next.hostname) agent_->set_host_name(next.hostname, now());
  if (!same_way(before, next)) agent_->transport_changed(now());
  return {};
}

Result<void> VirtualDevice::save() {
  const std::string text = print_configuration(running_, facts_, Defaults::Hide);
  if (auto ok = ports_.files->save_startup(text); !ok) return ok.error().with_context("startup configuration");
  startup_text_ = text;
  startup_ = running_;
  return agent_ ? agent_->save_identity(now()) : Result<void>(not_running());
}

Error VirtualDevice::not_running() const {
  return {ErrorCode::Unavailable, "the agent is not running: " + agent_fault_};
}

void VirtualDevice::register_token(std::string token, Force force, std::function<void(Result<Registering>)> done) {
  if (!agent_) return done(not_running());
  const int before = keys_in_making_;
  const auto how = force == Force::Yes ? agent::Agent::Force::Yes : agent::Agent::Force::No;
  if (auto asked = agent_->register_token(std::move(token), how, now()); !asked) return done(asked.error());
  if (keys_in_making_ == before) return done(Registering{});
  waiting_.push_back({std::move(done), clock_.steady()});  // answered when the key pair is made
}

void VirtualDevice::complete_registrations() {
  const std::string kind = settings_.key_algorithm == pki::KeyAlgorithm::EcP256    ? "256 bit EC"
                           : settings_.key_algorithm == pki::KeyAlgorithm::Rsa3072 ? "3072 bit RSA"
                                                                                   : "2048 bit RSA";
  for (WaitingRegistration& w : std::exchange(waiting_, {})) w.done(Registering{clock_.steady() - w.since, kind});
}

Result<void> VirtualDevice::deregister() {
  return agent_ ? agent_->deregister(now()) : Result<void>(not_running());
}
Result<void> VirtualDevice::renew_id() {
  return agent_ ? agent_->renew_id(now()) : Result<void>(not_running());
}
Result<void> VirtualDevice::renew_authorization() {
  return agent_ ? agent_->renew_authorization(now()) : Result<void>(not_running());
}

Result<void> VirtualDevice::set_clock(WallTime wall) {
  const WallTime before = clock_.wall();
  const Duration offset = wall - ports_.clock->wall();
  if (auto ok = ports_.files->save_clock_offset(offset); !ok) return ok.error();
  clock_.set_offset(offset);
  log({"SYS", 6, "CLOCKUPDATE",
       fmt::format("System clock has been updated from {} to {}, configured from console by console.",
                   clock_time(before, running_.zone, ClockTrust::Authoritative),
                   clock_time(wall, running_.zone, ClockTrust::Authoritative))});
  if (agent_) agent_->tick(now());  // CLK-1 notices the jump
  return {};
}

Result<void> VirtualDevice::apply_stack(std::vector<UdiEntry> next) {
  if (auto ok = check_udis(next); !ok) return ok;
  if (agent_ && active_udi(next) != active_udi(stack_)) return switch_over(std::move(next));
  const auto before = std::exchange(stack_, std::move(next));
  if (!agent_) return {};
  auto usage = usage_of(booted_levels_);
  // The usage first: the change of members sends it at once, with the new list (HA-1).
  auto ok = usage ? agent_->set_usage(std::move(*usage), now()) : Result<void>(usage.error());
  if (!ok) {
    stack_ = before;
    return ok;
  }
  tell_traditional_licenses();
  return agent_->set_udis(stack_, now());
}

// The new active has the startup contents that the standby mirrored: a registration that was not saved is lost with the
// member that held it (STO-3). Its agent says that the roles changed, and carries on (HA-1).
Result<void> VirtualDevice::switch_over(std::vector<UdiEntry> next) {
  tear_down();
  stack_ = std::move(next);
  auto opened = open_agent();
  if (!opened) {
    agent_fault_ = opened.error().message;
    log({"SYS", 2, "BOOT_FAILED", agent_fault_});
    boot_again_later();
  }
  return opened;
}

Result<void> VirtualDevice::add_member(Udi udi) {
  auto next = stack_;
  const bool has_standby =
      std::any_of(next.begin(), next.end(), [](const UdiEntry& e) { return e.role == UdiRole::Standby; });
  next.push_back({std::move(udi), has_standby ? UdiRole::Member : UdiRole::Standby});
  auto ok = apply_stack(std::move(next));
  if (ok) log({"STACKMGR", 5, "SWITCH_ADDED", fmt::format("Switch {} has been added to the stack.", stack_.size())});
  return ok;
}

Result<void> VirtualDevice::remove_member(const std::string& sn) {
  auto next = stack_;
  const auto it = std::find_if(next.begin(), next.end(), [&](const UdiEntry& e) { return e.udi.sn == sn; });
  if (it == next.end()) return Error{ErrorCode::NotFound, "no member of the stack has the serial number " + sn};
  if (next.size() == 1) return Error{ErrorCode::Conflict, "the last member of a stack cannot be removed"};
  const UdiRole gone = it->role;
  const auto number = it - next.begin() + 1;
  next.erase(it);
  const auto promote = [&](UdiRole from, UdiRole to) {
    const auto chosen = std::find_if(next.begin(), next.end(), [&](const UdiEntry& e) { return e.role == from; });
    if (chosen == next.end()) return false;
    chosen->role = to;
    return true;
  };
  // The standby takes over, and the first member is the next standby (HA-1).
  if (gone == UdiRole::Active && !promote(UdiRole::Standby, UdiRole::Active)) promote(UdiRole::Member, UdiRole::Active);
  if (gone != UdiRole::Member) promote(UdiRole::Member, UdiRole::Standby);
  auto ok = apply_stack(std::move(next));
  if (ok) log({"STACKMGR", 4, "SWITCH_REMOVED", fmt::format("Switch {} has been removed from the stack.", number)});
  return ok;
}

Result<void> VirtualDevice::force_switchover() {
  auto next = stack_;
  const auto standby =
      std::find_if(next.begin(), next.end(), [](const UdiEntry& e) { return e.role == UdiRole::Standby; });
  if (standby == next.end()) return Error{ErrorCode::Conflict, "There is no standby to switch over to"};
  // The one that was active restarts and comes back as the standby.
  for (auto& entry : next)
    if (entry.role == UdiRole::Active) entry.role = UdiRole::Standby;
  standby->role = UdiRole::Active;
  return apply_stack(std::move(next));
}

Result<DeviceControl::Fingerprints> VirtualDevice::check_ca_certificate(ByteView der) {
  auto certificate = ports_.crypto->parse_certificate(der);
  if (!certificate) return certificate.error();
  if (!certificate->is_ca) return Error{ErrorCode::Crypto, "the certificate is not one of a CA"};
  return Fingerprints{ports_.crypto->fingerprint(pki::Crypto::Fingerprint::Md5, der),
                      ports_.crypto->fingerprint(pki::Crypto::Fingerprint::Sha1, der)};
}

void VirtualDevice::reload() {
  if (std::exchange(reload_asked_, true)) return;
  ports_.scheduler->post([this, alive = alive_] {
    if (*alive) restart();
  });
}

void VirtualDevice::audit(const std::string& user, const std::string& line) {
  if (ports_.audit) ports_.audit(user, line);
}

void VirtualDevice::configured(const std::string& user) {
  log({"SYS", 5, "CONFIG_I", "Configured from console by " + user});
}

// --- agent::Host -----------------------------------------------------------------------------------------------------

void VirtualDevice::log(const agent::LogLine& line) {
  const WallTime at = clock_.wall();
  std::string text = console_line(line, at, running_.zone, trust());
  if (running_.logging_buffered) log_.append(text);
  if (ports_.console) ports_.console(text);
  if (on_log_) on_log_(text);
  constexpr int kTrapLevel = 6;  // informational, as `show logging` says
  if (line.severity > kTrapLevel || ports_.syslog == nullptr) return;
  for (const SyslogHost& host : running_.logging_hosts) {
    ports_.syslog->send(host, syslog_message(line, at, running_.hostname));
  }
}

void VirtualDevice::notify(agent::NotificationKind) {}

void VirtualDevice::wake_at(std::optional<SteadyTime> when) {
  if (wake_timer_ != 0) ports_.scheduler->cancel(wake_timer_);
  wake_timer_ = 0;
  if (!when) return;
  wake_timer_ = ports_.scheduler->call_at(*when, [this, alive = alive_] {
    if (!*alive) return;
    wake_timer_ = 0;
    if (agent_) agent_->tick(now());
  });
}

void VirtualDevice::generate_key(pki::KeyAlgorithm algorithm,
                                 std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  ++keys_in_making_;
  auto made = std::make_shared<Result<std::unique_ptr<pki::PrivateKey>>>(Error{ErrorCode::Internal, "no key"});
  ports_.background->run([made, algorithm, crypto = ports_.crypto] { *made = crypto->generate_key(algorithm); },
                         [this, made, done = std::move(done), alive = alive_] {
                           if (!*alive) return;
                           --keys_in_making_;
                           done(std::move(*made));
                           complete_registrations();
                         });
}

// --- agent::Transport ------------------------------------------------------------------------------------------------

void VirtualDevice::send(Message message, std::function<void(agent::TransportReply)> done) {
  const WaySettings s{settings_.manager_url, settings_.smart_transport_url, settings_.tls_roots,
                      settings_.interfaces,  settings_.resumption,          &clock_};
  const auto way = choose_way(running_, s);
  if (const auto* found = std::get_if<Way>(&way))
    return ports_.carrier->send(*found, std::move(message), std::move(done));
  if (const auto& complaint = std::get<NoWay>(way).complaint) log(*complaint);
  ports_.scheduler->post([done = std::move(done)] {
    agent::TransportReply reply;
    reply.failure = agent::TransportFailure::NotAvailable;
    done(std::move(reply));
  });
}

void VirtualDevice::cancel() {
  ports_.carrier->cancel();
}

}  // namespace lictor::device
