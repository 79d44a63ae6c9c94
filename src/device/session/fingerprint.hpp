// MD5 and SHA-1 of a certificate, only to be shown: the dialogue of `crypto pki authenticate` prints these two (CFG-6).
// Nothing trusts them. Pure.
#pragma once

#include <string>

#include "foundation/base/bytes.hpp"

namespace lictor::device {

Bytes md5_for_display(ByteView data);   // RFC 1321
Bytes sha1_for_display(ByteView data);  // RFC 3174
// "E0EA9A02 4F1DF24E ..." as the dialogue groups it.
std::string grouped_hex(ByteView digest);

}  // namespace lictor::device
