#include <fmt/format.h>

#include <algorithm>

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

std::string to_pem(std::string_view label, ByteView der) {
  const auto body = to_base64(der);
  auto text = fmt::format("-----BEGIN {}-----\n", label);
  for (std::size_t at = 0; at < body.size(); at += 64) text += body.substr(at, 64) + "\n";
  return text + fmt::format("-----END {}-----\n", label);
}

Result<std::vector<Bytes>> from_pem(std::string_view label, std::string_view text) {
  const auto begin = fmt::format("-----BEGIN {}-----", label);
  const auto end = fmt::format("-----END {}-----", label);
  std::vector<Bytes> blocks;
  for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
    const auto body_at = at + begin.size();
    const auto stop = text.find(end, body_at);
    if (stop == std::string_view::npos) return Error{ErrorCode::Malformed, fmt::format("\"{}\" is missing", end)};
    std::string body(text.substr(body_at, stop - body_at));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    auto der = from_base64(body);
    if (!der) return der.error().with_context(fmt::format("block {} of {}", blocks.size() + 1, label));
    blocks.push_back(std::move(*der));
    at = stop + end.size();
  }
  return blocks;
}

}  // namespace lictor::pki
