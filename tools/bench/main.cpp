// lictor-bench: what `make bench` needs beside the programs that it measures: devices, their signed messages, stores of
// any size, and the writer alone under load. tools/bench/run drives it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/bodies.hpp"
#include "bench/commit.hpp"
#include "bench/devices.hpp"
#include "bench/store_maker.hpp"
#include "bench/tag_status.hpp"

namespace {

using namespace lictor;
using bench::Tools;

struct Arguments {
  std::string algorithm = "ec-p256";
  std::string catalog;
  std::string keys;
  std::string devices;
  std::string signing;
  std::string token;
  std::string answers;
  std::string message = "authorize";
  std::string out;
  std::size_t count = 1;
  std::size_t first_number = 0;
  bench::Rounds rounds;
  bench::StorePlan store;
  bench::CommitPlan commits;
  bench::TagStatusPlan tag_status;
};

Result<void> keys(Tools& tools, const Arguments& in) {
  auto algorithm = pki::parse_key_algorithm(in.algorithm);
  if (!algorithm) return algorithm.error();
  auto made = bench::make_keys(tools, *algorithm, in.count);
  if (!made) return made.error();
  return bench::write_keys(tools, in.out, *made);
}

Result<void> usage(Tools& tools, const Arguments& in) {
  auto product = bench::read_product(tools, in.catalog);
  if (!product) return product.error();
  for (const auto& item : product->usage) fmt::print("{}\n", item.tag.text);
  return {};
}

Result<void> register_bodies(Tools& tools, const Arguments& in) {
  auto product = bench::read_product(tools, in.catalog);
  if (!product) return product.error();
  auto pool = bench::read_keys(tools, in.keys);
  if (!pool) return pool.error();
  return bench::write_register_bodies(tools, *product, *pool, in.token, in.first_number, in.count, in.out);
}

Result<void> certificate_requests(Tools& tools, const Arguments& in) {
  auto pool = bench::read_keys(tools, in.keys);
  if (!pool) return pool.error();
  return bench::write_certificate_requests(tools, *pool, in.count, in.out);
}

Result<void> devices(Tools& tools, const Arguments& in) {
  auto pool = bench::read_keys(tools, in.keys);
  if (!pool) return pool.error();
  auto signing = bench::read_certificate(tools, in.signing);
  if (!signing) return signing.error();
  return bench::write_devices(tools, *signing, pool->size(), in.first_number, in.answers, in.out);
}

Result<void> authorize_bodies(Tools& tools, const Arguments& in) {
  auto product = bench::read_product(tools, in.catalog);
  if (!product) return product.error();
  auto pool = bench::read_keys(tools, in.keys);
  if (!pool) return pool.error();
  auto known = bench::read_devices(tools, in.devices);
  if (!known) return known.error();
  return bench::write_authorize_bodies(tools, *product, *pool, *known, in.rounds, in.out);
}

Result<void> check(Tools& tools, const Arguments& in) {
  auto signing = bench::read_certificate(tools, in.signing);
  if (!signing) return signing.error();
  auto type = protocol::parse_message_type(in.message);
  if (!type) return type.error();
  auto checked = bench::check_answers(tools, *signing, *type, in.answers);
  if (!checked) return checked.error();
  fmt::print("{}\n", *checked);
  return {};
}

Result<void> load(Tools& tools, const Arguments& in) {
  auto product = bench::read_product(tools, in.catalog);
  if (!product) return product.error();
  auto plan = in.store;
  plan.keys_path = in.keys;
  plan.devices_path = in.devices;
  return bench::make_store(tools, *product, plan);
}

Result<void> commits(Tools& tools, const Arguments& in) {
  auto product = bench::read_product(tools, in.catalog);
  if (!product) return product.error();
  auto plan = in.commits;
  plan.folder = in.store.folder;
  plan.devices_path = in.devices;
  return bench::measure_commits(tools, std::move(*product), plan);
}

Result<void> tag_status(Tools&, const Arguments& in) {
  return bench::measure_tag_status(in.tag_status);
}

using Step = Result<void> (*)(Tools&, const Arguments&);

void add_messages(CLI::App& app, Arguments& in, Step& chosen) {
  const auto add = [&](const char* name, const char* what, Step step) {
    auto* sub = app.add_subcommand(name, what);
    sub->callback([&chosen, step] { chosen = step; });
    return sub;
  };
  auto* sub = add("keys", "Make device keys", keys);
  sub->add_option("--algorithm", in.algorithm, "ec-p256, rsa-2048 or rsa-3072");
  sub->add_option("--count", in.count);
  sub->add_option("--out", in.out)->required();
  sub = add("usage", "Print the tags that a device of the measurements uses", usage);
  sub->add_option("--catalog", in.catalog)->required();
  sub = add("register", "Write signed registrations", register_bodies);
  sub->add_option("--catalog", in.catalog)->required();
  sub->add_option("--keys", in.keys, "Key i modulo their number signs for device i")->required();
  sub->add_option("--token", in.token)->required();
  sub->add_option("--first-number", in.first_number, "Of the serial numbers");
  sub->add_option("--count", in.count);
  sub->add_option("--out", in.out)->required();
  sub = add("requests", "Write certificate requests for cfssl's sign API", certificate_requests);
  sub->add_option("--keys", in.keys)->required();
  sub->add_option("--count", in.count);
  sub->add_option("--out", in.out)->required();
  sub = add("devices", "Write the devices that answers to registrations made", devices);
  sub->add_option("--keys", in.keys)->required();
  sub->add_option("--signing", in.signing, "The server's signing certificate, PEM")->required();
  sub->add_option("--first-number", in.first_number);
  sub->add_option("--answers", in.answers, "In the order of the registrations")->required();
  sub->add_option("--out", in.out)->required();
  sub = add("authorize", "Write signed authorizes", authorize_bodies);
  sub->add_option("--catalog", in.catalog)->required();
  sub->add_option("--keys", in.keys)->required();
  sub->add_option("--devices", in.devices)->required();
  sub->add_option("--first-sequence", in.rounds.first_sequence);
  sub->add_option("--rounds", in.rounds.rounds, "Messages of each device");
  sub->add_option("--out", in.out)->required();
  sub = add("check", "Verify answers: signed, and no refusal", check);
  sub->add_option("--signing", in.signing)->required();
  sub->add_option("--message", in.message, "register, authorize");
  sub->add_option("--answers", in.answers)->required();
}

void add_stores(CLI::App& app, Arguments& in, Step& chosen) {
  auto* sub = app.add_subcommand("load", "Make product instances in a store that no manager uses now");
  sub->callback([&chosen] { chosen = load; });
  sub->add_option("--catalog", in.catalog)->required();
  sub->add_option("--folder", in.store.folder, "As a manager's data_folder")->required();
  sub->add_option("--account", in.store.account.value, "0: one is made");
  sub->add_option("--va", in.store.va.value);
  sub->add_option("--instances", in.store.instances);
  sub->add_option("--speaking", in.store.speaking, "How many of them get keys of their own, to sign with");
  sub->add_option("--keys", in.keys, "Written")->required();
  sub->add_option("--devices", in.devices, "Written: those that speak")->required();
  sub = app.add_subcommand("commit", "Measure the writer against a bare SQLite loop");
  sub->callback([&chosen] { chosen = commits; });
  sub->add_option("--catalog", in.catalog)->required();
  sub->add_option("--folder", in.store.folder, "Of load")->required();
  sub->add_option("--devices", in.devices)->required();
  sub->add_option("--clients", in.commits.clients);
  sub->add_option("--commands", in.commits.commands, "In each run");
  sub->add_option("--runs", in.commits.runs);
  sub->add_flag("--changes", in.commits.changes, "Each authorize changes its usage");
  sub = app.add_subcommand("tag-status", "Measure reading a tag's status against an uncontended mutex");
  sub->callback([&chosen] { chosen = tag_status; });
  sub->add_option("--tags", in.tag_status.tags)->check(CLI::PositiveNumber);
  sub->add_option("--reads", in.tag_status.reads, "In each run");
  sub->add_option("--runs", in.tag_status.runs);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Devices, messages and stores for the measurements of make bench."};
  app.require_subcommand(1);
  Arguments in;
  Step chosen = nullptr;
  add_messages(app, in, chosen);
  add_stores(app, in, chosen);
  CLI11_PARSE(app, argc, argv);
  auto tools = bench::make_tools();
  auto done = tools ? chosen(**tools, in) : Result<void>(tools.error());
  if (done) return 0;
  fmt::print(stderr, "lictor-bench: {}\n", done.error().message);
  return 1;
}
