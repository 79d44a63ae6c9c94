// Ids on the wire have one text form, lower case hexadecimal, so that carriers and logs may compare them as text.
#pragma once

#include <string>

#include "licensing/vocabulary/ids.hpp"

namespace lictor::protocol {

// Error: Malformed, also for upper case.
template <class Id>
Result<Id> parse_wire_id(const std::string& text) {
  auto id = Id::parse(text);
  if (!id) return id.error();
  if (id->text() != text) return Error{ErrorCode::Malformed, "an identifier is written in lower case"};
  return id;
}

}  // namespace lictor::protocol
