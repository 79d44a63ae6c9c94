#include "lictorctl/session.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iostream>

#include "foundation/base/secret.hpp"
#include "foundation/os/system.hpp"

namespace lictor::lictorctl {
namespace {

int fail(const Error& error) {
  fmt::print(stderr, "lictorctl: {}\n", error.message);
  return exit_status(error.code);
}

struct Loaded {
  Contexts contexts;
  std::string name;
};

std::string path_of(const CommonOptions& common) {
  return common.contexts_path.empty() ? default_contexts_path() : common.contexts_path;
}

Result<Loaded> load(const CommonOptions& common) {
  os::PosixFiles files;
  auto contexts = load_contexts(files, path_of(common));
  if (!contexts) return contexts.error();
  Loaded loaded{std::move(*contexts), common.context};
  if (loaded.name.empty()) loaded.name = loaded.contexts.current;
  return loaded;
}

Result<Context> chosen(const Loaded& loaded) {
  const auto found = loaded.contexts.by_name.find(loaded.name);
  if (found != loaded.contexts.by_name.end()) return found->second;
  if (loaded.name.empty()) {
    return Error{
        ErrorCode::InvalidArgument,
        "no manager is known yet; name one with: lictorctl context add NAME --url https://HOST:8443 --ca FILE"};
  }
  return Error{ErrorCode::NotFound, fmt::format("there is no context \"{}\"", loaded.name)};
}

Result<Secret> read_secret(const std::string& file, const std::string& prompt) {
  std::string line;
  if (file == "-" || (file.empty() && ::isatty(STDIN_FILENO) == 0)) {
    std::getline(std::cin, line);
  } else if (!file.empty()) {
    os::PosixFiles files;
    auto bytes = files.read(file, 4096);
    if (!bytes) return bytes.error();
    line = std::string(as_text(*bytes));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  } else {  // a person: without echo
    fmt::print(stderr, "{}: ", prompt);
    termios before{};
    ::tcgetattr(STDIN_FILENO, &before);
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    std::getline(std::cin, line);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
  }
  auto secret = Secret::from_text(line);
  std::fill(line.begin(), line.end(), '\0');
  return secret;
}

bool is_id(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Calls `visit(item)` for every item of every page until it returns true; whether it did.
Result<bool> each_item(Manager& manager, const std::string& path,
                       const std::function<bool(const json::Value&)>& visit) {
  std::string after;
  for (;;) {
    auto answer = manager.call("GET", path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=1000" +
                                          (after.empty() ? "" : "&after=" + percent_encode(after)));
    if (!answer) return answer.error();
    const auto* items = answer->body.find("items");
    if (items != nullptr && items->if_array() != nullptr) {
      for (const auto& item : *items->if_array()) {
        if (visit(item)) return true;
      }
    }
    if (answer->next.empty()) return false;
    after = answer->next;
  }
}

// An id as it is, or the id of the one item whose `members` say `name`.
Result<std::string> look_up(Manager& manager, const std::string& list, const std::string& name,
                            const std::vector<std::string_view>& members, std::string_view what) {
  if (is_id(name)) return name;
  std::vector<std::string> found;
  auto looked = each_item(manager, list, [&](const json::Value& item) {
    const bool same =
        std::any_of(members.begin(), members.end(), [&](std::string_view m) { return member_text(item, m) == name; });
    if (same) found.push_back(member_text(item, "id"));
    return false;
  });
  if (!looked) return looked.error();
  if (found.empty()) return Error{ErrorCode::NotFound, fmt::format("there is no {} \"{}\"", what, name)};
  if (found.size() > 1) {
    return Error{ErrorCode::Conflict,
                 fmt::format("\"{}\" names {} of these; give the id: {}", name, found.size(), fmt::join(found, ", "))};
  }
  return found.front();
}

// Puts the ids into the path.
Result<std::string> fill_path(Manager& manager, const CommonOptions& common, const Context& context,
                              const OperationRow& row, const GivenOptions& given, std::string* va_id) {
  std::string path(row.path);
  const auto put = [&path](std::string_view mark, const std::string& value) {
    if (const auto at = path.find(mark); at != std::string::npos) path.replace(at, mark.size(), percent_encode(value));
  };
  std::string account;
  if (row.in_account) {
    const auto& named = common.account.empty() ? context.account : common.account;
    if (named.empty()) {
      return Error{ErrorCode::InvalidArgument, "which smart account? give --account DOMAIN, or set it in the context"};
    }
    auto id = look_up(manager, "/api/v1/accounts", named, {"domain", "name"}, "smart account");
    if (!id) return id.error();
    account = *id;
    put("{account}", account);
  }
  const auto below = [&](std::string_view what) { return fmt::format("/api/v1/accounts/{}/{}", account, what); };
  if (row.takes_va && !given.va.empty()) {
    auto id = look_up(manager, below("virtual-accounts"), given.va, {"name"}, "virtual account");
    if (!id) return id.error();
    *va_id = *id;
  }
  Result<std::string> subject = given.subject;
  switch (row.subject) {
    case Subject::None:
      return path;
    case Subject::Account:
      subject = look_up(manager, "/api/v1/accounts", given.subject, {"domain", "name"}, "smart account");
      break;
    case Subject::VirtualAccount:
      subject = look_up(manager, below("virtual-accounts"), given.subject, {"name"}, "virtual account");
      break;
    case Subject::Token:
      subject = look_up(manager, below("tokens"), given.subject, {"description"}, "token");
      break;
    case Subject::Instance:
      subject = look_up(manager, below("instances"), given.subject, {"name", "host_name"}, "product instance");
      break;
  }
  if (!subject) return subject.error();
  put("{id}", *subject);
  return path;
}

// The body of a change, or the query of a read.
Result<json::Object> members_of(const OperationRow& row, const GivenOptions& given, const std::string& va_id) {
  json::Object members;
  if (!va_id.empty()) members.emplace_back("virtual_account", va_id);
  for (const auto& option : row.options) {
    if (option.kind == OptionKind::Flag) {
      const auto flag = given.flags.find(option.member);
      if (flag != given.flags.end() && flag->second) members.emplace_back(std::string(option.member), true);
      continue;
    }
    const auto value = given.values.find(option.member);
    if (value == given.values.end() || value->second.empty()) continue;
    if (option.kind != OptionKind::Integer) {
      members.emplace_back(std::string(option.member), value->second);
      continue;
    }
    std::int64_t number = 0;
    const auto& text = value->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return Error{ErrorCode::InvalidArgument, fmt::format("{} {}: a whole number is expected", option.flag, text)};
    }
    members.emplace_back(std::string(option.member), number);
  }
  return members;
}

std::string with_query(std::string path, const json::Object& members) {
  for (const auto& [name, value] : members) {
    const auto text = value.if_string() != nullptr ? *value.if_string() : json::to_text(value);
    path += (path.find('?') == std::string::npos ? "?" : "&") + name + "=" + percent_encode(text);
  }
  return path;
}

bool confirmed(const CommonOptions& common, const OperationRow& row, const GivenOptions& given) {
  if (!row.dangerous || common.yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    fmt::print(stderr, "lictorctl: {} {} changes things that do not come back; add --yes\n", row.noun, row.verb);
    return false;
  }
  fmt::print(stderr, "{} {} {}: really? [y/N] ", row.noun, row.verb, given.subject);
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "yes";
}

// A read of a list: every page, as one answer.
Result<json::Value> read_all(Manager& manager, const std::string& path, std::string_view member) {
  json::Array all;
  auto done = each_item(manager, path, [&](const json::Value& item) {
    all.push_back(item);
    return false;
  });
  if (!done) return done.error();
  return json::Value(json::Object{{std::string(member), std::move(all)}});
}

void print(Output output, const OperationRow& row, const json::Value& whole) {
  json::Array items;
  if (row.list_member.empty()) {
    if (!whole.is_null()) items.push_back(whole);
  } else if (const auto* list = whole.find(row.list_member); list != nullptr && list->if_array() != nullptr) {
    items = *list->if_array();
  }
  if (row.columns.empty() && output != Output::Json) return;
  fmt::print("{}", render(output, whole, items, row.columns));
}

}  // namespace

int run_operation(const CommonOptions& common, const OperationRow& row, const GivenOptions& given) {
  const auto output = parse_output(common.output);
  if (!output) return fail(output.error());
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  auto context = chosen(*loaded);
  if (!context) return fail(context.error());
  os::PosixFiles files;
  auto manager = Manager::open(files, *context);
  if (!manager) return fail(manager.error());
  std::string va_id;
  auto path = fill_path(*manager, common, *context, row, given, &va_id);
  if (!path) return fail(path.error());
  auto members = members_of(row, given, va_id);
  if (!members) return fail(members.error());
  if (!confirmed(common, row, given)) return 1;
  if (row.method == "GET" && row.list_member == "items") {
    auto whole = read_all(*manager, with_query(*path, *members), row.list_member);
    if (!whole) return fail(whole.error());
    print(*output, row, *whole);
    return 0;
  }
  const json::Value body(*members);
  const bool has_body = row.method == "POST" || row.method == "PATCH" || row.method == "PUT";
  std::string key = given.if_key;
  if (key.empty() && row.method == "POST") {  // a retry of this very run would not do it twice
    os::SystemEntropy entropy;
    key = to_hex(entropy.bytes(16));
  }
  auto answer = manager->call(row.method, has_body ? *path : with_query(*path, *members), has_body ? &body : nullptr,
                              row.method == "POST" ? key : "");
  if (!answer) return fail(answer.error());
  print(*output, row, answer->body);
  if (answer->body.is_null() && *output == Output::Table) fmt::print("done\n");
  return 0;
}

int run_login(const CommonOptions& common, const std::string& name, const std::string& password_file) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  auto context = chosen(*loaded);
  if (!context) return fail(context.error());
  auto password = read_secret(password_file, fmt::format("Password of {}", name));
  if (!password) return fail(password.error());
  os::PosixFiles files;
  context->bearer.clear();
  auto manager = Manager::open(files, *context);
  if (!manager) return fail(manager.error());
  const json::Value body(json::Object{{"name", name}, {"password", password->reveal_text()}});
  auto answer = manager->call("POST", "/api/v1/login", &body);
  if (!answer) return fail(answer.error());
  const auto* bearer = answer->body.find("access_token");
  if (bearer == nullptr || bearer->if_string() == nullptr) {
    return fail({ErrorCode::Malformed, "the manager's answer holds no access_token"});
  }
  auto& stored = loaded->contexts.by_name[loaded->name];
  stored.bearer = *bearer->if_string();
  if (auto ok = save_contexts(files, path_of(common), loaded->contexts); !ok) return fail(ok.error());
  fmt::print("logged in to {} as {}\n", stored.url, name);
  if (const auto* must = answer->body.find("must_change_password");
      must != nullptr && must->if_bool() != nullptr && *must->if_bool()) {
    fmt::print("This was a one-time password; choose your own now: lictorctl password\n");
  }
  return 0;
}

