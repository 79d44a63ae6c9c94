// Structures that cross the ABI: their `size` says how much of them the caller knows (include/lictor/agent.h).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/utf8.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

// How large the first released version of a structure was; one that has grown since says so by a specialization.
template <class T>
inline constexpr std::size_t kFirstSize = sizeof(T);

// What an older caller does not know is zero. Errors: InvalidArgument (null, or smaller than the first version),
// Unsupported (a field that is not known here is set).
template <class T>
Result<T> read_structure(const T* in, std::string_view name) {
  if (in == nullptr) return Error{ErrorCode::InvalidArgument, fmt::format("the {} is null", name)};
  if (in->size < kFirstSize<T>)
    return Error{ErrorCode::InvalidArgument, fmt::format("the size of the {} is not set (LICTOR_INIT)", name)};
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  const auto shared = std::min(sizeof(T), in->size);
  if (std::any_of(bytes + shared, bytes + in->size, [](unsigned char byte) { return byte != 0; }))
    return Error{ErrorCode::Unsupported, fmt::format("the {} has a field that this library does not know", name)};
  T known{};
  std::memcpy(&known, bytes, shared);
  return known;
}

// An array of them, `count` > 0; all have the size that the first one says. Errors: the same.
template <class T>
Result<std::vector<T>> read_structures(const T* first, std::size_t count, std::string_view name) {
  std::vector<T> all;
  const auto stride = first->size;  // of the caller's structure
  for (std::size_t i = 0; i < count; ++i) {
    auto in =
        read_structure(reinterpret_cast<const T*>(reinterpret_cast<const unsigned char*>(first) + i * stride), name);
    if (!in) return in.error();
    if (in->size != stride) return Error{ErrorCode::InvalidArgument, fmt::format("the {}s have different sizes", name)};
    all.push_back(*in);
  }
  return all;
}

// As much as the caller knows. False: `out` is null or its size is not set. Fields that are not known here are cleared.
template <class T>
bool write_structure(const T& value, T* out) noexcept {
  if (out == nullptr || out->size < kFirstSize<T>) return false;
  const std::size_t size = out->size;
  const auto shared = std::min(sizeof(T), size);
  auto* bytes = reinterpret_cast<unsigned char*>(out);
  std::memcpy(bytes, &value, shared);
  out->size = size;
  std::memset(bytes + shared, 0, size - shared);
  return true;
}

enum class Empty { Refused, Allowed };
// A text from the caller. Errors: InvalidArgument (null, empty, no UTF-8), TooLarge.
inline Result<std::string> read_text(const char* text, std::string_view name, std::size_t most,
                                     Empty empty = Empty::Refused) {
  if (text == nullptr) {
    if (empty == Empty::Allowed) return std::string();
    return Error{ErrorCode::InvalidArgument, fmt::format("the {} is null", name)};
  }
  const std::size_t length = ::strnlen(text, most + 1);
  if (length > most) return Error{ErrorCode::TooLarge, fmt::format("the {} has more than {} bytes", name, most)};
  const std::string_view view(text, length);
  if (view.empty() && empty == Empty::Refused)
    return Error{ErrorCode::InvalidArgument, fmt::format("the {} is empty", name)};
  if (!is_utf8(view)) return Error{ErrorCode::InvalidArgument, fmt::format("the {} is not UTF-8", name)};
  return std::string(view);
}

}  // namespace lictor::agent
