// Where log records go: standard error or a file, as text or JSON lines. Values are escaped, so that no value can begin
// a line of its own.
#pragma once

#include <memory>
#include <string>

#include "foundation/base/log.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::os {

struct LogSettings {
  enum class Form { Text, Json };
  Form form = Form::Text;
  Severity least = Severity::Info;
  std::string file;  // "" = standard error
};

// `clock` must outlive it. Error: Io when the file cannot be opened.
Result<std::unique_ptr<Log>> make_log(const LogSettings& settings, const Clock& clock);

}  // namespace lictor::os