int run_change_password(const CommonOptions& common, const std::string& current_file, const std::string& new_file) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  auto context = chosen(*loaded);
  if (!context) return fail(context.error());
  auto current = read_secret(current_file, "Present password");
  if (!current) return fail(current.error());
  auto wanted = read_secret(new_file, "New password");
  if (!wanted) return fail(wanted.error());
  os::PosixFiles files;
  auto manager = Manager::open(files, *context);
  if (!manager) return fail(manager.error());
  const json::Value body(
      json::Object{{"current_password", current->reveal_text()}, {"new_password", wanted->reveal_text()}});
  auto answer = manager->call("POST", "/api/v1/password", &body);
  if (!answer) return fail(answer.error());
  fmt::print("the password is changed\n");
  return 0;
}

int run_logout(const CommonOptions& common) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  auto context = chosen(*loaded);
  if (!context) return fail(context.error());
  os::PosixFiles files;
  auto manager = Manager::open(files, *context);
  if (!manager) return fail(manager.error());
  const auto answer = manager->call("POST", "/api/v1/logout");
  loaded->contexts.by_name[loaded->name].bearer.clear();
  if (auto ok = save_contexts(files, path_of(common), loaded->contexts); !ok) return fail(ok.error());
  if (!answer && answer.error().code != ErrorCode::Unauthenticated) return fail(answer.error());
  return 0;
}

