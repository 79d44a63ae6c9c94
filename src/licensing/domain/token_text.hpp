// The text of a registration token (TOK-1): names its account, so that no search crosses accounts; 192 random bits.
// Form: base64url( version 1 byte || account 7 bytes big endian || secret 24 bytes ), 43 characters, no padding.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/entropy.hpp"
#include "foundation/base/secret.hpp"
#include "licensing/vocabulary/ids.hpp"

namespace lictor::domain {

Secret make_token_text(AccountId account, Entropy& entropy);
// The account that the token names. Error: Malformed (the device learns only "not valid").
Result<AccountId> account_of_token(std::string_view text);

}  // namespace lictor::domain
