#include "agent/library/failure.hpp"

#include <algorithm>
#include <cstring>

#include "foundation/base/utf8.hpp"

namespace lictor::agent {
namespace {

constexpr std::size_t kMostText = 511;
// Plain bytes: a thread-local object with a destructor would keep the library loaded until the thread ends.
thread_local char text_of_last[kMostText + 1] = "";
thread_local lictor_result code_of_last = LICTOR_OK;

struct Row {
  ErrorCode code;
  lictor_result result;
};
// The first row of a result is what it maps back to.
constexpr Row kRows[] = {
    {ErrorCode::InvalidArgument, LICTOR_BAD_ARGUMENT},
    {ErrorCode::Malformed, LICTOR_BAD_ARGUMENT},
    {ErrorCode::TooLarge, LICTOR_TOO_LONG},
    {ErrorCode::NotFound, LICTOR_NOT_FOUND},
    {ErrorCode::Conflict, LICTOR_CONFLICT},
    {ErrorCode::AlreadyExists, LICTOR_CONFLICT},
    {ErrorCode::Busy, LICTOR_CONFLICT},
    {ErrorCode::Exhausted, LICTOR_CONFLICT},
    {ErrorCode::Expired, LICTOR_CONFLICT},
    {ErrorCode::PermissionDenied, LICTOR_NOT_ALLOWED},
    {ErrorCode::Unauthenticated, LICTOR_NOT_ALLOWED},
    {ErrorCode::Unsupported, LICTOR_UNSUPPORTED},
    {ErrorCode::Io, LICTOR_IO},
    {ErrorCode::Unavailable, LICTOR_IO},
    {ErrorCode::Timeout, LICTOR_IO},
    {ErrorCode::Cancelled, LICTOR_IO},
    {ErrorCode::DiskFull, LICTOR_DISK_FULL},
    {ErrorCode::Corrupt, LICTOR_DAMAGED},
    {ErrorCode::Crypto, LICTOR_CRYPTO},
    {ErrorCode::Internal, LICTOR_INTERNAL},
};

}  // namespace

int fail(lictor_result code, std::string_view text) noexcept {
  const auto kept = utf8_prefix(text, kMostText);
  std::copy(kept.begin(), kept.end(), text_of_last);
  text_of_last[kept.size()] = '\0';
  code_of_last = code;
  return code;
}

int fail(const Error& error) noexcept {
  return fail(result_of(error.code), error.message);
}

const char* last_failure() noexcept {
  return text_of_last;
}

lictor_result last_failure_code() noexcept {
  return code_of_last;
}

lictor_result result_of(ErrorCode code) noexcept {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.code == code; });
  return row == std::end(kRows) ? LICTOR_INTERNAL : row->result;
}

ErrorCode code_of(int result) noexcept {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.result == result; });
  return row == std::end(kRows) ? ErrorCode::Io : row->code;
}

}  // namespace lictor::agent
