#include "lictorctl/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "lictorctl/session.hpp"

namespace lictor::lictorctl {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 done, 1 failure, 2 usage, 4 not logged in or not allowed, 5 not found, 6 conflict.\n"
    "First steps:\n"
    "  lictorctl context add lab --url https://localhost:8443 --ca data/pki/tls-root.pem\n"
    "  lictorctl login admin\n"
    "  lictorctl account create --domain example.com --name \"Example Corporation\"\n"
    "  lictorctl --account example.com license deposit --tag \"C9500 Network Advantage\" --quantity 10\n"
    "  lictorctl --account example.com token create --description \"first switches\"";

// One row of the table as a command; its values live as long as the program.
void add_operation(CLI::App& noun, const OperationRow& row, const CommonOptions& common, int& status) {
  auto given = std::make_shared<GivenOptions>();
  auto* verb = noun.add_subcommand(std::string(row.verb), std::string(row.help));
  if (!row.example.empty()) verb->footer("Example:\n  " + std::string(row.example));
  if (row.subject != Subject::None)
    verb->add_option("subject", given->subject, "Its id or name")->required()->option_text("ID|NAME");
  if (row.takes_va) verb->add_option("--va", given->va, "The virtual account, by name or id")->option_text("NAME");
  for (const auto& option : row.options) {
    const std::string member(option.member);
    CLI::Option* added = nullptr;
    if (option.kind == OptionKind::Flag) {
      added = verb->add_flag(std::string(option.flag), given->flags[member], std::string(option.help));
    } else {
      added = verb->add_option(std::string(option.flag), given->values[member], std::string(option.help));
    }
    if (option.required) added->required();
  }
  if (row.method == "POST") {
    verb->add_option("--idempotency-key", given->if_key, "Repeat safely: the same key never does it twice");
  }
  verb->callback([&row, &common, &status, given] { status = run_operation(common, row, *given); });
}

void add_contexts(CLI::App& app, CommonOptions& common, int& status) {
  auto* noun = app.add_subcommand("context", "Managers that this computer knows");
  noun->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto context = std::make_shared<Context>();
  auto* add = noun->add_subcommand("add", "Name a manager and make it the current one");
  add->add_option("name", *name)->required();
  add->add_option("--url", context->url, "https://HOST:PORT")->required();
  add->add_option("--ca", context->ca_file, "PEM file of the manager's TLS root; else the system's roots");
  add->add_option("--default-account", context->account, "What --account is when it is not given");
  add->callback([&common, &status, name, context] { status = run_context_add(common, *name, *context); });
  auto* use = noun->add_subcommand("use", "Make a manager the current one");
  use->add_option("name", *name)->required();
  use->callback([&common, &status, name] { status = run_context_use(common, *name); });
  auto* remove = noun->add_subcommand("remove", "Forget a manager");
  remove->add_option("name", *name)->required();
  remove->callback([&common, &status, name] { status = run_context_remove(common, *name); });
  noun->add_subcommand("list", "Show the managers")->callback([&common, &status] {
    status = run_context_list(common);
  });
}

void add_sessions(CLI::App& app, CommonOptions& common, int& status) {
  auto name = std::make_shared<std::string>("admin");
  auto file = std::make_shared<std::string>();
  auto other = std::make_shared<std::string>();
  auto* login = app.add_subcommand("login", "Open a session; asks for the password");
  login->add_option("name", *name, "The user")->capture_default_str();
  login->add_option("--password-file", *file, "Take the password from this file; - is standard input");
  login->callback([&common, &status, name, file] { status = run_login(common, *name, *file); });
  auto* password = app.add_subcommand("password", "Change your own password");
  password->add_option("--current-file", *file, "The present one, from a file");
  password->add_option("--new-file", *other, "The new one, from a file");
  password->callback([&common, &status, file, other] { status = run_change_password(common, *file, *other); });
  app.add_subcommand("logout", "End the session")->callback([&common, &status] { status = run_logout(common); });
  auto method = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  auto* api = app.add_subcommand("api", "Call the REST API as it is");
  api->add_option("method", *method, "GET, POST, ...")->required();
  api->add_option("path", *path, "/api/v1/...")->required();
  api->add_option("--data", *data, "The body, JSON");
  api->callback([&common, &status, method, path, data] { status = run_api(common, *method, *path, *data); });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Administer a Lictor manager: accounts, licences, tokens, product instances."};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", "lictorctl " LICTOR_VERSION);
  CommonOptions common;
  int status = 0;
  app.add_option("--contexts", common.contexts_path, "File of the contexts; also $LICTOR_CONTEXTS");
  app.add_option("--context", common.context, "The manager to talk to, by its context's name");
  app.add_option("--account", common.account, "The smart account, by domain, name or id");
  app.add_option("-o,--output", common.output, "table, json, csv or name")->capture_default_str();
  app.add_flag("-y,--yes", common.yes, "Ask no questions");
  app.fallthrough();
  add_contexts(app, common, status);
  add_sessions(app, common, status);
  std::map<std::string_view, CLI::App*> nouns;
  for (const auto& row : operations()) {
    auto& noun = nouns[row.noun];
    if (noun == nullptr) {
      noun = app.add_subcommand(std::string(row.noun), fmt::format("See: lictorctl {} --help", row.noun));
      noun->require_subcommand(0, 1);
      noun->fallthrough();
    }
    if (row.verb.empty()) continue;
    add_operation(*noun, row, common, status);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace lictor::lictorctl
