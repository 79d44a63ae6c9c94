// Virtual time and what is to happen in it, in one thread. Times are the world's own: what each machine's clocks say of
// them is machine_clock.hpp's.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "foundation/base/entropy.hpp"
#include "foundation/base/time.hpp"

namespace lictor::simulation {

class Timeline {
 public:
  using Task = std::function<void()>;
  using Ticket = std::uint64_t;  // 0: none

  // Tasks of the same moment run in an order that the seed chooses.
  Timeline(WallTime begin, std::uint64_t seed) : now_(begin), chance_(seed) {}

  [[nodiscard]] WallTime now() const { return now_; }
  [[nodiscard]] const WallTime& time() const { return now_; }  // for those who look later
  Ticket at(WallTime when, Task task);                         // a time that is over: now
  Ticket after(Duration delay, Task task) { return at(now_ + delay, std::move(task)); }
  void cancel(Ticket ticket);  // nothing when it ran already

  // Runs the next task and moves the time to it. False: none before `end`; the time is `end` then.
  bool step(WallTime end);
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Entry {
    WallTime at{};
    std::uint64_t tie = 0;
    std::uint32_t slot = 0;
    // Of a heap with the earliest on top.
    friend bool operator<(const Entry& a, const Entry& b) { return a.at != b.at ? a.at > b.at : a.tie > b.tie; }
  };
  struct Slot {
    Task task;
    std::uint32_t use = 0;  // told from earlier tasks of the slot
    bool waits = false;
  };
  WallTime now_;
  SeededEntropy chance_;
  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t steps_ = 0;
};

}  // namespace lictor::simulation
