#include "simulation/world/device.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::simulation {
namespace {

constexpr std::size_t kEventLog = 20;

}  // namespace

// Keys come a little later, as from a worker.
class Device::Keys final : public agent::KeySource {
 public:
  // `worker`: a scheduler of their own, as they say nothing of when the agent wants to be woken. `trouble`: some are
  // not made, and where they are slow they take up to most of an hour; nullptr: neither.
  Keys(std::unique_ptr<MachineScheduler> worker, const Clock& clock, pki::Crypto& crypto, Entropy* trouble, bool slow)
      : worker_(std::move(worker)), clock_(clock), crypto_(crypto), trouble_(trouble), slow_(slow) {}
  void heal() { trouble_ = nullptr; }
  // What is being made is done sooner than it was to be.
  void hurry(Duration most) {
    for (const auto& work : std::exchange(under_way_, {})) begin(work, most);
  }
  void generate(pki::KeyAlgorithm algorithm,
                std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override {
    const auto takes = Duration{300LL << (slow_ && trouble_ != nullptr ? trouble_->uniform(0, 13) : 0)};
    const bool fails = trouble_ != nullptr && trouble_->uniform(1, slow_ ? 3 : 4) == 1;
    const auto work = std::make_shared<std::function<void()>>([this, algorithm, fails, done = std::move(done)] {
      if (fails) return done(Error{ErrorCode::Crypto, "no key was made"});
      done(crypto_.generate_key(algorithm));
    });
    begin(work, takes);
    if (trouble_ != nullptr) under_way_.push_back(work);
  }

 private:
  using Work = std::shared_ptr<std::function<void()>>;
  void begin(const Work& work, Duration takes) {
    worker_->call_at(clock_.steady() + takes, [this, work] {
      std::erase(under_way_, work);
      if (*work) std::exchange(*work, nullptr)();
    });
  }

  std::unique_ptr<MachineScheduler> worker_;
  const Clock& clock_;
  pki::Crypto& crypto_;
  Entropy* trouble_;
  bool slow_;
  std::vector<Work> under_way_;
};

void Device::disturb_leaving() {
  if (keys_) keys_->hurry(Duration{lives_chance_.uniform(1, 500)});
  // What was only tried out is unplugged as it says goodbye.
  if (has(Life::ShortEvaluation) && !healing_ && lives_chance_.uniform(1, 3) > 1)
    later(Duration{1LL << lives_chance_.uniform(0, 9)}, [this] { pull_the_plug(); });
  if (!has(Life::Impatient) || healing_) return;
  for (int i = 0; i < 3; ++i) later(Duration{1LL << lives_chance_.uniform(0, 9)}, [this] { do_something_else(); });
}

Device::Device(int number, const Options& options, Surroundings around)
    : number_(number),
      options_(options),
      around_(around),
      entropy_(stream(options.seed, 40, static_cast<std::uint64_t>(number))),
      jitter_(stream(options.seed, 41, static_cast<std::uint64_t>(number))),
      chance_(stream(options.seed, 42, static_cast<std::uint64_t>(number))),
      people_(stream(options.seed, 43, static_cast<std::uint64_t>(number))),
      lives_chance_(stream(options.seed, 44, static_cast<std::uint64_t>(number))),
      clock_(*around.timeline),
      link_(number, options.seed, {around.timeline, around.judge, around.truth, around.tally, around.manager},
            [this](auto type, const auto& sent) { watch_send(type, sent); }),
      flash_(options.device_store == Options::DeviceStore::Memory ? make_memory_flash()
                                                                  : make_file_flash(*around.crypto, kEventLog)) {
  choose_model();
  members_ = people_.uniform(1, 4) == 1 ? static_cast<int>(people_.uniform(2, 3)) : 1;
  settings_.product_tag = model_.product;
  settings_.software_version = "16.12.3";
  settings_.agent_version = "simulated";
  settings_.host_name = people_.uniform(1, 2) == 1 ? fmt::format("switch-{}", number) : "";
  settings_.key_algorithm = pki::KeyAlgorithm::EcP256;
  settings_.licensing_anchors = around_.manager->anchors();
  settings_.evaluation_step = hours(6);  // flash wear, as a lab sets it
  settings_.event_log_size = kEventLog;
  // The virtual device keeps its identity in memory until it is told to save.
  if (people_.uniform(1, 3) == 1) settings_.persistence = agent::AgentSettings::Persistence::OnSave;
  choose_lives();
  settings_.udis = make_udis(members_, active_);
}

Device::~Device() {
  if (host_) power_off(Fault::Unsynced::Dropped);
}

void Device::choose_model() {
  const auto& catalog = around_.manager->catalog();
  const auto& models = catalog.models();
  const auto& model =
      models[static_cast<std::size_t>(people_.uniform(0, static_cast<std::int64_t>(models.size()) - 1))];
  model_.pid = model.pid;
  model_.product = catalog.find_family(model.family)->product_tag;
  const auto version = *catalog::parse_software_version("16.12.3");
  std::vector<std::string> features;
  for (const auto& rule : model.features)
    if (catalog::applies(rule, version) && std::find(features.begin(), features.end(), rule.feature) == features.end())
      features.push_back(rule.feature);
  if (features.size() > 4) features.resize(4);
  for (unsigned chosen = 0; chosen < (1U << features.size()); ++chosen)
    for (int members = 1; members <= 3; ++members) {
      std::vector<std::string> on;
      for (std::size_t i = 0; i < features.size(); ++i)
        if ((chosen & (1U << i)) != 0) on.push_back(features[i]);
      auto usage = catalog.usage(model.pid, version, on, {members, 1, 1});
      model_.usages.push_back(usage ? std::move(*usage) : std::vector<UsageItem>{});
    }
}

std::vector<UdiEntry> Device::make_udis(int members, int active) const {
  std::vector<UdiEntry> udis;
  for (int i = 0; i < members; ++i) {
    const auto role = i == active % members         ? UdiRole::Active
                      : i == (active + 1) % members ? UdiRole::Standby
                                                    : UdiRole::Member;
    udis.push_back({*make_udi(model_.pid, fmt::format("SIM{:04}{}", number_, i)), role});
  }
  return udis;
}

void Device::begin() {
  around_.timeline->after(seconds(people_.uniform(1, 20 * 86'400)), [this] {
    power_on();
    change_usage();
    live();
  });
}

void Device::power_on() {
  if (host_ || around_.judge->violation()) return;
  ++run_;
  trace([] { return std::string("power on"); });
  going_down_ = false;
  clock_.boot();
  store_ = flash_->open();
  watched_ = std::make_unique<WatchedStore>(*store_);
  const auto make_scheduler = [this] {
    return std::make_unique<MachineScheduler>(*around_.timeline, clock_, [this](const auto& task) { around(task); });
  };
  scheduler_ = make_scheduler();
  keys_ = std::make_unique<Keys>(make_scheduler(), clock_, *around_.crypto,
                                 (has(Life::SlowKeys) || has(Life::Impatient)) && !healing_ ? &lives_chance_ : nullptr,
                                 has(Life::SlowKeys));
  link_.boot(*scheduler_);
  agent::Ports ports;
  ports.transport = &link_;
  ports.store = watched_.get();
  ports.crypto = around_.crypto;
  ports.entropy = &entropy_;
  ports.jitter = &jitter_;
  ports.rows = around_.rows;
  settings_.udis = make_udis(members_, active_);
  auto host = agent::AgentHost::open(settings_, ports, *scheduler_, clock_,
                                     {[this](const agent::LogLine& line) { watch_line(line); }, {}}, keys_.get());
  if (!host) {
    if (!flash_->off()) violated("agent-opens", "the agent does not open its store: " + host.error().message);
    return;
  }
  host_ = std::move(*host);
  if (watched_->damaged()) violated("store-whole", "the store is damaged after a single cut");
  judge_boot();
  ++changes_;
  (void)host_->agent().set_usage(usage_, host_->now());
  if (people_.uniform(1, 4) > 1) host_->agent().ready(host_->now());
  after_step();
}

void Device::power_off(Fault::Unsynced unsynced) {
  if (!host_) return;
  trace([] { return std::string("power off"); });
  flash_->cut(unsynced);
  link_.power_off();
  if (evaluation_ran_since_ && watched_->good()) used_for_sure_ += around_.timeline->now() - *evaluation_ran_since_;
  evaluation_ran_since_.reset();
  host_.reset();
  keys_.reset();
  scheduler_.reset();
  watched_.reset();
  store_.reset();
  if (last_send_) last_send_->stimulated = true;
}

void Device::power_back_after(Duration delay) {
  around_.timeline->after(healing_ ? seconds(5) : delay, [this] { power_on(); });
}

void Device::reload() {
  if (!host_ || going_down_) return;
  (void)host_->agent().shut_down(host_->now());
  power_off(Fault::Unsynced::Kept);
  power_back_after(seconds(people_.uniform(30, 400)));
}

// Everything that the agent does happens inside one of these two.
void Device::around(const std::function<void()>& task) {
  task();
  after_step();
}

void Device::step(const std::function<void(agent::Agent&, Now)>& what) {
  if (!host_ || going_down_) return;
  if (last_send_) last_send_->stimulated = true;
  what(host_->agent(), host_->now());
  after_step();
}

void Device::suffer(FaultKind kind) {
  if (healing_) return;
  trace([&] { return fmt::format("suffers {}", to_string(kind)); });
  const auto minutes_or_days = [this] {
    return chance_.uniform(1, 12) > 1 ? seconds(chance_.uniform(1, 3600)) : hours(chance_.uniform(1, 72));
  };
  switch (kind) {
    case FaultKind::Partition: {
      // Mostly short: a device without a link asks again each hour, and a year of that is six hundred healthy ones.
      // Months without a link are a life of their own.
      const auto how = chance_.uniform(1, 1000);
      link_.part(around_.timeline->now() + (how <= 900   ? seconds(chance_.uniform(10, 7200))
                                            : how <= 990 ? seconds(chance_.uniform(7200, 86'400))
                                                         : days(chance_.uniform(1, 20))));
      around_.tally->fault(kind);
      return;
    }
    case FaultKind::PowerCut:
      if (!host_) return;
      around_.tally->fault(kind);
      power_off(static_cast<Fault::Unsynced>(chance_.uniform(0, 5)));
      // Now and then it lies in a store room.
      return power_back_after(chance_.uniform(1, 200) == 1 ? days(chance_.uniform(60, 250)) : minutes_or_days());
    case FaultKind::TornWrite:
      if (!host_) return;
      // A save is one operation of a store in memory, and some of files.
      flash_->set({.at = static_cast<std::size_t>(
                       chance_.uniform(1, options_.device_store == Options::DeviceStore::Memory ? 3 : 9)),
                   .kind = Fault::Kind::PowerCut,
                   .done = static_cast<Fault::Done>(chance_.uniform(0, 1)),
                   .unsynced = static_cast<Fault::Unsynced>(chance_.uniform(0, 5))});
      return change_usage();  // something is written
    case FaultKind::Reload:
      if (host_ && !going_down_) around_.tally->fault(kind);
      return reload();
    case FaultKind::DiskFull:
    case FaultKind::DiskError:
      if (!host_) return;
      around_.tally->fault(kind);
      flash_->set({.at = static_cast<std::size_t>(chance_.uniform(1, 6)),
                   .kind = kind == FaultKind::DiskFull ? Fault::Kind::DiskFull : Fault::Kind::Io,
                   .again = chance_.uniform(1, 2) == 1 ? Fault::Again::Once : Fault::Again::ForEver});
      around_.timeline->after(minutes_or_days(), [this] { flash_->mend(); });
      return;
    case FaultKind::ClockStep: {
      around_.tally->fault(kind);
      const auto by = seconds(chance_.uniform(1, 3) == 1 ? chance_.uniform(-3 * 365 * 86'400L, 3 * 365 * 86'400L)
                                                         : chance_.uniform(-7200, 7200));
      clock_.step(by);
      clock_was_wrong_ = true;
      if (chance_.uniform(1, 2) == 1) step([](agent::Agent& agent, Now now) { agent.tick(now); });
      around_.timeline->after(minutes_or_days(), [this] {
        clock_.put_right();
        if (chance_.uniform(1, 2) == 1) step([](agent::Agent& agent, Now now) { agent.tick(now); });
      });
      return;
    }
    case FaultKind::ClockDrift:
      around_.tally->fault(kind);
      clock_.set_drift(chance_.uniform(-300, 300));
      clock_was_wrong_ = true;
      around_.timeline->after(days(chance_.uniform(1, 20)), [this] {
        clock_.set_drift(0);
        clock_.put_right();
      });
      return;
    case FaultKind::OldStore:
      // A copy is taken now and put back some time later.
      if (host_ && !flash_->off()) flash_->copy();
      around_.timeline->after(hours(chance_.uniform(1, 60 * 24)), [this] {
        if (healing_ || !host_) return;
        power_off(Fault::Unsynced::Kept);
        if (flash_->restore()) {
          around_.tally->fault(FaultKind::OldStore);
          copy_put_back_ = true;
          around_.truth->forget_answers(number_);
          last_.reset();
          maybe_.reset();
          must_be_.reset();
          authorized_.reset();
          used_for_sure_ = Duration{0};
        }
        power_back_after(seconds(60));
      });
      return;
    default:
      link_.arm(kind);
      // So that there is a message to suffer it.
      if (chance_.uniform(1, 2) == 1 || link_.waiting() > 2)
        step([](agent::Agent& agent, Now now) { (void)agent.renew_authorization(now); });
      return;
  }
}

void Device::heal() {
  healing_ = true;
  if (keys_) keys_->heal();
  link_.heal();
  flash_->mend();
  clock_.set_drift(0);
  clock_.put_right();
  if (!host_) power_on();
  settle();
}

}  // namespace lictor::simulation
