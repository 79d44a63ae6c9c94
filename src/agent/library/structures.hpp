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

// Errors: InvalidArgument (null, or smaller than the first version), Unsupported (a field that is not known here is
// set).
template <class T>
Result<T> read_structure(const T* in, std::string_view name) {
  if (in == nullptr) return Error{ErrorCode::InvalidArgument, fmt::format("the {} is null", name)};
  if (in->size < sizeof(T))
    return Error{ErrorCode::InvalidArgument, fmt::format("the size of the {} is not set (LICTOR_INIT)", name)};
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  if (std::any_of(bytes + sizeof(T), bytes + in->size, [](unsigned char byte) { return byte != 0; }))
    return Error{ErrorCode::Unsupported, fmt::format("the {} has a field that this library does not know", name)};
  T known;
  std::memcpy(&known, in, sizeof(T));
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

// False: `out` is null or its size is not set. Fields that are not known here are cleared.
template <class T>
bool write_structure(const T& value, T* out) noexcept {
  if (out == nullptr || out->size < sizeof(T)) return false;
  const std::size_t size = out->size;
  std::memcpy(out, &value, sizeof(T));
  out->size = size;
  if (size > sizeof(T)) std::memset(reinterpret_cast<unsigned char*>(out) + sizeof(T), 0, size - sizeof(T));
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
