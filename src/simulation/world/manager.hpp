// The manager as a simulated machine: the production device service, account service, writer and store, with a process
// that can die at any moment and a disk that can fail.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/no_metrics.hpp"
#include "licensing/pki/authority.hpp"
#include "server/account_service/account_service.hpp"
#include "server/device_service/device_service.hpp"
#include "simulation/disk/disk_vfs.hpp"
#include "simulation/world/machine_clock.hpp"
#include "simulation/world/shaky_store.hpp"
#include "simulation/world/truth.hpp"

namespace lictor::simulation {

// What a caller of the device endpoint gets; status 0: the connection broke.
struct HttpAnswer {
  int status = 0;
  std::string body;
  Duration retry_after{0};
};

// Every message of the log of the server's rooms; those that say "a fault of the program" are violations.
class WatchingLog final : public Log {
 public:
  explicit WatchingLog(Judge& judge) : judge_(judge) {}
  void write(const MessageRow& message, std::initializer_list<LogField> fields) override;

 private:
  Judge& judge_;
};

class Manager {
 public:
  struct Surroundings {  // all must outlive it
    Timeline* timeline = nullptr;
    Judge* judge = nullptr;
    Truth* truth = nullptr;
    pki::Crypto* crypto = nullptr;
    std::shared_ptr<const catalog::Catalog> catalog;
    std::string scratch;  // a real folder, for the lock of an SQLite store
  };
  Manager(const Options& options, Surroundings around);
  ~Manager();
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // --- the process ---------------------------------------------------------------------------------------------------
  void start();
  void crash();  // what it held in memory is gone, what was not synced may be
  [[nodiscard]] bool up() const { return service_ != nullptr; }
  // For an hour nothing kept it from applying what time brings.
  [[nodiscard]] bool calm() const {
    return store_ && store_->fate() == CommitFate::Good && around_.timeline->now() - troubled_ > hours(1);
  }
  // How often it was started: what was asked of an earlier process is answered by nobody.
  [[nodiscard]] int process() const { return process_; }
  void set_fate(CommitFate fate);
  // Power goes at that many disk operations from now (SQLite).
  void lose_power_after(std::size_t operations, Fault::Unsynced unsynced);
  void set_overload(bool yes) { overload_ = yes; }
  // For a backup and its restore.
  void back_up();
  [[nodiscard]] bool has_backup() const { return backup_ != nullptr || backup_disk_ != nullptr; }
  void restore_backup();  // while down
  [[nodiscard]] int restores() const { return restores_; }
  [[nodiscard]] bool on_sqlite() const { return options_.store == Options::Store::Sqlite; }

  // --- its doors
  // ------------------------------------------------------------------------------------------------------
  void receive(const std::string& body, std::function<void(HttpAnswer)> done);
  [[nodiscard]] account_service::AccountService& people() { return *people_; }
  // A reader of what is committed; while up.
  [[nodiscard]] std::unique_ptr<storage::ReadStore> reader();

  [[nodiscard]] const std::vector<Bytes>& anchors() const { return first_anchors_; }
  [[nodiscard]] const catalog::Catalog& catalog() const { return *around_.catalog; }
  [[nodiscard]] WallTime wall() const { return clock_.wall(); }
  [[nodiscard]] Duration certificate_lifetime() const { return certificate_lifetime_; }
  [[nodiscard]] Duration authorization_validity() const { return authorization_validity_; }
  void roll_trust_over();  // the next start knows newer anchors
  [[nodiscard]] int trust_version() const { return static_cast<int>(bundles_.size()) + 1; }

 private:
  void wake_writer(Duration after);
  void work();
  [[nodiscard]] bool same_process(int process) const { return process == process_ && up(); }
  void open_store();

  Options options_;
  Surroundings around_;
  SeededEntropy entropy_;
  SeededEntropy chance_;
  SeededEntropy disk_chance_;  // apart, so that a world on SQLite is otherwise that in memory
  MachineClock clock_;
  WatchingLog log_;
  NoMetrics metrics_;

  // What a restart does not touch.
  AuthorityId authority_id_;
  Duration certificate_lifetime_ = device_service::Settings{}.id_certificate_lifetime;
  Duration authorization_validity_ = device_service::Settings{}.authorization_validity;
  pki::Authority authority_;
  std::vector<std::unique_ptr<pki::PrivateKey>> root_keys_;  // of later roots
  std::vector<protocol::TrustBundle> bundles_;
  std::vector<Bytes> first_anchors_;
  identity::KeyRing ring_;
  identity::SecretHasher hasher_;
  std::unique_ptr<storage::Store> memory_;  // Options::Store::Memory
  FaultDisk disk_;                          // Options::Store::Sqlite
  std::unique_ptr<DiskVfs> vfs_;
  std::string path_;
  std::unique_ptr<storage::Store> backup_;
  std::unique_ptr<FaultDisk> backup_disk_;
  Incarnation incarnation_;
  WallTime incarnation_began_{};
  int restores_ = 0;

  // The process.
  int process_ = 0;
  WallTime troubled_{};  // the last time at which it could not write
  bool overload_ = false;
  bool work_planned_ = false;
  Timeline::Ticket due_ = 0;
  std::unique_ptr<storage::Store> sqlite_;
  std::unique_ptr<ShakyStore> store_;
  std::unique_ptr<storage::DueEffects> effects_;
  std::unique_ptr<storage::Writer> writer_;
  std::unique_ptr<storage::ReaderPool> readers_;
  std::unique_ptr<pki::Signer> signer_;
  std::unique_ptr<pki::Issuer> issuer_;
  std::unique_ptr<account_service::AccountService> people_;
  std::unique_ptr<device_service::DeviceService> service_;
};

}  // namespace lictor::simulation
