// Errors as the C ABI tells them: a code, and a sentence per thread. Any thread.
#pragma once

#include <exception>
#include <new>
#include <string_view>

#include "foundation/base/result.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

// Keeps the sentence for lictor_last_error() and the code for lictor_last_result(), and gives the code back.
int fail(lictor_result code, std::string_view text) noexcept;
int fail(const Error& error) noexcept;
[[nodiscard]] const char* last_failure() noexcept;
[[nodiscard]] lictor_result last_failure_code() noexcept;

// The one mapping of ErrorCode outward, and back for what a product's own ports return.
lictor_result result_of(ErrorCode code) noexcept;
ErrorCode code_of(int result) noexcept;

inline int told(const Result<void>& result) noexcept {
  return result ? LICTOR_OK : fail(result.error());
}

// Runs the body of an ABI function: no exception leaves it.
template <class F>
int guarded(F&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(LICTOR_NO_MEMORY, "there is no memory left");
  } catch (const std::exception& problem) {
    return fail(LICTOR_INTERNAL, problem.what());
  } catch (...) {
    return fail(LICTOR_INTERNAL, "a foreign exception");
  }
}

}  // namespace lictor::agent
