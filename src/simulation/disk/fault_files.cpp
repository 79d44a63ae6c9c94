#include "simulation/disk/fault_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace lictor::simulation {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error failure(ErrorCode code, const std::string& what, std::string_view why) {
  return {code, fmt::format("cannot {}: {}", what, why)};
}

constexpr std::size_t kAll = static_cast<std::size_t>(-1);

}  // namespace

std::string to_string(const Fault& fault) {
  static constexpr const char* kDone[] = {"not done", "half done", "done"};
  static constexpr const char* kUnsynced[] = {"dropped", "data alone", "names alone", "torn", "reordered", "kept"};
  switch (fault.kind) {
    case Fault::Kind::PowerCut:
      return fmt::format("power cut at operation {}, itself {}, what was not synced {}", fault.at,
                         kDone[static_cast<int>(fault.done)], kUnsynced[static_cast<int>(fault.unsynced)]);
    case Fault::Kind::Io:
    case Fault::Kind::DiskFull:
      break;
  }
  return fmt::format("{} at operation {}, {}", fault.kind == Fault::Kind::Io ? "I/O error" : "disk full", fault.at,
                     fault.again == Fault::Again::Once ? "once" : "for ever");
}

std::vector<Fault> every_power_cut() {
  using Unsynced = Fault::Unsynced;
  std::vector<Fault> all;
  for (const auto done : {Fault::Done::Not, Fault::Done::Half})
    for (const auto unsynced : {Unsynced::Dropped, Unsynced::DataAlone, Unsynced::NamesAlone, Unsynced::TornData,
                                Unsynced::ReorderedData, Unsynced::Kept})
      all.push_back({.kind = Fault::Kind::PowerCut, .done = done, .unsynced = unsynced});
  return all;
}

std::vector<Fault> every_fault() {
  auto all = every_power_cut();
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull})
    for (const auto again : {Fault::Again::Once, Fault::Again::ForEver}) all.push_back({.kind = kind, .again = again});
  return all;
}

// --- the disk -------------------------------------------------------------------------------------------------------
FaultDisk::FaultDisk() {
  folders_["/"] = true;
  folders_["."] = true;
}

FaultDisk::Begun FaultDisk::begin(std::string what, Space space) {
  if (off_) return {Step::Stop, failure(ErrorCode::Io, what, "the machine is off"), false};
  if (space == Space::Reads && !counts_reads_) return {};
  operations_.push_back(what);
  const auto number = operations_.size();
  const bool for_ever = fault_.kind != Fault::Kind::PowerCut && fault_.again == Fault::Again::ForEver;
  if (fault_.at == 0 || number < fault_.at || (number > fault_.at && !for_ever)) return {};
  switch (fault_.kind) {
    case Fault::Kind::Io:
      return {Step::Half, failure(ErrorCode::Io, what, "Input/output error"), false};
    case Fault::Kind::DiskFull:
      if (space != Space::Needs) return {};
      return {Step::Half, failure(ErrorCode::DiskFull, what, "No space left on device"), false};
    case Fault::Kind::PowerCut:
      break;
  }
  const Step step = fault_.done == Fault::Done::Not    ? Step::Stop
                    : fault_.done == Fault::Done::Half ? Step::Half
                                                       : Step::Go;
  return {step, failure(ErrorCode::Io, what, "the power went"), true};
}

Result<void> FaultDisk::end(const Begun& begun) {
  if (begun.cut) cut(fault_.unsynced);
  if (begun.error) return *begun.error;
  return {};
}

Error FaultDisk::missing(const std::string& path) const {
  return {ErrorCode::NotFound, path + ": No such file or directory"};
}

void FaultDisk::change_names(const std::string& folder, std::function<void(Names&)> apply) {
  apply(names_);
  name_changes_.push_back({folder, std::move(apply)});
}

void FaultDisk::store(Inode& inode, std::size_t at, ByteView contents) {
  if (inode.contents.size() < at + contents.size()) inode.contents.resize(at + contents.size());
  std::copy(contents.begin(), contents.end(), inode.contents.begin() + static_cast<std::ptrdiff_t>(at));
  inode.dirty.emplace_back(at, at + contents.size());
}

