// Every fuzz target over its seeds and over what was found before (regressions/), in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "fuzz/property.hpp"
#include "fuzz/seeds.hpp"
#include "fuzz/targets.hpp"

namespace lictor::fuzz {

void PrintTo(const Target& target, std::ostream* out) {
  *out << target.name;
}

namespace {

const std::vector<Seed>& seeds() {
  static const auto made = make_seeds();
  return made;
}

bool run(const Target& target, const std::string& name, ByteView input) {
  try {
    return target.run(input);
  } catch (const Violation& violation) {
    ADD_FAILURE() << target.name << " over " << name << ": " << violation.what();
    return false;
  }
}

struct FuzzTarget : ::testing::TestWithParam<Target> {};

TEST_P(FuzzTarget, HoldsOverItsSeedsAndAcceptsSome) {
  int of_target = 0;
  int accepted = 0;
  for (const auto& seed : seeds()) {
    if (seed.target != GetParam().name) continue;
    ++of_target;
    accepted += run(GetParam(), seed.name, seed.input) ? 1 : 0;
  }
  // Without these, most of what a target asserts is never reached.
  EXPECT_GE(of_target, 3);
  EXPECT_GE(accepted, 1);
}

TEST_P(FuzzTarget, HoldsOverWhatWasFoundBefore) {
  const auto folder = std::filesystem::path(LICTOR_SOURCE_DIR "/tests/fuzz/regressions") / GetParam().name;
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    run(GetParam(), entry.path().filename().string(), as_bytes(text));
  }
}

TEST_P(FuzzTarget, HoldsOverSeedsThatEndEarly) {
  for (const auto& seed : seeds()) {
    if (seed.target != GetParam().name) continue;
    for (const auto size : {std::size_t{0}, std::size_t{1}, seed.input.size() / 2, seed.input.size() - 1}) {
      run(GetParam(), seed.name + " cut", ByteView(seed.input).first(std::min(size, seed.input.size())));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, FuzzTarget, ::testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lictor::fuzz
