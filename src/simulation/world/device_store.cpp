#include "simulation/world/device_store.hpp"

namespace lictor::simulation {
namespace {

constexpr const char* kFolder = "/flash/agent";

// A store whose save is whole or nothing; a fault is of a save.
class MemoryFlash final : public Flash, private agent::StateStore {
 public:
  std::unique_ptr<agent::StateStore> open() override {
    class View final : public agent::StateStore {
     public:
      explicit View(MemoryFlash& flash) : flash_(flash) {}
      Result<Loaded> load() override { return flash_.load(); }
      Result<void> save(const Bytes& contents, const std::vector<std::string>& lines) override {
        return flash_.save(contents, lines);
      }
      Result<void> set_aside() override { return flash_.set_aside(); }

     private:
      MemoryFlash& flash_;
    };
    off_ = false;
    fault_ = {};
    return std::make_unique<View>(*this);
  }
  void cut(Fault::Unsynced) override { off_ = true; }
  void set(Fault fault) override {
    fault_ = fault;
    saves_ = 0;
  }
  void mend() override { fault_ = {}; }
  [[nodiscard]] bool off() const override { return off_; }
  [[nodiscard]] std::optional<Bytes> contents() const override { return contents_; }
  void copy() override { copy_ = contents_; }
  bool restore() override {
    if (!copy_) return false;
    contents_ = copy_;
    return true;
  }

 private:
  Result<Loaded> load() override { return Loaded{contents_, false, {}}; }
  Result<void> save(const Bytes& contents, const std::vector<std::string>&) override {
    ++saves_;
    const bool hit =
        fault_.at != 0 && (saves_ == fault_.at || (saves_ > fault_.at && fault_.again == Fault::Again::ForEver));
    if (off_ || (hit && fault_.kind == Fault::Kind::PowerCut)) {
      if (!off_ && fault_.done == Fault::Done::Half) contents_ = contents;  // it came down to the last sync
      off_ = true;
      return Error{ErrorCode::Io, "the power went"};
    }
    if (hit) return Error{fault_.kind == Fault::Kind::Io ? ErrorCode::Io : ErrorCode::DiskFull, "the flash failed"};
    contents_ = contents;
    return {};
  }

  Result<void> set_aside() override {
    contents_.reset();
    return {};
  }

  std::optional<Bytes> contents_;
  std::optional<Bytes> copy_;
  Fault fault_;
  std::size_t saves_ = 0;
  bool off_ = false;
};

class FileFlash final : public Flash {
 public:
  FileFlash(pki::Crypto& crypto, std::size_t event_log_size) : crypto_(crypto), event_log_size_(event_log_size) {
    (void)disk_.make_folder("/flash");
    disk_.restart(Fault::Unsynced::Kept);
    disk_.count_reads(false);
  }
  std::unique_ptr<agent::StateStore> open() override {
    if (disk_.off()) disk_.restart();
    mend();
    files_ = std::make_unique<FaultFiles>(disk_);
    agent::FileStateStoreSettings settings;
    settings.folder = kFolder;
    settings.event_log_size = event_log_size_;
    return std::make_unique<Forgetting>(std::move(settings), *this);
  }
  void cut(Fault::Unsynced unsynced) override {
    if (!disk_.off()) disk_.pull_the_plug(unsynced);
  }
  void set(Fault fault) override {
    disk_.forget_operations();
    fault_set_ = fault.at != 0;
    disk_.set(fault);
  }
  void mend() override {
    fault_set_ = false;
    disk_.set({});
  }
  [[nodiscard]] bool off() const override { return disk_.off(); }
  [[nodiscard]] std::optional<Bytes> contents() const override { return std::nullopt; }
  void copy() override {
    if (disk_.off() || disk_.names_pending()) return;
    // As a tool of the operating system copies files that nobody writes.
    copy_ = std::make_unique<FaultDisk>(disk_.copy());
  }
  bool restore() override {
    if (!copy_) return false;
    disk_ = copy_->copy();
    return true;
  }

 private:
  // Forgets the names of operations that are done, unless a fault counts them.
  class Forgetting final : public agent::StateStore {
   public:
    Forgetting(agent::FileStateStoreSettings settings, FileFlash& flash)
        : inner_(std::move(settings), *flash.files_, flash.crypto_), flash_(flash) {}
    Result<Loaded> load() override { return inner_.load(); }
    Result<void> save(const Bytes& contents, const std::vector<std::string>& lines) override {
      if (!flash_.fault_set_) flash_.disk_.forget_operations();
      return inner_.save(contents, lines);
    }
    Result<void> set_aside() override { return inner_.set_aside(); }

   private:
    agent::FileStateStore inner_;
    FileFlash& flash_;
  };
  pki::Crypto& crypto_;
  std::size_t event_log_size_;
  FaultDisk disk_;
  std::unique_ptr<FaultDisk> copy_;
  std::unique_ptr<FaultFiles> files_;
  bool fault_set_ = false;
};

}  // namespace

std::unique_ptr<Flash> make_memory_flash() {
  return std::make_unique<MemoryFlash>();
}
std::unique_ptr<Flash> make_file_flash(pki::Crypto& crypto, std::size_t event_log_size) {
  return std::make_unique<FileFlash>(crypto, event_log_size);
}

}  // namespace lictor::simulation