// Of the bytes written since the last sync, in the order of writing, those from one number to another; the size is a
// matter of the inode and goes first.
void FaultDisk::make_durable(Inode& inode, std::size_t from_byte, std::size_t to_byte) {
  if (inode.dirty.empty() && !inode.size_dirty) return;
  inode.durable.resize(inode.contents.size());
  std::size_t number = 0;  // of the first byte of the range
  for (const auto& [from, to] : inode.dirty) {
    const auto begin = from + (from_byte > number ? std::min(from_byte - number, to - from) : 0);
    const auto end =
        std::min({from + (to_byte > number ? std::min(to_byte - number, to - from) : 0), to, inode.contents.size()});
    if (begin < end)
      std::copy(inode.contents.begin() + static_cast<std::ptrdiff_t>(begin),
                inode.contents.begin() + static_cast<std::ptrdiff_t>(end),
                inode.durable.begin() + static_cast<std::ptrdiff_t>(begin));
    number += to - from;
  }
}

void FaultDisk::cut(Fault::Unsynced unsynced) {
  off_ = true;
  const bool names = unsynced != Fault::Unsynced::Dropped && unsynced != Fault::Unsynced::DataAlone;
  std::vector<std::shared_ptr<Inode>> inodes;
  for (const auto* all : {&names_, &durable_names_})
    for (const auto& [path, inode] : *all)
      if (std::find(inodes.begin(), inodes.end(), inode) == inodes.end()) inodes.push_back(inode);
  for (const auto& inode : inodes) {
    std::size_t dirty = 0;
    for (const auto& [from, to] : inode->dirty) dirty += to - from;
    if (unsynced == Fault::Unsynced::DataAlone || unsynced == Fault::Unsynced::Kept) make_durable(*inode, 0, kAll);
    if (unsynced == Fault::Unsynced::TornData) make_durable(*inode, 0, dirty / 2);
    if (unsynced == Fault::Unsynced::ReorderedData) make_durable(*inode, dirty / 2, kAll);
    inode->contents = inode->durable;
    inode->dirty.clear();
    inode->size_dirty = false;
  }
  if (names)
    for (const auto& change : name_changes_) change.apply(durable_names_);
  name_changes_.clear();
  if (!names) std::erase_if(folders_, [](const auto& folder) { return !folder.second; });
  for (auto& [path, durable] : folders_) durable = true;
  std::erase_if(durable_names_, [&](const auto& name) { return !folders_.contains(folder_of(name.first)); });
  names_ = durable_names_;
}

void FaultDisk::restart(Fault::Unsynced unsynced) {
  if (!off_) cut(unsynced);
  off_ = false;
  fault_ = {};
}

FaultDisk FaultDisk::copy() const {
  assert(name_changes_.empty());
  FaultDisk other;
  other.folders_ = folders_;
  other.counts_reads_ = counts_reads_;
  for (const auto& [path, inode] : names_) other.names_[path] = std::make_shared<Inode>(*inode);
  other.durable_names_ = other.names_;
  return other;
}

std::vector<std::string> FaultDisk::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, inode] : names_) all.push_back(path);
  return all;
}

Result<void> FaultDisk::make_folder(const std::string& path) {
  const auto begun = begin("make folder " + path, Space::Needs);
  if (!begun.error && folders_.contains(path)) return Error{ErrorCode::AlreadyExists, path};
  if (begun.step == Step::Go) folders_.emplace(path, false);
  return end(begun);
}

Result<void> FaultDisk::remove_folder(const std::string& path) {
  const auto begun = begin("remove folder " + path, Space::NeedsNot);
  if (begun.step == Step::Go) folders_.erase(path);
  return end(begun);
}

