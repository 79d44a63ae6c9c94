// Virtual time, and what machines' clocks say of it.
#include <gtest/gtest.h>

#include "simulation/world/machine_clock.hpp"

namespace lictor::simulation {
namespace {

constexpr WallTime kBegin = wall_from_ms(1'000'000'000'000);

TEST(TimelineTest, TasksRunInTheOrderOfTheirTimesAndCancelledOnesNot) {
  Timeline timeline(kBegin, 1);
  std::vector<int> order;
  timeline.after(seconds(2), [&] { order.push_back(2); });
  timeline.after(seconds(1), [&] {
    order.push_back(1);
    timeline.after(seconds(5), [&] { order.push_back(6); });
  });
  const auto never = timeline.after(seconds(3), [&] { order.push_back(3); });
  timeline.cancel(never);
  timeline.cancel(never);
  while (timeline.step(kBegin + seconds(10))) {
  }
  EXPECT_EQ(order, (std::vector<int>{1, 2, 6}));
  EXPECT_EQ(timeline.now(), kBegin + seconds(10));
  EXPECT_EQ(timeline.steps(), 3U);
}

TEST(TimelineTest, ATicketOfARanTaskCancelsNoLaterOne) {
  Timeline timeline(kBegin, 1);
  int runs = 0;
  const auto first = timeline.after(seconds(1), [&] { ++runs; });
  timeline.step(kBegin + seconds(1));
  timeline.after(seconds(1), [&] { ++runs; });  // may take the first one's place
  timeline.cancel(first);
  timeline.step(kBegin + seconds(2));
  EXPECT_EQ(runs, 2);
}

TEST(MachineClockTest, StepsMoveTheWallAloneAndDriftMovesBoth) {
  Timeline timeline(kBegin, 1);
  MachineClock clock(timeline);
  clock.boot();
  const auto steady = clock.steady();
  clock.step(hours(3));
  EXPECT_EQ(clock.error(), hours(3));
  EXPECT_EQ(clock.steady(), steady);
  clock.put_right();
  clock.set_drift(200);
  timeline.step(kBegin + days(1));
  EXPECT_EQ(clock.error(), Duration{days(1).count() / 5000});
  EXPECT_EQ(clock.steady() - steady, days(1) + clock.error());
  const auto wanted = clock.steady() + hours(1);
  const auto when = clock.when(wanted);
  timeline.step(when);
  EXPECT_GE(clock.steady(), wanted);
  EXPECT_LE(clock.steady(), wanted + Duration{2});
}

TEST(MachineSchedulerTest, WhatWaitsIsDroppedWithItsRun) {
  Timeline timeline(kBegin, 1);
  MachineClock clock(timeline);
  clock.boot();
  int runs = 0, around = 0;
  {
    MachineScheduler scheduler(timeline, clock, [&](const auto& task) {
      ++around;
      task();
    });
    scheduler.post([&] { ++runs; });
    timeline.step(kBegin);
    const auto timer = scheduler.call_at(clock.steady() + seconds(1), [&] { ++runs; });
    EXPECT_TRUE(scheduler.next_call());
    scheduler.cancel(timer);
    EXPECT_FALSE(scheduler.next_call());
    scheduler.call_at(clock.steady() + seconds(1), [&] { ++runs; });
  }
  while (timeline.step(kBegin + seconds(9))) {
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(around, 1);
}

}  // namespace
}  // namespace lictor::simulation
