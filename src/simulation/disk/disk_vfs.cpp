#include "simulation/disk/disk_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <span>

namespace lictor::simulation {

namespace {

struct DiskFile {
  sqlite3_file base{};
  DiskVfs* owner = nullptr;
  std::string path;
  int level = SQLITE_LOCK_NONE;
  bool sync_folder = false;  // a log or journal whose name is not durable yet: its first sync makes it so
  bool mapped = false;
  unsigned shared_slots = 0;
  unsigned exclusive_slots = 0;
  [[nodiscard]] FaultDisk& disk() const { return owner->disk(); }
  [[nodiscard]] DiskVfs::Shared& shared() const { return owner->shared(path); }
};

DiskFile& file_of(sqlite3_file* file) {
  return *reinterpret_cast<DiskFile*>(file);
}
int code_of(const Error& error, int otherwise) {
  return error.code == ErrorCode::DiskFull ? SQLITE_FULL : otherwise;
}
std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  const auto& file = file_of(f);
  const std::span<std::uint8_t> out(static_cast<std::uint8_t*>(to), static_cast<std::size_t>(size));
  const auto got = file.disk().read(file.path, static_cast<std::size_t>(at), out);
  if (!got) return SQLITE_IOERR_READ;
  if (*got == out.size()) return SQLITE_OK;
  std::memset(out.data() + *got, 0, out.size() - *got);
  return SQLITE_IOERR_SHORT_READ;
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  const auto& file = file_of(f);
  const ByteView bytes(static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(size));
  const auto done = file.disk().write(file.path, static_cast<std::size_t>(at), bytes);
  return done ? SQLITE_OK : code_of(done.error(), SQLITE_IOERR_WRITE);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  const auto& file = file_of(f);
  return file.disk().shorten(file.path, static_cast<std::size_t>(size)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}
// As SQLite's own for Unix does: data, and at the first sync of a new log or journal its folder.
int sync_file(sqlite3_file* f, int) {
  auto& file = file_of(f);
  if (!file.disk().sync(file.path)) return SQLITE_IOERR_FSYNC;
  if (file.sync_folder) {
    if (!file.disk().sync_folder(folder_of(file.path))) return SQLITE_IOERR_DIR_FSYNC;
    file.sync_folder = false;
  }
  return SQLITE_OK;
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  const auto& file = file_of(f);
  if (file.disk().off() || !file.disk().exists(file.path)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(file.disk().size(file.path));
  return SQLITE_OK;
}

// --- locks of the database file -------------------------------------------------------------------------------------
int unlock_file(sqlite3_file* f, int level) {
  auto& file = file_of(f);
  auto& shared = file.shared();
  if (level < SQLITE_LOCK_RESERVED) {
    if (shared.writer == &file) shared.writer = nullptr;
    if (shared.pending == &file) shared.pending = nullptr;
  }
  if (level == SQLITE_LOCK_NONE && file.level != SQLITE_LOCK_NONE) --shared.readers;
  file.level = std::min(file.level, level);
  return SQLITE_OK;
}
int lock_file(sqlite3_file* f, int level) {
  auto& file = file_of(f);
  if (file.level >= level) return SQLITE_OK;
  auto& shared = file.shared();
  if (file.level == SQLITE_LOCK_NONE) {
    if (shared.pending != nullptr) return SQLITE_BUSY;
    ++shared.readers;
    file.level = SQLITE_LOCK_SHARED;
  }
  if (level >= SQLITE_LOCK_RESERVED) {
    if (shared.writer != nullptr && shared.writer != &file) return SQLITE_BUSY;
    shared.writer = &file;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
      shared.pending = &file;
      if (shared.readers > 1) {
        file.level = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
      }
    }
    file.level = level;
  }
  return SQLITE_OK;
}
int check_reserved(sqlite3_file* f, int* out) {
  *out = file_of(f).shared().writer != nullptr;
  return SQLITE_OK;
}

// --- the index of the log, which lies in memory ---------------------------------------------------------------------
int shm_map(sqlite3_file* f, int region, int size, int extend, void volatile** out) {
  auto& file = file_of(f);
  if (file.disk().off()) return SQLITE_IOERR_SHMMAP;
  file.mapped = true;
  auto& regions = file.shared().regions;
  *out = nullptr;
  const auto number = static_cast<std::size_t>(region);
  if (regions.size() <= number) {
    if (extend == 0) return SQLITE_OK;
    // On a real disk it is a file that grows: it may fail as one.
    if (auto ok = file.disk().open(file.path + "-shm", FaultDisk::Open::Keep, os::FileMode::Private); !ok)
      return code_of(ok.error(), SQLITE_IOERR_SHMOPEN);
    while (regions.size() <= number)
      regions.push_back(std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(size)));
  }
  *out = regions[number].get();
  return SQLITE_OK;
}
void give_back(DiskFile& file, int slot) {
  auto& at = file.shared().slots[slot];
  const unsigned bit = 1U << slot;
  if ((file.shared_slots & bit) != 0) --at.readers;
  if ((file.exclusive_slots & bit) != 0) at.writer = nullptr;
  file.shared_slots &= ~bit;
  file.exclusive_slots &= ~bit;
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  auto& file = file_of(f);
  auto* slots = file.shared().slots;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = offset; i < offset + n; ++i) give_back(file, i);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (int i = offset; i < offset + n; ++i) {
    const int own = (file.shared_slots >> i) & 1U ? 1 : 0;
    if (slots[i].writer != nullptr && slots[i].writer != &file) return SQLITE_BUSY;
    if (exclusive && slots[i].readers > own) return SQLITE_BUSY;
  }
  for (int i = offset; i < offset + n; ++i) {
    const unsigned bit = 1U << i;
    if (exclusive) {
      slots[i].writer = &file;
      file.exclusive_slots |= bit;
    } else if ((file.shared_slots & bit) == 0) {
      ++slots[i].readers;
      file.shared_slots |= bit;
    }
  }
  return SQLITE_OK;
}
void shm_barrier(sqlite3_file*) {}
int shm_unmap(sqlite3_file* f, int) {
  auto& file = file_of(f);
  for (int i = 0; i < 8; ++i) give_back(file, i);
  file.mapped = false;
  return SQLITE_OK;
}

