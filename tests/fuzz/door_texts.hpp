// Inputs of the door target: messages in clear (payloads.hpp), separated by an empty line, in which these words stand
// for what only the running world knows: its keys, certificates and token.
#pragma once

#include <string_view>

namespace lictor::fuzz::door_words {

inline constexpr std::string_view kKid = "$KID";
inline constexpr std::string_view kIdSerial = "$ID_SERIAL";
inline constexpr std::string_view kSigningSerial = "$SIGNING_SERIAL";
inline constexpr std::string_view kCertificate = "$X5C";
inline constexpr std::string_view kDigest = "$X5T";
inline constexpr std::string_view kToken = "$TOKEN";
inline constexpr std::string_view kCsr = "$CSR";
inline constexpr std::string_view kProduct = "$PRODUCT";
inline constexpr std::string_view kTag = "$TAG";

}  // namespace lictor::fuzz::door_words
