#include "foundation/os/event_loop.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "foundation/os/limits.hpp"
#include "foundation/os/system.hpp"
#include "foundation/os/worker.hpp"
#include "support/fake_clock.hpp"

namespace lictor::os {
namespace {

using Order = std::vector<int>;

TEST(Limits, OpenFilesAreRaisedToWhatTheMachineAllows) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(256, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_file_limit().value(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(EventLoop, TasksRunInTheirOrderAndNeverInsidePost) {
  const SystemClock clock;
  EventLoop loop(clock);
  Order order;
  loop.post([&] {
    loop.post([&] { order.push_back(3); });
    order.push_back(1);
  });
  loop.post([&] { order.push_back(2); });
  EXPECT_TRUE(order.empty());
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(order, (Order{1, 2, 3}));
  EXPECT_FALSE(loop.poll());
}

TEST(EventLoop, SteppedTimersRunInTimeThenInOrderOfSetting) {
  test::FakeClock clock;
  EventLoop loop(clock, EventLoop::Timers::Stepped);
  const auto start = clock.steady();
  Order order;
  loop.call_at(start + seconds(2), [&] { order.push_back(3); });
  loop.call_at(start + seconds(1), [&] { order.push_back(1); });
  loop.call_at(start + seconds(1), [&] { order.push_back(2); });
  EXPECT_EQ(loop.next_timer(), start + seconds(1));
  loop.run_due();
  loop.poll();
  EXPECT_TRUE(order.empty());
  clock.advance(seconds(1));
  loop.poll();
  EXPECT_TRUE(order.empty());  // only run_due() fires them
  loop.run_due();
  EXPECT_EQ(order, (Order{1, 2}));
  clock.advance(days(1));
  loop.run_due();
  EXPECT_EQ(order, (Order{1, 2, 3}));
  EXPECT_FALSE(loop.next_timer());
}

TEST(EventLoop, ATimerSetForNowByATimerRunsInTheSameRound) {
  test::FakeClock clock;
  EventLoop loop(clock, EventLoop::Timers::Stepped);
  Order order;
  loop.call_at(clock.steady(), [&] {
    order.push_back(1);
    loop.call_at(clock.steady(), [&] { order.push_back(2); });
    loop.call_at(clock.steady() + seconds(1), [&] { order.push_back(3); });
  });
  loop.run_due();
  EXPECT_EQ(order, (Order{1, 2}));
}

TEST(EventLoop, ACancelledTimerDoesNotRun) {
  test::FakeClock clock;
  EventLoop loop(clock, EventLoop::Timers::Stepped);
  Order order;
  Scheduler::TimerId second = 0;
  const auto first = loop.call_at(clock.steady(), [&] {
    order.push_back(1);
    loop.cancel(second);  // due, too, but not run yet
  });
  second = loop.call_at(clock.steady(), [&] { order.push_back(2); });
  const auto third = loop.call_at(clock.steady() + seconds(1), [&] { order.push_back(3); });
  EXPECT_NE(first, 0U);
  loop.cancel(third);
  loop.cancel(third);
  loop.cancel(0);
  loop.run_due();
  loop.cancel(first);
  clock.advance(days(1));
  loop.run_due();
  EXPECT_EQ(order, (Order{1}));
}

TEST(EventLoop, RunningTimersFireByThemselvesInOrder) {
  const SystemClock clock;
  EventLoop loop(clock);
  Order order;
  const auto now = clock.steady();
  loop.call_at(now + Duration{4}, [&] {
    order.push_back(3);
    loop.stop();
  });
  loop.call_at(now + Duration{2}, [&] { order.push_back(2); });
  loop.call_at(now - hours(1), [&] { order.push_back(1); });
  const auto cancelled = loop.call_at(now + Duration{1}, [&] { order.push_back(9); });
  loop.cancel(cancelled);
  loop.run();
  EXPECT_EQ(order, (Order{1, 2, 3}));
  EXPECT_GE(clock.steady(), now + Duration{4});
}

TEST(EventLoop, TheFarthestDeadlinesWait) {
  const SystemClock clock;
  EventLoop loop(clock);
  bool ran = false;
  loop.call_at(SteadyTime::max(), [&] { ran = true; });
  loop.call_at(clock.steady() + days(40'000), [&] { ran = true; });
  loop.poll();  // the alarm that the second timer replaced
  EXPECT_FALSE(loop.poll());
  EXPECT_FALSE(ran);
}

TEST(EventLoop, TimersThatWereSteppedRunOnByThemselves) {
  test::FakeClock clock;
  EventLoop loop(clock, EventLoop::Timers::Stepped);
  loop.call_at(clock.steady(), [&] { loop.stop(); });
  EXPECT_FALSE(loop.poll());
  loop.set_timers(EventLoop::Timers::Running);
  loop.run();
  EXPECT_FALSE(loop.next_timer());
}

TEST(EventLoop, AStopBeforeRunIsNotLost) {
  const SystemClock clock;
  EventLoop loop(clock);
  bool ran = false;
  loop.post([&] { ran = true; });
  loop.stop();
  loop.run();
  EXPECT_FALSE(ran);
  loop.post([&] { loop.stop(); });
  loop.run();  // and does not stand for the next
  EXPECT_TRUE(ran);
}

TEST(EventLoop, OtherThreadsPostAndStop) {
  const SystemClock clock;
  EventLoop loop(clock);
  const auto owner = std::this_thread::get_id();
  int ran = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        loop.post([&] {
          EXPECT_EQ(std::this_thread::get_id(), owner);
          if (++ran == 400) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ran, 400);
}

TEST(Signals, StopOnceAndReloadAsOftenAsAsked) {
  const SystemClock clock;
  EventLoop loop(clock);
  int stops = 0;
  int reloads = 0;
  const Signals signals(
      loop,
      [&] {
        ++stops;
        loop.stop();
      },
      [&] {
        if (++reloads < 3) {
          ::raise(SIGHUP);
        } else {
          ::raise(SIGTERM);
          ::raise(SIGINT);
        }
      });
  ::raise(SIGPIPE);  // ignored
  ::raise(SIGHUP);
  loop.run();
  EXPECT_EQ(reloads, 3);
  EXPECT_EQ(stops, 1);
  while (loop.poll()) {
  }
  EXPECT_EQ(stops, 1);
}

TEST(Worker, RunsTasksInOrderOnOneOtherThreadAndPostsBack) {
  const SystemClock clock;
  EventLoop loop(clock);
  Worker worker;
  Order order;
  std::set<std::thread::id> ids;
  for (int i = 0; i < 10; ++i) {
    worker.run([&, i] {
      ids.insert(std::this_thread::get_id());
      loop.post([&, i] {
        order.push_back(i);
        if (i == 9) loop.stop();
      });
    });
  }
  loop.run();
  EXPECT_EQ(order, (Order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(ids.count(std::this_thread::get_id()), 0U);
}

TEST(Worker, IsIdleOnlyWhenNothingIsLeft) {
  Worker worker;
  EXPECT_TRUE(worker.idle());
  std::mutex gate;
  gate.lock();
  worker.run([&] { const std::lock_guard wait(gate); });
  EXPECT_FALSE(worker.idle());
  gate.unlock();
  while (!worker.idle()) std::this_thread::yield();
}

TEST(Worker, ItsEndWaitsForTheRunningTask) {
  bool ran = false;  // joined before it is read
  {
    Worker worker;
    std::mutex gate;
    gate.lock();
    std::atomic<bool> begun{false};
    worker.run([&] {
      begun = true;
      const std::lock_guard wait(gate);
      ran = true;
    });
    while (!begun) std::this_thread::yield();
    gate.unlock();
  }
  EXPECT_TRUE(ran);
}

TEST(SystemClock, SteadyTimeDoesNotGoBack) {
  const SystemClock clock;
  auto last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    const auto now = clock.steady();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.wall(), parse_rfc3339("2024-01-01T00:00:00Z").value());
}

TEST(SystemEntropy, FillsEverySize) {
  SystemEntropy chance;
  EXPECT_TRUE(chance.bytes(0).empty());
  const auto many = chance.bytes(10'000);
  EXPECT_NE(many, chance.bytes(10'000));
  std::set<std::uint8_t> seen(many.begin(), many.end());
  EXPECT_EQ(seen.size(), 256U);
}

}  // namespace
}  // namespace lictor::os