int close_file(sqlite3_file* f) {
  auto& file = file_of(f);
  (void)unlock_file(f, SQLITE_LOCK_NONE);
  if (file.mapped) (void)shm_unmap(f, 0);
  if (--file.shared().connections == 0) file.owner->forget(file.path);
  file.~DiskFile();
  return SQLITE_OK;
}
int file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

constexpr sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,      write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_reserved, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,      nullptr,      nullptr};

// --- names ----------------------------------------------------------------------------------------------------------
DiskVfs& owner_of(sqlite3_vfs* vfs) {
  return *static_cast<DiskVfs*>(vfs->pAppData);
}
int open_file(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* out, int flags, int* out_flags) {
  out->pMethods = nullptr;
  if (path == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory by the store's settings
  auto& owner = owner_of(vfs);
  const bool is_new = !owner.disk().exists(path);
  if (is_new && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  if (auto ok = owner.disk().open(path, FaultDisk::Open::Keep, os::FileMode::Private); !ok)
    return code_of(ok.error(), SQLITE_CANTOPEN);
  auto* file = new (out) DiskFile;
  file->owner = &owner;
  file->path = path;
  file->sync_folder = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  ++file->shared().connections;
  file->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  auto& disk = owner_of(vfs).disk();
  if (auto ok = disk.unlink(path); !ok)
    return ok.error().code == ErrorCode::NotFound ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  if (sync_folder != 0 && !disk.sync_folder(folder_of(path))) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}
int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  const auto& disk = owner_of(vfs).disk();
  if (disk.off()) return SQLITE_IOERR_ACCESS;
  // As SQLite's own: an empty file is as good as none.
  *out = disk.exists(path) && (flags != SQLITE_ACCESS_EXISTS || disk.size(path) > 0);
  return SQLITE_OK;
}
int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

}  // namespace

DiskVfs::DiskVfs(std::string name, FaultDisk& disk) : name_(std::move(name)), disk_(disk) {
  auto* vfs = new sqlite3_vfs(*sqlite3_vfs_find(nullptr));
  vfs->szOsFile = static_cast<int>(sizeof(DiskFile));
  vfs->zName = name_.c_str();
  vfs->pAppData = this;
  vfs->pNext = nullptr;
  vfs->xOpen = open_file;
  vfs->xDelete = delete_file;
  vfs->xAccess = access_file;
  vfs->xFullPathname = full_path;
  sqlite3_vfs_register(vfs, 0);
  vfs_ = vfs;
}

DiskVfs::~DiskVfs() {
  auto* vfs = static_cast<sqlite3_vfs*>(vfs_);
  sqlite3_vfs_unregister(vfs);
  delete vfs;
}

}  // namespace lictor::simulation
