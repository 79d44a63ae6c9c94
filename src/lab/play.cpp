#include "lab/play.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "foundation/config/yaml.hpp"
#include "foundation/os/system.hpp"
#include "lab/player.hpp"

namespace lictor::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogLines = 12;  // of each process that a failure is about
constexpr int kFailed = 1;
constexpr int kInterrupted = 130;

int complain(const Error& error) {
  fmt::print(stderr, "lictor-lab: {}\n", error.message);
  return kFailed;
}

struct Plot {
  Story story;
  catalog::Catalog catalog;
  LaboratorySettings settings;
};

Result<Plot> load(const PlayOptions& options) {
  auto document = config::read_yaml_file(options.story);
  if (!document) return document.error();
  auto story = read_story(*document);
  if (!story) return story.error();
  Plot plot;
  plot.story = std::move(*story);
  for (const auto& path : plot.story.catalogs) {
    const auto full = fs::absolute(fs::path(options.story).parent_path() / path).lexically_normal();
    plot.settings.catalogs.push_back(full.string());
  }
  auto documents = config::read_yaml_files(plot.settings.catalogs);
  if (!documents) return documents.error();
  auto catalog = catalog::Catalog::from_documents(*documents);
  if (!catalog) return catalog.error();
  plot.catalog = std::move(*catalog);
  if (auto ok = check_story(plot.story, plot.catalog); !ok) return ok.error();
  plot.settings.manager = plot.story.manager;
  plot.settings.keep = options.keep;
  plot.settings.programs =
      options.programs.empty() ? fs::read_symlink("/proc/self/exe").parent_path().string() : options.programs;
  plot.settings.starts = plot.story.starts.value_or(os::SystemClock().wall());
  return plot;
}

void show_logs(Laboratory& laboratory, const std::vector<std::string>& processes) {
  for (const auto& process : processes) {
    const auto lines = laboratory.last_lines(process, kLogLines);
    if (lines.empty()) continue;
    fmt::print(stderr, "The last lines of {}:\n", process);
    for (const auto& line : lines) fmt::print(stderr, "  {}\n", line);
  }
}

// From a folder below the current one the short path does.
std::string shown_path(const std::string& path) {
  std::error_code failed;
  const auto near = fs::proximate(path, failed).string();
  return failed || near.starts_with("..") ? path : near;
}

Result<void> stay_up(const Story& story, Laboratory& laboratory, Interrupt& interrupt, Paper& paper) {
  if (auto ok = laboratory.open_for_reader(story.account.domain); !ok) return ok;
  if (auto ok = laboratory.clock().run(); !ok) return ok;
  paper.title("Time runs normally now, and everything is up until Ctrl-C. Try:");
  paper.block(fmt::format("{} shell --socket {}", shown_path(laboratory.program("lictor-device")),
                          laboratory.device_socket(story.devices.front().name)));
  paper.block(fmt::format("{} --contexts {} balance list", shown_path(laboratory.program("lictorctl")),
                          laboratory.contexts_path()));
  paper.block(fmt::format("curl -K {} {}/api/v1/accounts", laboratory.curl_path(), laboratory.url()));
  interrupt.wait();
  return {};
}

}  // namespace

int play(const PlayOptions& options) {
  auto plot = load(options);
  if (!plot) return complain(plot.error());
  auto interrupt = Interrupt::take();
  if (!interrupt) return complain(interrupt.error());
  auto laboratory = Laboratory::make(plot->settings);
  if (!laboratory) return complain(laboratory.error());
  Paper paper = Paper::on(stdout);
  Player player(plot->story, plot->catalog, **laboratory, *interrupt, paper);
  if (auto ok = player.play(); !ok) {
    if (ok.error().code == ErrorCode::Cancelled) return kInterrupted;
    complain(ok.error());
    show_logs(**laboratory, player.concerned());
    return kFailed;
  }
  if (options.once) return 0;
  if (auto ok = stay_up(plot->story, **laboratory, *interrupt, paper); !ok) return complain(ok.error());
  return 0;
}

}  // namespace lictor::lab
