// The lab clock with threads for processes: each has its loop, its clock and its link, as a program of a lab has.
#include "foundation/os/lab_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "foundation/os/worker.hpp"
#include "support/temp_dir.hpp"

namespace lictor::os {
namespace {

constexpr auto kPatience = minutes(1);  // no test waits for it to pass
const WallTime kStart = parse_rfc3339("2026-01-01T00:00:00Z").value();

class Process {
 public:
  using Setup = std::function<void(Process&)>;
  // `setup` runs on its thread after the first step, before its loop.
  Process(std::string socket, std::string name, Setup setup)
      : thread_([this, socket = std::move(socket), name = std::move(name), setup = std::move(setup)] {
          auto joined = join_lab(loop, clock, socket, name);
          if (!joined) return;
          link = std::move(*joined);
          if (setup) setup(*this);
          loop.run();
          link.reset();
        }) {}
  ~Process() {
    loop.stop();
    thread_.join();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void after(Duration wait, std::function<void()> task) { loop.call_at(clock.steady() + wait, std::move(task)); }
  void every(Duration period, std::function<void()> task) {
    after(period, [this, period, task] {
      task();
      every(period, task);
    });
  }

  LabClock clock;
  EventLoop loop{clock};
  std::unique_ptr<LabLink> link;

 private:
  std::thread thread_;
};

// What happened when, over all threads.
class Diary {
 public:
  void note(std::string what, WallTime at) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(to_rfc3339(at).substr(0, 10) + " " + std::move(what));
  }
  std::vector<std::string> sorted() {
    const std::lock_guard lock(mutex_);
    std::sort(lines_.begin(), lines_.end());
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class LabClockTest : public testing::Test {
 protected:
  void open(Duration patience = kPatience) { lab_ = std::move(make_lab(socket(), kStart, patience).value()); }
  [[nodiscard]] std::string socket() const { return dir_.path("lab"); }
  Process& start(const std::string& name, Process::Setup setup) {
    processes_.push_back(std::make_unique<Process>(socket(), name, std::move(setup)));
    EXPECT_TRUE(lab_->wait_for(name, kPatience));
    return *processes_.back();
  }
  test::TempDir dir_;
  Diary diary_;  // outlives the processes
  std::unique_ptr<LabOrchestrator> lab_;
  std::deque<std::unique_ptr<Process>> processes_;
};

TEST_F(LabClockTest, AllProcessesStepToTheEarliestDeadlineOfAnyOne) {
  open();
  auto& a = start("a", [this](Process& p) { p.every(days(10), [&] { diary_.note("a", p.clock.wall()); }); });
  auto& b = start("b", [this](Process& p) { p.every(days(7), [&] { diary_.note("b", p.clock.wall()); }); });
  ASSERT_TRUE(lab_->step_until(kStart + days(30)));
  EXPECT_EQ(diary_.sorted(), (std::vector<std::string>{"2026-01-08 b", "2026-01-11 a", "2026-01-15 b", "2026-01-21 a",
                                                       "2026-01-22 b", "2026-01-29 b", "2026-01-31 a"}));
  for (const auto* process : {&a, &b}) {
    EXPECT_EQ(process->clock.wall(), kStart + days(30));
    EXPECT_EQ(process->clock.steady(), lab_->now().steady);
  }
  EXPECT_EQ(lab_->now().wall, kStart + days(30));
}

TEST_F(LabClockTest, OneStepGoesToOneDeadlineAndNotBeyondTheLimit) {
  open();
  start("a", [this](Process& p) { p.every(days(10), [&] { diary_.note("a", p.clock.wall()); }); });
  ASSERT_TRUE(lab_->step(kStart + days(365)));
  EXPECT_EQ(lab_->now().wall, kStart + days(10));
  ASSERT_TRUE(lab_->step(kStart + days(13)));
  EXPECT_EQ(lab_->now().wall, kStart + days(13));
  EXPECT_EQ(diary_.sorted(), (std::vector<std::string>{"2026-01-11 a"}));
  ASSERT_TRUE(lab_->step(kStart));  // time does not go back
  EXPECT_EQ(lab_->now().wall, kStart + days(13));
}

TEST_F(LabClockTest, HoursOfManyDaysAreOneStepEach) {
  open();
  int ticks = 0;  // the process's thread; read after the step that ends it
  start("a", [&](Process& p) { p.every(hours(1), [&] { ++ticks; }); });
  ASSERT_TRUE(lab_->step_until(kStart + days(20)));
  processes_.clear();
  EXPECT_EQ(ticks, 480);
}

TEST_F(LabClockTest, TimeStandsWhileAWorkerIsBusyAndWhileTasksPostTasks) {
  open();
  start("a", [this](Process& p) {
    auto worker = std::make_shared<Worker>();
    p.link->probes().quiet.push_back([worker] { return worker->idle(); });
    p.every(days(1), [this, &p, worker] {
      worker->run([this, &p] {
        for (int i = 0; i < 1000; ++i) std::this_thread::yield();
        p.loop.post([this, &p] {
          // A chain that takes the loop round and round.
          auto chain = std::make_shared<std::function<void(int)>>();
          *chain = [this, &p, chain](int left) {
            if (left > 0) return p.loop.post([chain, left] { (*chain)(left - 1); });
            diary_.note("done", p.clock.wall());
            p.loop.post([chain] { *chain = nullptr; });
          };
          (*chain)(50);
        });
      });
    });
  });
  ASSERT_TRUE(lab_->step_until(kStart + days(3)));
  EXPECT_EQ(diary_.sorted(), (std::vector<std::string>{"2026-01-02 done", "2026-01-03 done", "2026-01-04 done"}));
}

TEST_F(LabClockTest, TimeStandsWhileOneProcessWaitsForAnother) {
  open();
  auto& server = start("server", [](Process&) {});
  std::atomic<int> outstanding{0};
  start("client", [&](Process& p) {
    p.link->probes().quiet.push_back([&] { return outstanding == 0; });
    p.every(days(1), [&] {
      ++outstanding;
      server.loop.post([&] {  // a request; its answer makes the client ask once more
        diary_.note("first", server.clock.wall());
        p.loop.post([&] {
          server.loop.post([&] {
            diary_.note("second", server.clock.wall());
            p.loop.post([&] {
              --outstanding;
              diary_.note("third", p.clock.wall());
            });
          });
        });
      });
    });
  });
  ASSERT_TRUE(lab_->step_until(kStart + days(2)));
  EXPECT_EQ(diary_.sorted(), (std::vector<std::string>{"2026-01-02 first", "2026-01-02 second", "2026-01-02 third",
                                                       "2026-01-03 first", "2026-01-03 second", "2026-01-03 third"}));
}

TEST_F(LabClockTest, WorkAtStandingTimeIsWaitedForBySettling) {
  open();
  auto& a = start("a", [](Process&) {});
  a.loop.post([&] { a.loop.post([&] { a.loop.post([&] { diary_.note("done", a.clock.wall()); }); }); });
  ASSERT_TRUE(lab_->settle());
  EXPECT_EQ(diary_.sorted(), (std::vector<std::string>{"2026-01-01 done"}));
  EXPECT_EQ(lab_->now().wall, kStart);
}

TEST_F(LabClockTest, ProbesAddDeadlinesAndHearOfSteps) {
  open();
  std::atomic<int> steps{0};
  start("a", [&](Process& p) {
    p.link->probes().deadlines.push_back([&]() -> std::optional<SteadyTime> {
      if (steps > 0) return std::nullopt;
      return p.clock.steady() + days(4);
    });
    p.link->probes().stepped.push_back([&] { ++steps; });
  });
  ASSERT_TRUE(lab_->step(kStart + days(365)));
  EXPECT_EQ(lab_->now().wall, kStart + days(4));
  EXPECT_EQ(steps, 1);
  ASSERT_TRUE(lab_->step(kStart + days(365)));
  EXPECT_EQ(lab_->now().wall, kStart + days(365));
}

TEST_F(LabClockTest, ANewcomerGetsThePresent) {
  open();
  start("a", [](Process&) {});
  ASSERT_TRUE(lab_->step_until(kStart + days(5)));
  std::atomic<std::int64_t> first{0};
  start("b", [&](Process& p) { first = to_ms(p.clock.wall()); });
  ASSERT_TRUE(lab_->settle());
  EXPECT_EQ(first, to_ms(kStart + days(5)));
}

TEST_F(LabClockTest, RunningIsOneToOneAndHaltingMakesAllEqualAgain) {
  open();
  auto& a = start("a", [](Process&) {});
  std::atomic<bool> fired{false};
  auto& b = start("b", [&](Process& p) { p.after(Duration{5}, [&] { fired = true; }); });
  ASSERT_TRUE(lab_->run());
  while (!fired) std::this_thread::yield();  // by itself
  EXPECT_GE(lab_->now().wall, kStart + Duration{5});
  EXPECT_LT(lab_->now().wall, kStart + hours(1));
  EXPECT_EQ(lab_->step(kStart + days(1)).error().code, ErrorCode::Conflict);
  auto& late = start("late", [](Process&) {});
  ASSERT_TRUE(lab_->halt());
  for (const auto* process : {&a, &b, &late}) {
    EXPECT_FALSE(process->clock.running());
    EXPECT_EQ(process->clock.wall(), lab_->now().wall);
    EXPECT_EQ(process->clock.steady(), lab_->now().steady);
  }
  ASSERT_TRUE(lab_->step_until(kStart + days(1)));
  EXPECT_EQ(late.clock.wall(), kStart + days(1));
}

TEST_F(LabClockTest, AProcessThatGoesWithoutLeaveIsNamed) {
  open();
  start("a", [](Process&) {});
  start("b", [](Process&) {});
  processes_.pop_back();
  const auto stepped = lab_->step(kStart + days(1));
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(stepped.error().message.starts_with("b")) << stepped.error().message;
}

TEST_F(LabClockTest, AProcessThatIsForgottenMayGo) {
  open();
  auto& a = start("a", [](Process&) {});
  start("b", [](Process&) {});
  lab_->forget("b");
  processes_.pop_back();
  ASSERT_TRUE(lab_->step(kStart + days(1)));
  EXPECT_EQ(a.clock.wall(), kStart + days(1));
}

TEST_F(LabClockTest, AProcessThatDoesNotGetQuietIsATimeoutWithItsName) {
  open(Duration{50});
  start("a", [](Process&) {});
  start("restless", [](Process& p) { p.link->probes().quiet.push_back([] { return false; }); });
  const auto stepped = lab_->step(kStart + days(1));
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code, ErrorCode::Timeout);
  EXPECT_TRUE(stepped.error().message.starts_with("restless")) << stepped.error().message;
}

TEST_F(LabClockTest, AProcessThatAsksForTheSameMomentForEverIsGivenUp) {
  open();
  start("a", [](Process& p) {
    p.link->probes().deadlines.push_back([&p]() -> std::optional<SteadyTime> { return p.clock.steady(); });
  });
  const auto stepped = lab_->step_until(kStart + days(1));
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code, ErrorCode::Timeout);
}

TEST_F(LabClockTest, WithoutItsOrchestratorAProcessRunsOn) {
  open();
  std::atomic<bool> fired{false};
  start("a", [&](Process& p) { p.after(Duration{5}, [&] { fired = true; }); });
  lab_.reset();
  while (!fired) std::this_thread::yield();
  EXPECT_TRUE(processes_.back()->clock.running());
}

TEST_F(LabClockTest, WhoeverJoinsNothingOrDoesNotJoinIsTold) {
  LabClock clock;
  EventLoop loop(clock);
  EXPECT_EQ(join_lab(loop, clock, socket(), "a").error().code, ErrorCode::Unavailable);
  open();
  EXPECT_EQ(lab_->wait_for("nobody", Duration{1}).error().code, ErrorCode::Timeout);
}

TEST(LabClock, StandsRunsAndStandsAgain) {
  LabClock clock;
  clock.set(kStart, SteadyTime{hours(1)});
  EXPECT_EQ(clock.wall(), kStart);
  clock.run();
  while (clock.steady() == SteadyTime{hours(1)}) std::this_thread::yield();
  clock.halt();
  const auto wall = clock.wall();
  const auto steady = clock.steady();
  EXPECT_EQ(wall - kStart, steady - SteadyTime{hours(1)});
  clock.halt();
  EXPECT_EQ(clock.wall(), wall);
  EXPECT_EQ(clock.steady(), steady);
}

TEST(LabClock, ItsReadersNeverSeeTimeGoBackWhileItIsHaltedAndRun) {
  LabClock clock;
  clock.set(kStart, SteadyTime{hours(1)});
  std::atomic<bool> end{false};
  bool back = false;
  std::thread reader([&] {
    auto last = clock.steady();
    while (!end) {
      const auto now = clock.steady();
      back = back || now < last;
      last = now;
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 200; ++i) {
    clock.run();
    std::this_thread::yield();
    clock.halt();
  }
  end = true;
  reader.join();
  EXPECT_FALSE(back);
}

}  // namespace
}  // namespace lictor::os
