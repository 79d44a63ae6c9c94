#include "foundation/base/planted.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace lictor {
namespace {

int read_switch() {
  const char* value = std::getenv("LICTOR_PLANTED");
  if (value == nullptr) return 0;
  const std::string_view text(value);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  std::fprintf(stderr, "LICTOR_PLANTED is \"%s\", which is no number of a planted bug\n", value);
  std::exit(2);
}

}  // namespace

const int kPlantedBug = read_switch();

}  // namespace lictor
