#include "foundation/os/log_backend.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"

namespace lictor::os {
namespace {

// JSON's escapes; also used in the text form, where a value stands between quotes. Controls are escaped (of C1, too: a
// terminal may obey them), bytes that are not UTF-8 become the replacement character.
std::string escape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    const auto byte = static_cast<unsigned char>(character[0]);
    if (length == 0) {
      out += "\\ufffd";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += character;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else if (byte == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(character[1]));
    } else if (character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9") {  // line ends to some readers
      out += character.back() == '\xa8' ? "\\u2028" : "\\u2029";
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

// May stand without quotes: then it needs no escapes either.
bool plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; }) &&
         text.find_first_of("\"\\=") == std::string_view::npos;
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
    auto line =
        fmt::format("{} {:<8} {} {}", to_rfc3339(clock_.wall()), to_string(message.severity), message.id, message.text);
    for (const auto& field : fields) {
      line += plain(field.value) ? fmt::format(" {}={}", field.name, field.value)
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
