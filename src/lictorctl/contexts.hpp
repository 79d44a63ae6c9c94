// Managers that lictorctl knows, each with its address, trusted root and session: a JSON file with mode 0600.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "foundation/os/files.hpp"

namespace lictor::lictorctl {

struct Context {
  std::string url;      // "https://localhost:8443"
  std::string ca_file;  // PEM of the TLS root; "" = the system's roots
  std::string account;  // the default of --account; "" = none
  std::string bearer;   // of the session; "" = not logged in
  friend bool operator==(const Context&, const Context&) = default;
};

struct Contexts {
  std::map<std::string, Context> by_name;
  std::string current;
  friend bool operator==(const Contexts&, const Contexts&) = default;
};

// No file: none. Errors: Malformed (says where), Io, PermissionDenied (a file that others can read).
Result<Contexts> load_contexts(os::Files& files, const std::string& path);
Result<void> save_contexts(os::Files& files, const std::string& path, const Contexts& contexts);
// $LICTOR_CONTEXTS, else $XDG_CONFIG_HOME/lictor/contexts.json, else ~/.config/lictor/contexts.json.
std::string default_contexts_path();

}  // namespace lictor::lictorctl
