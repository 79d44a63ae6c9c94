#include "licensing/pki/keyed_hash_format.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"

namespace lictor::pki::keyed_hash {
namespace {

class Writer {
 public:
  Writer& number(std::int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<std::uint8_t>(value >> shift));
    return *this;
  }
  Writer& raw(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& bytes(ByteView bytes) { return number(static_cast<std::int64_t>(bytes.size())).raw(bytes); }
  Writer& text(std::string_view text) { return bytes(as_bytes(text)); }
  Writer& flag(bool value) { return number(value ? 1 : 0); }
  Writer& texts(const std::vector<std::string>& list) {
    number(static_cast<std::int64_t>(list.size()));
    for (const auto& item : list) text(item);
    return *this;
  }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// The first thing that does not read makes the rest read as empty; finish() tells.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  std::int64_t number() {
    std::uint64_t value = 0;
    for (const auto byte : raw(8)) value = value << 8 | byte;
    return static_cast<std::int64_t>(value);
  }
  std::int64_t number(std::int64_t low, std::int64_t high) {
    const auto value = number();
    if (value < low || value > high) good_ = false;
    return good_ ? value : low;
  }
  ByteView raw(std::size_t size) {
    if (size > in_.size()) {
      good_ = false;
      in_ = {};
      return {};
    }
    const auto out = in_.first(size);
    in_ = in_.subspan(size);
    return out;
  }
  ByteView view() { return raw(static_cast<std::size_t>(number(0, static_cast<std::int64_t>(in_.size())))); }
  Bytes bytes() {
    const auto out = view();
    return {out.begin(), out.end()};
  }
  std::string text() { return std::string(as_text(view())); }
  bool flag() { return number(0, 1) == 1; }
  std::vector<std::string> texts() {
    std::vector<std::string> out(static_cast<std::size_t>(number(0, static_cast<std::int64_t>(in_.size() / 8))));
    for (auto& item : out) item = text();
    return out;
  }
  Serial serial() {
    const auto read = Serial::from_view(view());
    if (!read) good_ = false;
    return read.value_or(Serial{});
  }
  // RFC 5280 dates: years of four digits.
  WallTime time() { return wall_from_ms(number(-62'167'219'200'000, 253'402'300'799'999)); }
  bool magic(std::string_view wanted) {
    if (as_text(raw(wanted.size())) != wanted) good_ = false;
    return good_;
  }
  // Everything read, nothing left.
  [[nodiscard]] Result<void> finish(std::string_view what) const {
    if (good_ && in_.empty()) return {};
    return Error{ErrorCode::Malformed, fmt::format("the {} does not read", what)};
  }

 private:
  ByteView in_;
  bool good_ = true;
};

KeyAlgorithm read_algorithm(Reader& in) {
  return static_cast<KeyAlgorithm>(in.number(0, 2));
}

struct Name {
  std::string organization;
  std::string common_name;
};

Result<Name> read_name(ByteView encoded) {
  Reader in(encoded);
  Name out;
  out.organization = in.text();
  out.common_name = in.text();
  if (auto ok = in.finish("name"); !ok) return ok.error();
  if (!is_utf8(out.organization) || !is_utf8(out.common_name))
    return Error{ErrorCode::Malformed, "the name is no UTF-8"};
  return out;
}

}  // namespace

Bytes write_key(std::string_view magic, KeyAlgorithm algorithm, ByteView secret) {
  return Writer().raw(as_bytes(magic)).number(static_cast<std::int64_t>(algorithm)).bytes(secret).take();
}

Result<KeyParts> read_key(std::string_view magic, ByteView encoded) {
  Reader in(encoded);
  in.magic(magic);
  KeyParts out;
  out.algorithm = read_algorithm(in);
  out.secret = in.bytes();
  if (auto ok = in.finish("key"); !ok) return ok.error();
  if (out.secret.size() != kSecretBytes) return Error{ErrorCode::Malformed, "the key does not read"};
  return out;
}

Bytes write_signed(std::string_view magic, ByteView contents, ByteView signature) {
  return Writer().raw(as_bytes(magic)).bytes(contents).bytes(signature).take();
}

Result<Signed> read_signed(std::string_view magic, ByteView encoded) {
  Reader in(encoded);
  in.magic(magic);
  Signed out;
  out.contents = in.bytes();
  out.signature = in.bytes();
  if (auto ok = in.finish("signed object"); !ok) return ok.error();
  return out;
}

