// YAML of a fuzzer, read as the file that its errors name.
#pragma once

#include <string>
#include <string_view>

#include "foundation/config/yaml.hpp"
#include "fuzz/property.hpp"

namespace lictor::fuzz {

inline constexpr std::string_view kFile = "fuzz.yaml";

// Every problem stands on a line of its own and names its file.
inline void require_places(const Error& error) {
  require_sentence(error);
  require(error.message.back() != '\n', "an error ends with an empty line: " + error.message);
  require(error.message.starts_with(std::string(kFile) + ":"), "an error does not name its file: " + error.message);
}

}  // namespace lictor::fuzz
