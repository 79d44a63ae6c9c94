#include "simulation/world/manager.hpp"

#include <fmt/format.h>

#include "agent/core/answers.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"

namespace lictor::simulation {
namespace {

// As for a deposit of the supplier: the writer refuses what it cannot hold.
constexpr std::size_t kQueueLimit = 64;
constexpr int kCheckpointPages = 64;

identity::KeyRing make_ring(pki::Crypto& crypto) {
  std::map<std::string, Secret, std::less<>> keys;
  keys.emplace("k1", Secret(Bytes(32, 7)));
  return std::move(*identity::KeyRing::create(crypto, std::move(keys), "k1"));
}

}  // namespace

void WatchingLog::write(const MessageRow& message, std::initializer_list<LogField> fields) {
  if (message.action.find("a fault of the program") == std::string_view::npos) return;
  std::string text(message.text);
  for (const auto& field : fields) text += fmt::format(" {}={}", field.name, field.value);
  judge_.violated("server-invariants", text);
}

Manager::Manager(const Options& options, Surroundings around)
    : options_(options),
      around_(std::move(around)),
      entropy_(stream(options.seed, 10)),
      chance_(stream(options.seed, 11)),
      disk_chance_(stream(options.seed, 12)),
      clock_(*around_.timeline),
      log_(*around_.judge),
      authority_id_(random_authority_id(entropy_)),
      ring_(make_ring(*around_.crypto)),
      hasher_(*around_.crypto, Secret(Bytes(32, 9))),
      memory_(storage::make_memory_store()) {
  clock_.boot();
  // Longer than the answer that holds one is kept (PRO-3).
  if (options.has(Life::ShortCertificates)) certificate_lifetime_ = days(stream(options.seed, 13).uniform(32, 120));
  if (options.has(Life::ShortAuthorizations)) authorization_validity_ = days(stream(options.seed, 14).uniform(2, 20));
  pki::AuthoritySettings settings;
  settings.id = authority_id_;
  settings.dns_names = {"localhost"};
  // Nobody renews these here.
  settings.root_lifetime = settings.intermediate_lifetime = settings.signing_lifetime = days(20 * 365 + options.days);
  authority_ = std::move(*pki::make_authority(*around_.crypto, entropy_, settings, clock_.wall()));
  first_anchors_ = {authority_.root.certificate.der};
  incarnation_ = Incarnation::random(entropy_);
  incarnation_began_ = clock_.wall();
  if (on_sqlite()) {
    vfs_ = std::make_unique<DiskVfs>("lictor-simulation-" + std::to_string(options.seed), disk_);
    path_ = around_.scratch + "/store.db";
    for (auto slash = around_.scratch.find('/', 1);; slash = around_.scratch.find('/', slash + 1)) {
      (void)disk_.make_folder(around_.scratch.substr(0, slash));
      if (slash == std::string::npos) break;
    }
    disk_.restart(Fault::Unsynced::Kept);
    disk_.count_reads(false);
  }
}

Manager::~Manager() {
  crash();
}

void Manager::open_store() {
  if (!on_sqlite()) {
    store_ = std::make_unique<ShakyStore>(*memory_);
    return;
  }
  disk_.restart(static_cast<Fault::Unsynced>(disk_chance_.uniform(0, 5)));
  storage::SqliteSettings settings;
  settings.path = path_;
  settings.reserve_bytes = 0;
  settings.checkpoint_pages = kCheckpointPages;
  settings.vfs = vfs_->name();
  // The store syncs its folder past SQLite and so past this disk.
  (void)disk_.sync_folder(around_.scratch);
  auto opened = storage::open_sqlite_store(settings);
  if (!opened) {
    around_.judge->violated("store-opens", "the store cannot be opened: " + opened.error().message);
    return;
  }
  sqlite_ = std::move(*opened);
  store_ = std::make_unique<ShakyStore>(*sqlite_);
}

void Manager::start() {
  ++process_;
  troubled_ = around_.timeline->now();
  clock_.boot();
  open_store();
  if (!store_) return;
  const auto get_catalog = [catalog = around_.catalog] { return catalog; };
  device_service::Settings settings;
  settings.authority = authority_id_;
  settings.incarnation = incarnation_;
  settings.incarnation_began = incarnation_began_;
  settings.trust_version = trust_version();
  settings.trust_bundles = bundles_;
  settings.id_certificate_lifetime = certificate_lifetime_;
  settings.authorization_validity = authorization_validity_;
  effects_ = device_service::make_due_effects(settings, get_catalog, *around_.crypto);
  storage::WriterSettings writer_settings;
  writer_settings.queue_limit = kQueueLimit;
  writer_ = storage::make_writer(store_->writer(), *effects_, writer_settings, log_, metrics_);
  writer_->set_wake([this] { wake_writer(Duration{chance_.uniform(1, 8)}); });
  readers_ = std::make_unique<storage::ReaderPool>(*store_);
  auto ports = std::move(*pki::make_local_ports(*around_.crypto, authority_));
  signer_ = std::move(ports.signer);
  issuer_ = std::move(ports.issuer);
  device_service::Collaborators with;
  with.crypto = around_.crypto;
  with.signer = signer_.get();
  with.issuer = issuer_.get();
  with.entropy = &entropy_;
  with.writer = writer_.get();
  with.readers = readers_.get();
  with.log = &log_;
  with.metrics = &metrics_;
  with.anchors = {authority_.root.certificate};
  with.catalog = get_catalog;
  with.token_hash = [this](std::string_view text) { return hasher_.hash(identity::Purpose::RegistrationToken, text); };
  service_ = std::make_unique<device_service::DeviceService>(settings, std::move(with));
  account_service::Collaborators people;
  people.crypto = around_.crypto;
  people.entropy = &entropy_;
  people.writer = writer_.get();
  people.readers = readers_.get();
  people.hasher = &hasher_;
  people.keys = &ring_;
  people.log = &log_;
  people.metrics = &metrics_;
  people.catalog = get_catalog;
  people.activate_catalog = [](auto) {};
  people.leave_writer = [this, process = process_](std::function<void()> task) {
    around_.timeline->after(Duration{0}, [this, process, task = std::move(task)] {
      if (same_process(process)) task();
    });
  };
  people_ = std::make_unique<account_service::AccountService>(account_service::Settings{}, std::move(people));
  account_service::FirstStart first;
  first.authority = authority_id_;
  first.incarnation = incarnation_;
  first.admin_password_hash = "nobody logs in";
  people_->run<account_service::StoreFacts>(account_service::first_start(people_->environment(), first), std::nullopt,
                                            [](const auto&) {});
  wake_writer(Duration{0});
}

void Manager::crash() {
  around_.judge->trace([] { return std::string("manager goes down"); });
  if (writer_) writer_->set_wake({});
  around_.timeline->cancel(due_);
  due_ = 0;
  work_planned_ = false;
  service_.reset();
  people_.reset();
  writer_.reset();
  effects_.reset();
  readers_.reset();
  signer_.reset();
  issuer_.reset();
  store_.reset();
  if (sqlite_) {
    if (!disk_.off()) disk_.pull_the_plug(static_cast<Fault::Unsynced>(disk_chance_.uniform(0, 5)));
    sqlite_.reset();  // what it would still write meets a machine that is off
  }
}

void Manager::set_fate(CommitFate fate) {
  if (store_) store_->set_fate(fate);
  troubled_ = around_.timeline->now();
}

void Manager::lose_power_after(std::size_t operations, Fault::Unsynced unsynced) {
  disk_.forget_operations();
  disk_.set({.at = operations, .kind = Fault::Kind::PowerCut, .done = Fault::Done::Half, .unsynced = unsynced});
}

void Manager::back_up() {
  if (!on_sqlite()) {
    backup_ = storage::copy_memory_store(*memory_);
    return;
  }
  if (up()) return;  // SQLite's own way of backing up is not simulated: the file is copied while nobody writes
  disk_.restart(Fault::Unsynced::Kept);
  backup_disk_ = std::make_unique<FaultDisk>(disk_.copy());
}

void Manager::restore_backup() {
  if (!has_backup()) return;
  if (backup_) memory_ = storage::copy_memory_store(*backup_);
  if (backup_disk_) disk_ = backup_disk_->copy();
  ++restores_;
  around_.judge->trace([&] { return fmt::format("manager's backup is restored, the {}. time", restores_); });
  around_.truth->forget_generations();
  incarnation_ = Incarnation::random(entropy_);
  incarnation_began_ = clock_.wall();
}

void Manager::wake_writer(Duration after) {
  if (work_planned_) return;
  work_planned_ = true;
  around_.timeline->after(after, [this, process = process_] {
    if (!same_process(process)) return;
    work_planned_ = false;
    work();
  });
}

void Manager::work() {
  const int process = process_;
  if (store_->fate() != CommitFate::Good) troubled_ = around_.timeline->now();
  if (on_sqlite()) disk_.forget_operations();
  writer_->drain(clock_.wall());
  if (!same_process(process)) return;
  const auto next = writer_->apply_due(clock_.wall());
  if (!next || *next) {
    // What a full disk refused is tried again, as the writer's thread does.
    const auto wait =
        next && store_->fate() == CommitFate::Good ? std::max(Duration{1}, **next - clock_.wall()) : minutes(1);
    around_.timeline->cancel(due_);
    due_ = around_.timeline->after(wait, [this, process] {
      due_ = 0;
      if (same_process(process)) wake_writer(Duration{0});
    });
  }
  if (writer_->ended() || (on_sqlite() && disk_.off())) {
    // As the program does: it ends, and is started again.
    around_.timeline->after(Duration{0}, [this, process] {
      if (!same_process(process)) return;
      crash();
      around_.timeline->after(seconds(chance_.uniform(1, 60)), [this, process] {
        if (process == process_ && !up()) start();
      });
    });
    return;
  }
  if (writer_->waiting() > 0) wake_writer(Duration{1});
}

void Manager::receive(const std::string& body, std::function<void(HttpAnswer)> done) {
  if (!up()) return done({});
  // PRO-6: refused before the message is looked at.
  if (overload_) return done({503, "", seconds(chance_.uniform(1, 120))});
  device_service::DeviceMessage message;
  message.body = body;
  message.peer = "192.0.2.1";
  message.request_id = "simulated";
  message.now = clock_.wall();
  message.resume = [this, process = process_](std::function<void()> task) {
    around_.timeline->after(Duration{0}, [this, process, task = std::move(task)] {
      if (same_process(process)) task();
    });
  };
  service_->handle(std::move(message), [this, done = std::move(done)](device_service::DeviceReply reply) {
    if (reply.status == 200) around_.truth->answered(reply.body);
    done({reply.status, std::move(reply.body), reply.problem.retry_after});
  });
}

std::unique_ptr<storage::ReadStore> Manager::reader() {
  auto opened = store_->open_reader();
  return opened ? std::move(*opened) : nullptr;
}

void Manager::roll_trust_over() {
  auto& crypto = *around_.crypto;
  pki::CertificateTemplate what;
  what.purpose = pki::Purpose::Authority;
  what.serial = pki::random_serial(entropy_);
  what.subject_common_name = fmt::format("Lictor Licensing Root {}", trust_version() + 1);
  what.organization = "Lictor";
  what.not_before = clock_.wall() - minutes(5);
  what.not_after = clock_.wall() + days(20 * 365);
  auto key = std::move(*crypto.generate_key(pki::KeyAlgorithm::EcP256));
  protocol::TrustBundle bundle;
  bundle.version = trust_version() + 1;
  bundle.anchors = {authority_.root.certificate.der, *crypto.issue_certificate(what, key->public_key(), nullptr, *key)};
  const auto sign = [&](const pki::PrivateKey& by) {
    auto input = agent::trust_signing_input(by.public_key().algorithm, bundle.version, bundle.anchors);
    const auto signature = crypto.sign(by, as_bytes(input));
    return protocol::attach_signature(std::move(input), *signature);
  };
  bundle.signed_by_previous = sign(root_keys_.empty() ? *authority_.root.key : *root_keys_.back());
  bundle.signed_by_new = sign(*key);
  bundles_.push_back(std::move(bundle));
  root_keys_.push_back(std::move(key));
}

}  // namespace lictor::simulation
