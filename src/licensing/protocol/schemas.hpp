// The JSON Schema (2020-12) of each message's payload, as published at /schemas/<name>.json.
#pragma once

#include <span>
#include <string_view>

namespace lictor::protocol {

struct PublishedSchema {
  std::string_view name;  // "register-request", "register-answer", ..., "refusal"
  std::string_view text;  // the schema, JSON
};
std::span<const PublishedSchema> published_schemas();

}  // namespace lictor::protocol
