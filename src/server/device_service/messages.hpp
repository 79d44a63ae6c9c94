// This room's messages for operators.
#pragma once

#include "foundation/base/messages.hpp"

namespace lictor::device_service::messages {

inline constexpr MessageRow kRequestFailed{
    "DEVICE_REQUEST_FAILED", Severity::Error, "A device message could not be completed; the device will try again",
    "Look at the error: a full disk, a store that failed or a signing key that cannot be used."};

}  // namespace lictor::device_service::messages
