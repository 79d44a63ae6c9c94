#include "server/manager/lab_mark.hpp"

namespace lictor::manager {
namespace {

class MarkLab final : public storage::Command {
 public:
  [[nodiscard]] storage::ReadKeys keys() const override {
    storage::ReadKeys keys;
    keys.account = kDirectoryAccount;
    keys.settings.emplace_back(kLabSetting);
    return keys;
  }
  Result<void> apply(storage::Rows& rows, WallTime) override {
    rows.settings.put({std::string(kLabSetting), "true"});
    return {};
  }
};

}  // namespace

std::unique_ptr<storage::Command> make_mark_lab() {
  return std::make_unique<MarkLab>();
}

Result<void> check_lab_mark(const std::optional<std::string>& marked, bool is_new, bool lab_clock) {
  if (is_new || marked.has_value() == lab_clock) return {};
  if (lab_clock) {
    return Error{ErrorCode::Conflict,
                 "this store is no lab's: a lab clock is refused on it; give the lab a data folder of its own"};
  }
  return Error{ErrorCode::Conflict,
               "this store belongs to a lab, whose clock was stepped: it starts with --lab-clock alone"};
}

}  // namespace lictor::manager
