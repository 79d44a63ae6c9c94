#include "foundation/base/settings.hpp"
#include "foundation/base/time.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "licensing/catalog/catalog.hpp"
#include "licensing/domain/token_text.hpp"
#include "licensing/pki/certificate.hpp"
#include "licensing/protocol/codes.hpp"
#include "licensing/vocabulary/entitlement.hpp"
#include "licensing/vocabulary/ids.hpp"
#include "licensing/vocabulary/states.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::fuzz {
namespace {

// Reads, writes and reads again: the same value, and from then on the same text. Exact: the text itself is the only
// one of its value.
enum class Form { Exact, Loose };
template <class Parse, class Write>
bool judge(std::string_view text, Form form, Parse&& parse, Write&& write) {
  const auto value = parse(text);
  if (!value) {
    require_sentence(value.error());
    return false;
  }
  const std::string written = write(*value);
  require(form == Form::Loose || written == text, "is accepted and is not the canonical text: " + written);
  const auto again = parse(written);
  require(again.has_value(), "what was written does not read: " + written);
  require(*again == *value, "what was written reads as something else: " + written);
  require(write(*again) == written, "writing is not stable: " + written);
  return true;
}

bool tag(std::string_view text) {
  const auto read = parse_entitlement_tag(text);
  if (read) {
    const auto p = parts(*read);
    require(p.regid + "." + p.name + "," + p.version + "_" + p.uuid == text, "the parts do not make the tag");
    require(text.size() <= 255, "a tag beyond 255 bytes");
  }
  const auto product = parse_product_tag(text);
  require(read.has_value() == product.has_value(), "product tags have another form");
  return judge(text, Form::Exact, parse_entitlement_tag, [](const EntitlementTag& t) { return t.text; });
}

bool instance_uri(std::string_view text) {
  return judge(text, Form::Exact, pki::parse_instance_uri,
               [](const pki::InstanceName& n) { return pki::instance_uri(n.authority, n.account, n.instance); });
}

// Compares as versions do; "16.09" and "16.9" are one.
bool version(std::string_view text) {
  return judge(text, Form::Loose, catalog::parse_software_version,
               [](const catalog::SoftwareVersion& v) { return catalog::to_string(v); });
}

bool token(std::string_view text) {
  const auto account = domain::account_of_token(text);
  if (!account) return require_sentence(account.error()), false;
  require(account->value >= 0 && text.size() == 43, "a token of another form");
  return true;
}

}  // namespace

bool text(ByteView input) {
  if (input.empty()) return false;
  const auto rest = as_text(input.subspan(1));
  switch (input.front()) {
    case 't':
      return judge(rest, Form::Loose, parse_rfc3339, to_rfc3339);
    case 'd':
      return judge(rest, Form::Loose, parse_duration, format_duration);
    case 'h':
      return judge(rest, Form::Loose, from_hex, [](const Bytes& b) { return to_hex(b); });
    case 'b':
      return judge(rest, Form::Exact, from_base64, [](const Bytes& b) { return to_base64(b); });
    case 'u':
      return judge(rest, Form::Exact, from_base64url, [](const Bytes& b) { return to_base64url(b); });
    case 'v':
      return version(rest);
    case 'e':
      return tag(rest);
    case 'i':
      return judge(rest, Form::Exact, parse_decimal_id, [](std::int64_t id) { return std::to_string(id); });
    case 'a':
      return judge(rest, Form::Exact, parse_authority_id, [](const AuthorityId& id) { return id.uuid; });
    case 'n':
      return instance_uri(rest);
    case 's':
      return judge(rest, Form::Exact, pki::parse_authority_uri, pki::authority_uri);
    case 'p':
      return judge(rest, Form::Exact, parse_udi, [](const Udi& udi) { return to_string(udi); });
    case 'r':
      return judge(rest, Form::Exact, parse_udi_role, [](UdiRole role) { return std::string(to_string(role)); });
    case 'g':
      return judge(rest, Form::Exact, parse_tag_status, [](TagStatus s) { return std::string(to_string(s)); });
    case 'c':
      return judge(rest, Form::Exact, protocol::parse_code,
                   [](protocol::Code code) { return std::string(protocol::to_string(code)); });
    case 'k':
      return judge(rest, Form::Exact, pki::parse_key_algorithm,
                   [](pki::KeyAlgorithm a) { return std::string(pki::to_string(a)); });
    case 'o':
      return token(rest);
    default:
      return false;
  }
}

}  // namespace lictor::fuzz
