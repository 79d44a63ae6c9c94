#include "server/storage/command_queue.hpp"

#include <algorithm>
#include <utility>

namespace lictor::storage {

namespace {
// So many accounts keep their place in the table when nothing of theirs waits: their next command costs no allocation.
constexpr std::size_t kRemembered = 1024;
}  // namespace

bool CommandQueue::has_room(CommandClass command_class, AccountId account) const {
  const std::size_t quarters = command_class == CommandClass::DeviceRenewal  ? 4
                               : command_class == CommandClass::Registration ? 3
                                                                             : 2;
  const std::size_t limit = std::max<std::size_t>(limit_ * quarters / 4, 1);
  const std::size_t taken = size();
  if (taken >= limit) return false;
  const auto& line = lines_[static_cast<std::size_t>(command_class)];
  const auto at = line.held.find(account);
  const std::size_t held = at == line.held.end() ? 0 : at->second;
  return held < limit - taken || held == line.waiting.size();
}

void CommandQueue::push(CommandClass command_class, WaitingCommand command) {
  auto& line = lines_[static_cast<std::size_t>(command_class)];
  ++line.held[command.account];
  line.waiting.push_back(std::move(command));
}

WaitingCommand CommandQueue::Line::take_first() {
  WaitingCommand first = std::move(waiting.front());
  waiting.pop_front();
  const auto at = held.find(first.account);
  if (--at->second == 0 && held.size() > kRemembered) held.erase(at);
  return first;
}

std::vector<WaitingCommand> CommandQueue::take(std::size_t limit) {
  std::array<std::size_t, kCommandClasses> shares{};
  std::size_t left = limit;
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    const std::size_t share = std::max<std::size_t>(limit >> (i + 1), 1);
    shares[i] = std::min({share, lines_[i].waiting.size(), left});
    left -= shares[i];
  }
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    const std::size_t more = std::min(left, lines_[i].waiting.size() - shares[i]);
    shares[i] += more;
    left -= more;
  }
  std::vector<WaitingCommand> taken;
  taken.reserve(limit - left);
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    for (; shares[i] > 0; --shares[i]) taken.push_back(lines_[i].take_first());
  }
  return taken;
}

std::size_t CommandQueue::size() const {
  std::size_t total = 0;
  for (const auto& line : lines_) total += line.waiting.size();
  return total;
}

}  // namespace lictor::storage
