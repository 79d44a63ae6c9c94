#include "foundation/os/log_backend.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace lictor::os {
namespace {

// JSON's escapes; also used in the text form, where a value stands between quotes.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

bool plain(std::string_view text) {
  return !text.empty() && text.find_first_of(" \"\\=\n\r\t") == std::string_view::npos;
}

class Backend final : public Log {
 public:
  Backend(LogSettings settings, const Clock& clock, std::shared_ptr<spdlog::logger> logger)
      : settings_(std::move(settings)), clock_(clock), logger_(std::move(logger)) {}

  void write(const MessageRow& message, std::initializer_list<LogField> fields) override {
    if (message.severity < settings_.least) return;
    logger_->info(settings_.form == LogSettings::Form::Json ? json(message, fields) : text(message, fields));
    logger_->flush();
  }

 private:
  std::string text(const MessageRow& message, std::initializer_list<LogField> fields) const {
    auto line = fmt::format("{} {:<8} {} {}", to_rfc3339(clock_.wall()), to_string(message.severity), message.id, message.text);
    for (const auto& field : fields) {
      line += plain(field.value) ? fmt::format(" {}={}", field.name, escape(field.value))
                                 : fmt::format(" {}=\"{}\"", field.name, escape(field.value));
    }
    return line;
  }
  std::string json(const MessageRow& message, std::initializer_list<LogField> fields) const {
    auto line = fmt::format(R"({{"time":"{}","severity":"{}","id":"{}","text":"{}")", to_rfc3339(clock_.wall()),
                            to_string(message.severity), message.id, escape(message.text));
    for (const auto& field : fields) line += fmt::format(R"(,"{}":"{}")", escape(field.name), escape(field.value));
    return line + "}";
  }

  LogSettings settings_;
  const Clock& clock_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace

Result<std::unique_ptr<Log>> make_log(const LogSettings& settings, const Clock& clock) {
  try {
    spdlog::sink_ptr sink;
    if (settings.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
    }
    auto logger = std::make_shared<spdlog::logger>("lictor", std::move(sink));
    logger->set_pattern("%v");
    return std::unique_ptr<Log>(std::make_unique<Backend>(settings, clock, std::move(logger)));
  } catch (const spdlog::spdlog_ex& error) {
    return Error{ErrorCode::Io, fmt::format("the log file {} cannot be opened: {}", settings.file, error.what())};
  }
}

}  // namespace lictor::os
