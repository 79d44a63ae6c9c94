#include "agent/host/file_state_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "foundation/base/secret.hpp"

namespace lictor::agent {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 8 + kDigestBytes;
constexpr std::size_t kMostContents = std::size_t{32} * 1024 * 1024;

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t get(ByteView in, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | in[at + static_cast<std::size_t>(i)];
  return value;
}

std::string aside_path(const std::string& path) {
  return path + ".damaged";
}

// "<generation> <line>"; nullopt: torn or foreign.
struct EventLine {
  std::uint64_t generation;
  std::string_view text;
};
std::optional<EventLine> parse_line(std::string_view line) {
  std::uint64_t generation = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), generation);
  if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return std::nullopt;
  const auto text = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
  if (text.empty() || text.find('\0') != std::string_view::npos) return std::nullopt;
  return EventLine{generation, text};
}

}  // namespace

// What a slot holds. `state` says what reading it came to.
struct FileStateStore::Slot {
  enum class State { Absent, Damaged, Sound };
  State state = State::Absent;
  std::uint64_t generation = 0;
  Bytes contents;
};

struct FileStateStore::Segment {
  std::uint64_t first_generation = 0;
  std::vector<std::string> lines;
  std::string kept;   // their bytes in the file
  bool torn = false;  // there is more in the file
  [[nodiscard]] bool newer_than(const Segment& other) const {
    return !lines.empty() && (other.lines.empty() || first_generation > other.first_generation);
  }
};

FileStateStore::FileStateStore(FileStateStoreSettings settings, os::Files& files, pki::Crypto& crypto)
    : settings_(std::move(settings)), files_(files), crypto_(crypto) {}

std::string FileStateStore::slot_path(std::uint64_t generation) const {
  return fmt::format("{}/state.{}", settings_.folder, generation % 2);
}
std::string FileStateStore::segment_path(int segment) const {
  return fmt::format("{}/events.{}", settings_.folder, segment);
}

// --- slots ----------------------------------------------------------------------------------------------------------
Bytes FileStateStore::encode_slot(std::uint64_t generation, const Bytes& contents) {
  Bytes judged;  // what the digest covers
  judged.reserve(4 + 8 + 8 + contents.size());
  put(judged, kSlotFormat, 4);
  put(judged, generation, 8);
  put(judged, contents.size(), 8);
  judged.insert(judged.end(), contents.begin(), contents.end());
  const auto digest = crypto_.sha256(judged);
  Bytes out;
  out.reserve(kHeaderBytes + contents.size());  // once: what is left behind when it grows is not wiped
  const auto magic = as_bytes(kStoreMagic);
  out.insert(out.end(), magic.begin(), magic.end());
  out.insert(out.end(), judged.begin(), judged.begin() + 20);
  out.insert(out.end(), digest.bytes.begin(), digest.bytes.end());
  out.insert(out.end(), contents.begin(), contents.end());
  wipe(judged);
  return out;
}

Result<FileStateStore::Slot> FileStateStore::read_slot(const std::string& path) {
  Slot slot;
  if (!files_.exists(path)) return slot;
  auto bytes = files_.read(path, kHeaderBytes + kMostContents);
  if (!bytes) {
    if (bytes.error().code != ErrorCode::TooLarge) return bytes.error();
    slot.state = Slot::State::Damaged;
    return slot;
  }
  slot.state = Slot::State::Damaged;
  const Secret whole(std::move(*bytes));
  const ByteView view = whole.reveal();
  if (view.size() < kHeaderBytes || as_text(view.first(8)) != kStoreMagic) return slot;
  const auto format = get(view, 8, 4);
  const auto length = get(view, 20, 8);
  if (length != view.size() - kHeaderBytes) return slot;
  const auto contents = view.subspan(kHeaderBytes);
  Bytes judged;
  judged.reserve(view.size());
  judged.insert(judged.end(), view.begin() + 8, view.begin() + 28);
  judged.insert(judged.end(), contents.begin(), contents.end());
  const auto digest = crypto_.sha256(judged);
  wipe(judged);
  if (!equal_constant_time(digest.bytes, view.subspan(28, kDigestBytes))) return slot;
  if (format != kSlotFormat)
    return Error{ErrorCode::Unsupported, fmt::format("{} was written by a newer program (format {})", path, format)};
  slot.state = Slot::State::Sound;
  slot.generation = get(view, 12, 8);
  slot.contents.assign(contents.begin(), contents.end());
  return slot;
}

Result<void> FileStateStore::set_aside() {
  // The newest slot last: as long as it is there, another load() comes to the same.
  for (const auto& path : {slot_path(generation_ + 1), slot_path(generation_), segment_path(0), segment_path(1)})
    if (files_.exists(path))
      if (auto ok = files_.rename(path, aside_path(path)); !ok) return ok.error().with_context("damaged trust store");
  generation_ = 0;
  segment_ = 0;
  lines_in_segment_ = 0;
  return {};
}

