// HTTP names of the device protocol (spec pages 03, 04). Paths are case sensitive.
#pragma once

#include <string_view>

namespace lictor::protocol {

inline constexpr std::string_view kManagerPath = "/its/service/oddce/services/DDCEService";
inline constexpr std::string_view kOnPremPath = "/Transportgateway/services/DeviceRequestHandler";
inline constexpr std::string_view kSmartTransportPath = "/SmartTransport";
inline constexpr std::string_view kContentType = "application/jose";
inline constexpr std::string_view kMessageHint = "Lictor-Message";  // PRO-6: unsigned, for admission only
inline constexpr std::string_view kCarrierKeyHint = "Lictor-Carrier-Key";
inline constexpr std::string_view kTicketHeader = "Lictor-Ticket";  // GWY-2

}  // namespace lictor::protocol
