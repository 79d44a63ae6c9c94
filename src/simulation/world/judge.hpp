// Where broken promises are told. The first one counts: what follows from it is noise.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulation/world/options.hpp"

namespace lictor::simulation {

struct Violation {
  std::string invariant;  // "usage-sums"
  std::string what;
  WallTime at{};
};

class Judge {
 public:
  explicit Judge(const WallTime& now) : now_(now) {}
  void violated(std::string_view invariant, std::string what) {
    if (!violation_) violation_ = Violation{std::string(invariant), std::move(what), now_};
  }
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  const WallTime& now_;
  std::optional<Violation> violation_;
};

}  // namespace lictor::simulation