Result<StateStore::Loaded> FileStateStore::load() {
  if (auto ok = files_.make_folder(settings_.folder); !ok) return ok.error();
  auto even = read_slot(slot_path(0));
  if (!even) return even.error();
  auto odd = read_slot(slot_path(1));
  if (!odd) return odd.error();
  Loaded loaded;
  auto* newest = &*even;
  if (odd->state == Slot::State::Sound && (even->state != Slot::State::Sound || odd->generation > even->generation))
    newest = &*odd;
  generation_ = 0;
  if (newest->state == Slot::State::Sound) {
    generation_ = newest->generation;
    loaded.contents = std::move(newest->contents);
    wipe((newest == &*even ? *odd : *even).contents);
  } else if (even->state == Slot::State::Damaged || odd->state == Slot::State::Damaged) {
    loaded.damaged = true;
    if (auto ok = set_aside(); !ok) return ok.error();
  } else {
    // Set aside, and the power went before anything was saved in its place: no new device (STO-2).
    loaded.damaged = files_.exists(aside_path(slot_path(0))) || files_.exists(aside_path(slot_path(1)));
  }
  auto events = load_events();
  if (!events) return events.error();
  loaded.event_lines = std::move(*events);
  unsure_ = false;
  return loaded;
}

Result<void> FileStateStore::save(const Bytes& contents, const std::vector<std::string>& new_event_lines) {
  const bool again = unsure_;
  if (unsure_) {
    if (auto clean = load_events(); !clean) return clean.error();
    unsure_ = false;
  }
  const auto next = generation_ + 1;
  unsure_ = true;
  if (auto ok = append_events(next, new_event_lines); !ok) return ok;
  const auto path = slot_path(next);
  auto bytes = encode_slot(next, contents);
  // A slot that does not exist yet must not exist half: there is nothing to fall back to the first time. After a failed
  // save it may exist without its name being durable.
  auto ok = files_.exists(path) && !again ? files_.write_in_place(path, bytes, os::FileMode::Private)
                                          : files_.write_atomically(path, bytes, os::FileMode::Private);
  wipe(bytes);  // it holds the private key
  if (!ok) return ok;
  generation_ = next;
  unsure_ = false;
  return {};
}

// --- event log ------------------------------------------------------------------------------------------------------
// The committed lines of one segment.
Result<FileStateStore::Segment> FileStateStore::read_segment(int number) {
  Segment segment;
  const auto path = segment_path(number);
  if (!files_.exists(path)) return segment;
  auto bytes = files_.read(path);
  if (!bytes) return bytes.error();
  auto rest = as_text(*bytes);
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const auto line = parse_line(rest.substr(0, end));
    if (!line || line->generation > generation_) break;
    if (segment.lines.empty()) segment.first_generation = line->generation;
    segment.lines.emplace_back(line->text);
    segment.kept += rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
  }
  segment.torn = segment.kept.size() != bytes->size();
  return segment;
}

// The same; whatever lies behind them is taken away, so that a later commit of the same generation does not bring it
// back.
Result<FileStateStore::Segment> FileStateStore::load_segment(int number) {
  auto segment = read_segment(number);
  if (segment && segment->torn)
    if (auto ok = files_.write_atomically(segment_path(number), as_bytes(segment->kept), os::FileMode::Private); !ok)
      return ok.error();
  return segment;
}

std::vector<std::string> FileStateStore::joined(Segment zero, Segment one) const {
  const bool one_is_newer = one.newer_than(zero);
  const auto& newer = one_is_newer ? one.lines : zero.lines;
  auto lines = std::move(one_is_newer ? zero.lines : one.lines);
  lines.insert(lines.end(), newer.begin(), newer.end());
  if (lines.size() > settings_.event_log_size)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(settings_.event_log_size));
  return lines;
}

// Both segments, older first; the newer one is appended to.
Result<std::vector<std::string>> FileStateStore::load_events() {
  auto zero = load_segment(0);
  if (!zero) return zero.error();
  auto one = load_segment(1);
  if (!one) return one.error();
  const bool one_is_newer = one->newer_than(*zero);
  segment_ = one_is_newer ? 1 : 0;
  lines_in_segment_ = (one_is_newer ? *one : *zero).lines.size();
  return joined(std::move(*zero), std::move(*one));
}

Result<std::vector<std::string>> FileStateStore::event_lines() {
  auto zero = read_segment(0);
  if (!zero) return zero.error();
  auto one = read_segment(1);
  if (!one) return one.error();
  return joined(std::move(*zero), std::move(*one));
}

Result<void> FileStateStore::append_events(std::uint64_t generation, const std::vector<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text;
  for (const auto& line : lines) {
    std::string one = line;
    std::replace(one.begin(), one.end(), '\n', ' ');
    text += fmt::format("{} {}\n", generation, one);
  }
  if (lines_in_segment_ >= settings_.event_log_size) {
    // The other segment's lines are older than a whole ring: it begins anew.
    const int other = 1 - segment_;
    if (auto ok = files_.write_atomically(segment_path(other), as_bytes(text), os::FileMode::Private); !ok) return ok;
    segment_ = other;
    lines_in_segment_ = lines.size();
    return {};
  }
  if (auto ok = files_.append(segment_path(segment_), as_bytes(text), os::FileMode::Private); !ok) return ok;
  lines_in_segment_ += lines.size();
  return {};
}

}  // namespace lictor::agent
