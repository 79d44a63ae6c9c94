// Trust stores of simulated devices.
#pragma once

#include "agent/core/ports.hpp"
#include "agent/host/file_state_store.hpp"
#include "simulation/disk/fault_files.hpp"

namespace lictor::simulation {

// What outlives the runs of a device. The agent's store is opened over it at each boot.
class Flash {
 public:
  virtual ~Flash() = default;
  // The store as the agent's port; it must go before the Flash. Power is back.
  virtual std::unique_ptr<agent::StateStore> open() = 0;
  virtual void cut(Fault::Unsynced unsynced) = 0;  // power goes between two steps
  // The N-th operation from now on: power goes, or it fails.
  virtual void set(Fault fault) = 0;
  virtual void mend() = 0;                     // no fault is set
  [[nodiscard]] virtual bool off() const = 0;  // a set power cut came
  // What is stored, as the agent wrote it; nullopt: nothing, or it is not told.
  [[nodiscard]] virtual std::optional<Bytes> contents() const = 0;
  virtual void copy() = 0;     // of the contents, for later
  virtual bool restore() = 0;  // the copy is put back; false: there is none
};

// Knows whether the last save was good, and whether the load found damage. `inner` must outlive it.
class WatchedStore final : public agent::StateStore {
 public:
  explicit WatchedStore(agent::StateStore& inner) : inner_(inner) {}
  Result<Loaded> load() override {
    auto loaded = inner_.load();
    damaged_ = loaded && loaded->damaged;
    return loaded;
  }
  Result<void> save(const Bytes& contents, const std::vector<std::string>& lines) override {
    auto ok = inner_.save(contents, lines);
    good_ = ok.has_value();
    return ok;
  }
  Result<void> set_aside() override {
    damaged_ = true;
    return inner_.set_aside();
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  agent::StateStore& inner_;
  bool good_ = true;
  bool damaged_ = false;
};

std::unique_ptr<Flash> make_memory_flash();
// FileStateStore on a simulated disk. `crypto` must outlive it.
std::unique_ptr<Flash> make_file_flash(pki::Crypto& crypto, std::size_t event_log_size);

}  // namespace lictor::simulation
