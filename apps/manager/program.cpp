#include "manager/program.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <future>
#include <mutex>
#include <optional>

#include "foundation/http_server/http_server.hpp"
#include "foundation/os/event_loop.hpp"
#include "foundation/os/lab_clock.hpp"
#include "foundation/os/limits.hpp"
#include "foundation/os/log_backend.hpp"
#include "foundation/os/system.hpp"
#include "foundation/os/worker.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "server/account_service/account_service.hpp"
#include "server/manager/authority_files.hpp"
#include "server/manager/catalog_source.hpp"
#include "server/manager/crl_publisher.hpp"
#include "server/manager/lab_mark.hpp"
#include "server/manager/settings.hpp"
#include "server/rest/admission.hpp"
#include "server/rest/call.hpp"
#include "server/rest/device_routes.hpp"
#include "server/rest/rest.hpp"
#include "server/storage/sqlite/sqlite_store.hpp"
#include "server/storage/writer_thread.hpp"

namespace lictor::manager {
namespace {

namespace message {
inline constexpr MessageRow kListening{"MANAGER_LISTENING", Severity::Notice, "The manager is listening"};
inline constexpr MessageRow kStopping{"MANAGER_STOPPING", Severity::Notice, "The manager is stopping"};
inline constexpr MessageRow kStoreFailed{"MANAGER_STORE_FAILED", Severity::Critical,
                                         "The manager ends because its store takes no changes any more",
                                         "Look at the disk and at STORE_WRITER_ENDED above, then start it again."};
inline constexpr MessageRow kCatalog{"CATALOG_ACTIVE", Severity::Info, "A catalog is active"};
inline constexpr MessageRow kFewFiles{"MANAGER_FEW_FILES", Severity::Warning,
                                      "There may be fewer open files than connections",
                                      "Raise the limit of open files (LimitNOFILE), or lower listen.connections."};
inline constexpr MessageRow kTlsRenewed{"TLS_RENEWED", Severity::Notice, "A new TLS certificate is in use"};
inline constexpr MessageRow kTlsNotRenewed{"TLS_NOT_RENEWED", Severity::Error,
                                           "The TLS certificate could not be renewed",
                                           "Look at the error; the present certificate goes on until its end."};
}  // namespace message

constexpr Duration kTlsMargin = days(30);
constexpr Duration kStopGrace = seconds(10);
constexpr std::size_t kOtherFiles = 64;  // beside connections

Severity severity_of(std::string_view name) {
  for (const auto severity : {Severity::Debug, Severity::Info, Severity::Notice, Severity::Warning, Severity::Error}) {
    if (name == to_string(severity)) return severity;
  }
  return Severity::Critical;
}

bool is_address(std::string_view name) {
  return name.find(':') != std::string_view::npos || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The active catalog, read by many threads and replaced by one.
class CatalogHolder {
 public:
  [[nodiscard]] std::shared_ptr<const catalog::Catalog> get() const {
    const std::lock_guard lock(mutex_);
    return catalog_;
  }
  void set(std::shared_ptr<const catalog::Catalog> catalog) {
    const std::lock_guard lock(mutex_);
    catalog_ = std::move(catalog);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const catalog::Catalog> catalog_ =
      std::make_shared<catalog::Catalog>();  // empty until one is imported
};

// A few threads that take tasks in turn.
class Pool {
 public:
  explicit Pool(std::size_t threads) : workers_(threads) {}
  void run(std::function<void()> task) { workers_[next_++ % workers_.size()].run(std::move(task)); }
  [[nodiscard]] bool idle() {
    bool idle = true;
    for (auto& worker : workers_) idle = worker.idle() && idle;
    return idle;
  }

 private:
  std::vector<os::Worker> workers_;
  std::atomic<std::size_t> next_{0};
};

// Waits for something that completes on another thread; for the start alone.
template <class T>
Result<T> wait_for(const std::function<void(std::function<void(Result<T>)>)>& begin) {
  std::promise<Result<T>> promise;
  begin([&promise](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

class ManagerProgram final : public Program {
 public:
  explicit ManagerProgram(Options options) : options_(std::move(options)), settings_(options_.settings) {}
  ~ManagerProgram() override { stop(); }

  // Each step leaves the object able to be destroyed.
  Result<void> open() {
    for (auto step : {&ManagerProgram::take_folder, &ManagerProgram::take_time, &ManagerProgram::open_log,
                      &ManagerProgram::publish_crls, &ManagerProgram::open_keys, &ManagerProgram::open_store,
                      &ManagerProgram::open_people, &ManagerProgram::first_start, &ManagerProgram::load_catalogs,
                      &ManagerProgram::open_devices, &ManagerProgram::listen}) {
      if (auto ok = (this->*step)(); !ok) return ok;
    }
    return {};
  }

  int run() override {
    const os::Signals signals(loop_, [this] { loop_.stop(); }, {});
    loop_.run();
    log_->write(writer_->ended() ? message::kStoreFailed : message::kStopping, {});
    stop();
    return writer_->ended() ? 1 : 0;
  }

 private:
  // Before anything is read or made in it: two first starts at once would each make an authority.
  Result<void> take_folder() {
    const auto& path = settings_.text("data_folder");
    if (auto ok = files_.make_folder(path); !ok) return ok;
    auto lock = os::FileLock::take(folder("manager.lock"));
    if (!lock && lock.error().code == ErrorCode::Conflict)
      return lock.error().with_context("another manager runs on this data_folder");
    if (!lock) return lock.error().with_context("data_folder");
    folder_lock_.emplace(std::move(*lock));
    return {};
  }
  Result<void> take_time() {
    if (options_.lab_clock.empty()) return {};
    auto link = os::join_lab(loop_, lab_clock_, options_.lab_clock, "manager");
    if (!link) return link.error();
    lab_ = std::move(*link);
    return {};
  }
  [[nodiscard]] const Clock& clock() const {
    return options_.lab_clock.empty() ? static_cast<const Clock&>(system_clock_) : lab_clock_;
  }

  Result<void> open_log() {
    os::LogSettings log;
    log.form = settings_.text("log.form") == "json" ? os::LogSettings::Form::Json : os::LogSettings::Form::Text;
    log.least = severity_of(settings_.text("log.level"));
    log.file = settings_.text("log.file");
    auto made = os::make_log(log, clock());
    if (!made) return made.error();
    log_ = std::move(*made);
    metrics_ = http::make_prometheus_metrics();
    return {};
  }

  [[nodiscard]] std::string folder(std::string_view part) const {
    return fmt::format("{}/{}", settings_.text("data_folder"), part);
  }
  [[nodiscard]] std::string crl_base() const {
    const auto& given = settings_.text("crl_url");
    if (!given.empty()) return given;
    // https://HOST:PORT -> http://HOST:CRL-PORT/crl
    std::string host = settings_.text("public_url");
    if (const auto scheme = host.find("://"); scheme != std::string::npos) host.erase(0, scheme + 3);
    host.resize(std::min(host.find('/'), host.size()));
    if (const auto colon = host.rfind(':'); colon != std::string::npos && host.find(']', colon) == std::string::npos)
      host.resize(colon);
    return fmt::format("http://{}:{}/crl", host, crl_server_->port());
  }

  Result<void> open_keys() {
    auto crypto = pki::make_openssl_crypto();
    if (!crypto) return crypto.error();
    crypto_ = std::move(*crypto);
    auto algorithm = pki::parse_key_algorithm(settings_.text("key_algorithm"));
    if (!algorithm) return algorithm.error();
    authority_settings_.algorithm = *algorithm;
    authority_settings_.organization = settings_.text("organization");
    authority_settings_.name = settings_.text("organization");
    authority_settings_.crl_url = crl_base() + "/servers.crl";
    authority_settings_.tls_crl_url = crl_base() + "/tls.crl";
    for (const auto& name : settings_.list("tls.names")) {
      (is_address(name) ? authority_settings_.ip_addresses : authority_settings_.dns_names).push_back(name);
    }
    auto loaded =
        load_or_make_authority(files_, *crypto_, entropy_, folder("pki"), authority_settings_, clock().wall());
    if (!loaded) return loaded.error();
    authority_ = std::move(*loaded);
    if (authority_.authority.tls_server.certificate.not_after - clock().wall() < kTlsMargin &&
        settings_.boolean("tls.renew")) {
      auto ok = renew_tls(files_, *crypto_, entropy_, folder("pki"), authority_settings_, authority_.authority,
                          clock().wall());
      if (!ok) return ok;
    }
    crls_ = std::make_unique<CrlPublisher>(*crypto_, authority_.authority);
    return open_secrets();
  }

  Result<void> open_secrets() {
    auto hash_key = load_or_make_secret(files_, entropy_, folder("keys"), "hash");
    if (!hash_key) return hash_key.error();
    hasher_ = std::make_unique<identity::SecretHasher>(*crypto_, std::move(*hash_key));
    auto sealing = load_or_make_secret(files_, entropy_, folder("keys"), "seal-1");
    if (!sealing) return sealing.error();
    std::map<std::string, Secret, std::less<>> keys;
    keys.emplace("seal-1", std::move(*sealing));
    auto ring = identity::KeyRing::create(*crypto_, std::move(keys), "seal-1");
    if (!ring) return ring.error();
    keys_ = std::make_unique<identity::KeyRing>(std::move(*ring));
    return {};
  }

  Result<void> open_store() {
    storage::SqliteSettings sqlite;
    sqlite.path = folder("lictor.db");
    auto store = storage::open_sqlite_store(sqlite);
    if (!store) return store.error();
    store_ = std::move(*store);
    readers_ = std::make_unique<storage::ReaderPool>(*store_);
    effects_ = device_service::make_due_effects(
        device_settings_, [this] { return catalog_.get(); }, *crypto_);
    storage::WriterSettings writer;
    writer.queue_limit = static_cast<std::size_t>(settings_.integer("admission.queue"));
    writer_ = storage::make_writer(store_->writer(), *effects_, writer, *log_, *metrics_);
    return {};
  }

  Result<void> open_people() {
    passwords_ = std::make_unique<identity::PasswordService>(
        identity::PasswordService::Settings{}, entropy_,
        [this](std::function<void()> task) { passwords_pool_.run(std::move(task)); });
    account_service::Collaborators with;
    with.crypto = crypto_.get();
    with.entropy = &entropy_;
    with.writer = writer_.get();
    with.readers = readers_.get();
    with.passwords = passwords_.get();
    with.throttle = &throttle_;
    with.hasher = hasher_.get();
    with.keys = keys_.get();
    with.log = log_.get();
    with.metrics = metrics_.get();
    with.catalog = [this] { return catalog_.get(); };
    with.activate_catalog = [this](std::shared_ptr<const catalog::Catalog> active) { catalog_.set(std::move(active)); };
    with.compile_catalog = compile_catalog;
    with.leave_writer = [this](std::function<void()> task) { pool_.run(std::move(task)); };
    accounts_ = std::make_unique<account_service::AccountService>(account_service::Settings{}, std::move(with));
    // Nothing can be changed any more: the next start recovers from the log.
    writer_thread_ =
        std::make_unique<storage::WriterThread>(*writer_, clock(), [this] { loop_.post([this] { loop_.stop(); }); });
    return {};
  }

  // The facts of the store; an empty one gets them, and its first administrator.
  Result<void> first_start() {
    auto reader = readers_->borrow();
    if (!reader) return reader.error();
    auto facts = account_service::read_store_facts([&](std::string_view name) { return (*reader)->setting(name); });
    if (!facts) return facts.error();
    auto mark = (*reader)->setting(kLabSetting);
    if (!mark) return mark.error();
    if (auto ok = check_lab_mark(*mark, !facts->has_value(), lab_ != nullptr); !ok) return ok;
    if (!facts->has_value()) {
      auto made = make_first_administrator();
      if (!made) return made.error();
      *facts = *made;
    }
    if ((*facts)->authority != authority_.id) {
      return Error{ErrorCode::Conflict, fmt::format("the store in {} belongs to another authority than {}",
                                                    settings_.text("data_folder"), folder("pki"))};
    }
    device_settings_.authority = (*facts)->authority;
    device_settings_.incarnation = (*facts)->incarnation;
    device_settings_.incarnation_began = (*facts)->incarnation_began;
    return {};
  }

  Result<account_service::StoreFacts> make_first_administrator() {
    if (lab_) {
      auto marked = wait_for<std::unique_ptr<storage::Command>>([this](auto done) {
        writer_->submit(make_mark_lab(), storage::CommandClass::RestWrite,
                        [done](std::unique_ptr<storage::Command> command, Result<void> result) {
                          if (!result) return done(result.error());
                          done(std::move(command));
                        });
      });
      if (!marked) return marked.error();
    }
    account_service::FirstStart first;
    first.authority = authority_.id;
    first.incarnation = Incarnation::random(entropy_);
    const auto& file = settings_.text("admin.password_file");
    Secret password;
    if (file.empty()) {
      password = identity::make_one_time_password(entropy_);
    } else {
      auto bytes = files_.read(file, 4096);
      if (!bytes) return bytes.error().with_context("admin.password_file");
      while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
      password = Secret(std::move(*bytes));
      if (auto ok = identity::check_new_password(password.reveal_text()); !ok)
        return ok.error().with_context("admin.password_file");
      first.admin_must_change_password = false;
    }
    auto hash = wait_for<std::string>([&](auto done) { passwords_->hash(password.duplicate(), std::move(done)); });
    if (!hash) return hash.error();
    first.admin_password_hash = std::move(*hash);
    auto facts = wait_for<account_service::Outcome<account_service::StoreFacts>>([&](auto done) {
      accounts_->run<account_service::StoreFacts>(account_service::first_start(accounts_->environment(), first),
                                                  std::nullopt, std::move(done));
    });
    if (!facts) return facts.error();
    if (file.empty()) {  // to the person at the terminal, once; never to the log
      fmt::print("First start. Administrator: {}\nOne-time password:        {}\n", first.admin_name,
                 password.reveal_text());
      std::fflush(stdout);
    }
    return facts->output;
  }

  Result<void> load_catalogs() {
    auto reader = readers_->borrow();
    if (!reader) return reader.error();
    auto active = account_service::load_active_catalog(**reader, compile_catalog);
    if (!active) return active.error();
    if (*active) catalog_.set(*active);
    const auto& paths = settings_.list("catalogs");
    if (!paths.empty()) {
      auto files = read_catalog_files(files_, paths);
      if (!files) return files.error();
      account_service::Actor system;
      system.name = "system";
      system.grants = {{domain::Role::VendorOperator, {}, {}}};
      auto imported = wait_for<account_service::ImportedCatalog>(
          [&](auto done) { accounts_->import_catalog(system, *files, std::move(done)); });
      if (!imported) return imported.error();
    }
    const auto now_active = catalog_.get();
    log_->write(message::kCatalog, {{"tags", std::to_string(now_active->tags().size())},
                                    {"models", std::to_string(now_active->models().size())}});
    return {};
  }

  void make_gate() {
    auto gate = rest::make_gate_settings(static_cast<std::size_t>(settings_.integer("admission.queue")),
                                         settings_.duration("admission.latest"),
                                         static_cast<std::size_t>(settings_.integer("admission.returning")));
    gate.token_rate = settings_.integer("admission.token_rate");
    gate.token_burst = settings_.integer("admission.token_burst");
    gate_ = rest::make_gate(*writer_, clock(), gate);
  }

  Result<void> open_devices() {
    make_gate();
    device_settings_.id_crl_url = crl_base() + "/id-0.crl";
    device_settings_.clock_tolerance = settings_.duration("device.clock_tolerance");
    auto ports = pki::make_local_ports(*crypto_, authority_.authority);
    if (!ports) return ports.error();
    signer_ = std::move(ports->signer);
    issuer_ = std::move(ports->issuer);
    device_service::Collaborators with;
    with.crypto = crypto_.get();
    with.signer = signer_.get();
    with.issuer = issuer_.get();
    with.entropy = &entropy_;
    with.writer = writer_.get();
    with.readers = readers_.get();
    with.log = log_.get();
    with.metrics = metrics_.get();
    with.anchors = {authority_.authority.root.certificate};
    with.catalog = [this] { return catalog_.get(); };
    with.token_hash = [this](std::string_view text) {
      return hasher_->hash(identity::Purpose::RegistrationToken, text);
    };
    with.admission = gate_.get();
    devices_ = std::make_unique<device_service::DeviceService>(device_settings_, std::move(with));
    return {};
  }

  [[nodiscard]] Result<std::pair<std::string, Secret>> tls_pem() {
    const auto& tls = authority_.authority.tls_server;
    auto key = crypto_->export_key(*tls.key);
    if (!key) return key.error();
    return std::pair(pki::to_pem("CERTIFICATE", tls.certificate.der),
                     Secret::from_text(pki::to_pem("PRIVATE KEY", key->reveal())));
  }

  Result<void> listen() {
    rest::Services services;
    services.accounts = accounts_.get();
    services.readers = readers_.get();
    services.writer = writer_.get();
    services.clock = &clock();
    services.metrics = metrics_.get();
    services.crypto = crypto_.get();
    services.entropy = &entropy_;
    services.metrics_open = settings_.boolean("metrics.open");
    auto routes = rest::make_routes(services);
    for (auto& route : rest::make_device_routes(*devices_, clock())) routes.push_back(std::move(route));
    auto tls = tls_pem();
    if (!tls) return tls.error();
    http::ServerSettings server;
    server.address = settings_.text("listen.address");
    server.port = static_cast<int>(settings_.integer("listen.port"));
    server.loops = static_cast<int>(settings_.integer("listen.loops"));
    server.certificate_chain_pem = tls->first;
    server.private_key_pem = std::move(tls->second);
    server.clock = &clock();
    server.max_connections = static_cast<std::size_t>(settings_.integer("listen.connections"));
    raise_files(server.max_connections);
    if (lab_) server.tls_tickets = http::ServerSettings::Tickets::Off;
    auto started =
        http::start_server(std::move(server), std::move(routes), rest::make_admission(gate_), *log_, *metrics_);
    if (!started) return started.error();
    server_ = std::move(*started);
    if (lab_) watch_for_lab();
    plan_tls();
    log_->write(message::kListening,
                {{"url", fmt::format("https://{}:{}", settings_.text("listen.address"), server_->port())},
                 {"public_url", settings_.text("public_url")}});
    return {};
  }

  // A login shell's limit of 1,024 open files would stop it at as many connections.
  void raise_files(std::size_t connections) {
    auto files = os::raise_file_limit();
    if (!files || *files < connections + kOtherFiles) {
      log_->write(message::kFewFiles, {{"connections", std::to_string(connections)},
                                       {"files", files ? std::to_string(*files) : files.error().message}});
    }
  }

  // First of all, since certificates name the port. Revocation lists go out over plain HTTP: they are signed, and a
  // client cannot ask for them inside a handshake's own TLS.
  Result<void> publish_crls() {
    http::Route route;
    route.method = "GET";
    route.path = "/crl/{name}";
    route.name = "crl";
    route.handler = [this](http::ServerRequest request, http::Respond respond) {
      if (!crls_) return respond(http::problem(503, "busy", "Busy", "The manager is starting."));
      auto der = crls_->list(std::string(request.query_value("{name}")), clock().wall());
      if (!der) return respond(rest::to_problem(der.error()));
      respond({200, "application/pkix-crl", {{"Cache-Control", "max-age=3600"}}, std::string(as_text(*der))});
    };
    http::ServerSettings server;
    server.address = settings_.text("listen.address");
    server.port = static_cast<int>(settings_.integer("crl.port"));
    server.loops = 1;
    server.clock = &clock();
    std::vector<http::Route> routes;
    routes.push_back(std::move(route));
    auto started = http::start_server(std::move(server), std::move(routes), {}, *log_, *metrics_);
    if (!started) return started.error();
    crl_server_ = std::move(*started);
    return {};
  }

  // Quiet when nothing is being answered and all that was due has been done.
  void watch_for_lab() {
    auto& probes = lab_->probes();
    probes.quiet.push_back([this] {
      return server_->outstanding() == 0 && crl_server_->outstanding() == 0 && pool_.idle() && passwords_pool_.idle() &&
             writer_thread_->settled(clock().wall());
    });
    probes.stepped.push_back([this] { writer_thread_->wake(); });
    probes.deadlines.push_back([this]() -> std::optional<SteadyTime> {
      const auto next = writer_thread_->next_due();
      if (!next) return std::nullopt;
      return clock().steady() + std::max(Duration{0}, *next - clock().wall());
    });
  }

  // 30 days before its end, the TLS certificate gives way to a new one.
  void plan_tls() {
    if (!settings_.boolean("tls.renew")) return;
    const auto until = authority_.authority.tls_server.certificate.not_after - kTlsMargin - clock().wall();
    loop_.call_at(clock().steady() + std::clamp(until, minutes(1), days(1)), [this] {
      if (authority_.authority.tls_server.certificate.not_after - clock().wall() <= kTlsMargin) renew();
      plan_tls();
    });
  }
  void renew() {
    auto ok =
        renew_tls(files_, *crypto_, entropy_, folder("pki"), authority_settings_, authority_.authority, clock().wall());
    auto tls = ok ? tls_pem() : Result<std::pair<std::string, Secret>>(ok.error());
    if (tls) ok = server_->replace_certificate(tls->first, tls->second);
    if (!tls) return log_->write(message::kTlsNotRenewed, {{"error", tls.error().message}});
    if (!ok) return log_->write(message::kTlsNotRenewed, {{"error", ok.error().message}});
    log_->write(message::kTlsRenewed, {{"until", to_rfc3339(authority_.authority.tls_server.certificate.not_after)}});
  }

  void stop() {
    if (server_) server_->stop(kStopGrace);
    server_.reset();
    if (crl_server_) crl_server_->stop(kStopGrace);
    crl_server_.reset();
    if (writer_thread_) writer_thread_->stop();
  }

  Options options_;
  const Settings& settings_;
  os::SystemClock system_clock_;
  os::LabClock lab_clock_;
  os::EventLoop loop_{clock()};
  std::unique_ptr<os::LabLink> lab_;
  os::PosixFiles files_;
  std::optional<os::FileLock> folder_lock_;
  os::SystemEntropy entropy_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<pki::Crypto> crypto_;
  pki::AuthoritySettings authority_settings_;
  AuthorityFiles authority_;
  std::unique_ptr<identity::SecretHasher> hasher_;
  std::unique_ptr<identity::KeyRing> keys_;
  identity::LoginThrottle throttle_{identity::LoginThrottle::Settings{}};
  CatalogHolder catalog_;
  device_service::Settings device_settings_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::ReaderPool> readers_;
  std::unique_ptr<storage::DueEffects> effects_;
  std::unique_ptr<storage::Writer> writer_;
  std::unique_ptr<identity::PasswordService> passwords_;
  std::unique_ptr<account_service::AccountService> accounts_;
  std::unique_ptr<pki::Signer> signer_;
  std::unique_ptr<pki::Issuer> issuer_;
  std::shared_ptr<rest::Gate> gate_;  // the server's, too
  std::unique_ptr<device_service::DeviceService> devices_;
  std::unique_ptr<CrlPublisher> crls_;  // made before anybody can know its address
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> crl_server_;
  Pool passwords_pool_{2};  // argon2 (DECISIONS 11)
  Pool pool_{2};            // what follows a commit of people's changes: rendering
  std::unique_ptr<storage::WriterThread> writer_thread_;
};

}  // namespace

SettingTable manager_settings() {
  return SettingTable({kSettingRows});
}

Result<void> check(const Settings& settings) {
  os::PosixFiles files;
  auto sources = read_catalog_files(files, settings.list("catalogs"));
  if (!sources) return sources.error();
  if (sources->empty()) return {};
  auto compiled = compile_catalog(*sources);
  if (!compiled) return compiled.error();
  return {};
}

Result<std::unique_ptr<Program>> start(Options options) {
  auto program = std::make_unique<ManagerProgram>(std::move(options));
  if (auto ok = program->open(); !ok) return ok.error();
  return std::unique_ptr<Program>(std::move(program));
}

}  // namespace lictor::manager