Result<void> FaultDisk::open(const std::string& path, Open how, os::FileMode mode) {
  const auto begun = begin("open " + path, Space::Needs);
  if (begun.step != Step::Go) return end(begun);
  if (!folders_.contains(folder_of(path))) return missing(path);
  if (!names_.contains(path)) {
    auto made = std::make_shared<Inode>();
    made->mode = mode;
    change_names(folder_of(path), [path, made](Names& names) { names[path] = made; });
  } else if (how == Open::Truncate) {
    auto& inode = *names_.at(path);
    inode.contents.clear();
    inode.dirty.clear();
    inode.size_dirty = true;
    inode.mode = mode;
  }
  return end(begun);
}

Result<void> FaultDisk::write(const std::string& path, std::size_t at, ByteView contents) {
  const auto begun = begin("write " + path, Space::Needs);
  if (begun.step == Step::Stop) return end(begun);
  const auto name = names_.find(path);
  if (name == names_.end()) return missing(path);
  store(*name->second, at, begun.step == Step::Half ? contents.first(contents.size() / 2) : contents);
  return end(begun);
}

Result<void> FaultDisk::shorten(const std::string& path, std::size_t size) {
  const auto begun = begin("shorten " + path, Space::NeedsNot);
  if (begun.step != Step::Go) return end(begun);
  const auto name = names_.find(path);
  if (name == names_.end()) return missing(path);
  auto& inode = *name->second;
  if (inode.contents.size() != size) inode.size_dirty = true;
  inode.contents.resize(size);
  return end(begun);
}

Result<void> FaultDisk::sync(const std::string& path) {
  const auto begun = begin("sync " + path, Space::NeedsNot);
  const auto name = names_.find(path);
  if (begun.step == Step::Stop || name == names_.end()) return end(begun);
  auto& inode = *name->second;
  std::size_t dirty = 0;
  for (const auto& [from, to] : inode.dirty) dirty += to - from;
  // A sync that fails has written nothing; its pages are clean afterwards all the same.
  if (begun.step == Step::Go) make_durable(inode, 0, kAll);
  if (begun.step == Step::Half && begun.cut) make_durable(inode, 0, dirty / 2);
  if (!begun.cut) {
    inode.dirty.clear();
    inode.size_dirty = false;
  }
  return end(begun);
}

Result<void> FaultDisk::sync_folder(const std::string& folder) {
  const auto begun = begin("sync folder " + folder, Space::NeedsNot);
  if (begun.step != Step::Go) return end(begun);
  std::erase_if(name_changes_, [&](const NameChange& change) {
    if (change.folder != folder) return false;
    change.apply(durable_names_);
    return true;
  });
  for (auto& [path, durable] : folders_)
    if (folder_of(path) == folder) durable = true;
  return end(begun);
}

Result<void> FaultDisk::rename(const std::string& from, const std::string& to) {
  const auto begun = begin("rename " + from, Space::Needs);
  if (begun.step != Step::Go) return end(begun);
  const auto name = names_.find(from);
  if (name == names_.end()) return missing(from);
  change_names(folder_of(to), [from, to, inode = name->second](Names& names) {
    names.erase(from);
    names[to] = inode;
  });
  return end(begun);
}

Result<void> FaultDisk::unlink(const std::string& path) {
  const auto begun = begin("unlink " + path, Space::NeedsNot);
  if (begun.step != Step::Go) return end(begun);
  if (!names_.contains(path)) return missing(path);
  change_names(folder_of(path), [path](Names& names) { names.erase(path); });
  return end(begun);
}

Result<Bytes> FaultDisk::read(const std::string& path) {
  const auto begun = begin("read " + path, Space::Reads);
  if (begun.error) return end(begun).error();
  const auto name = names_.find(path);
  if (name == names_.end()) return missing(path);
  return name->second->contents;
}

Result<std::size_t> FaultDisk::read(const std::string& path, std::size_t at, std::span<std::uint8_t> to) {
  const auto begun = begin("read " + path, Space::Reads);
  if (begun.error) return end(begun).error();
  const auto name = names_.find(path);
  if (name == names_.end()) return missing(path);
  const auto& contents = name->second->contents;
  const auto there = at < contents.size() ? std::min(to.size(), contents.size() - at) : 0;
  std::copy_n(contents.begin() + static_cast<std::ptrdiff_t>(std::min(at, contents.size())), there, to.begin());
  return there;
}

