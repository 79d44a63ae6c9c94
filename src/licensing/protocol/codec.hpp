// Messages <-> JSON payloads. Hand-written codecs that tests hold to the published JSON Schemas (schemas.hpp).
// Unknown members are ignored; a missing or wrong one is Malformed and named by its path. Limits: PRO-5.
#pragma once

#include "licensing/protocol/messages.hpp"

namespace lictor::protocol {

std::string encode(const Request& request);
Result<Request> decode_request(MessageType type, std::string_view payload);

// A Refusal is encoded as {"error":{"code":...,"reason":...}} whatever the type asked.
std::string encode(const Answer& answer);
Result<Answer> decode_answer(MessageType type, std::string_view payload);

}  // namespace lictor::protocol
