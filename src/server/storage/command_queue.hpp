// The bounded queue before the writer: one line per admission class (PRO-6), best first, none starved.
// Not synchronised: the writer holds its lock.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "server/storage/writer.hpp"

namespace lictor::storage {

struct WaitingCommand {
  std::unique_ptr<Command> command;
  Completion done;
};

class CommandQueue {
 public:
  explicit CommandQueue(std::size_t limit) : limit_(limit) {}

  // A lower class is refused earlier, so that a flood of it leaves room for the better: a registration beyond three
  // quarters of the limit, a REST write beyond half.
  [[nodiscard]] bool has_room(CommandClass command_class) const;
  void push(CommandClass command_class, WaitingCommand command);
  // Up to `limit` commands: each class first gets its share of a batch (a half, a quarter, an eighth), then the rest
  // goes to the best. Inside a class, first come first served.
  [[nodiscard]] std::vector<WaitingCommand> take(std::size_t limit);
  [[nodiscard]] std::size_t size() const;

 private:
  std::size_t limit_;
  std::array<std::deque<WaitingCommand>, kCommandClasses> lines_;
};

}  // namespace lictor::storage
