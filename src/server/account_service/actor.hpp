// Who asks, and whether they may (spec ACC-1, ACC-2). Nobody learns whether something exists in an account that is not
// theirs: it is NotFound, in the same words as for what does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "licensing/domain/permissions.hpp"

namespace lictor::account_service {

struct Actor {
  std::string name;  // "user:admin", "client:ci-..."
  std::vector<domain::Grant> grants;
  std::string request_id;  // of the HTTP request
  std::string peer;        // its address
  enum class Standing { Full, MustChangePassword };
  Standing standing = Standing::Full;  // MustChangePassword: may do nothing else
  KeyedHash bearer;                    // of the session or access token
};

// Does any grant reach the account, or something in it? And the VA?
bool sees(const Actor& actor, AccountId account);
bool sees(const Actor& actor, AccountId account, VirtualAccountId va);

// May the actor do that there? `va` 0: the account as a whole; account 0: the manager itself. Errors: NotFound (does
// not see the account or VA), PermissionDenied (sees it).
Result<void> permit(const Actor& actor, domain::Action action, AccountId account, VirtualAccountId va = {});
// The same for an object in a VA: an actor who does not see the VA hears that there is no such object. `what` as in
// no_such().
Result<void> permit_object(const Actor& actor, domain::Action action, AccountId account, VirtualAccountId va,
                           std::string_view what);

// "There is no token 17." The one wording for all that is not there or not theirs.
Error no_such(std::string_view what);
std::string what_is(std::string_view kind, std::int64_t id);  // "token 17"

}  // namespace lictor::account_service
