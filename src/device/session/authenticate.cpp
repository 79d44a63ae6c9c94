// `crypto pki authenticate NAME` (CFG-6): paste a certificate in base 64, see its fingerprints, accept it. The words
// are those of the guide's section 3.
#include <fmt/format.h>

#include "device/session/session.hpp"
#include "licensing/pki/crypto.hpp"

namespace lictor::device {
namespace {

constexpr std::size_t kMaxPasted = 64 * 1024;

// "E0EA9A02 4F1DF24E ...", as the dialogue groups it.
std::string grouped_hex(ByteView digest) {
  const std::string hex = to_hex(digest);
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i != 0 && i % 8 == 0) out += ' ';
    out += hex[i] >= 'a' ? static_cast<char>(hex[i] - 32) : hex[i];
  }
  return out;
}

// With or without the PEM armour around it.
Result<Bytes> decode_certificate(const std::string& pasted) {
  if (pasted.find("-----BEGIN") != std::string::npos) {
    auto blocks = pki::from_pem("CERTIFICATE", pasted);
    if (!blocks) return blocks.error();
    if (blocks->empty()) return Error{ErrorCode::Malformed, "no certificate"};
    return std::move(blocks->front());
  }
  std::string base64;
  for (const char c : pasted) {
    if (c != '\n' && c != '\r' && c != ' ') base64 += c;
  }
  return from_base64(base64);
}

}  // namespace

void Session::authenticate(const Parsed& p, Done done) {
  if (configuring_) editor_.set_mode(Mode::Config);  // a line of the outer mode ends a sub-mode
  trustpoint_ = p.value("name");
  const Trustpoint* found = device_.running().find_trustpoint(trustpoint_);
  if (found == nullptr) return done(failure("% CA trustpoint for " + trustpoint_ + " is not configured"));
  if (trustpoint_ == kBuiltInTrustpoint)
    return done(failure("% The built-in trustpoint cannot be authenticated again"));
  if (found->enrollment != "terminal") {
    return done(failure("% Trustpoint " + trustpoint_ +
                        " has no enrollment method that takes a certificate here; "
                        "enter \"enrollment terminal\" in it"));
  }
  if (!found->certificates.empty()) {
    return done(
        failure("% Trustpoint " + trustpoint_ + " has its CA certificate already; remove the trustpoint first"));
  }
  pasted_.clear();
  const std::string text =
      "\nEnter the base 64 encoded CA certificate.\nEnd with a blank line or the word \"quit\" on a line by itself\n\n";
  ask(
      "", [this](const std::string& line, Done then) { collect_certificate(line, std::move(then)); }, text,
      std::move(done));
}

void Session::collect_certificate(const std::string& line, Done done) {
  const auto first = line.find_first_not_of(" \t\r");
  const bool blank = first == std::string::npos;
  const bool armour_end = line.find("-----END CERTIFICATE-----") != std::string::npos;
  if (!blank && line.compare(first, std::string::npos, "quit") != 0) {
    pasted_ += line + "\n";
    if (pasted_.size() > kMaxPasted) return done(failure("% Error in saving certificate: it is too long"));
    if (!armour_end) {
      return ask(
          "", [this](const std::string& l, Done then) { collect_certificate(l, std::move(then)); }, "",
          std::move(done));
    }
  } else if (blank && pasted_.empty()) {  // the blank line that some paste before the certificate
    return ask(
        "", [this](const std::string& l, Done then) { collect_certificate(l, std::move(then)); }, "", std::move(done));
  }
  confirm_certificate(std::move(done));
}

void Session::confirm_certificate(Done done) {
  auto der = decode_certificate(pasted_);
  pasted_.clear();
  if (!der) return done(failure("% Error in saving certificate: status = FAIL"));
  auto checked = device_.check_ca_certificate(*der);
  if (!checked) {
    return done(failure("% Error in saving certificate: " + checked.error().message));
  }
  const std::string attributes = fmt::format(
      "Certificate has the following attributes:\n       Fingerprint MD5: {}\n      Fingerprint SHA1: {}\n\n",
      grouped_hex(checked->md5), grouped_hex(checked->sha1));
  ask(
      "% Do you accept this certificate? [yes/no]: ",
      [this, der = std::move(*der)](const std::string& answer, Done then) {
        if (answer.empty() || (answer[0] != 'y' && answer[0] != 'Y')) {
          return then(reply("% Certificate was not accepted\n"));
        }
        Configuration next = device_.running();
        for (Trustpoint& t : next.trustpoints) {
          if (t.name == trustpoint_) t.certificates = {der};
        }
        if (auto changed = device_.change(next); !changed) return then(failure("% " + changed.error().message));
        then(reply("Trustpoint CA certificate accepted.\n% Certificate successfully imported\n\n"));
      },
      attributes, std::move(done));
}

}  // namespace lictor::device
