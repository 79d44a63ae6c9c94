// Syslog to a host: RFC 5424 over UDP (RFC 5426) or TCP with octet counting (RFC 6587). Never blocks; at most 1,000
// messages wait, the oldest go first when there are more.
#pragma once

#include <memory>
#include <string>

#include "foundation/base/time.hpp"
#include "foundation/os/event_loop.hpp"

namespace lictor::os {

struct SyslogTarget {
  std::string host;
  int port = 514;
  enum class Transport { Udp, Tcp };
  Transport transport = Transport::Udp;
};

struct SyslogMessage {
  int severity = 6;
  int facility = 23;  // local7, as network devices do
  WallTime at{};
  std::string host_name;
  std::string application;
  std::string message_id;       // the mnemonic
  std::string structured_data;  // "-" or [..]
  std::string text;
};
std::string format_rfc5424(const SyslogMessage& message);

class SyslogSender {
 public:
  virtual ~SyslogSender() = default;
  virtual void send(const SyslogMessage& message) = 0;
};
std::unique_ptr<SyslogSender> make_syslog_sender(EventLoop& loop, SyslogTarget target);

}  // namespace lictor::os
