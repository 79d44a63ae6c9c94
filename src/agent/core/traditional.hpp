// Licensing before smart licensing, by right to use or by licence file (guide 1.4, CAT-3), and the way from it: the
// device's mode, what it was licensed for, and what a device-led conversion works on (CNV-5). Plain values; the agent
// keeps them in its store, the conversion itself is another feature's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/time.hpp"
#include "licensing/vocabulary/entitlement.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::agent {

// Traditional: the agent stands aside. Nothing is evaluated, sent or registered; what is in use is only noted.
enum class LicensingMode : std::uint8_t { Smart, Traditional };
std::string_view to_string(LicensingMode mode);  // "smart", "traditional"

struct TraditionalLicense {
  enum class Kind : std::uint8_t {
    RightToUse,   // accepted on the device
    LicenseFile,  // node-locked, of a PAK (LRP-3)
    Evaluation,   // entitles to nothing: never converted
  };
  std::string feature;  // as the image calls it: "ipservices"
  Kind kind = Kind::RightToUse;
  Count count = 1;
  bool in_use = false;
  friend bool operator==(const TraditionalLicense&, const TraditionalLicense&) = default;
};
std::string_view to_string(TraditionalLicense::Kind kind);  // "right-to-use", "license-file", "evaluation"

// The one conversion of a device's life; it outlives registrations.
struct Conversion {
  enum class State : std::uint8_t { NotStarted, Started, Succeeded, Failed };
  State state = State::NotStarted;
  WallTime at{};       // when it came to that state
  std::string reason;  // Failed
  friend bool operator==(const Conversion&, const Conversion&) = default;
};

// What the device reports to have converted.
struct ConversionContent {
  std::vector<UdiEntry> udis;
  ProductTag product_tag;
  std::string software_version;
  std::vector<TraditionalLicense> licenses;  // those that entitle, in the order recorded
  friend bool operator==(const ConversionContent&, const ConversionContent&) = default;
};

}  // namespace lictor::agent
