// Audit rows: hash chain (DECISIONS 16). The hash function is passed in, so that this room stays free of crypto.
#pragma once

#include <functional>

#include "licensing/domain/entities.hpp"

namespace lictor::domain {

using HashFunction = std::function<Digest(ByteView)>;
// Fills sequence, previous_hash and hash from the head, and moves the head on.
void chain_audit(AuditRow& row, AccountHead& head, const HashFunction& sha256);
// The first row whose hash or order does not fit; nullopt: whole.
std::optional<std::int64_t> verify_audit_chain(const std::vector<AuditRow>& rows, const HashFunction& sha256);

}  // namespace lictor::domain
