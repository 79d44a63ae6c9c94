// What a run has at hand: the contexts, the chosen one, how to print.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lictorctl/contexts.hpp"
#include "lictorctl/manager.hpp"
#include "lictorctl/operations.hpp"
#include "lictorctl/render.hpp"

namespace lictor::lictorctl {

struct CommonOptions {
  std::string contexts_path;
  std::string context;  // "" = the current one
  std::string account;  // "" = the context's
  std::string output = "table";
  bool yes = false;  // no questions
};

// Values of one operation as they stand on the command line.
struct GivenOptions {
  std::string subject;  // positional
  std::string va;
  std::map<std::string, std::string, std::less<>> values;  // by member
  std::map<std::string, bool, std::less<>> flags;
  std::string if_key;  // idempotency key
};

// Each prints and returns the exit status.
int run_operation(const CommonOptions& common, const OperationRow& row, const GivenOptions& given);
int run_login(const CommonOptions& common, const std::string& name, const std::string& password_file);
int run_logout(const CommonOptions& common);
int run_api(const CommonOptions& common, const std::string& method, const std::string& path, const std::string& data);
int run_context_add(const CommonOptions& common, const std::string& name, const Context& context);
int run_context_use(const CommonOptions& common, const std::string& name);
int run_context_remove(const CommonOptions& common, const std::string& name);
int run_context_list(const CommonOptions& common);
int run_change_password(const CommonOptions& common, const std::string& current_file, const std::string& new_file);

}  // namespace lictor::lictorctl
