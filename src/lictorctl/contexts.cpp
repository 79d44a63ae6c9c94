#include "lictorctl/contexts.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "foundation/json/json.hpp"

namespace lictor::lictorctl {

Result<Contexts> load_contexts(os::Files& files, const std::string& path) {
  if (!files.exists(path)) return Contexts{};
  auto bytes = files.read(path, 1024 * 1024);
  if (!bytes) return bytes.error();
  auto value = json::parse(as_text(*bytes));
  if (!value) return value.error().with_context(path);
  const json::ObjectReader root(*value, "");
  Contexts out;
  auto current = root.string("current");
  if (!current) return current.error().with_context(path);
  out.current = std::move(*current);
  const auto* all = value->find("contexts");
  if (all == nullptr || all->if_object() == nullptr) {
    return Error{ErrorCode::Malformed, fmt::format("{}: contexts: must be an object", path)};
  }
  for (const auto& [name, member] : *all->if_object()) {
    const json::ObjectReader reader(member, "contexts." + name);
    Context context;
    for (const auto& [key, into] : {std::pair{"url", &context.url}, std::pair{"ca_file", &context.ca_file},
                                    std::pair{"account", &context.account}, std::pair{"bearer", &context.bearer}}) {
      auto text = reader.string(key);
      if (!text) return text.error().with_context(path);
      *into = std::move(*text);
    }
    out.by_name.emplace(name, std::move(context));
  }
  return out;
}

Result<void> save_contexts(os::Files& files, const std::string& path, const Contexts& contexts) {
  json::Object all;
  for (const auto& [name, context] : contexts.by_name) {
    all.emplace_back(name, json::Object{{"url", context.url},
                                        {"ca_file", context.ca_file},
                                        {"account", context.account},
                                        {"bearer", context.bearer}});
  }
  const auto text = json::to_pretty_text(json::Object{{"current", contexts.current}, {"contexts", std::move(all)}});
  const auto slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    if (auto ok = files.make_folder(path.substr(0, slash)); !ok) return ok;
  }
  return files.write_atomically(path, as_bytes(text), os::FileMode::Private);
}

std::string default_contexts_path() {
  if (const char* given = std::getenv("LICTOR_CONTEXTS")) return given;
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0') {
    return fmt::format("{}/lictor/contexts.json", config);
  }
  const char* home = std::getenv("HOME");
  return fmt::format("{}/.config/lictor/contexts.json", home == nullptr ? "." : home);
}

}  // namespace lictor::lictorctl
