#include "device/syslog/log_buffer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace lictor::device {

std::string console_line(const agent::LogLine& line, WallTime at, const TimeZone& zone, ClockTrust trust) {
  return fmt::format("{}: %{}-{}-{}: {}", log_time(at, zone, trust), line.facility, line.severity, line.mnemonic,
                     line.text);
}

os::SyslogMessage syslog_message(const agent::LogLine& line, WallTime at, const std::string& host_name) {
  os::SyslogMessage message;
  message.severity = line.severity;
  message.at = at;
  message.host_name = host_name;
  message.application = line.facility;
  message.message_id = line.mnemonic.substr(0, 32);  // RFC 5424's limit
  message.structured_data.assign(1, '-');
  message.text = fmt::format("%{}-{}-{}: {}", line.facility, line.severity, line.mnemonic, line.text);
  std::replace(message.text.begin(), message.text.end(), '\n', ' ');
  return message;
}

void LogBuffer::set_limit(std::size_t bytes) {
  limit_ = bytes;
  trim();
}

void LogBuffer::append(std::string line) {
  ++total_;
  bytes_ += line.size() + 1;
  lines_.push_back(std::move(line));
  trim();
}

void LogBuffer::trim() {
  while (bytes_ > limit_ && lines_.size() > 1) {
    bytes_ -= lines_.front().size() + 1;
    lines_.pop_front();
  }
}

}  // namespace lictor::device
