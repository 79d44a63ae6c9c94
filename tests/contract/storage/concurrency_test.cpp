// Many threads submit, one thread writes (DECISIONS 11): nothing lost, nothing done twice, nothing left waiting.
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "contract/storage/harness.hpp"
#include "server/storage/writer_thread.hpp"

namespace lictor::storage::test {

namespace {

constexpr int kThreads = 64;

// A wall clock that stands where it is put.
class PutClock final : public Clock {
 public:
  std::atomic<std::int64_t> ms = 1'800'000'000'000;
  [[nodiscard]] WallTime wall() const override { return wall_from_ms(ms); }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{Duration{ms}}; }
};

class WriterThreads : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  WriterFixture fixture_{backend_->store()};
  PutClock clock_;

  static ReadKeys token_keys() {
    auto keys = of_account(1);
    keys.tokens = {TokenId{1}};
    return keys;
  }
  // Submits and waits for the completion.
  Result<void> call(ReadKeys keys, FunctionCommand::Apply apply, CommandClass command_class) {
    std::latch done(1);
    Result<void> outcome;
    fixture_.writer->submit(command(std::move(keys), std::move(apply)), command_class,
                            [&](std::unique_ptr<Command>, Result<void> result) {
                              outcome = std::move(result);
                              done.count_down();
                            });
    done.wait();
    return outcome;
  }
  void put_token(std::optional<std::int64_t> max_uses) {
    ASSERT_TRUE(fixture_.run({}, [=](Rows& rows, WallTime) -> Result<void> {
      domain::Token token;
      token.account = AccountId{1}, token.id = TokenId{1}, token.max_uses = max_uses;
      rows.tokens.put(token);
      return {};
    }));
  }
  // Uses the token once, from many threads; how many succeeded.
  int use_from_all_threads(int times_each) {
    std::atomic<int> succeeded = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < times_each; ++n) {
          const auto used = call(
              token_keys(),
              [](Rows& rows, WallTime) -> Result<void> {
                auto& token = rows.tokens.edit({AccountId{1}, TokenId{1}});
                if (token.max_uses && token.uses >= *token.max_uses) return Error{ErrorCode::Exhausted, "used up"};
                ++token.uses;
                return {};
              },
              static_cast<CommandClass>(i % 3));
          if (used) ++succeeded;
        }
      });
    }
    threads.clear();
    return succeeded;
  }
  std::int64_t uses() {
    const auto reader = *backend_->store().open_reader();
    return (*reader->token(TenantScope::account(AccountId{1}), TokenId{1}))->uses;
  }
};

INSTANTIATE_TEST_SUITE_P(, WriterThreads, testing::Values("memory", "sqlite"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(WriterThreads, EverySubmittedCommandIsDoneOnce) {
  put_token(std::nullopt);
  WriterThread thread(*fixture_.writer, clock_);
  EXPECT_EQ(use_from_all_threads(20), kThreads * 20);
  thread.stop();
  EXPECT_EQ(uses(), kThreads * 20);
}

TEST_P(WriterThreads, REG_11_ATokenOfFiveUsesIsUsedFiveTimes) {
  put_token(5);
  WriterThread thread(*fixture_.writer, clock_);
  EXPECT_EQ(use_from_all_threads(1), 5);
  thread.stop();
  EXPECT_EQ(uses(), 5);
}

TEST_P(WriterThreads, ReadersReadWhileTheWriterWrites) {
  put_token(std::nullopt);
  WriterThread thread(*fixture_.writer, clock_);
  std::atomic<bool> stop = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      const auto reader = *backend_->store().open_reader();
      std::int64_t last = 0;
      while (!stop) {
        const auto token = reader->token(TenantScope::account(AccountId{1}), TokenId{1});
        if (!token || !*token || (*token)->uses < last) {
          ADD_FAILURE() << "a reader saw less than before";
          return;
        }
        last = (*token)->uses;
      }
    });
  }
  EXPECT_EQ(use_from_all_threads(5), kThreads * 5);
  stop = true;
}

TEST_P(WriterThreads, StoppingFinishesWhatWaitsAndRefusesWhatComesLater) {
  std::atomic<int> done = 0;
  std::atomic<int> refused = 0;
  {
    WriterThread thread(*fixture_.writer, clock_);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) {
          fixture_.writer->submit(
              command({}, [](Rows&, WallTime) { return Result<void>{}; }), CommandClass::DeviceRenewal,
              [&](std::unique_ptr<Command>, const Result<void>& result) { ++(result ? done : refused); });
        }
      });
    }
    thread.stop();
  }
  EXPECT_EQ(done + refused, 8 * 50);
  EXPECT_EQ(fixture_.writer->waiting(), 0U);
}

TEST_P(WriterThreads, DueEffectsAreAppliedWhenTheClockComesThere) {
  std::latch applied(1);
  fixture_.effects.effect = [&](const domain::Due& due, Rows& rows, WallTime) -> Result<void> {
    rows.dues.erase(key_of(due));
    applied.count_down();
    return {};
  };
  const domain::Due due{AccountId{1}, clock_.wall() + days(90), domain::DueKind::SilenceReturn, "1"};
  WriterThread thread(*fixture_.writer, clock_);
  ASSERT_TRUE(call(
      {},
      [due](Rows& rows, WallTime) -> Result<void> {
        rows.dues.put(due);
        return {};
      },
      CommandClass::RestWrite));
  EXPECT_FALSE(applied.try_wait());
  clock_.ms += days(90).count();
  thread.wake();
  applied.wait();
}

TEST_P(WriterThreads, ACompletionMaySubmitTheNextCommand) {
  WriterThread thread(*fixture_.writer, clock_);
  std::latch done(1);
  const auto nothing = [](Rows&, WallTime) { return Result<void>{}; };
  fixture_.writer->submit(command({}, nothing), CommandClass::Registration,
                          [&](std::unique_ptr<Command> first, const Result<void>&) {
                            fixture_.writer->submit(std::move(first), CommandClass::Registration,
                                                    [&](std::unique_ptr<Command>, const Result<void>& result) {
                                                      EXPECT_TRUE(result);
                                                      done.count_down();
                                                    });
                          });
  done.wait();
}

}  // namespace

}  // namespace lictor::storage::test
