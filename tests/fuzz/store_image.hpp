// Inputs of the store_files target: the files of an agent's store. A first byte of flags (1: give slot 0 the digest
// that its bytes have, 2: slot 1; 4, 8: their lengths, too), then for each of state.0, state.1, events.0 and events.1
// two bytes of length, big-endian, and the contents; 0xffff: there is no such file.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace lictor::fuzz {

inline constexpr std::array<std::string_view, 4> kStoreFiles{"state.0", "state.1", "events.0", "events.1"};

struct StoreImage {
  std::uint8_t flags = 0;
  std::array<std::optional<Bytes>, kStoreFiles.size()> files;
};

inline StoreImage read_image(ByteView input) {
  StoreImage image;
  if (input.empty()) return image;
  image.flags = input.front();
  input = input.subspan(1);
  for (auto& file : image.files) {
    if (input.size() < 2) break;
    const auto size = static_cast<std::size_t>(input[0] << 8 | input[1]);
    input = input.subspan(2);
    if (size == 0xffff) continue;
    const auto contents = input.first(std::min(size, input.size()));
    file = Bytes(contents.begin(), contents.end());
    input = input.subspan(contents.size());
  }
  return image;
}

inline Bytes write_image(const StoreImage& image) {
  Bytes out{image.flags};
  for (const auto& file : image.files) {
    const auto size = file ? file->size() : 0xffff;
    out.push_back(static_cast<std::uint8_t>(size >> 8));
    out.push_back(static_cast<std::uint8_t>(size));
    if (file) out.insert(out.end(), file->begin(), file->end());
  }
  return out;
}

}  // namespace lictor::fuzz
