// What the virtual device needs from the machine under it. One owner thread: the scheduler's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "device/machine/call_home.hpp"
#include "foundation/base/scheduler.hpp"
#include "foundation/os/syslog_sender.hpp"

namespace lictor::device {

// Sends one message at a time the way that it is told. `done` comes once, on the owner's thread, never inside send().
class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual void send(const Way& way, agent::Transport::Message message,
                    std::function<void(agent::TransportReply)> done) = 0;
  virtual void cancel() = 0;
};

// What outlives a reload beside the agent's store. Blocking; durable on return.
class DeviceFiles {
 public:
  virtual ~DeviceFiles() = default;
  virtual Result<std::optional<std::string>> load_startup() = 0;  // nullopt: never saved
  virtual Result<void> save_startup(const std::string& text) = 0;
  virtual Result<Duration> load_clock_offset() = 0;  // `clock set`
  virtual Result<void> save_clock_offset(Duration offset) = 0;
};

// Log lines out to `logging host`. Must not block; a lost line is lost.
class SyslogSender {
 public:
  virtual ~SyslogSender() = default;
  virtual void send(const SyslogHost& host, const os::SyslogMessage& message) = 0;
};

// Runs `work` on another thread, then `then` on the owner's.
class Background {
 public:
  virtual ~Background() = default;
  virtual void run(std::function<void()> work, std::function<void()> then) = 0;
};

struct MachinePorts {  // all must outlive the device
  Scheduler* scheduler = nullptr;
  const Clock* clock = nullptr;  // of the host, or the lab's
  pki::Crypto* crypto = nullptr;
  Entropy* entropy = nullptr;
  Entropy* jitter = nullptr;
  agent::StateStore* store = nullptr;
  Carrier* carrier = nullptr;
  DeviceFiles* files = nullptr;
  SyslogSender* syslog = nullptr;
  Background* background = nullptr;
  std::function<void(const std::string&)> console;                    // log lines, as a console prints them
  std::function<void(const std::string&, const std::string&)> audit;  // user, line
};

}  // namespace lictor::device
