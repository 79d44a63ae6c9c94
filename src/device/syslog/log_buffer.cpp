#include "device/syslog/log_buffer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace lictor::device {

std::string console_line(const agent::LogLine& line, WallTime at, const TimeZone& zone, ClockTrust trust) {
  return fmt::format("{}: %{}-{}-{}: {}", log_time(at, zone, trust), line.facility, line.severity, line.mnemonic, line.text);
}

std::string rfc5424_line(const agent::LogLine& line, WallTime at, const std::string& host_name) {
  constexpr int kLocal7 = 23;
  const CivilTime c = to_civil(at);
  std::string text = line.text;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return fmt::format("<{}>1 {:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {} {} - {} - %{}-{}-{}: {}", kLocal7 * 8 + line.severity,
                     c.year, c.month, c.day, c.hour, c.minute, c.second, c.millisecond,
                     host_name.empty() ? "-" : host_name, line.facility, line.mnemonic.substr(0, 32), line.facility,
                     line.severity, line.mnemonic, text);
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
