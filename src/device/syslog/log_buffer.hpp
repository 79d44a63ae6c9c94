// Log lines of the device (LOG-1 ... LOG-7): their form on the console and in `show logging`, and on the wire. Pure.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "device/show/times.hpp"
#include "foundation/os/syslog_sender.hpp"

namespace lictor::device {

// "*Nov 18 10:45:23.029: %SMART_LIC-6-AGENT_REG_SUCCESS: ..."; a text of several lines stays so.
std::string console_line(const agent::LogLine& line, WallTime at, const TimeZone& zone, ClockTrust trust);

// For `logging host` (RFC 5424): facility local7 as IOS, the mnemonic as message id, the IOS form as text on one line.
os::SyslogMessage syslog_message(const agent::LogLine& line, WallTime at, const std::string& host_name);

// The last lines, bounded by bytes as `logging buffered N` says.
class LogBuffer {
 public:
  void set_limit(std::size_t bytes);
  void append(std::string line);
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }
  [[nodiscard]] std::int64_t total() const { return total_; }  // ever logged

 private:
  void trim();
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
  std::size_t limit_ = 4096;
  std::int64_t total_ = 0;
};

}  // namespace lictor::device
