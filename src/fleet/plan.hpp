// What every member of a fleet does, and which licences it may say that it uses. Pure values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/entropy.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::fleet {

// One thing that a member does; it is over when the manager's answer is accepted and saved.
enum class Step {
  Register,   // and the authorization that follows at once
  Authorize,  // a usage other than the last one
  Renew,      // the authorization renewed without a change
  RenewId,
  Deregister,
};
std::string_view to_string(Step step);  // "register", "authorize", "renew", "renew-id", "deregister"

// "register,authorize*5,renew-id". Error: InvalidArgument.
Result<std::vector<Step>> parse_steps(std::string_view text);

// The different usages that a model of a version can have by the catalog: sets of features, in shapes of 1 to 4
// members. Export-controlled tags are left out: not every account allows them.
class UsageMenu {
 public:
  using Usage = std::vector<UsageItem>;
  // `pid` "": the first model with at least two different usages. Error: InvalidArgument (no such model, fewer than
  // two).
  static Result<UsageMenu> make(const catalog::Catalog& catalog, const std::string& pid, const std::string& version);

  [[nodiscard]] const std::string& pid() const { return pid_; }
  [[nodiscard]] const ProductTag& product_tag() const { return product_tag_; }
  [[nodiscard]] std::size_t size() const { return usages_.size(); }
  [[nodiscard]] const Usage& usage(std::size_t number) const { return usages_[number]; }
  // Any of them, or any but `current`.
  [[nodiscard]] std::size_t any(Entropy& chance) const;
  [[nodiscard]] std::size_t other(std::size_t current, Entropy& chance) const;
  // Per tag the most that one member can use: what must be owned so that nobody is ever short.
  [[nodiscard]] std::vector<std::pair<EntitlementTag, Count>> most() const;

 private:
  std::string pid_;
  ProductTag product_tag_;
  std::vector<Usage> usages_;
};

}  // namespace lictor::fleet
