// What the storage tests share: the backends as parameters, commands made of a function, random rows.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "contract/storage/fault_vfs.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/metrics.hpp"
#include "server/storage/column_text.hpp"
#include "server/storage/columns.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"
#include "server/storage/store.hpp"
#include "server/storage/writer.hpp"

namespace lictor::storage::test {

class TempDir {
 public:
  // On a disk; or in memory where the machine has such a place, for tests that leave syncs out anyway.
  enum class On { Disk, Memory };
  explicit TempDir(On on = On::Disk);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A store of one of the backends, with what it needs. SQLite's may be closed and opened again.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Store& store() = 0;
  // Closes and opens; what was committed is there again. Memory: nothing happens.
  virtual void reopen() {}
};
std::unique_ptr<Backend> make_backend(std::string_view name);  // "memory", "sqlite"

// A command made of its keys and a function.
class FunctionCommand final : public Command {
 public:
  using Apply = std::function<Result<void>(Rows&, WallTime)>;
  FunctionCommand(ReadKeys keys, Apply apply) : keys_(std::move(keys)), apply_(std::move(apply)) {}
  [[nodiscard]] ReadKeys keys() const override { return keys_; }
  Result<void> apply(Rows& rows, WallTime now) override { return apply_(rows, now); }

 private:
  ReadKeys keys_;
  Apply apply_;
};
inline std::unique_ptr<Command> command(ReadKeys keys, FunctionCommand::Apply apply) {
  return std::make_unique<FunctionCommand>(std::move(keys), std::move(apply));
}

// Due effects made of a function; by default each is taken away.
class FunctionEffects final : public DueEffects {
 public:
  std::function<Result<void>(const domain::Due&, Rows&, WallTime)> effect;
  std::vector<domain::Due> applied;
  [[nodiscard]] ReadKeys keys(const domain::Due& due) const override {
    ReadKeys keys;
    keys.account = due.account;
    return keys;
  }
  Result<void> apply(const domain::Due& due, Rows& rows, WallTime now) override {
    applied.push_back(due);
    if (effect) return effect(due, rows, now);
    rows.dues.erase(key_of(due));
    return {};
  }
};

// Metrics that can be read back by name and labels: "name{outcome=done}".
class CountingMetrics final : public Metrics {
 public:
  MetricCounter& counter(std::string_view name, std::string_view help, const MetricLabels& labels) override;
  MetricGauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels) override;
  MetricHistogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                             const MetricLabels& labels) override;
  [[nodiscard]] std::string render() const override { return {}; }
  [[nodiscard]] double value(const std::string& name) const;

 private:
  struct Cell final : MetricCounter, MetricGauge, MetricHistogram {
    std::atomic<double> total = 0;
    void add(double n) override { total = total + n; }
    void set(double v) override { total = v; }
    void observe(double v) override { total = v; }
  };
  Cell& cell(std::string_view name, const MetricLabels& labels);
  std::map<std::string, std::unique_ptr<Cell>> cells_;
};

// A store with its writer, driven by hand.
class WriterFixture {
 public:
  explicit WriterFixture(Store& store, WriterSettings settings = {})
      : writer(make_writer(store.writer(), effects, settings, log, metrics)) {}

  FunctionEffects effects;
  NoLog log;
  CountingMetrics metrics;
  std::unique_ptr<Writer> writer;
  WallTime now = wall_from_ms(1'800'000'000'000);

  // Submits one and drains; its outcome.
  Result<void> run(ReadKeys keys, FunctionCommand::Apply apply);
  // Submits; the outcome stands in the returned place once drained.
  std::shared_ptr<std::optional<Result<void>>> submit(ReadKeys keys, FunctionCommand::Apply apply,
                                                      CommandClass command_class = CommandClass::RestWrite);
};

// --- rows of chance -------------------------------------------------------------------------------------------------
class RowMaker {
 public:
  explicit RowMaker(std::uint64_t seed) : random_(seed) {}

  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool coin() { return number(0, 1) == 1; }

  // Every member by chance, within what its type and the schema allow.
  template <class Row>
  Row row() {
    Row row{};
    columns(row, [this](std::string_view, auto& member) { this->fill(member); });
    return row;
  }
  // The same, under the key of another row.
  template <class Row>
  Row row_like(const Row& other) {
    Row made = row<Row>();
    int left = key_size(key_of(other));
    std::vector<const void*> sources;
    columns(other, [&](std::string_view, const auto& member) { sources.push_back(&member); });
    std::size_t at = 0;
    columns(made, [&](std::string_view, auto& member) {
      using Member = std::remove_cvref_t<decltype(member)>;
      if (left-- > 0) member = *static_cast<const Member*>(sources[at]);
      ++at;
    });
    return made;
  }
  std::string text(int longest);

  void fill(std::int64_t& value) { value = number(0, 1'000'000); }
  void fill(int& value) { value = static_cast<int>(number(0, 1000)); }
  void fill(bool& value) { value = coin(); }
  void fill(std::string& value) { value = text(12); }
  void fill(Bytes& value) { value = to_bytes(text(40)); }
  void fill(WallTime& value) { value = wall_from_ms(number(0, 4'000'000'000'000)); }
  void fill(Duration& value) { value = Duration{number(0, 10'000'000)}; }
  template <class Tag>
  void fill(StrongInt<Tag>& value) {
    value = StrongInt<Tag>{number(1, 9)};
  }
  template <class Tag, std::size_t N>
  void fill(ByteId<Tag, N>& value) {
    for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(number(0, 255));
  }
  template <class T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (coin()) fill(value.emplace());
  }
  void fill(EntitlementTag& value) { value.text = "regid.2026-01.org.example.tag" + std::to_string(number(1, 5)); }
  void fill(ProductTag& value) { value.text = "regid.2026-01.org.example.product"; }
  void fill(Udi& value) { value = {"C9500-" + std::to_string(number(1, 3)), "FCW" + std::to_string(number(1, 99))}; }
  void fill(std::vector<UdiEntry>& value);
  void fill(std::vector<domain::Grant>& value);
  void fill(domain::Place& value);
  void fill(domain::Billing& value) { value = coin() ? domain::Billing::Prepaid : domain::Billing::Usage; }
  void fill(domain::LotSource& value) { value = static_cast<domain::LotSource>(number(0, 5)); }
  void fill(domain::InstanceStatus& value) { value = static_cast<domain::InstanceStatus>(number(0, 3)); }
  void fill(domain::CertificateStatus& value) { value = static_cast<domain::CertificateStatus>(number(0, 3)); }
  void fill(domain::DueKind& value) { value = static_cast<domain::DueKind>(number(0, 4)); }

 private:
  template <class Key>
  static int key_size(const Key&) {
    return 1;
  }
  template <class... Parts>
  static int key_size(const std::tuple<Parts...>&) {
    return static_cast<int>(sizeof...(Parts));
  }
  std::mt19937_64 random_;
};

inline ReadKeys of_account(std::int64_t account) {
  ReadKeys keys;
  keys.account = AccountId{account};
  return keys;
}

}  // namespace lictor::storage::test
