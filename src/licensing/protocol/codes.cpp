#include "licensing/protocol/codes.hpp"

#include <fmt/format.h>

#include <array>

#include "foundation/base/utf8.hpp"

namespace lictor::protocol {
namespace {

constexpr std::array kTable{
    CodeRow{Code::LS_BUSY, "LS_BUSY", "Your request could not be processed right now. Please try again",
            CodeClass::Retry},
    CodeRow{Code::LS_CLOCK_OFFSET, "LS_CLOCK_OFFSET", "", CodeClass::Retry},
    CodeRow{Code::LS_PENDING, "LS_PENDING", "Waiting for reply", CodeClass::Retry},
    CodeRow{Code::LS_ALREADY_REGISTERED, "LS_ALREADY_REGISTERED", "", CodeClass::Already},
    CodeRow{Code::LS_TOKEN_UNKNOWN, "LS_TOKEN_UNKNOWN", "The registration token is not valid", CodeClass::Terminal},
    CodeRow{Code::LS_TOKEN_EXPIRED, "LS_TOKEN_EXPIRED", "The registration token has expired", CodeClass::Terminal},
    CodeRow{Code::LS_TOKEN_USED_UP, "LS_TOKEN_USED_UP", "The registration token has no uses left", CodeClass::Terminal},
    CodeRow{Code::LS_TOKEN_REVOKED, "LS_TOKEN_REVOKED", "The registration token has been revoked", CodeClass::Terminal},
    CodeRow{Code::LS_EXPORT_NOT_ALLOWED, "LS_EXPORT_NOT_ALLOWED",
            "Export-controlled functionality is not allowed for this account", CodeClass::Terminal},
    CodeRow{Code::LS_VERSION_UNSUPPORTED, "LS_VERSION_UNSUPPORTED", "The protocol version is not supported",
            CodeClass::Terminal},
    CodeRow{Code::LS_PRODUCT_UNKNOWN, "LS_PRODUCT_UNKNOWN", "The product is not in the catalog", CodeClass::Terminal},
    CodeRow{Code::LS_INVALID_DATA, "LS_INVALID_DATA", "", CodeClass::Keep},
    CodeRow{Code::LS_SEQUENCE_BEHIND, "LS_SEQUENCE_BEHIND", "", CodeClass::Keep},
    CodeRow{Code::LS_REQUEST_REUSED, "LS_REQUEST_REUSED", "The request id was used with other content",
            CodeClass::Keep},
    CodeRow{Code::LS_NOT_REGISTERED, "LS_NOT_REGISTERED", "The product instance is not registered",
            CodeClass::NotRegistered},
    CodeRow{Code::LS_MALFORMED, "LS_MALFORMED", "", CodeClass::Keep},
    CodeRow{Code::LS_TOO_LARGE, "LS_TOO_LARGE", "", CodeClass::Keep},
    CodeRow{Code::LS_UNSUPPORTED_TYPE, "LS_UNSUPPORTED_TYPE", "", CodeClass::Keep},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(Code::LS_UNSUPPORTED_TYPE) + 1;
}
static_assert(in_order(), "one row per code, in the order of the enumeration");

}  // namespace

std::span<const CodeRow> code_table() {
  return kTable;
}
const CodeRow& row(Code code) {
  return kTable[static_cast<std::size_t>(code)];
}
std::string_view to_string(Code code) {
  return row(code).name;
}

Result<Code> parse_code(std::string_view name) {
  for (const auto& entry : kTable) {
    if (entry.name == name) return entry.code;
  }
  return Error{ErrorCode::Malformed, fmt::format("\"{}\" is no code of this protocol", utf8_prefix(name, 64))};
}

Refusal refuse(Code code) {
  return {code, std::string(row(code).text)};
}

namespace text {

std::string already_registered_product(std::string_view product_tag, std::string_view sn, std::string_view pid) {
  return fmt::format("The product {} and sudi containing udiSerialNumber:{},udiPid:{} has already been registered.",
                     product_tag, sn, pid);
}

std::string clock_offset(WallTime device_time) {
  return fmt::format(R"({{"timestamp":["The device date '{}' is offset beyond the allowed tolerance limit."]}})",
                     to_ms(device_time));
}

std::string sequence_behind(std::int64_t last) {
  return fmt::format("The request is older than the last one processed ({})", last);
}

}  // namespace text

}  // namespace lictor::protocol
