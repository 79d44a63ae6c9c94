// The writer: a batch is one commit, a failing command harms no neighbour, time comes before commands (DECISIONS 5,
// 19).
#include <gtest/gtest.h>

#include "contract/storage/harness.hpp"

namespace lictor::storage::test {

namespace {

constexpr AccountId kAccount{1};

class WriterContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  WriterFixture fixture_{backend_->store()};

  static ReadKeys settings(std::vector<std::string> names) {
    ReadKeys keys;
    keys.settings = std::move(names);
    return keys;
  }
  static FunctionCommand::Apply set(std::string name, std::string value) {
    return [=](Rows& rows, WallTime) -> Result<void> {
      rows.settings.put({name, value});
      return {};
    };
  }
  std::optional<std::string> setting(std::string_view name) {
    return *(*backend_->store().open_reader())->setting(name);
  }
  double commits() { return fixture_.metrics.value("lictor_store_commits_total"); }
  void put_due(domain::Due due) {
    ASSERT_TRUE(fixture_.run({}, [due](Rows& rows, WallTime) -> Result<void> {
      rows.dues.put(due);
      return {};
    }));
  }
};

INSTANTIATE_TEST_SUITE_P(, WriterContract, testing::Values("memory", "sqlite"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(WriterContract, ABatchIsOneCommit) {
  for (int i = 0; i < 64; ++i) fixture_.submit(settings({}), set("s" + std::to_string(i), "x"));
  EXPECT_EQ(fixture_.writer->waiting(), 64U);
  EXPECT_EQ(fixture_.metrics.value("lictor_store_queue_commands"), 64);
  EXPECT_EQ(fixture_.writer->drain(fixture_.now), 64U);
  EXPECT_EQ(commits(), 1);
  EXPECT_EQ(fixture_.metrics.value("lictor_store_commands_total{outcome=done}"), 64);
  EXPECT_EQ(fixture_.writer->drain(fixture_.now), 0U);
}

TEST_P(WriterContract, CommandsOfABatchSeeEachOthersChanges) {
  const auto increment = [](Rows& rows, WallTime) -> Result<void> {
    const auto* row = rows.settings.find("n");
    rows.settings.put({"n", std::to_string(row == nullptr ? 1 : std::stoi(row->value) + 1)});
    return {};
  };
  for (int i = 0; i < 10; ++i) fixture_.submit(settings({"n"}), increment);
  fixture_.writer->drain(fixture_.now);
  EXPECT_EQ(setting("n"), "10");
}

TEST_P(WriterContract, AFailingCommandHarmsNoNeighbour) {
  const auto before = fixture_.submit(settings({"a"}), set("a", "1"));
  const auto failing = fixture_.submit(settings({"a", "b"}), [](Rows& rows, WallTime) -> Result<void> {
    rows.settings.edit("a").value = "broken";
    rows.settings.put({"b", "broken"});
    rows.events.append({});
    return Error{ErrorCode::Conflict, "no"};
  });
  const auto after = fixture_.submit(settings({"a", "b"}), [](Rows& rows, WallTime) -> Result<void> {
    EXPECT_EQ(rows.settings.find("a")->value, "1");
    EXPECT_EQ(rows.settings.find("b"), nullptr);
    rows.settings.put({"c", "1"});
    return {};
  });
  fixture_.writer->drain(fixture_.now);
  EXPECT_TRUE(**before);
  EXPECT_EQ((**failing).error().code, ErrorCode::Conflict);
  EXPECT_TRUE(**after);
  EXPECT_EQ(setting("a"), "1");
  EXPECT_EQ(setting("b"), std::nullopt);
  EXPECT_EQ(setting("c"), "1");
  EXPECT_EQ(backend_->store().dump()->find("event "), std::string::npos);
}

TEST_P(WriterContract, ABatchWithoutChangesIsNotCommitted) {
  EXPECT_TRUE(fixture_.run(settings({"a"}), [](Rows&, WallTime) { return Result<void>{}; }));
  EXPECT_EQ(commits(), 0);
}

TEST_P(WriterContract, PRO_3_ASourcePostsOnceOnlyInABatchOrLater) {
  ReadKeys keys = of_account(1);
  keys.posting_sources = {"order:1"};
  const auto post = [](std::int64_t id) {
    return [id](Rows& rows, WallTime now) -> Result<void> {
      rows.postings.append({kAccount, PostingId{id}, "order:1", "deposit", now, "test"});
      return {};
    };
  };
  const auto first = fixture_.submit(keys, post(1));
  const auto second = fixture_.submit(keys, post(2));
  fixture_.writer->drain(fixture_.now);
  EXPECT_TRUE(**first);
  EXPECT_EQ((**second).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(fixture_.run(keys, post(3)).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(fixture_.run(of_account(1), post(4)).error().code, ErrorCode::Internal) << "the source was not named";
  EXPECT_FALSE(fixture_.writer->ended());
}

TEST_P(WriterContract, CMP_5_ACommandThatBreaksAnInvariantIsUndoneAlone) {
  const auto good = fixture_.submit(settings({}), set("a", "1"));
  const auto negative = fixture_.submit(of_account(1), [](Rows& rows, WallTime) -> Result<void> {
    rows.balances.put({kAccount, VirtualAccountId{1}, {}, LotId{1}, -1});
    return {};
  });
  const auto lopsided = fixture_.submit(of_account(1), [](Rows& rows, WallTime) -> Result<void> {
    rows.entries.append({kAccount, PostingId{1}, 0, VirtualAccountId{1}, {}, {}, LotId{1}, 1});
    return {};
  });
  fixture_.writer->drain(fixture_.now);
  EXPECT_TRUE(**good);
  EXPECT_EQ((**negative).error().code, ErrorCode::Internal);
  EXPECT_EQ((**lopsided).error().code, ErrorCode::Internal);
  EXPECT_EQ(setting("a"), "1");
}

TEST_P(WriterContract, ADomainHasOneAccount) {
  const auto create = [](std::int64_t id, std::string domain) {
    return [=](Rows& rows, WallTime) -> Result<void> {
      rows.accounts.put({AccountId{id}, domain, "", false, {}});
      return {};
    };
  };
  ReadKeys keys = of_account(1);
  keys.account_domains = {"example.com"};
  EXPECT_TRUE(fixture_.run(keys, create(1, "example.com")));
  keys.account = AccountId{2};
  EXPECT_EQ(fixture_.run(keys, create(2, "example.com")).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(fixture_.run(of_account(3), create(3, "example.org")).error().code, ErrorCode::Internal);
}

TEST_P(WriterContract, WhatIsDueIsAppliedBeforeAnyCommandOnTheAccount) {
  put_due({kAccount, fixture_.now, domain::DueKind::LotEnds, "2"});
  put_due({kAccount, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  put_due({AccountId{2}, fixture_.now, domain::DueKind::LotEnds, "3"});
  put_due({kAccount, fixture_.now + days(1), domain::DueKind::LotEnds, "4"});
  fixture_.effects.applied.clear();
  fixture_.now += hours(1);
  std::size_t applied_before = 0;
  EXPECT_TRUE(fixture_.run(of_account(1), [&](Rows&, WallTime) -> Result<void> {
    applied_before = fixture_.effects.applied.size();
    return {};
  }));
  EXPECT_EQ(applied_before, 2U);
  ASSERT_EQ(fixture_.effects.applied.size(), 2U) << "the other account's wait for it, the later one for its time";
  EXPECT_EQ(fixture_.effects.applied[0].id, "2");
  EXPECT_EQ(fixture_.effects.applied[1].id, "1");
}

TEST_P(WriterContract, AnEffectMayBringAnotherThatIsDueAtOnce) {
  put_due({kAccount, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  fixture_.effects.effect = [](const domain::Due& due, Rows& rows, WallTime) -> Result<void> {
    rows.dues.erase(key_of(due));
    if (due.kind == domain::DueKind::LotEnds) {
      rows.dues.put({due.account, due.at, domain::DueKind::SilenceReturn, "5"});
    }
    return {};
  };
  fixture_.now += hours(2);
  EXPECT_EQ(*fixture_.writer->apply_due(fixture_.now), std::nullopt);
  EXPECT_EQ(fixture_.effects.applied.size(), 2U);
}

TEST_P(WriterContract, DueEffectsOfQuietAccountsAreAppliedAndTheNextTimeIsTold) {
  put_due({AccountId{1}, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  put_due({AccountId{2}, fixture_.now + hours(2), domain::DueKind::LotEnds, "1"});
  const auto first = fixture_.now + hours(1);
  EXPECT_EQ(*fixture_.writer->apply_due(fixture_.now), first);
  EXPECT_TRUE(fixture_.effects.applied.empty());
  fixture_.now = first;
  EXPECT_EQ(*fixture_.writer->apply_due(fixture_.now), first + hours(1));
  EXPECT_EQ(fixture_.effects.applied.size(), 1U);
  fixture_.now += days(1);
  EXPECT_EQ(*fixture_.writer->apply_due(fixture_.now), std::nullopt);
  EXPECT_EQ(fixture_.effects.applied.size(), 2U);
}

TEST_P(WriterContract, AnEffectThatFailsHoldsUpItsAccountAlone) {
  put_due({kAccount, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  put_due({AccountId{2}, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  bool broken = true;
  fixture_.effects.effect = [&](const domain::Due& due, Rows& rows, WallTime) -> Result<void> {
    if (due.account == kAccount && broken) {
      rows.settings.put({"half", "done"});
      return Error{ErrorCode::Internal, "broken"};
    }
    rows.dues.erase(key_of(due));
    return {};
  };
  fixture_.now += hours(1);
  const auto mine = fixture_.submit(of_account(1), set("mine", "1"));
  const auto other = fixture_.submit(of_account(2), set("other", "1"));
  fixture_.writer->drain(fixture_.now);
  EXPECT_EQ((**mine).error().code, ErrorCode::Internal);
  EXPECT_TRUE(**other);
  EXPECT_EQ(setting("mine"), std::nullopt);
  EXPECT_EQ(setting("half"), std::nullopt);
  EXPECT_EQ(setting("other"), "1");
  // It does not spin on it, and goes on once the effect can be applied.
  const auto next = fixture_.writer->apply_due(fixture_.now);
  ASSERT_TRUE(next && *next);
  EXPECT_GT(**next, fixture_.now);
  broken = false;
  fixture_.now = **next;
  EXPECT_EQ(*fixture_.writer->apply_due(fixture_.now), std::nullopt);
}

TEST_P(WriterContract, AnEffectThatStandsStillIsAnError) {
  put_due({kAccount, fixture_.now + hours(1), domain::DueKind::LotEnds, "1"});
  fixture_.effects.effect = [](const domain::Due&, Rows&, WallTime) { return Result<void>{}; };
  fixture_.now += hours(1);
  EXPECT_EQ(fixture_.run(of_account(1), set("a", "1")).error().code, ErrorCode::Internal);
}

TEST_P(WriterContract, AClosedWriterRefusesButFinishesWhatWaits) {
  const auto waiting = fixture_.submit({}, set("a", "1"));
  fixture_.writer->close();
  const auto late = fixture_.submit({}, set("b", "1"));
  ASSERT_TRUE(*late) << "refused at once";
  EXPECT_EQ((**late).error().code, ErrorCode::Unavailable);
  fixture_.writer->drain(fixture_.now);
  EXPECT_TRUE(**waiting);
}

// The rows of an effect are read one effect at a time: a disk that fails there is the disk's, not the program's.
TEST(Writer, ADiskThatFailsUnderADueEffectIsToldAsSuch) {
  class FailingReads final : public WriteStore {
   public:
    explicit FailingReads(WriteStore& inner) : inner_(inner) {}
    int good = -1;  // loads until they fail; below 0: they do not
    Result<void> load(const ReadKeys& keys, WallTime now, Rows& rows) override {
      if (good == 0) return Error{ErrorCode::Io, "the disk failed"};
      --good;
      return inner_.load(keys, now, rows);
    }
    Result<void> commit(const Rows& rows) override { return inner_.commit(rows); }
    void abandon() override { inner_.abandon(); }
    Result<std::optional<WallTime>> next_due() override { return inner_.next_due(); }
    Result<std::vector<AccountId>> accounts_due(WallTime now, int limit) override {
      return inner_.accounts_due(now, limit);
    }

   private:
    WriteStore& inner_;
  };
  struct Ids final : Log {
    void write(const MessageRow& message, std::initializer_list<LogField>) override { ids.emplace_back(message.id); }
    std::vector<std::string> ids;
  } log;
  const auto backend = make_backend("memory");
  WriterFixture fixture(backend->store());
  ASSERT_TRUE(fixture.run({}, [&](Rows& rows, WallTime) -> Result<void> {
    rows.dues.put({kAccount, fixture.now + hours(1), domain::DueKind::LotEnds, "1"});
    return {};
  }));
  FailingReads store(backend->store().writer());
  FunctionEffects effects;
  const auto writer = make_writer(store, effects, {}, log, fixture.metrics);
  store.good = 1;  // the account's rows, not the effect's
  EXPECT_TRUE(writer->apply_due(fixture.now + hours(1)));
  EXPECT_EQ(log.ids, std::vector<std::string>{"STORE_READ_FAILED"});
  EXPECT_TRUE(effects.applied.empty());
  store.good = -1;
  EXPECT_EQ(*writer->apply_due(fixture.now + hours(2)), std::nullopt);
  EXPECT_EQ(effects.applied.size(), 1U);
}

TEST(Writer, PRO_6_TheBetterClassGoesFirstAndNoneStarves) {
  const auto store = make_memory_store();
  WriterFixture fixture(*store, {.queue_limit = 100, .batch_limit = 8});
  std::string order;
  const auto submit = [&](CommandClass command_class, char letter) {
    fixture.submit(
        {},
        [&order, letter](Rows&, WallTime) -> Result<void> {
          order += letter;
          return {};
        },
        command_class);
  };
  for (int i = 0; i < 20; ++i) {
    submit(CommandClass::RestWrite, 'w');
    submit(CommandClass::Registration, 'g');
  }
  for (int i = 0; i < 20; ++i) submit(CommandClass::DeviceRenewal, 'r');
  fixture.writer->drain(fixture.now);
  EXPECT_EQ(order, "rrrrrggw");
  for (int i = 0; i < 3; ++i) fixture.writer->drain(fixture.now);
  EXPECT_EQ(order.substr(8, 24), "rrrrrggwrrrrrggwrrrrrggw");
  order.clear();
  fixture.writer->drain(fixture.now);
  EXPECT_EQ(order, "gggggggw") << "no renewal waits any more";
}

TEST(Writer, PRO_6_AFullQueueRefusesTheLowerClassFirst) {
  const auto store = make_memory_store();
  WriterFixture fixture(*store, {.queue_limit = 8, .batch_limit = 8});
  const auto accepted = [&](CommandClass command_class) {
    int count = 0;
    while (!*fixture.submit(
        {}, [](Rows&, WallTime) { return Result<void>{}; }, command_class))
      ++count;
    return count;
  };
  EXPECT_EQ(accepted(CommandClass::RestWrite), 4);
  EXPECT_EQ(accepted(CommandClass::Registration), 2);
  EXPECT_EQ(accepted(CommandClass::DeviceRenewal), 2);
  const auto refused = fixture.submit({}, [](Rows&, WallTime) { return Result<void>{}; });
  EXPECT_EQ((**refused).error().code, ErrorCode::Busy);
  EXPECT_EQ(fixture.writer->drain(fixture.now), 8U);
}

TEST(Writer, PRO_6_WhatWaitedTooLongIsRefusedAndNothingOfItIsDone) {
  const auto store = make_memory_store();
  WriterFixture fixture(*store, {.queue_limit = 100, .batch_limit = 2, .longest_wait = seconds(20)});
  std::string applied;
  const auto submit = [&](CommandClass command_class, char letter) {
    return fixture.submit(
        {},
        [&applied, letter](Rows&, WallTime) -> Result<void> {
          applied += letter;
          return {};
        },
        command_class);
  };
  std::vector<std::shared_ptr<std::optional<Result<void>>>> renewals;
  for (int i = 0; i < 6; ++i) renewals.push_back(submit(CommandClass::DeviceRenewal, 'r'));
  const auto write = submit(CommandClass::RestWrite, 'w');
  EXPECT_EQ(fixture.writer->drain(fixture.now), 2U);
  fixture.now += seconds(20);
  EXPECT_EQ(fixture.writer->drain(fixture.now), 2U) << "not longer than it may";
  const auto young = submit(CommandClass::DeviceRenewal, 'y');
  fixture.now += Duration{1};
  EXPECT_EQ(fixture.writer->drain(fixture.now), 1U);
  EXPECT_EQ(applied, "rwrry") << "a batch of two has a place for each class first";
  EXPECT_TRUE(**young);
  int refused = 0;
  for (const auto& renewal : renewals)
    if (!**renewal) {
      ++refused;
      EXPECT_EQ((**renewal).error().code, ErrorCode::Busy);
    }
  EXPECT_EQ(refused, 3);
  EXPECT_TRUE(**write);
  EXPECT_EQ(fixture.writer->waiting(), 0U);
  // A clock that is set back lets all wait anew, not for ever.
  std::vector<std::shared_ptr<std::optional<Result<void>>>> others;
  for (int i = 0; i < 6; ++i) others.push_back(submit(CommandClass::DeviceRenewal, 'o'));
  fixture.writer->drain(fixture.now);
  fixture.now -= hours(1);
  EXPECT_EQ(fixture.writer->drain(fixture.now), 2U);
  fixture.now += seconds(21);
  EXPECT_EQ(fixture.writer->drain(fixture.now), 0U);
  ASSERT_TRUE(*others.back());
  EXPECT_EQ((**others.back()).error().code, ErrorCode::Busy);
}

// Accounts that fill a queue of 64 places.
class Crowd : public testing::Test {
 protected:
  // How many commands of an account go in before one is refused; has_room must have foretold each.
  std::size_t push(std::int64_t account, CommandClass command_class = CommandClass::DeviceRenewal,
                   std::size_t most = 1000) {
    for (std::size_t count = 0; count < most; ++count) {
      const bool foretold = fixture_.writer->has_room(command_class, AccountId{account});
      auto outcome = fixture_.submit(
          of_account(account), [](Rows&, WallTime) { return Result<void>{}; }, command_class);
      EXPECT_EQ(foretold, !outcome->has_value()) << account << " after " << count;
      if (outcome->has_value()) {
        EXPECT_EQ((**outcome).error().code, ErrorCode::Busy);
        return count;
      }
      accepted_.push_back(std::move(outcome));
    }
    return most;
  }
  // Lets the writer work; every command that was accepted is done.
  void empty() {
    while (fixture_.writer->drain(fixture_.now) > 0) {
    }
    EXPECT_EQ(fixture_.writer->waiting(), 0U);
    for (const auto& outcome : accepted_) EXPECT_TRUE(outcome->has_value() && (**outcome).has_value());
    accepted_.clear();
  }

  std::unique_ptr<Store> store_ = make_memory_store();
  WriterFixture fixture_{*store_, {.queue_limit = 64, .batch_limit = 8}};
  std::vector<std::shared_ptr<std::optional<Result<void>>>> accepted_;
};

TEST_F(Crowd, PRO_6_AnAccountAloneMayHaveTheWholeQueue) {
  EXPECT_EQ(push(1), 64U);
  empty();
  EXPECT_EQ(push(1), 64U) << "what is done is no longer held";
}

TEST_F(Crowd, PRO_6_WhileOthersWaitNoAccountHoldsMoreThanIsFree) {
  EXPECT_EQ(push(2, CommandClass::DeviceRenewal, 1), 1U);
  EXPECT_EQ(push(1), 32U) << "a crowd leaves half of the room";
  EXPECT_EQ(push(3), 16U) << "a second one half of that";
  EXPECT_EQ(push(1), 0U);
  for (std::int64_t account = 4; account < 12; ++account) {
    EXPECT_EQ(push(account, CommandClass::DeviceRenewal, 1), 1U) << "whoever comes with one finds a place";
  }
  empty();
  EXPECT_EQ(push(1), 64U) << "nobody else waits any more";
}

TEST_F(Crowd, PRO_6_WhoFilledTheQueueAloneWaitsUntilOthersHaveHadTheirShare) {
  EXPECT_EQ(push(1), 64U);
  EXPECT_EQ(push(2), 0U) << "full";
  fixture_.writer->drain(fixture_.now);
  EXPECT_EQ(push(2), 4U);
  EXPECT_EQ(push(1), 0U) << "it holds 56 places";
  for (int round = 0; round < 3; ++round) {
    fixture_.writer->drain(fixture_.now);
    EXPECT_EQ(push(1), 0U);
  }
  fixture_.writer->drain(fixture_.now);
  EXPECT_EQ(push(1), 6U) << "24 of 28 were its own, 36 free";
  empty();
}

TEST_F(Crowd, PRO_6_TheSharesOfAClassKeepTheOrderOfTheClasses) {
  EXPECT_EQ(push(2, CommandClass::RestWrite, 1), 1U);
  EXPECT_EQ(push(1, CommandClass::RestWrite), 16U) << "of 32";
  EXPECT_EQ(push(2, CommandClass::Registration, 1), 1U);
  EXPECT_EQ(push(1, CommandClass::Registration), 15U) << "of 48, less 18 of others";
  EXPECT_EQ(push(2, CommandClass::DeviceRenewal, 1), 1U);
  EXPECT_EQ(push(1, CommandClass::DeviceRenewal), 15U) << "what it holds in lower classes is no reason to refuse it";
  EXPECT_EQ(push(1, CommandClass::RestWrite), 0U);
  EXPECT_EQ(push(2, CommandClass::RestWrite), 0U) << "beyond the limit of its class";
  empty();
}

TEST_F(Crowd, PRO_6_ManyAccountsComeAndGo) {
  for (std::int64_t first = 0; first < 5000; first += 50) {
    for (std::int64_t i = 0; i < 50; ++i) ASSERT_EQ(push(1 + first + i, CommandClass::DeviceRenewal, 1), 1U) << first;
    empty();
  }
  EXPECT_EQ(push(1), 64U);
}

}  // namespace

}  // namespace lictor::storage::test
