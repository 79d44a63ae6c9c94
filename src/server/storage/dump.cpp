#include "server/storage/dump.hpp"

namespace lictor::storage {

void DumpLine::write(std::string_view name, std::string_view value) {
  out_ += ' ';
  out_ += name;
  out_ += '=';
  out_ += value;
}

void DumpLine::operator()(std::string_view name, std::int64_t value) {
  write(name, std::to_string(value));
}
void DumpLine::operator()(std::string_view name, const Bytes& value) {
  write(name, "x" + to_hex(value));
}

void DumpLine::operator()(std::string_view name, const std::string& value) {
  std::string quoted = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x" + to_hex(ByteView(&byte, 1));
    } else {
      quoted += c;
    }
  }
  write(name, quoted + "\"");
}

}  // namespace lictor::storage
