// The LS_* family of spec page 04b: code, text, class. One closed table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::protocol {

enum class Code {
  LS_BUSY,
  LS_CLOCK_OFFSET,
  LS_PENDING,
  LS_ALREADY_REGISTERED,
  LS_TOKEN_UNKNOWN,
  LS_TOKEN_EXPIRED,
  LS_TOKEN_USED_UP,
  LS_TOKEN_REVOKED,
  LS_EXPORT_NOT_ALLOWED,
  LS_VERSION_UNSUPPORTED,
  LS_PRODUCT_UNKNOWN,
  LS_INVALID_DATA,
  LS_SEQUENCE_BEHIND,
  LS_REQUEST_REUSED,
  LS_NOT_REGISTERED,
  LS_MALFORMED,
  LS_TOO_LARGE,
  LS_UNSUPPORTED_TYPE,
};

// What the agent does with it (page 04b).
enum class CodeClass { Retry, Already, Terminal, Keep, NotRegistered };

struct CodeRow {
  Code code;
  std::string_view name;  // "LS_BUSY"
  std::string_view text;  // the fixed text; "" where the text is made per case
  CodeClass code_class;
};
std::span<const CodeRow> code_table();
const CodeRow& row(Code code);
std::string_view to_string(Code code);
Result<Code> parse_code(std::string_view name);

// A refusal: code, the human reason as a device shows it, and what some codes carry.
struct Refusal {
  Code code = Code::LS_BUSY;
  std::string reason;
  std::int64_t last_sequence = 0;  // LS_SEQUENCE_BEHIND
  Duration retry_after{0};         // LS_BUSY, LS_PENDING; 0 = not named
  friend bool operator==(const Refusal&, const Refusal&) = default;
};
// With the table's text. Requires a code whose text is fixed.
Refusal refuse(Code code);

// Exact texts that are made per case.
namespace text {
inline constexpr std::string_view kAlreadyRegistered = "Product Already Registered";  // SCN-1 (a)
std::string already_registered_product(std::string_view product_tag, std::string_view sn, std::string_view pid);  // (b)
inline constexpr std::string_view kAlreadyWithConsumption =
    "Existing Product Instance has consumption and Force Flag is False";  // (c)
std::string clock_offset(WallTime device_time);                           // SCN-3a
std::string sequence_behind(std::int64_t last);
inline constexpr std::string_view kDataAndSignature = "Data and signature do not match";
inline constexpr std::string_view kMissingIdSerial = "Missing Id cert serial number field";
inline constexpr std::string_view kMissingSigningSerial = "Missing signing cert serial number field";
inline constexpr std::string_view kNothingToCheck = "Signed data and certificate does not match";
}  // namespace text

}  // namespace lictor::protocol