Result<std::vector<std::string>> FaultDisk::list(const std::string& folder) {
  const auto begun = begin("list " + folder, Space::Reads);
  if (auto ok = end(begun); !ok) return ok.error();
  if (!folders_.contains(folder)) return missing(folder);
  std::vector<std::string> found;
  for (const auto& [path, inode] : names_)
    if (folder_of(path) == folder) found.push_back(path.substr(path.rfind('/') + 1));
  for (const auto& [path, durable] : folders_)
    if (path != folder && folder_of(path) == folder) found.push_back(path.substr(path.rfind('/') + 1));
  std::sort(found.begin(), found.end());
  return found;
}

// --- the files ------------------------------------------------------------------------------------------------------
Result<Bytes> FaultFiles::read(const std::string& path, std::size_t most) {
  auto contents = disk_.read(path);
  if (contents && contents->size() > most)
    return Error{ErrorCode::TooLarge, fmt::format("{} is larger than {} bytes", path, most)};
  return contents;
}

Result<void> FaultFiles::write_new(const std::string& path, ByteView contents, os::FileMode mode) {
  if (auto ok = disk_.open(path, FaultDisk::Open::Truncate, mode); !ok) return ok;
  if (auto ok = disk_.write(path, 0, contents); !ok) return ok;
  return disk_.sync(path);
}

Result<void> FaultFiles::write_atomically(const std::string& path, ByteView contents, os::FileMode mode) {
  const std::string temporary = path + ".new";
  if (auto ok = write_new(temporary, contents, mode); !ok) {
    (void)disk_.unlink(temporary);
    return ok;
  }
  if (auto ok = disk_.rename(temporary, path); !ok) {
    (void)disk_.unlink(temporary);
    return ok;
  }
  return disk_.sync_folder(folder_of(path));
}

Result<void> FaultFiles::write_in_place(const std::string& path, ByteView contents, os::FileMode mode) {
  const bool is_new = !disk_.exists(path);
  if (auto ok = disk_.open(path, FaultDisk::Open::Keep, mode); !ok) return ok;
  if (auto ok = disk_.write(path, 0, contents); !ok) return ok;
  if (auto ok = disk_.shorten(path, contents.size()); !ok) return ok;
  if (auto ok = disk_.sync(path); !ok) return ok;
  return is_new ? disk_.sync_folder(folder_of(path)) : Result<void>();
}

Result<void> FaultFiles::append(const std::string& path, ByteView contents, os::FileMode mode) {
  const bool is_new = !disk_.exists(path);
  if (auto ok = disk_.open(path, FaultDisk::Open::Keep, mode); !ok) return ok;
  const auto before = disk_.size(path);
  if (auto ok = disk_.write(path, before, contents); !ok) {
    (void)disk_.shorten(path, before);
    return ok;
  }
  if (auto ok = disk_.sync(path); !ok) return ok;
  return is_new ? disk_.sync_folder(folder_of(path)) : Result<void>();
}

Result<void> FaultFiles::rename(const std::string& from, const std::string& to) {
  if (auto ok = disk_.rename(from, to); !ok) return ok;
  return disk_.sync_folder(folder_of(to));
}

Result<void> FaultFiles::remove(const std::string& path) {
  auto gone = disk_.unlink(path);
  if (!gone && gone.error().code == ErrorCode::NotFound) return {};
  return gone;
}

Result<void> FaultFiles::make_folder(const std::string& path) {
  for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const auto part = path.substr(0, slash);
    if (auto made = disk_.make_folder(part); made) {
      if (auto ok = disk_.sync_folder(folder_of(part)); !ok) {
        (void)disk_.remove_folder(part);
        return ok;
      }
    } else if (made.error().code != ErrorCode::AlreadyExists) {
      return made;
    }
    if (slash == std::string::npos) break;
  }
  return {};
}

}  // namespace lictor::simulation