int run_api(const CommonOptions& common, const std::string& method, const std::string& path, const std::string& data) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  auto context = chosen(*loaded);
  if (!context) return fail(context.error());
  os::PosixFiles files;
  auto manager = Manager::open(files, *context);
  if (!manager) return fail(manager.error());
  json::Value body;
  if (!data.empty()) {
    auto value = json::parse(data);
    if (!value) return fail(value.error().with_context("--data"));
    body = std::move(*value);
  }
  auto answer = manager->send(method, path, data.empty() ? nullptr : &body);
  if (!answer) return fail(answer.error());
  fmt::print("{}", answer->body.is_null() ? answer->text : json::to_pretty_text(answer->body));
  return answer->status < 400 ? 0 : 1;
}

int run_context_add(const CommonOptions& common, const std::string& name, const Context& context) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  if (!context.url.starts_with("https://")) {
    return fail({ErrorCode::InvalidArgument, fmt::format("--url {}: https://HOST:PORT is expected", context.url)});
  }
  auto stored = context;
  while (stored.url.ends_with('/')) stored.url.pop_back();
  loaded->contexts.by_name[name] = stored;
  loaded->contexts.current = name;
  os::PosixFiles files;
  if (auto ok = save_contexts(files, path_of(common), loaded->contexts); !ok) return fail(ok.error());
  fmt::print("context {} is {}; log in with: lictorctl login\n", name, stored.url);
  return 0;
}

