// Trust stores of a fleet's members.
#pragma once

#include <memory>

#include "agent/core/ports.hpp"

namespace lictor::fleet {

// Lives as long as the process: a fleet that is ended forgets what its members were.
class MemoryStateStore final : public agent::StateStore {
 public:
  Result<Loaded> load() override;
  Result<void> save(const Bytes& contents, const std::vector<std::string>& new_event_lines) override;
  Result<void> set_aside() override;

 private:
  std::optional<Bytes> contents_;
};

// Knows whether the last save was good: what was not saved was not accepted.
class WatchedStore final : public agent::StateStore {
 public:
  explicit WatchedStore(std::unique_ptr<agent::StateStore> inner) : inner_(std::move(inner)) {}
  Result<Loaded> load() override { return inner_->load(); }
  Result<void> save(const Bytes& contents, const std::vector<std::string>& new_event_lines) override;
  Result<void> set_aside() override { return inner_->set_aside(); }
  [[nodiscard]] bool saved() const { return saved_; }

 private:
  std::unique_ptr<agent::StateStore> inner_;
  bool saved_ = true;
};

}  // namespace lictor::fleet
