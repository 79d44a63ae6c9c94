// lictor-lab: plays a story with a manager and devices as real processes on a lab's clock.
#include <CLI/CLI.hpp>

#include "lab/play.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Plays a story: a manager and virtual devices as real processes, over real TLS, on a clock that jumps."};
  app.footer(
      "Example:\n  lictor-lab play examples/demo/story.yaml --once\nExit status: 0, 1 when a step fails, 2 wrong use.");
  app.set_version_flag("--version", "lictor-lab " LICTOR_VERSION);
  app.require_subcommand(1);
  lictor::lab::PlayOptions options;
  auto* play = app.add_subcommand("play", "Play a story and stay up until Ctrl-C");
  play->add_option("story", options.story, "The story, a YAML file")->required();
  play->add_flag("--once", options.once, "End after the story and leave nothing behind");
  play->add_option("--keep", options.keep, "Keep everything in this folder, which must be new or empty");
  play->add_option("--bin", options.programs, "Folder of the programs; by default that of lictor-lab");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return lictor::lab::play(options);
}
