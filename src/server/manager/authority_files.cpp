#include "server/manager/authority_files.hpp"

#include <fmt/format.h>

namespace lictor::manager {
namespace {

using os::FileMode;
using pki::KeyAndCertificate;

std::string path_of(const std::string& folder, std::string_view name, std::string_view suffix) {
  return fmt::format("{}/{}{}", folder, name, suffix);
}

Result<void> save(os::Files& files, pki::Crypto& crypto, const std::string& folder, std::string_view name,
                  const KeyAndCertificate& what) {
  auto key = crypto.export_key(*what.key);
  if (!key) return key.error();
  const auto pem = Secret::from_text(pki::to_pem("PRIVATE KEY", key->reveal()));
  if (auto ok = files.write_atomically(path_of(folder, name, ".key"), pem.reveal(), FileMode::Private); !ok) return ok;
  return files.write_atomically(path_of(folder, name, ".pem"),
                                as_bytes(pki::to_pem("CERTIFICATE", what.certificate.der)), FileMode::Public);
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

Result<KeyAndCertificate> load(os::Files& files, pki::Crypto& crypto, const std::string& folder,
                               std::string_view name) {
  const auto key_path = path_of(folder, name, ".key");
  const auto certificate_path = path_of(folder, name, ".pem");
  auto der = one_block(files, certificate_path, "CERTIFICATE");
  if (!der) return der.error();
  auto certificate = crypto.parse_certificate(*der);
  if (!certificate) return certificate.error().with_context(certificate_path);
  auto key_der = one_block(files, key_path, "PRIVATE KEY");
  if (!key_der) return key_der.error();
  auto key = crypto.load_key(Secret(std::move(*key_der)));
  if (!key) return key.error().with_context(key_path);
  if ((*key)->public_key() != certificate->public_key) {
    return Error{ErrorCode::Corrupt, fmt::format("{} is not the key of {}", key_path, certificate_path)};
  }
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
    if (auto ok = files.write_atomically(id_path, as_bytes(settings.id.uuid + "\n"), FileMode::Public); !ok)
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
  auto made = pki::make_tls_server(crypto, entropy, settings, authority.tls_root, now);
  if (!made) return made.error();
  if (auto ok = save(files, crypto, folder, "tls-server", *made); !ok) return ok;
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
    if (auto ok = files.write_atomically(path, made.reveal(), FileMode::Private); !ok) return ok.error();
    return made;
  }
  auto bytes = files.read(path, 1024);
  if (!bytes) return bytes.error();
  if (bytes->size() != kSize)
    return Error{ErrorCode::Corrupt, fmt::format("{}: {} bytes; {} are expected", path, bytes->size(), kSize)};
  return Secret(std::move(*bytes));
}

}  // namespace lictor::manager
