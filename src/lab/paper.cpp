#include "lab/paper.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace lictor::lab {
namespace {

constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kDim = "\033[2m";
constexpr std::string_view kCyan = "\033[36m";
constexpr std::string_view kEnd = "\033[0m";

}  // namespace

Paper Paper::on(std::FILE* out) {
  const bool colour = ::isatty(::fileno(out)) != 0 && std::getenv("NO_COLOR") == nullptr;
  return {out, colour ? Colour::On : Colour::Off};
}

void Paper::print(std::string_view colour, std::string_view text) {
  if (colour_ == Colour::On) fmt::print(out_, "{}", colour);
  fmt::print(out_, "{}", text);
  if (colour_ == Colour::On) fmt::print(out_, "{}", kEnd);
}

void Paper::title(std::string_view text) {
  print(kBold, text);
  fmt::print(out_, "\n");
  std::fflush(out_);
}

void Paper::line(std::string_view margin, std::string_view text) {
  print(kCyan, fmt::format("{:<9} ", margin));
  fmt::print(out_, "{}\n", text);
  std::fflush(out_);
}

void Paper::typed(std::string_view device, std::string_view command) {
  print(kDim, fmt::format("  {}#", device));
  print(kBold, command);
  fmt::print(out_, "\n");
  std::fflush(out_);
}

void Paper::block(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    fmt::print(out_, "  {}\n", text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  std::fflush(out_);
}

}  // namespace lictor::lab
