// Audit rows: hash chain (DECISIONS 16). The hash function is passed in, so that this room stays free of crypto.
#pragma once

#include <functional>

#include "licensing/domain/entities.hpp"

namespace lictor::domain {

using HashFunction = std::function<Digest(ByteView)>;
// Fills account, sequence, previous_hash and hash from the head, and moves the head on. The hash covers every other
// member of the row, each text with its length before it.
void chain_audit(AuditRow& row, AccountHead& head, const HashFunction& sha256);
// The sequence of the first row whose hash or order does not fit; nullopt: whole. Rows in order, from any row of the
// chain on: a first row with sequence 1 has the zero hash before it, another one's predecessor is taken on trust.
std::optional<std::int64_t> verify_audit_chain(const std::vector<AuditRow>& rows, const HashFunction& sha256);

}  // namespace lictor::domain
