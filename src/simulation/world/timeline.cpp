#include "simulation/world/timeline.hpp"

#include <algorithm>

namespace lictor::simulation {

Timeline::Ticket Timeline::at(WallTime when, Task task) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto number = free_.back();
  free_.pop_back();
  auto& slot = slots_[number];
  slot.task = std::move(task);
  slot.waits = true;
  ++slot.use;
  heap_.push_back({std::max(when, now_), chance_.next_u64(), number});
  std::push_heap(heap_.begin(), heap_.end());
  return (static_cast<Ticket>(slot.use) << 32U) | number;
}

void Timeline::cancel(Ticket ticket) {
  const auto number = static_cast<std::uint32_t>(ticket);
  if (ticket == 0 || number >= slots_.size()) return;
  auto& slot = slots_[number];
  if (!slot.waits || slot.use != static_cast<std::uint32_t>(ticket >> 32U)) return;
  slot.waits = false;
  slot.task = nullptr;  // the slot comes free when its time comes
}

bool Timeline::step(WallTime end) {
  while (!heap_.empty() && heap_.front().at <= end) {
    const auto entry = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
    auto& slot = slots_[entry.slot];
    const bool waits = std::exchange(slot.waits, false);
    const auto task = std::exchange(slot.task, nullptr);
    free_.push_back(entry.slot);
    if (!waits) continue;
    now_ = entry.at;
    ++steps_;
    task();
    return true;
  }
  now_ = std::max(now_, end);
  return false;
}

}  // namespace lictor::simulation
