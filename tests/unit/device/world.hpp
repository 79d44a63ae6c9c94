// A virtual device on simulated time with everything it needs in memory; its messages reach the agent tests' server.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "device/grammar/command_tree.hpp"
#include "device/machine/virtual_device.hpp"
#include "device/session/session.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "unit/agent_core/lab.hpp"
#include "unit/catalog/catalog_files.hpp"

namespace lictor::device::test {

class SimulatedClock final : public Clock {
 public:
  WallTime wall() const override { return wall_now; }
  SteadyTime steady() const override { return steady_now; }
  WallTime wall_now = wall_from_ms(agent::lab::kStart);
  SteadyTime steady_now{Duration{5'000'000}};
};

class SimulatedScheduler final : public Scheduler {
 public:
  explicit SimulatedScheduler(SimulatedClock& clock) : clock_(clock) {}
  void post(std::function<void()> task) override { posted_.push_back(std::move(task)); }
  TimerId call_at(SteadyTime when, std::function<void()> task) override {
    timers_.emplace(std::pair(when, ++last_), std::move(task));
    return last_;
  }
  void cancel(TimerId id) override {
    std::erase_if(timers_, [id](const auto& t) { return t.first.second == id; });
  }
  // Everything due within `time`, in order.
  void run(Duration time) {
    const SteadyTime end = clock_.steady_now + time;
    while (true) {
      drain();
      if (timers_.empty() || timers_.begin()->first.first > end) break;
      advance_to(std::max(clock_.steady_now, timers_.begin()->first.first));
      auto task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
    }
    advance_to(end);
  }

 private:
  void drain() {
    while (!posted_.empty()) {
      auto task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }
  void advance_to(SteadyTime when) {
    clock_.wall_now += when - clock_.steady_now;
    clock_.steady_now = when;
  }
  SimulatedClock& clock_;
  std::deque<std::function<void()>> posted_;
  std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
  TimerId last_ = 0;
};

class LabCarrier final : public Carrier {
 public:
  LabCarrier(SimulatedScheduler& scheduler, SimulatedClock& clock, agent::lab::Server& server)
      : scheduler_(scheduler), clock_(clock), server_(server) {}
  void send(const Way& way, agent::Transport::Message message,
            std::function<void(agent::TransportReply)> done) override {
    ways.push_back(way);
    scheduler_.post([this, url = way.url, message = std::move(message), done = std::move(done)] {
      agent::TransportReply reply;
      reply.url = url;
      if (canned) {
        reply = *canned;
        reply.url = url;
      } else if (down) {
        reply.failure = agent::TransportFailure::SendFailed;
        reply.carrier_error = "ERR 205 : Request Aborted";
      } else {
        reply.body = server_.handle(message.body, clock_.wall_now);
      }
      done(std::move(reply));
    });
  }
  void cancel() override {}
  bool down = false;
  std::optional<agent::TransportReply> canned;  // answers instead of the server
  std::vector<Way> ways;

 private:
  SimulatedScheduler& scheduler_;
  SimulatedClock& clock_;
  agent::lab::Server& server_;
};

class MemoryFiles final : public DeviceFiles {
 public:
  Result<std::optional<std::string>> load_startup() override { return startup; }
  Result<void> save_startup(const std::string& text) override {
    startup = text;
    return {};
  }
  Result<Duration> load_clock_offset() override { return offset; }
  Result<void> save_clock_offset(Duration value) override {
    offset = value;
    return {};
  }
  std::optional<std::string> startup;
  Duration offset{0};
};

class CollectingSyslog final : public SyslogSender {
 public:
  void send(const SyslogHost& host, const os::SyslogMessage& message) override {
    sent.emplace_back(host.host, message);
  }
  std::vector<std::pair<std::string, os::SyslogMessage>> sent;
};

class PostedBackground final : public Background {
 public:
  explicit PostedBackground(Scheduler& scheduler) : scheduler_(scheduler) {}
  void run(std::function<void()> work, std::function<void()> then) override {
    scheduler_.post([work = std::move(work), then = std::move(then)] {
      work();
      then();
    });
  }

 private:
  Scheduler& scheduler_;
};

inline VirtualDeviceSettings c9500_settings() {
  VirtualDeviceSettings s;
  s.stack = {{{"C9500-40X", "FCW2233A5ZV"}, UdiRole::Active}};
  s.manager_url = "https://ssm.example.com:8443/its/service/oddce/services/DDCEService";
  s.smart_transport_url = "https://ssm.example.com:8443/SmartTransport";
  s.initial_startup = "hostname C9500\nlicense boot level network-advantage addon dna-advantage\n";
  s.key_algorithm = pki::KeyAlgorithm::EcP256;
  return s;
}

struct World {
  explicit World(VirtualDeviceSettings s = c9500_settings()) : settings(std::move(s)) {
    settings.licensing_anchors = {server.authority.root.der};
  }
  void boot() {
    MachinePorts ports;
    ports.scheduler = &scheduler;
    ports.clock = &clock;
    ports.crypto = crypto.get();
    ports.entropy = &entropy;
    ports.jitter = &jitter;
    ports.store = &store;
    ports.carrier = &carrier;
    ports.files = &files;
    ports.syslog = &syslog;
    ports.background = &background;
    ports.console = [this](const std::string& line) { console.push_back(line); };
    auto started = VirtualDevice::start(settings, catalog, grammar, ports);
    ASSERT_TRUE(started) << started.error().message;
    device = std::move(*started);
    session = std::make_unique<Session>(grammar, *device, SessionSettings{});
    scheduler.run(seconds(5));
  }
  // One line at the shell; what it leads to within five seconds happens.
  Reply type(const std::string& line) {
    std::optional<Reply> got;
    session->execute(line, session->prompt().size(), [&](Reply r) { got = std::move(r); });
    scheduler.run(seconds(5));
    return got.value_or(Reply{});
  }
  void configure(const std::vector<std::string>& lines) {
    type("configure terminal");
    for (const auto& line : lines) EXPECT_FALSE(type(line).failed) << line;
    type("end");
  }
  // "SMART_LIC-6-AGENT_REG_SUCCESS" of the console lines from `first` on.
  [[nodiscard]] std::vector<std::string> mnemonics(std::size_t first = 0) const {
    std::vector<std::string> names;
    for (std::size_t i = first; i < console.size(); ++i) {
      const auto percent = console[i].find('%');
      names.push_back(console[i].substr(percent + 1, console[i].find(':', percent) - percent - 1));
    }
    return names;
  }
  [[nodiscard]] bool logged(const std::string& mnemonic, std::size_t first = 0) const {
    const auto names = mnemonics(first);
    return std::find(names.begin(), names.end(), mnemonic) != names.end();
  }

  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  SimulatedClock clock;
  SimulatedScheduler scheduler{clock};
  agent::lab::Server server{*crypto, clock.wall_now};
  VirtualDeviceSettings settings;
  catalog::Catalog catalog = catalog::shipped("catalyst.yaml");
  Grammar grammar = make_grammar();
  SeededEntropy entropy{3}, jitter{5};
  agent::lab::MemoryStore store;
  LabCarrier carrier{scheduler, clock, server};
  MemoryFiles files;
  CollectingSyslog syslog;
  PostedBackground background{scheduler};
  std::vector<std::string> console;
  std::unique_ptr<VirtualDevice> device;
  std::unique_ptr<Session> session;
};

}  // namespace lictor::device::test