Bytes write_name(std::string_view organization, std::string_view common_name) {
  return Writer().text(organization).text(common_name).take();
}

Bytes write_certificate(const Certificate& c) {
  return Writer()
      .bytes(c.serial.bytes)
      .bytes(c.subject_der)
      .bytes(c.issuer_der)
      .number(to_ms(c.not_before))
      .number(to_ms(c.not_after))
      .number(static_cast<std::int64_t>(c.public_key.algorithm))
      .bytes(c.public_key.spki)
      .flag(c.is_ca)
      .number(c.path_length.value_or(-1))
      .flag(c.may_sign_certificates)
      .flag(c.may_sign)
      .texts(c.extended_key_usages)
      .texts(c.uris)
      .texts(c.dns_names)
      .texts(c.ip_addresses)
      .texts(c.crl_urls)
      .bytes(c.subject_key_id)
      .bytes(c.authority_key_id)
      .take();
}

Result<Certificate> read_certificate(ByteView contents) {
  Reader in(contents);
  Certificate out;
  out.serial = in.serial();
  out.serial_der.assign(out.serial.bytes.begin(), out.serial.bytes.end());
  out.subject_der = in.bytes();
  out.issuer_der = in.bytes();
  out.not_before = in.time();
  out.not_after = in.time();
  out.public_key.algorithm = read_algorithm(in);
  out.public_key.spki = in.bytes();
  out.is_ca = in.flag();
  const auto path_length = in.number(-1, 100);
  if (path_length >= 0) out.path_length = static_cast<int>(path_length);
  out.may_sign_certificates = in.flag();
  out.may_sign = in.flag();
  out.extended_key_usages = in.texts();
  out.uris = in.texts();
  out.dns_names = in.texts();
  out.ip_addresses = in.texts();
  out.crl_urls = in.texts();
  out.subject_key_id = in.bytes();
  out.authority_key_id = in.bytes();
  if (auto ok = in.finish("certificate"); !ok) return ok.error();
  const auto subject = read_name(out.subject_der);
  const auto issuer = read_name(out.issuer_der);
  if (!subject) return subject.error();
  if (!issuer) return issuer.error();
  out.subject_common_name = subject->common_name;
  out.subject = "CN=" + subject->common_name;
  if (!subject->organization.empty()) out.subject += ",O=" + subject->organization;
  return out;
}

Bytes write_request(const CertificateRequest& request) {
  return Writer()
      .text(request.subject_common_name)
      .number(static_cast<std::int64_t>(request.public_key.algorithm))
      .bytes(request.public_key.spki)
      .take();
}

Result<CertificateRequest> read_request(ByteView contents) {
  Reader in(contents);
  CertificateRequest out;
  out.subject_common_name = in.text();
  out.public_key.algorithm = read_algorithm(in);
  out.public_key.spki = in.bytes();
  if (auto ok = in.finish("signing request"); !ok) return ok.error();
  return out;
}

Bytes write_list(const RevocationList& list) {
  Writer out;
  out.bytes(list.issuer_der).number(list.number).number(to_ms(list.this_update)).number(to_ms(list.next_update));
  out.number(static_cast<std::int64_t>(list.entries.size()));
  for (const auto& entry : list.entries) {
    out.bytes(entry.serial.bytes).number(to_ms(entry.revoked_at)).number(entry.reason);
  }
  return out.take();
}

Result<RevocationList> read_list(ByteView contents) {
  Reader in(contents);
  RevocationList out;
  out.issuer_der = in.bytes();
  out.number = in.number();
  out.this_update = in.time();
  out.next_update = in.time();
  // An entry takes 40 bytes: no count makes us reserve more than was sent.
  const auto count = in.number(0, static_cast<std::int64_t>(contents.size() / 40));
  for (std::int64_t i = 0; i < count; ++i) {
    RevokedEntry entry;
    entry.serial = in.serial();
    entry.revoked_at = in.time();
    entry.reason = static_cast<int>(in.number(0, 10));
    out.entries.push_back(entry);
  }
  if (auto ok = in.finish("revocation list"); !ok) return ok.error();
  return out;
}

}  // namespace lictor::pki::keyed_hash
