#include "contract/storage/harness.hpp"

#include <unistd.h>

namespace lictor::storage::test {

TempDir::TempDir(On on) {
  const std::filesystem::path memory = "/dev/shm";
  const bool use_memory = on == On::Memory && std::filesystem::is_directory(memory);
  const auto parent = use_memory ? memory : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "lictor-storage-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

class MemoryBackend final : public Backend {
 public:
  Store& store() override { return *store_; }

 private:
  std::unique_ptr<Store> store_ = make_memory_store();
};

class SqliteBackend final : public Backend {
 public:
  SqliteBackend() {
    vfs_.skip_syncs = true;  // what these tests ask is not what a power cut leaves
    open();
  }
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    open();
  }

 private:
  void open() {
    SqliteSettings settings;
    settings.path = dir_.file("store.db");
    settings.vfs = vfs_.name();
    settings.reserve_bytes = 0;
    auto opened = open_sqlite_store(settings);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    store_ = *std::move(opened);
  }
  TempDir dir_{TempDir::On::Memory};
  FaultVfs vfs_{"lictor-test"};
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(std::string_view name) {
  if (name == "memory") return std::make_unique<MemoryBackend>();
  return std::make_unique<SqliteBackend>();
}

CountingMetrics::Cell& CountingMetrics::cell(std::string_view name, const MetricLabels& labels) {
  std::string key(name);
  for (const auto& [label, value] : labels) key += "{" + label + "=" + value + "}";
  auto& cell = cells_[key];
  if (!cell) cell = std::make_unique<Cell>();
  return *cell;
}
MetricCounter& CountingMetrics::counter(std::string_view name, std::string_view, const MetricLabels& labels) {
  return cell(name, labels);
}
MetricGauge& CountingMetrics::gauge(std::string_view name, std::string_view, const MetricLabels& labels) {
  return cell(name, labels);
}
MetricHistogram& CountingMetrics::histogram(std::string_view name, std::string_view, const std::vector<double>&,
                                            const MetricLabels& labels) {
  return cell(name, labels);
}
double CountingMetrics::value(const std::string& name) const {
  const auto at = cells_.find(name);
  return at == cells_.end() ? -1 : at->second->total.load();
}

std::shared_ptr<std::optional<Result<void>>> WriterFixture::submit(ReadKeys keys, FunctionCommand::Apply apply,
                                                                   CommandClass command_class) {
  auto outcome = std::make_shared<std::optional<Result<void>>>();
  writer->submit(command(std::move(keys), std::move(apply)), command_class,
                 [outcome](std::unique_ptr<Command>, Result<void> result) { *outcome = std::move(result); });
  return outcome;
}

Result<void> WriterFixture::run(ReadKeys keys, FunctionCommand::Apply apply) {
  const auto outcome = submit(std::move(keys), std::move(apply));
  writer->drain(now);
  if (!*outcome) return Error{ErrorCode::Internal, "the command was not completed"};
  return **outcome;
}

std::string RowMaker::text(int longest) {
  static constexpr std::string_view kLetters = "abcXYZ089 ._-\"\\\n\xc3\xa4";
  std::string made;
  for (auto left = number(0, longest); left > 0; --left) {
    made += kLetters[static_cast<std::size_t>(number(0, std::ssize(kLetters) - 1))];
  }
  return made;
}
void RowMaker::fill(std::vector<UdiEntry>& value) {
  value.clear();
  for (auto left = number(1, 3); left > 0; --left) {
    UdiEntry entry;
    fill(entry.udi);
    entry.role = static_cast<UdiRole>(number(0, 2));
    value.push_back(entry);
  }
}
void RowMaker::fill(std::vector<domain::Grant>& value) {
  value.clear();
  for (auto left = number(0, 3); left > 0; --left) {
    domain::Grant grant;
    grant.role = static_cast<domain::Role>(number(0, 7));
    fill(grant.account);
    fill(grant.va);
    value.push_back(grant);
  }
}
void RowMaker::fill(domain::Place& value) {
  value.kind = static_cast<domain::Place::Kind>(number(0, 3));
  const bool named = value.kind == domain::Place::Kind::Reserved || value.kind == domain::Place::Kind::OnPrem;
  value.id = named ? number(1, 20) : 0;
}

}  // namespace lictor::storage::test
