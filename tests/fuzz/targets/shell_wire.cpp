#include "device/shell/wire.hpp"

#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"

namespace lictor::fuzz {
namespace {

// What was read is written, and reads as the same from then on.
template <class Decode>
bool judge(std::string_view frame, Decode&& decode) {
  const auto read = decode(frame);
  if (!read) return require_sentence(read.error()), false;
  const auto written = device::wire::encode(*read);
  const auto again = decode(written);
  require(again.has_value(), "what was written does not read: " + written);
  require(device::wire::encode(*again) == written, "writing is not stable: " + written);
  return true;
}

}  // namespace

// The first byte: 'q' a question, else an answer.
bool shell_wire(ByteView input) {
  if (input.empty()) return false;
  const auto frame = as_text(input.subspan(1));
  return input.front() == 'q' ? judge(frame, device::wire::decode_question) : judge(frame, device::wire::decode_answer);
}

}  // namespace lictor::fuzz
