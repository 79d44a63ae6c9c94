// The trust store in files (STO-1, STO-2; DECISIONS 12): two slots written in turn, the event log in two segments.
// A slot: magic, format, generation, length, SHA-256, contents; all integers big-endian. The newest slot that verifies
// counts, so a write that was torn anywhere leaves the contents before it. Event lines carry the generation of the
// commit that they ride with; lines beyond the newest commit count as not written. Everything has mode 0600: it holds
// keys.
#pragma once

#include <memory>
#include <string>

#include "agent/core/ports.hpp"
#include "foundation/os/files.hpp"
#include "licensing/pki/crypto.hpp"

namespace lictor::agent {

inline constexpr std::string_view kStoreMagic = "LICTORST";
inline constexpr std::uint32_t kSlotFormat = 1;

struct FileStateStoreSettings {
  std::string folder;                // made if it is not there
  std::size_t event_log_size = 500;  // lines kept at least; at most twice as many
};

// One owner thread; blocks. One process per folder: the caller holds a lock (os::FileLock).
class FileStateStore final : public StateStore {
 public:
  // `files` and `crypto` must outlive it.
  FileStateStore(FileStateStoreSettings settings, os::Files& files, pki::Crypto& crypto);

  // A store of which no slot verifies is damaged: its files are renamed to *.damaged and kept. So is one that was set
  // aside and has no slot yet: a power cut in between makes no new device of it. Errors: Io and what
  // Files says; Unsupported for a slot of a newer program, which is left alone.
  Result<Loaded> load() override;
  // Errors: as Files; nothing is lost then, and the next save overwrites the slot that failed. Requires load() before.
  Result<void> save(const Bytes& contents, const std::vector<std::string>& new_event_lines) override;
  // Renames the files to *.damaged, as load() does; what such a name held before is replaced. Requires load() before.
  Result<void> set_aside() override;
  // Reads only. Requires load() before.
  Result<std::vector<std::string>> event_lines() override;

 private:
  struct Slot;
  struct Segment;
  [[nodiscard]] std::string slot_path(std::uint64_t generation) const;
  [[nodiscard]] std::string segment_path(int segment) const;
  Result<Slot> read_slot(const std::string& path);
  Result<Segment> read_segment(int number);
  Result<Segment> load_segment(int number);
  [[nodiscard]] std::vector<std::string> joined(Segment zero, Segment one) const;
  Result<std::vector<std::string>> load_events();
  Result<void> append_events(std::uint64_t generation, const std::vector<std::string>& lines);
  [[nodiscard]] Bytes encode_slot(std::uint64_t generation, const Bytes& contents);

  FileStateStoreSettings settings_;
  os::Files& files_;
  pki::Crypto& crypto_;
  std::uint64_t generation_ = 0;  // of the newest commit; 0 = none
  int segment_ = 0;               // that is appended to
  std::size_t lines_in_segment_ = 0;
  bool unsure_ = false;  // a save failed: lines beyond the commit may lie in the segment
};

}  // namespace lictor::agent