int run_context_use(const CommonOptions& common, const std::string& name) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  if (loaded->contexts.by_name.count(name) == 0)
    return fail({ErrorCode::NotFound, fmt::format("there is no context \"{}\"", name)});
  loaded->contexts.current = name;
  os::PosixFiles files;
  if (auto ok = save_contexts(files, path_of(common), loaded->contexts); !ok) return fail(ok.error());
  return 0;
}

int run_context_remove(const CommonOptions& common, const std::string& name) {
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  if (loaded->contexts.by_name.erase(name) == 0)
    return fail({ErrorCode::NotFound, fmt::format("there is no context \"{}\"", name)});
  if (loaded->contexts.current == name) loaded->contexts.current.clear();
  os::PosixFiles files;
  if (auto ok = save_contexts(files, path_of(common), loaded->contexts); !ok) return fail(ok.error());
  return 0;
}

int run_context_list(const CommonOptions& common) {
  const auto output = parse_output(common.output);
  if (!output) return fail(output.error());
  auto loaded = load(common);
  if (!loaded) return fail(loaded.error());
  json::Array items;
  for (const auto& [name, context] : loaded->contexts.by_name) {  // the bearer is a secret and stays out
    items.emplace_back(json::Object{{"name", name},
                                    {"url", context.url},
                                    {"ca_file", context.ca_file},
                                    {"account", context.account},
                                    {"current", name == loaded->contexts.current},
                                    {"logged_in", !context.bearer.empty()}});
  }
  const std::vector<ColumnRow> columns{
      {"NAME", "name"}, {"URL", "url"}, {"ACCOUNT", "account"}, {"CURRENT", "current"}, {"LOGGED IN", "logged_in"}};
  fmt::print("{}", render(*output, json::Object{{"items", items}}, items, columns));
  return 0;
}

}  // namespace lictor::lictorctl
