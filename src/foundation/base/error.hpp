// Errors as values: one closed list of codes, a sentence for a person, and context added on the way up.
// Each surface maps ErrorCode once (HTTP problem in server/rest, failure reason in agent/core, exit status in
// lictorctl).
#pragma once

#include <string>
#include <string_view>

namespace lictor {

// Closed: a new code is a change to every mapping, which the switch in to_string() makes the compiler point out.
enum class ErrorCode {
  InvalidArgument,   // a value that the caller gave is not allowed
  Malformed,         // bytes that do not parse
  TooLarge,          // beyond a named limit
  NotFound,          // the thing asked for does not exist
  AlreadyExists,     // the thing to be made exists
  Conflict,          // the thing is in a state that does not allow this
  PermissionDenied,  // known, but not allowed
  Unauthenticated,   // not known
  Unsupported,       // a version, algorithm or kind that this program does not speak
  Expired,           // was valid once
  Exhausted,         // a limit on uses or quantity is reached
  Busy,              // overloaded; the same request later may succeed
  Unavailable,       // a peer, name or device cannot be reached
  Timeout,           // no answer in time: the outcome is unknown
  Cancelled,         // given up by the caller
  Io,                // the operating system refused a read or write
  DiskFull,          // no space: nothing was changed
  Corrupt,           // stored data is damaged
  Crypto,            // a signature, key or certificate is not acceptable
  Internal,          // a broken assumption of ours
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;  // a sentence: what was wrong, where, and what to do

  // The same error seen from one level up: "context: message".
  [[nodiscard]] Error with_context(std::string_view context) const;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace lictor
