#include <algorithm>

#include "agent/host/file_state_store.hpp"
#include "fuzz/property.hpp"
#include "fuzz/store_image.hpp"
#include "fuzz/targets.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"
#include "simulation/disk/fault_files.hpp"

namespace lictor::fuzz {
namespace {

constexpr std::string_view kFolder = "/store";
constexpr std::size_t kRing = 4;
constexpr std::size_t kHeader = 60;  // magic 8, format 4, generation 8, length 8, digest 32

std::string path_of(std::string_view name) {
  return std::string(kFolder) + "/" + std::string(name);
}

// A slot whose length and digest are right, so that what lies behind them is reached.
void mend_slot(pki::Crypto& crypto, Bytes& slot, bool length, bool digest) {
  if (slot.size() < kHeader) return;
  if (length) {
    for (std::size_t i = 0; i < 8; ++i) {
      slot[20 + i] = static_cast<std::uint8_t>(std::uint64_t{slot.size() - kHeader} >> (56 - 8 * i));
    }
  }
  if (!digest) return;
  Bytes judged(slot.begin() + 8, slot.begin() + 28);
  judged.insert(judged.end(), slot.begin() + kHeader, slot.end());
  const auto right = crypto.sha256(judged);
  std::copy(right.bytes.begin(), right.bytes.end(), slot.begin() + 28);
}

void require_lines(const std::vector<std::string>& lines) {
  require(lines.size() <= kRing, "more event lines than the ring holds");
  for (const auto& line : lines) {
    require(!line.empty() && line.find('\n') == std::string::npos, "an event line that is none");
  }
}

// Set aside, not lost: the damaged files are kept byte for byte.
void require_kept(os::Files& files, const StoreImage& image) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (!image.files[i]) continue;
    const auto kept = files.read(path_of(kStoreFiles[i]) + ".damaged");
    require(kept.has_value() && *kept == *image.files[i], "a damaged slot was not kept");
  }
}

}  // namespace

bool store_files(ByteView input) {
  SeededEntropy entropy(3);
  const auto crypto = pki::make_keyed_hash_crypto(entropy);
  simulation::FaultDisk disk;
  simulation::FaultFiles files(disk);
  auto image = read_image(input);
  for (std::size_t i = 0; i < 2; ++i) {
    if (image.files[i])
      mend_slot(*crypto, *image.files[i], (image.flags >> (2 + i) & 1) != 0, (image.flags >> i & 1) != 0);
  }
  require(files.make_folder(std::string(kFolder)).has_value(), "the folder cannot be made");
  for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
    if (!image.files[i]) continue;
    require(files.write_atomically(path_of(kStoreFiles[i]), *image.files[i], os::FileMode::Private).has_value(),
            "a file cannot be written");
  }
  const agent::FileStateStoreSettings settings{std::string(kFolder), kRing};
  agent::FileStateStore store(settings, files, *crypto);
  const auto loaded = store.load();
  if (!loaded) {
    require_sentence(loaded.error());
    require(loaded.error().code == ErrorCode::Unsupported,
            "another error than of a newer format: " + loaded.error().message);
    return false;
  }
  require_lines(loaded->event_lines);
  require(!loaded->damaged || !loaded->contents, "damaged, and contents all the same");
  if (loaded->damaged) require_kept(files, image);
  // Whatever there was: what is saved now is what the next load gives.
  const auto contents = to_bytes("what is saved now");
  const auto saved = store.save(contents, {"a line"});
  require(saved.has_value(), "saving fails: " + (saved ? "" : saved.error().message));
  agent::FileStateStore next(settings, files, *crypto);
  const auto again = next.load();
  require(again.has_value() && !again->damaged && again->contents == contents, "what was saved is not what is loaded");
  require_lines(again->event_lines);
  require(!again->event_lines.empty() && again->event_lines.back() == "a line", "the saved event line is missing");
  return loaded->contents.has_value();
}

}  // namespace lictor::fuzz
