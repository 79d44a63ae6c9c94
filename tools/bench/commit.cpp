#include "bench/commit.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "bench/bare_loop.hpp"
#include "bench/bodies.hpp"
#include "foundation/http_server/http_server.hpp"
#include "licensing/protocol/codec.hpp"
#include "server/device_service/device_command.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"

namespace lictor::bench {

namespace {

using device_service::VerifiedRequest;

// The writer with clients that send their next command when the last is answered. One thread: only what drain() does
// is measured, as its thread would do it; making requests is the clients' part.
class WriterLoad {
 public:
  WriterLoad(Tools& tools, Product product, std::vector<Device> devices, const CommitPlan& plan)
      : tools_(tools), devices_(std::move(devices)), plan_(plan) {
    auto catalog = std::make_shared<catalog::Catalog>(std::move(product.catalog));
    rules_ = std::make_shared<device_service::Rules>(
        device_service::Rules{{}, catalog, [this](ByteView data) { return tools_.crypto->sha256(data); }});
    effects_ = device_service::make_due_effects(
        {}, [catalog] { return catalog; }, *tools.crypto);
    for (const auto& device : devices_) {
      auto full = usual_authorize(product, device);
      auto less = full;
      less.usage.pop_back();
      requests_.push_back({prepared(full), prepared(less)});
    }
  }
  Result<void> open();
  Result<double> run(std::size_t commands);

 private:
  struct Prepared {
    protocol::AuthorizeRequest request;
    Digest digest;
  };
  [[nodiscard]] Prepared prepared(const protocol::AuthorizeRequest& request) {
    const auto payload = protocol::encode(protocol::Request{request});
    return {request, protocol::payload_digest(*tools_.crypto, protocol::MessageType::Authorize, payload)};
  }
  std::unique_ptr<storage::Command> next_command();
  void submit(std::unique_ptr<storage::Command> command);

  Tools& tools_;
  std::vector<Device> devices_;
  CommitPlan plan_;
  device_service::SharedRules rules_;
  std::unique_ptr<storage::DueEffects> effects_;
  std::unique_ptr<storage::Store> store_;
  NoLog log_;
  std::unique_ptr<Metrics> metrics_ = http::make_prometheus_metrics();
  std::unique_ptr<storage::Writer> writer_;
  std::vector<std::array<Prepared, 2>> requests_;
  std::size_t made_ = 0;
  std::size_t answered_ = 0;
  std::vector<std::unique_ptr<storage::Command>> answered_commands_;
  std::optional<Error> failed_;
};

Result<void> WriterLoad::open() {
  storage::SqliteSettings sqlite;
  sqlite.path = plan_.folder + "/lictor.db";
  auto store = storage::open_sqlite_store(sqlite);
  if (!store) return store.error();
  store_ = std::move(*store);
  writer_ = storage::make_writer(store_->writer(), *effects_, {}, log_, *metrics_);
  return {};
}

std::unique_ptr<storage::Command> WriterLoad::next_command() {
  const std::size_t number = made_ % devices_.size();
  const auto round = static_cast<std::int64_t>(made_ / devices_.size());
  ++made_;
  const auto& device = devices_[number];
  const auto& prepared = requests_[number][plan_.changes && round % 2 == 0 ? 1 : 0];
  auto request = std::make_shared<VerifiedRequest>();
  request->header.type = protocol::MessageType::Authorize;
  request->header.request_id = RequestId::random(tools_.entropy);
  request->header.sequence = 2 + round;
  request->header.sent_at = tools_.clock.wall();
  request->header.identity = {device.authority, device.account,     device.instance,      device.serial,
                              Digest{},         device.certificate, device.signing_serial};
  request->request = prepared.request;
  request->digest = prepared.digest;
  request->http_request_id = request->header.request_id.text();
  request->account = device.account;
  request->udis = {device.udi};
  return device_service::make_authorize_command(std::move(request), rules_);
}

void WriterLoad::submit(std::unique_ptr<storage::Command> command) {
  writer_->submit(std::move(command), storage::CommandClass::DeviceRenewal,
                  [this](std::unique_ptr<storage::Command> done, Result<void> result) {
                    const auto& outcome = static_cast<device_service::DeviceCommand&>(*done).outcome();
                    if (!result) failed_ = result.error();
                    if (outcome.refusal) failed_ = Error{ErrorCode::Conflict, outcome.refusal->reason};
                    ++answered_;
                    answered_commands_.push_back(std::move(done));
                  });
}

Result<double> WriterLoad::run(std::size_t commands) {
  double cpu = 0;
  for (std::size_t sent = 0; sent < commands;) {
    for (std::size_t i = 0; i < plan_.clients; ++i, ++sent) submit(next_command());
    const auto now = tools_.clock.wall();
    const double before = thread_cpu_seconds();
    while (writer_->waiting() > 0) writer_->drain(now);
    cpu += thread_cpu_seconds() - before;
    answered_commands_.clear();
    if (failed_) return *failed_;
  }
  if (answered_ != made_) return Error{ErrorCode::Internal, "a command was not answered"};
  return cpu;
}

}  // namespace

Result<void> measure_commits(Tools& tools, Product product, const CommitPlan& plan) {
  auto devices = read_devices(tools, plan.devices_path);
  if (!devices) return devices.error();
  BareLoopSettings bare;
  bare.path = plan.folder + "/bare.db";
  std::filesystem::copy_file(plan.folder + "/lictor.db", bare.path, std::filesystem::copy_options::overwrite_existing);
  bare.devices = *devices;
  bare.tag = product.usage.back().tag;
  bare.batch = plan.clients;
  bare.changes = plan.changes;
  protocol::AuthorizeAnswer answer;
  for (const auto& item : product.usage) answer.tags.push_back({item.tag, TagStatus::Authorized, item.count});
  answer.account_name = "Example Corporation";
  answer.virtual_account_name = "Measured";
  bare.payload = protocol::encode(protocol::Answer{answer});
  auto floor = make_bare_loop(std::move(bare));
  if (!floor) return floor.error();
  WriterLoad ours(tools, std::move(product), std::move(*devices), plan);
  if (auto ok = ours.open(); !ok) return ok;
  const auto commands = plan.commands / plan.clients * plan.clients;
  for (int run = 0; run < plan.runs; ++run) {
    auto floor_cpu = (*floor)->run(commands);
    if (!floor_cpu) return floor_cpu.error();
    auto cpu = ours.run(commands);
    if (!cpu) return cpu.error();
    const double each = 1e6 / static_cast<double>(commands);
    fmt::print("{:.3f} {:.3f}\n", *cpu * each, *floor_cpu * each);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace lictor::bench
