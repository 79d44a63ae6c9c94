// What a fuzz target asserts. A property that does not hold ends the run of that input with its sentence.
#pragma once

#include <stdexcept>
#include <string>

#include "foundation/base/error.hpp"
#include "foundation/base/utf8.hpp"

namespace lictor::fuzz {

class Violation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

// An error is a sentence for a person: never empty, and text, as it goes on into logs and answers.
inline void require_sentence(const Error& error) {
  require(!error.message.empty(), "an error without a message");
  require(is_utf8(error.message), "an error that is no UTF-8: " + error.message);
}

}  // namespace lictor::fuzz
