// The virtual device's ports over the machine: HTTP, files, syslog, a worker thread. On the loop's thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/host/http_transport.hpp"
#include "device/machine/ports.hpp"
#include "foundation/os/files.hpp"
#include "foundation/os/worker.hpp"

namespace lictor::device {

class HttpCarrier final : public Carrier {
 public:
  explicit HttpCarrier(Scheduler& home);
  void send(const Way& way, agent::Transport::Message message,
            std::function<void(agent::TransportReply)> done) override;
  void cancel() override;

 private:
  agent::HttpTransport transport_;
};

// startup-config and clock-offset in the state folder.
class FolderFiles final : public DeviceFiles {
 public:
  FolderFiles(os::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  Result<std::optional<std::string>> load_startup() override;
  Result<void> save_startup(const std::string& text) override;
  Result<Duration> load_clock_offset() override;
  Result<void> save_clock_offset(Duration offset) override;

 private:
  os::Files& files_;
  std::string folder_;
};

// A sender a host, made when the first line goes there.
class SyslogHosts final : public SyslogSender {
 public:
  explicit SyslogHosts(os::EventLoop& loop) : loop_(loop) {}
  void send(const SyslogHost& host, const os::SyslogMessage& message) override;

 private:
  os::EventLoop& loop_;
  std::map<std::string, std::unique_ptr<os::SyslogSender>> senders_;
};

class BackgroundWorker final : public Background {
 public:
  explicit BackgroundWorker(Scheduler& home) : home_(home) {}
  ~BackgroundWorker() override { *alive_ = false; }
  void run(std::function<void()> work, std::function<void()> then) override;

 private:
  Scheduler& home_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read and written on home's thread only
  os::Worker worker_;                                           // last: ends before what it uses
};

}  // namespace lictor::device
