// Where broken promises are told. The first one counts: what follows from it is noise.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/time.hpp"
#include "simulation/world/options.hpp"

namespace lictor::simulation {

struct Violation {
  std::string invariant;  // "usage-sums"
  std::string what;
  WallTime at{};
};

class Judge {
 public:
  using Trace = std::function<void(WallTime at, const std::string& line)>;
  explicit Judge(const WallTime& now, Trace trace = nullptr) : now_(now), trace_(std::move(trace)) {}
  // What happened, for people who look at one world. `line` is a function: nothing is made when nobody looks.
  template <class Line>
  void trace(Line&& line) const {
    if (trace_) trace_(now_, line());
  }
  void violated(std::string_view invariant, std::string what) {
    if (!violation_) violation_ = Violation{std::string(invariant), std::move(what), now_};
  }
  [[nodiscard]] WallTime now() const { return now_; }  // of the world
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  const WallTime& now_;
  Trace trace_;
  std::optional<Violation> violation_;
};

}  // namespace lictor::simulation
