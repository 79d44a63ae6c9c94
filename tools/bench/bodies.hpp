// Ready signed messages, one a line, and what came back for them.
#pragma once

#include "bench/devices.hpp"
#include "licensing/protocol/messages.hpp"

namespace lictor::bench {

// `count` registrations with one token; device i signs with key i modulo the number of keys.
Result<void> write_register_bodies(Tools& tools, const Product& product, const Keys& keys, const std::string& token,
                                   std::size_t first_number, std::size_t count, const std::string& path);

// Certificate requests as cfssl's sign API takes them: a JSON object a line.
Result<void> write_certificate_requests(Tools& tools, const Keys& keys, std::size_t count, const std::string& path);

// The devices that the answers to those made, in the same order. Every answer is verified under `signing`; a refusal is
// an error.
Result<void> write_devices(Tools& tools, const pki::Certificate& signing, std::size_t keys, std::size_t first_number,
                           const std::string& answers_path, const std::string& path);

// `rounds` authorizes of every device in turn, sequence ascending from `first_sequence`: with 64 of them on their way,
// two of one device never are, given some hundreds of devices.
struct Rounds {
  std::int64_t first_sequence = 1;
  std::int64_t rounds = 1;
};
Result<void> write_authorize_bodies(Tools& tools, const Product& product, const Keys& keys,
                                    const std::vector<Device>& devices, const Rounds& rounds, const std::string& path);
protocol::AuthorizeRequest usual_authorize(const Product& product, const Device& device);

// Every line is an answer to a message of that type, signed under `signing`, and no refusal; an authorize is in
// compliance. Error: the first that is not. Returns how many there were.
Result<std::size_t> check_answers(Tools& tools, const pki::Certificate& signing, protocol::MessageType type,
                                  const std::string& path);

}  // namespace lictor::bench
