// libFuzzer's entry points for the target that LICTOR_FUZZ_TARGET names.
#include <cstdio>
#include <cstdlib>

#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"

// libFuzzer's own name: what it calls for each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    // An input that is not accepted stays in the corpus all the same when it reaches new code.
    (void)lictor::fuzz::LICTOR_FUZZ_TARGET({data, size});
  } catch (const lictor::fuzz::Violation& violation) {
    std::fprintf(stderr, "violated: %s\n", violation.what());
    std::abort();
  }
  return 0;
}
