#include "server/storage/command_queue.hpp"

#include <algorithm>

namespace lictor::storage {

bool CommandQueue::has_room(CommandClass command_class) const {
  const std::size_t quarters = command_class == CommandClass::DeviceRenewal  ? 4
                               : command_class == CommandClass::Registration ? 3
                                                                             : 2;
  return size() < std::max<std::size_t>(limit_ * quarters / 4, 1);
}

void CommandQueue::push(CommandClass command_class, WaitingCommand command) {
  lines_[static_cast<std::size_t>(command_class)].push_back(std::move(command));
}

std::vector<WaitingCommand> CommandQueue::take(std::size_t limit) {
  std::array<std::size_t, kCommandClasses> shares{};
  std::size_t left = limit;
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    const std::size_t share = std::max<std::size_t>(limit >> (i + 1), 1);
    shares[i] = std::min({share, lines_[i].size(), left});
    left -= shares[i];
  }
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    const std::size_t more = std::min(left, lines_[i].size() - shares[i]);
    shares[i] += more;
    left -= more;
  }
  std::vector<WaitingCommand> taken;
  taken.reserve(limit - left);
  for (std::size_t i = 0; i < kCommandClasses; ++i) {
    for (; shares[i] > 0; --shares[i]) {
      taken.push_back(std::move(lines_[i].front()));
      lines_[i].pop_front();
    }
  }
  return taken;
}

std::size_t CommandQueue::size() const {
  std::size_t total = 0;
  for (const auto& line : lines_) total += line.size();
  return total;
}

}  // namespace lictor::storage
