// Files in memory that fail as a disk does (STO-2, reliability R2, R3). FaultDisk is what lies below os::Files: single
// operations on a volatile image (what a running process sees) and a durable one (what a power cut leaves), of which
// the N-th may fail or be the last. FaultFiles does with them, step for step, what os::PosixFiles does with system
// calls. One thread; nothing here is ever on a real disk.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "foundation/os/files.hpp"

namespace lictor::simulation {

// What happens at operation number `at`, counted from 1.
struct Fault {
  enum class Kind {
    Io,        // EIO; a write has done half of its work, a failed sync gives its pages up as clean
    DiskFull,  // ENOSPC where the system may say so (create, write, rename, make folder), else nothing
    PowerCut,  // the machine is off: every call fails until restart()
  };
  enum class Again { Once, ForEver };    // of Io and DiskFull
  enum class Done { Not, Half, Whole };  // of PowerCut: how much of the operation itself came about
  // Of PowerCut: what the disk did of its own accord with what was not synced. Torn: the first half of the bytes;
  // reordered: the second half without the first.
  enum class Unsynced { Dropped, DataAlone, NamesAlone, TornData, ReorderedData, Kept };

  std::size_t at = 0;  // 0: never
  Kind kind = Kind::Io;
  Again again = Again::Once;
  Done done = Done::Not;
  Unsynced unsynced = Unsynced::Dropped;
};
std::string to_string(const Fault& fault);
// Every kind, in every way, at operation 0: for loops over N.
std::vector<Fault> every_fault();
// Without Done::Whole, which at N is the same as Done::Not at N + 1.
std::vector<Fault> every_power_cut();

class FaultDisk {
 public:
  FaultDisk();
  FaultDisk(FaultDisk&&) = default;
  FaultDisk& operator=(FaultDisk&&) = default;

  void set(const Fault& fault) { fault_ = fault; }
  [[nodiscard]] std::size_t operations() const { return operations_.size(); }
  // "sync /store/state.0.new", for messages; numbers as Fault::at counts.
  [[nodiscard]] const std::string& operation(std::size_t number) const { return operations_.at(number - 1); }
  // Counts anew from 1.
  void forget_operations() { operations_.clear(); }
  // Whether reads are operations, too: a power cut at one is a cut before the next that changes something.
  void count_reads(bool yes) { counts_reads_ = yes; }
  // Another disk with the same contents. Requires that nothing waits for a sync.
  [[nodiscard]] FaultDisk copy() const;
  // Whether a name waits for its folder's sync: if not, it is all the same what a cut does with names.
  [[nodiscard]] bool names_pending() const { return !name_changes_.empty(); }
  [[nodiscard]] bool off() const { return off_; }
  // The power goes now, between two operations.
  void pull_the_plug(Fault::Unsynced unsynced = Fault::Unsynced::Dropped) { cut(unsynced); }
  // Power is back; no fault is set. Without a cut before: as one between two operations that loses what is not durable.
  void restart(Fault::Unsynced unsynced = Fault::Unsynced::Dropped);

  // --- operations ---------------------------------------------------------------------------------------------------
  Result<void> make_folder(const std::string& path);    // AlreadyExists
  Result<void> remove_folder(const std::string& path);  // an empty one
  enum class Open { Keep, Truncate };
  Result<void> open(const std::string& path, Open how, os::FileMode mode);  // makes it when it is not there
  Result<void> write(const std::string& path, std::size_t at, ByteView contents);
  Result<void> shorten(const std::string& path, std::size_t size);
  Result<void> sync(const std::string& path);
  Result<void> sync_folder(const std::string& folder);
  Result<void> rename(const std::string& from, const std::string& to);
  Result<void> unlink(const std::string& path);
  Result<Bytes> read(const std::string& path);
  // Into `to` from place `at` on; how many there were.
  Result<std::size_t> read(const std::string& path, std::size_t at, std::span<std::uint8_t> to);
  Result<std::vector<std::string>> list(const std::string& folder);

  // --- what is there, uncounted -------------------------------------------------------------------------------------
  [[nodiscard]] bool exists(const std::string& path) const { return names_.contains(path) || folders_.contains(path); }
  [[nodiscard]] std::size_t size(const std::string& path) const { return names_.at(path)->contents.size(); }
  [[nodiscard]] os::FileMode mode(const std::string& path) const { return names_.at(path)->mode; }
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  struct Inode {
    Bytes contents;
    Bytes durable;
    std::vector<std::pair<std::size_t, std::size_t>> dirty;  // written and not synced: from, to
    bool size_dirty = false;
    os::FileMode mode = os::FileMode::Private;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {  // in a folder, not synced yet
    std::string folder;
    std::function<void(Names&)> apply;
  };
  enum class Space { Needs, NeedsNot, Reads };
  enum class Step { Go, Half, Stop };
  struct Begun {
    Step step = Step::Go;
    std::optional<Error> error;
    bool cut = false;  // off afterwards, whatever was done
  };
  Begun begin(std::string what, Space space);
  Result<void> end(const Begun& begun);
  void change_names(const std::string& folder, std::function<void(Names&)> apply);
  static void store(Inode& inode, std::size_t at, ByteView contents);
  static void make_durable(Inode& inode, std::size_t from_byte, std::size_t to_byte);
  void cut(Fault::Unsynced unsynced);
  [[nodiscard]] Error missing(const std::string& path) const;

  Names names_;
  Names durable_names_;
  std::map<std::string, bool> folders_;  // true: durable
  std::vector<NameChange> name_changes_;
  std::vector<std::string> operations_;
  Fault fault_;
  bool counts_reads_ = true;
  bool off_ = false;
};

class FaultFiles final : public os::Files {
 public:
  explicit FaultFiles(FaultDisk& disk) : disk_(disk) {}

  Result<Bytes> read(const std::string& path, std::size_t most = 64 * 1024 * 1024) override;
  Result<void> write_atomically(const std::string& path, ByteView contents, os::FileMode mode) override;
  Result<void> write_in_place(const std::string& path, ByteView contents, os::FileMode mode) override;
  Result<void> append(const std::string& path, ByteView contents, os::FileMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  [[nodiscard]] bool exists(const std::string& path) override { return !disk_.off() && disk_.exists(path); }
  Result<void> make_folder(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override { return disk_.list(folder); }

 private:
  Result<void> write_new(const std::string& path, ByteView contents, os::FileMode mode);
  FaultDisk& disk_;
};

}  // namespace lictor::simulation
