// A store between the writer and the real one that fails as disks do: full, or with an error that leaves open whether
// the commit happened.
#pragma once

#include "server/storage/store.hpp"

namespace lictor::simulation {

enum class CommitFate { Good, Full, Lost, Unknown };  // Lost: nothing was written; Unknown: all was, and an error came

class ShakyStore final : public storage::Store, private storage::WriteStore {
 public:
  explicit ShakyStore(storage::Store& inner) : inner_(inner) {}
  // Of commits from now on; Lost and Unknown are of the next one alone.
  void set_fate(CommitFate fate) { fate_ = fate; }
  [[nodiscard]] CommitFate fate() const { return fate_; }

  [[nodiscard]] WriteStore& writer() override { return *this; }
  Result<std::unique_ptr<storage::ReadStore>> open_reader() override { return inner_.open_reader(); }
  Result<std::string> dump() override { return inner_.dump(); }

 private:
  Result<void> load(const storage::ReadKeys& keys, WallTime now, storage::Rows& rows) override {
    return inner_.writer().load(keys, now, rows);
  }
  Result<void> commit(const storage::Rows& rows) override {
    switch (fate_) {
      case CommitFate::Good:
        break;
      case CommitFate::Full:
        inner_.writer().abandon();
        return Error{ErrorCode::DiskFull, "the disk is full"};
      case CommitFate::Lost:
        inner_.writer().abandon();
        return Error{ErrorCode::Io, "the disk failed"};
      case CommitFate::Unknown:
        if (auto ok = inner_.writer().commit(rows); !ok) return ok;
        return Error{ErrorCode::Io, "the disk failed"};
    }
    return inner_.writer().commit(rows);
  }
  void abandon() override { inner_.writer().abandon(); }
  Result<std::optional<WallTime>> next_due() override { return inner_.writer().next_due(); }
  Result<std::vector<AccountId>> accounts_due(WallTime now, int limit) override {
    return inner_.writer().accounts_due(now, limit);
  }

  storage::Store& inner_;
  CommitFate fate_ = CommitFate::Good;
};

}  // namespace lictor::simulation
