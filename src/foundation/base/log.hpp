// Structured log, as an interface: rooms write records, the backend (foundation/os, spdlog) renders them as text or
// JSON lines. Secrets are never fields. Thread: any.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/messages.hpp"

namespace lictor {

struct LogField {
  std::string_view name;
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(const MessageRow& message, std::initializer_list<LogField> fields) = 0;
  void write(const MessageRow& message) { write(message, {}); }
};

// Swallows everything: for tests and tools.
class NoLog final : public Log {
 public:
  void write(const MessageRow&, std::initializer_list<LogField>) override {}
};

}  // namespace lictor
