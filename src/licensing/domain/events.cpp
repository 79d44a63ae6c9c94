#include "licensing/domain/events.hpp"

namespace lictor::domain {

namespace {

void append_number(Bytes& out, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>((static_cast<std::uint64_t>(value) >> shift) & 0xff));
}
void append_text(Bytes& out, std::string_view text) {
  append_number(out, static_cast<std::int64_t>(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

// What the hash of a row covers: every member but the hash itself. Lengths stand before texts, so that no two rows
// give the same bytes; the first word keeps these hashes apart from any other use of SHA-256.
Bytes covered_bytes(const AuditRow& row) {
  Bytes out;
  append_text(out, "lictor audit 1");
  append_number(out, row.account.value);
  append_number(out, row.sequence);
  append_number(out, to_ms(row.at));
  for (const auto* text : {&row.actor, &row.action, &row.object, &row.detail, &row.request_id}) append_text(out, *text);
  out.insert(out.end(), row.previous_hash.bytes.begin(), row.previous_hash.bytes.end());
  return out;
}

}  // namespace

void chain_audit(AuditRow& row, AccountHead& head, const HashFunction& sha256) {
  row.account = head.account;
  row.sequence = head.audit_sequence + 1;
  row.previous_hash = head.audit_hash;
  row.hash = sha256(covered_bytes(row));
  head.audit_sequence = row.sequence;
  head.audit_hash = row.hash;
}

std::optional<std::int64_t> verify_audit_chain(const std::vector<AuditRow>& rows, const HashFunction& sha256) {
  const AuditRow* previous = nullptr;
  for (const auto& row : rows) {
    if (previous != nullptr) {
      const bool follows = row.account == previous->account && row.sequence == previous->sequence + 1 &&
                           row.previous_hash == previous->hash;
      if (!follows) return row.sequence;
    } else if (row.sequence < 1 || (row.sequence == 1 && !row.previous_hash.is_zero())) {
      return row.sequence;
    }
    if (row.hash != sha256(covered_bytes(row))) return row.sequence;
    previous = &row;
  }
  return std::nullopt;
}

}  // namespace lictor::domain
