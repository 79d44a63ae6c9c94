// Histories of chance leave equal contents in memory and in SQLite (STYLE 12): commands over few keys, some of them
// failing, in batches of any size, with due effects between.
#include <gtest/gtest.h>

#include "contract/storage/tables.hpp"

namespace lictor::storage::test {

namespace {

constexpr int kHistories = 1000;

// One step of a history, the same for both stores: what it does is decided before it runs.
struct Step {
  ReadKeys keys;
  FunctionCommand::Apply apply;
};

class HistoryMaker {
 public:
  explicit HistoryMaker(std::uint64_t seed) : maker_(seed) {}

  // A change of a row of a random table: put, edit or erase; now and then an error after it.
  Step step() {
    std::int64_t pick = maker_.number(0, 23);
    std::optional<Step> made;
    for_each_member([&]<class Row>(RowTable<Row> Rows::*table) {
      if (pick-- == 0) made = table_step(table);
    });
    if (!made) made = append_step();
    if (maker_.number(0, 4) == 0) {
      made->apply = [inner = made->apply](Rows& rows, WallTime now) -> Result<void> {
        (void)inner(rows, now);
        return Error{ErrorCode::Conflict, "decided so"};
      };
    }
    return *std::move(made);
  }
  std::int64_t number(std::int64_t low, std::int64_t high) { return maker_.number(low, high); }

 private:
  template <class Row>
  Step table_step(RowTable<Row> Rows::*table) {
    // Rows come back to the keys of earlier ones half of the time.
    auto& known = known_rows<Row>();
    Row row = any_row<Row>(maker_);
    const bool again = !known.empty() && maker_.coin();
    if (again) row = maker_.row_like(known[static_cast<std::size_t>(maker_.number(0, std::ssize(known) - 1))]);
    if constexpr (std::is_same_v<Row, domain::SmartAccount>) row.domain = std::to_string(row.account.value);
    known.push_back(row);
    const auto action = maker_.number(0, 5);
    return {keys_of(row), [=](Rows& rows, WallTime) -> Result<void> {
              auto& rows_of = rows.*table;
              if (action == 0) {
                rows_of.erase(key_of(row));
              } else if (action <= 2 && rows_of.find(key_of(row)) != nullptr) {
                rows_of.edit(key_of(row)) = row;
              } else {
                rows_of.put(row);
              }
              return {};
            }};
  }

  Step append_step() {
    const AccountId account{maker_.number(1, 3)};
    auto keys = of_account(account.value);
    // Sources come again, which the second time must be refused.
    const std::string source = "order:" + std::to_string(maker_.number(1, 6));
    keys.posting_sources = {source};
    const auto posting = maker_.row<domain::Posting>();
    const auto entry = maker_.row<domain::LedgerEntry>();
    const auto audit = maker_.row<domain::AuditRow>();
    const auto event = maker_.row<domain::Event>();
    const std::int64_t id = ++appended_;
    return {keys, [=](Rows& rows, WallTime) -> Result<void> {
              auto put = [&](auto row, auto& list, auto number) {
                row.account = account;
                row.*number = std::remove_cvref_t<decltype(row.*number)>(id);
                list.append(row);
              };
              auto of_source = posting;
              of_source.source_key = source;
              put(of_source, rows.postings, &domain::Posting::id);
              auto leg = entry;
              leg.leg = 0;
              put(leg, rows.entries, &domain::LedgerEntry::posting);
              leg.leg = 1;
              leg.delta = -leg.delta;
              put(leg, rows.entries, &domain::LedgerEntry::posting);
              put(audit, rows.audit, &domain::AuditRow::sequence);
              put(event, rows.events, &domain::Event::sequence);
              return {};
            }};
  }

  template <class Row>
  std::vector<Row>& known_rows() {
    return std::get<std::vector<Row>>(known_);
  }
  RowMaker maker_;
  std::int64_t appended_ = 0;
  std::tuple<std::vector<domain::AccountHead>, std::vector<domain::SmartAccount>, std::vector<domain::VirtualAccount>,
             std::vector<domain::Lot>, std::vector<domain::LotBalance>, std::vector<domain::Pool>,
             std::vector<domain::Usage>, std::vector<domain::Token>, std::vector<domain::Instance>,
             std::vector<domain::InstanceUdi>, std::vector<domain::CertificateRecord>,
             std::vector<domain::StoredAnswer>, std::vector<domain::Due>, std::vector<domain::User>,
             std::vector<domain::Session>, std::vector<domain::ApiClient>, std::vector<domain::AccessToken>,
             std::vector<domain::CatalogVersion>, std::vector<domain::IdempotencyRecord>,
             std::vector<domain::StoreSetting>>
      known_;
};

// Runs a history on a store; which commands succeeded, one letter each, is part of the result.
std::string run(Store& store, const std::vector<Step>& steps, const std::vector<std::size_t>& batches) {
  WriterFixture fixture(store);
  fixture.now = wall_from_ms(0);
  std::string outcomes;
  std::size_t next = 0;
  for (const std::size_t batch : batches) {
    for (std::size_t i = 0; i < batch && next < steps.size(); ++i, ++next) {
      fixture.writer->submit(
          command(steps[next].keys, steps[next].apply), CommandClass::DeviceRenewal,
          [&](std::unique_ptr<Command>, const Result<void>& result) { outcomes += result ? 'o' : 'x'; });
    }
    fixture.writer->drain(fixture.now);
    fixture.now += days(2000);
    if (!fixture.writer->apply_due(fixture.now)) outcomes += '!';
  }
  return outcomes + (fixture.writer->ended() ? " ended" : "");
}

TEST(Histories, AThousandOfChanceLeaveEqualContentsInMemoryAndSqlite) {
  std::size_t succeeded = 0;
  for (int seed = 1; seed <= kHistories; ++seed) {
    HistoryMaker maker(static_cast<std::uint64_t>(seed));
    std::vector<Step> steps;
    for (auto left = maker.number(5, 60); left > 0; --left) steps.push_back(maker.step());
    std::vector<std::size_t> batches;
    for (std::size_t total = 0; total < steps.size(); total += batches.back()) {
      batches.push_back(static_cast<std::size_t>(maker.number(1, 12)));
    }
    const auto memory = make_backend("memory");
    const auto sqlite = make_backend("sqlite");
    const std::string outcomes = run(memory->store(), steps, batches);
    ASSERT_EQ(run(sqlite->store(), steps, batches), outcomes) << "seed " << seed;
    ASSERT_EQ(outcomes.find("ended"), std::string::npos) << "seed " << seed;
    ASSERT_EQ(*sqlite->store().dump(), *memory->store().dump()) << "seed " << seed;
    succeeded += static_cast<std::size_t>(std::count(outcomes.begin(), outcomes.end(), 'o'));
    if (seed % 100 == 0) {
      const auto before = *sqlite->store().dump();
      sqlite->reopen();
      ASSERT_EQ(*sqlite->store().dump(), before) << "seed " << seed;
    }
  }
  EXPECT_GT(succeeded, 15'000U) << "histories in which little happens prove little";
}

}  // namespace

}  // namespace lictor::storage::test
