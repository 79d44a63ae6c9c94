// lictor-manager: the smart software manager.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "foundation/config/yaml.hpp"
#include "manager/program.hpp"

namespace {

int fail(const lictor::Error& error) {
  fmt::print(stderr, "lictor-manager: {}\n", error.message);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The smart software manager: accounts, licences, tokens and product instances over HTTPS."};
  app.footer(
      "First start: makes its authority and TLS certificate in the data folder and prints a one-time administrator "
      "password.\nExamples:\n  lictor-manager --config manager.yaml --check\n  lictor-manager --config manager.yaml\n"
      "  lictor-manager --set data_folder=./data --set catalogs=catalogs/catalyst.yaml");
  std::string config_path;
  std::vector<std::string> overrides;
  bool check = false;
  bool reference = false;
  lictor::manager::Options options;
  app.add_option("--config", config_path, "Settings, a YAML file; all have defaults (--settings lists them)");
  app.add_option("--set", overrides, "NAME=VALUE: one setting over the file's")->take_all();
  app.add_flag("--check", check, "Check the configuration and the catalogs, and end");
  app.add_flag("--settings", reference, "Print every setting with its default and meaning, and end");
  app.add_option("--lab-clock", options.lab_clock, "Take the time from a lab's orchestrator at this socket");
  app.set_version_flag("--version", "lictor-manager " LICTOR_VERSION);
  CLI11_PARSE(app, argc, argv);

  const auto table = lictor::manager::manager_settings();
  if (reference) {
    fmt::print("{}", table.reference());
    return 0;
  }
  lictor::Document document;
  if (!config_path.empty()) {
    auto read = lictor::config::read_yaml_file(config_path);
    if (!read) return fail(read.error());
    document = std::move(*read);
  }
  auto settings = table.parse(document);
  if (!settings) return fail(settings.error());
  options.settings = std::move(*settings);
  for (const auto& text : overrides) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      return fail({lictor::ErrorCode::InvalidArgument, fmt::format("--set {}: NAME=VALUE is expected", text)});
    }
    if (auto ok = table.set(options.settings, text.substr(0, equals), text.substr(equals + 1)); !ok)
      return fail(ok.error());
  }
  if (check) {
    if (auto ok = lictor::manager::check(options.settings); !ok) return fail(ok.error());
    fmt::print("the configuration is good\n");
    return 0;
  }
  auto program = lictor::manager::start(std::move(options));
  if (!program) return fail(program.error());
  return (*program)->run();
}
