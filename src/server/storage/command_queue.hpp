// The bounded queue before the writer: one line per admission class (PRO-6), best first, none starved. In a line, an
// account may hold as many places as are still free, and all of them while it is alone there: one crowd leaves half the
// room to whoever comes next, two leave a third, and nobody is refused while there is plenty.
// Not synchronised: the writer holds its lock.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "server/storage/writer.hpp"

namespace lictor::storage {

struct WaitingCommand {
  AccountId account;
  std::unique_ptr<Command> command;
  Completion done;
};

class CommandQueue {
 public:
  explicit CommandQueue(std::size_t limit) : limit_(limit) {}

  // A lower class is refused earlier, so that a flood of it leaves room for the better: a registration beyond three
  // quarters of the limit, a REST write beyond half. The places of other classes are not free.
  [[nodiscard]] bool has_room(CommandClass command_class, AccountId account) const;
  // With so many waiting there is room for everybody.
  [[nodiscard]] bool has_plenty(std::size_t waiting) const { return waiting < limit_ / 4; }
  void push(CommandClass command_class, WaitingCommand command);
  // Up to `limit` commands: each class first gets its share of a batch (a half, a quarter, an eighth), then the rest
  // goes to the best. Inside a class, first come first served.
  [[nodiscard]] std::vector<WaitingCommand> take(std::size_t limit);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Line {
    std::deque<WaitingCommand> waiting;
    std::unordered_map<AccountId, std::size_t> held;  // places of each account

    WaitingCommand take_first();
  };
  std::size_t limit_;
  std::array<Line, kCommandClasses> lines_;
};

}  // namespace lictor::storage
