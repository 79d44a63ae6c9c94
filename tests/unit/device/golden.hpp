// Golden texts: tests/golden/device/NAME.txt, described in the README beside them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace lictor::device::test {

inline std::string golden_path(const std::string& name) {
  return fmt::format("{}/tests/golden/device/{}.txt", LICTOR_SOURCE_DIR, name);
}

inline std::string read_golden(const std::string& name) {
  std::ifstream in(golden_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// With LICTOR_WRITE_GOLDEN=1 in the environment the text is written instead: review the difference, then commit it.
inline void expect_golden(const std::string& name, const std::string& text) {
  if (const char* write = std::getenv("LICTOR_WRITE_GOLDEN"); write != nullptr && *write == '1') {
    std::ofstream(golden_path(name), std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_golden(name)) << "golden text " << name;
}

}  // namespace lictor::device::test
