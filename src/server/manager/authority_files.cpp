#include "server/manager/authority_files.hpp"

#include <fmt/format.h>

namespace lictor::manager {
namespace {

using os::FileMode;
using pki::KeyAndCertificate;

std::string path_of(const std::string& folder, std::string_view name, std::string_view suffix) {
  return fmt::format("{}/{}{}", folder, name, suffix);
}

// A pair that replaces another: its key waits under this name until its certificate is there, which is what counts.
constexpr std::string_view kNextKey = ".key.next";

Result<void> save(os::Files& files, pki::Crypto& crypto, const std::string& folder, std::string_view name,
                  const KeyAndCertificate& what, std::string_view key_suffix = ".key") {
  auto key = crypto.export_key(*what.key);
  if (!key) return key.error();
  const auto pem = Secret::from_text(pki::to_pem("PRIVATE KEY", key->reveal()));
  if (auto ok = files.write_atomically(path_of(folder, name, key_suffix), pem.reveal(), FileMode::Private); !ok)
    return ok;
  return files.write_atomically(path_of(folder, name, ".pem"),
                                as_bytes(pki::to_pem("CERTIFICATE", what.certificate.der)), FileMode::Public);
}

// A file that may not be durable must not be there for the next start to find: what is behind its name would be given
// out, and gone after a power cut.
Result<void> make_or_leave_none(os::Files& files, const std::string& path, ByteView contents, FileMode mode) {
  auto made = files.write_atomically(path, contents, mode);
  if (!made) (void)files.remove(path);
  return made;
}

Result<Bytes> one_block(os::Files& files, const std::string& path, std::string_view label) {
  auto text = files.read(path);
  if (!text) return text.error();
  auto blocks = pki::from_pem(label, as_text(*text));
  if (!blocks) return Error{ErrorCode::Corrupt, fmt::format("{}: {}", path, blocks.error().message)};
  if (blocks->size() != 1)
    return Error{ErrorCode::Corrupt, fmt::format("{}: holds {} of {}; one is expected", path, blocks->size(), label)};
  return std::move(blocks->front());
}

Result<std::unique_ptr<pki::PrivateKey>> load_key(os::Files& files, pki::Crypto& crypto, const std::string& path) {
  auto der = one_block(files, path, "PRIVATE KEY");
  if (!der) return der.error();
  auto key = crypto.load_key(Secret(std::move(*der)));
  if (!key) return key.error().with_context(path);
  return key;
}

// The key of a certificate; a replacement that was cut short between certificate and key is finished.
Result<std::unique_ptr<pki::PrivateKey>> load_key_of(os::Files& files, pki::Crypto& crypto, const std::string& folder,
                                                     std::string_view name, const pki::Certificate& certificate) {
  const auto path = path_of(folder, name, ".key");
  const auto next_path = path_of(folder, name, kNextKey);
  auto key = load_key(files, crypto, path);
  if (!key || (*key)->public_key() == certificate.public_key) return key;
  const bool replaced = files.exists(next_path);
  if (replaced) {
    key = load_key(files, crypto, next_path);
    if (!key) return key;
  }
  if ((*key)->public_key() != certificate.public_key) {
    return Error{ErrorCode::Corrupt, fmt::format("{} is not the key of {}", path, path_of(folder, name, ".pem"))};
  }
  if (auto ok = files.rename(next_path, path); !ok) return ok.error();
  return key;
}

Result<KeyAndCertificate> load(os::Files& files, pki::Crypto& crypto, const std::string& folder,
                               std::string_view name) {
  const auto certificate_path = path_of(folder, name, ".pem");
  auto der = one_block(files, certificate_path, "CERTIFICATE");
  if (!der) return der.error();
  auto certificate = crypto.parse_certificate(*der);
  if (!certificate) return certificate.error().with_context(certificate_path);
  auto key = load_key_of(files, crypto, folder, name, *certificate);
  if (!key) return key.error();
  return KeyAndCertificate{std::move(*key), std::move(*certificate)};
}

struct Part {
  std::string_view name;
  KeyAndCertificate pki::Authority::*member;
};
constexpr Part kParts[] = {{"root", &pki::Authority::root},
                           {"intermediate", &pki::Authority::intermediate},
                           {"signing", &pki::Authority::signing},
                           {"tls-root", &pki::Authority::tls_root},
                           {"tls-server", &pki::Authority::tls_server}};

}  // namespace

Result<AuthorityFiles> load_or_make_authority(os::Files& files, pki::Crypto& crypto, Entropy& entropy,
                                              const std::string& folder, pki::AuthoritySettings settings,
                                              WallTime now) {
  if (auto ok = files.make_folder(folder); !ok) return ok.error();
  const auto id_path = path_of(folder, "authority", ".id");
  AuthorityFiles out;
  if (!files.exists(id_path)) {
    settings.id = random_authority_id(entropy);
    auto made = pki::make_authority(crypto, entropy, settings, now);
    if (!made) return made.error();
    out.authority = std::move(*made);
    out.id = settings.id;
    out.made_now = true;
    for (const auto& part : kParts) {
      if (auto ok = save(files, crypto, folder, part.name, out.authority.*part.member); !ok) return ok.error();
    }
    // Last: an authority without its id was never used.
    if (auto ok = make_or_leave_none(files, id_path, as_bytes(settings.id.uuid + "\n"), FileMode::Public); !ok)
      return ok.error();
    return out;
  }
  auto text = files.read(id_path, 1024);
  if (!text) return text.error();
  std::string id(as_text(*text));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  auto parsed = parse_authority_id(id);
  if (!parsed) return Error{ErrorCode::Corrupt, fmt::format("{}: {}", id_path, parsed.error().message)};
  out.id = std::move(*parsed);
  for (const auto& part : kParts) {
    auto loaded = load(files, crypto, folder, part.name);
    if (!loaded) return loaded.error();
    out.authority.*part.member = std::move(*loaded);
  }
  return out;
}

Result<void> renew_tls(os::Files& files, pki::Crypto& crypto, Entropy& entropy, const std::string& folder,
                       const pki::AuthoritySettings& settings, pki::Authority& authority, WallTime now) {
  constexpr std::string_view kName = "tls-server";
  // A renewal before this one may have failed between certificate and key; it is finished first.
  if (auto present = load(files, crypto, folder, kName); !present) return present.error();
  auto made = pki::make_tls_server(crypto, entropy, settings, authority.tls_root, now);
  if (!made) return made.error();
  if (auto ok = save(files, crypto, folder, kName, *made, kNextKey); !ok) return ok;
  if (auto ok = files.rename(path_of(folder, kName, kNextKey), path_of(folder, kName, ".key")); !ok) return ok;
  authority.tls_server = std::move(*made);
  return {};
}

Result<Secret> load_or_make_secret(os::Files& files, Entropy& entropy, const std::string& folder,
                                   std::string_view name) {
  if (auto ok = files.make_folder(folder); !ok) return ok.error();
  const auto path = path_of(folder, name, ".secret");
  constexpr std::size_t kSize = 32;
  if (!files.exists(path)) {
    Secret made(entropy.bytes(kSize));
    if (auto ok = make_or_leave_none(files, path, made.reveal(), FileMode::Private); !ok) return ok.error();
    return made;
  }
  auto bytes = files.read(path, 1024);
  if (!bytes) return bytes.error();
  if (bytes->size() != kSize)
    return Error{ErrorCode::Corrupt, fmt::format("{}: {} bytes; {} are expected", path, bytes->size(), kSize)};
  return Secret(std::move(*bytes));
}

}  // namespace lictor::manager
