#include "device/daemon/adapters.hpp"

#include <charconv>

#include <fmt/format.h>

namespace lictor::device {

HttpCarrier::HttpCarrier(Scheduler& home)
    : transport_(home, []() -> std::optional<agent::HttpWay> { return std::nullopt; }) {}

void HttpCarrier::send(const Way& way, agent::Transport::Message message,
                       std::function<void(agent::TransportReply)> done) {
  transport_.send_by({way.url, way.settings}, std::move(message), std::move(done));
}
void HttpCarrier::cancel() {
  transport_.cancel();
}

Result<std::optional<std::string>> FolderFiles::load_startup() {
  const std::string path = folder_ + "/startup-config";
  if (!files_.exists(path)) return std::optional<std::string>();
  auto bytes = files_.read(path, 1024 * 1024);
  if (!bytes) return bytes.error();
  return std::optional<std::string>(std::string(as_text(*bytes)));
}

Result<void> FolderFiles::save_startup(const std::string& text) {
  return files_.write_atomically(folder_ + "/startup-config", as_bytes(text), os::FileMode::Private);
}

Result<Duration> FolderFiles::load_clock_offset() {
  const std::string path = folder_ + "/clock-offset";
  if (!files_.exists(path)) return Duration{0};
  auto bytes = files_.read(path, 64);
  if (!bytes) return bytes.error();
  std::string text(as_text(*bytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error{ErrorCode::Corrupt, path + " is damaged; remove it to use the host's clock"};
  }
  return Duration{ms};
}

Result<void> FolderFiles::save_clock_offset(Duration offset) {
  return files_.write_atomically(folder_ + "/clock-offset", as_bytes(fmt::format("{}\n", offset.count())),
                                 os::FileMode::Private);
}

void SyslogHosts::send(const SyslogHost& host, const os::SyslogMessage& message) {
  auto& sender = senders_[fmt::format("{}/{}/{}", host.transport, host.host, host.port)];
  if (!sender) {
    const auto transport =
        host.transport == "tcp" ? os::SyslogTarget::Transport::Tcp : os::SyslogTarget::Transport::Udp;
    sender = os::make_syslog_sender(loop_, {host.host, host.port, transport});
  }
  sender->send(message);
}

void BackgroundWorker::run(std::function<void()> work, std::function<void()> then) {
  worker_.run([this, work = std::move(work), then = std::move(then), alive = alive_]() mutable {
    work();
    home_.post([then = std::move(then), alive = std::move(alive)] {
      if (*alive) then();
    });
  });
}

}  // namespace lictor::device
