// The mark of a lab's store (DECISIONS 13): a lab clock is refused on any other store, and the mark refuses a normal
// start, so that months that a lab jumped over never pass for real ones.
#pragma once

#include <memory>

#include "server/storage/command.hpp"

namespace lictor::manager {

inline constexpr std::string_view kLabSetting = "lab";

// Puts the mark on a store that is new; done together with its first start.
std::unique_ptr<storage::Command> make_mark_lab();
// `marked`: the setting as read; `is_new`: the store has had no first start. Error: Conflict, says what to do.
Result<void> check_lab_mark(const std::optional<std::string>& marked, bool is_new, bool lab_clock);

}  // namespace lictor::manager
