#include "contract/storage/fault_vfs.hpp"

#include <sqlite3.h>

#include <new>

namespace lictor::storage::test {

namespace {

struct ShimFile {
  sqlite3_file base;
  FaultVfs* owner;
  bool is_log;
  bool is_database;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

ShimFile* shim(sqlite3_file* file) {
  return reinterpret_cast<ShimFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return shim(file)->real();
}
const sqlite3_io_methods* methods(sqlite3_file* file) {
  return real(file)->pMethods;
}

int close_file(sqlite3_file* f) {
  return methods(f)->xClose(real(f));
}
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  if (shim(f)->owner->fail_read) return SQLITE_IOERR_READ;
  return methods(f)->xRead(real(f), to, size, at);
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (shim(f)->is_log && shim(f)->owner->fail_log_write) return SQLITE_FULL;
  return methods(f)->xWrite(real(f), from, size, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  return methods(f)->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
  FaultVfs& owner = *shim(f)->owner;
  if (shim(f)->is_log) {
    ++owner.log_syncs;
    if (owner.fail_log_sync) return SQLITE_IOERR_FSYNC;
  } else if (shim(f)->is_database) {
    ++owner.database_syncs;
    if (owner.fail_database_sync) return SQLITE_IOERR_FSYNC;
  }
  return owner.skip_syncs ? SQLITE_OK : methods(f)->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return methods(f)->xFileSize(real(f), size);
}
int lock_file(sqlite3_file* f, int level) {
  return methods(f)->xLock(real(f), level);
}
int unlock_file(sqlite3_file* f, int level) {
  return methods(f)->xUnlock(real(f), level);
}
int check_reserved(sqlite3_file* f, int* out) {
  return methods(f)->xCheckReservedLock(real(f), out);
}
int file_control(sqlite3_file* f, int op, void* arg) {
  return methods(f)->xFileControl(real(f), op, arg);
}
int sector_size(sqlite3_file* f) {
  return methods(f)->xSectorSize(real(f));
}
int characteristics(sqlite3_file* f) {
  return methods(f)->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return methods(f)->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return methods(f)->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) {
  methods(f)->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
  return methods(f)->xShmUnmap(real(f), remove);
}

constexpr sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,      write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_reserved, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,      nullptr,      nullptr};

sqlite3_vfs* parent(sqlite3_vfs*) {
  return sqlite3_vfs_find(nullptr);
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out_flags) {
  auto* opened = new (file) ShimFile{};
  opened->owner = static_cast<FaultVfs*>(vfs->pAppData);
  opened->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  opened->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int code = parent(vfs)->xOpen(parent(vfs), path, opened->real(), flags, out_flags);
  if (opened->real()->pMethods != nullptr) opened->base.pMethods = &kMethods;
  return code;
}

}  // namespace

FaultVfs::FaultVfs(std::string name) : name_(std::move(name)) {
  auto* vfs = new sqlite3_vfs(*sqlite3_vfs_find(nullptr));
  vfs->szOsFile += static_cast<int>(sizeof(ShimFile));
  vfs->zName = name_.c_str();
  vfs->pAppData = this;
  vfs->pNext = nullptr;
  vfs->xOpen = open_file;
  sqlite3_vfs_register(vfs, 0);
  vfs_ = vfs;
}

FaultVfs::~FaultVfs() {
  auto* vfs = static_cast<sqlite3_vfs*>(vfs_);
  sqlite3_vfs_unregister(vfs);
  delete vfs;
}

}  // namespace lictor::storage::test
