#include "foundation/base/error.hpp"

#include <fmt/format.h>

namespace lictor {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid-argument";
    case ErrorCode::Malformed:
      return "malformed";
    case ErrorCode::TooLarge:
      return "too-large";
    case ErrorCode::NotFound:
      return "not-found";
    case ErrorCode::AlreadyExists:
      return "already-exists";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::PermissionDenied:
      return "permission-denied";
    case ErrorCode::Unauthenticated:
      return "unauthenticated";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Expired:
      return "expired";
    case ErrorCode::Exhausted:
      return "exhausted";
    case ErrorCode::Busy:
      return "busy";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Timeout:
      return "timeout";
    case ErrorCode::Cancelled:
      return "cancelled";
    case ErrorCode::Io:
      return "io";
    case ErrorCode::DiskFull:
      return "disk-full";
    case ErrorCode::Corrupt:
      return "corrupt";
    case ErrorCode::Crypto:
      return "crypto";
    case ErrorCode::Internal:
      return "internal";
  }
  return "internal";
}

Error Error::with_context(std::string_view context) const {
  return {code, fmt::format("{}: {}", context, message)};
}

}  // namespace lictor
