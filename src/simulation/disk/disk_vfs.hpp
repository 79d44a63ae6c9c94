// An SQLite VFS over a FaultDisk: the real SQLite with its real log, on a disk that fails or loses power at its N-th
// operation. Names, data and locks are the disk's and this object's own; nothing reaches a real file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/disk/fault_files.hpp"

namespace lictor::simulation {

class DiskVfs {
 public:
  // Registers itself under the name; unregisters at the end. `disk` must outlive it; stores that use it must be closed
  // by then. One thread.
  DiskVfs(std::string name, FaultDisk& disk);
  ~DiskVfs();
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] FaultDisk& disk() { return disk_; }

  // What all connections to one file share; in memory, gone with the last of them as with a process.
  struct Shared {
    int connections = 0;
    int readers = 0;                                       // connections with a shared lock or more
    const void* writer = nullptr;                          // with a reserved, pending or exclusive lock
    const void* pending = nullptr;                         // lets no new reader in
    std::vector<std::unique_ptr<std::uint8_t[]>> regions;  // the index of the log
    struct Slot {
      int readers = 0;
      const void* writer = nullptr;
    };
    Slot slots[8];
  };
  Shared& shared(const std::string& path) { return shared_[path]; }
  void forget(const std::string& path) { shared_.erase(path); }

 private:
  std::string name_;
  FaultDisk& disk_;
  std::map<std::string, Shared> shared_;
  void* vfs_;
};

}  // namespace lictor::simulation
