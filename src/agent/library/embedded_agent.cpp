#include "agent/library/embedded_agent.hpp"

#include <poll.h>

#include <algorithm>
#include <system_error>

#include "agent/library/failure.hpp"
#include "agent/library/ports.hpp"

namespace lictor::agent {
namespace {

constexpr std::size_t kMostHappenings = 100;  // some 25 KB, when nobody ever listens
constexpr Duration kLongestWait = hours(1);   // then it is looked again: clocks may have been set

// Dates of TLS certificates by the product's own clock.
class ClockVerifier final : public http::TlsVerifier {
 public:
  explicit ClockVerifier(const Clock& clock) : clock_(clock) {}
  [[nodiscard]] WallTime now() const override { return clock_.wall(); }

 private:
  const Clock& clock_;
};

std::unique_ptr<Clock> make_clock(const EmbeddedSettings& settings) {
  if (settings.clock) return std::make_unique<ProductClock>(*settings.clock);
  return std::make_unique<os::SystemClock>();
}

// nullptr: the product has none of its own.
std::unique_ptr<ProductEntropy> make_entropy(const EmbeddedSettings& settings) {
  if (!settings.entropy) return nullptr;
  return std::make_unique<ProductEntropy>(*settings.entropy, *settings.shared->crypto);
}
std::unique_ptr<ProductKeys> make_keys(const EmbeddedSettings& settings) {
  if (!settings.keys) return nullptr;
  return std::make_unique<ProductKeys>(*settings.keys, *settings.shared->crypto);
}

lictor_notification to_c(NotificationKind kind) {
  switch (kind) {
    case NotificationKind::RegistrationChanged:
      return LICTOR_REGISTRATION_CHANGED;
    case NotificationKind::AuthorizationChanged:
      return LICTOR_AUTHORIZATION_CHANGED;
    case NotificationKind::TagOutOfCompliance:
      return LICTOR_TAG_SHORT;
    case NotificationKind::CertificateRenewed:
      return LICTOR_CERTIFICATE_RENEWED;
    case NotificationKind::ClockChanged:
      return LICTOR_CLOCK_CHANGED;
    case NotificationKind::TransportFailed:
      return LICTOR_TRANSPORT_FAILED;
    case NotificationKind::TransportRestored:
      return LICTOR_TRANSPORT_RESTORED;
    case NotificationKind::ExportFlagChanged:
      return LICTOR_EXPORT_CHANGED;
    case NotificationKind::EvaluationExpired:
      return LICTOR_EVALUATION_ENDED;
    case NotificationKind::StoreDamaged:
      return LICTOR_STORE_DAMAGED;
    case NotificationKind::ConfigurationUnsaved:
      return LICTOR_IDENTITY_UNSAVED;
    case NotificationKind::TagChanged:
      return LICTOR_TAG_CHANGED;
  }
  return LICTOR_STORE_DAMAGED;  // no kind beyond these
}

}  // namespace

int refuse_wrong_call() noexcept {
  return fail(LICTOR_WRONG_CALL, "this must not be called from inside the agent's own ports or callbacks");
}

// --- life -----------------------------------------------------------------------------------------------------------
EmbeddedAgent::EmbeddedAgent(const EmbeddedSettings& settings)
    : shared_(settings.shared),
      way_(settings.way),
      clock_(make_clock(settings)),
      entropy_(make_entropy(settings)),
      product_keys_(make_keys(settings)),
      product_crypto_(product_keys_ ? make_product_crypto(*product_keys_, *shared_->crypto) : nullptr),
      loop_(std::make_shared<HostLoop>(*clock_)),
      keys_(std::make_unique<RestingKeyMaker>(*loop_, product_crypto_ ? *product_crypto_ : *shared_->crypto)) {}

EmbeddedAgent::~EmbeddedAgent() = default;

int EmbeddedAgent::open(const EmbeddedSettings& settings, std::unique_ptr<EmbeddedAgent>& made) {
  if (auto ok = check_complete(settings); !ok) return fail(ok.error());
  std::unique_ptr<EmbeddedAgent> agent(new EmbeddedAgent(settings));
  {
    const Turn turn(*agent);  // the ports are called
    if (!settings.store) {
      if (auto ok = agent->files_.make_folder(settings.store_folder); !ok) return fail(ok.error());
      auto lock = os::FileLock::take(settings.store_folder + "/lock");
      if (!lock)
        return lock.error().code == ErrorCode::Conflict ? fail(LICTOR_IN_USE, lock.error().message)
                                                        : fail(lock.error());
      agent->lock_.emplace(std::move(*lock));
    }
    if (auto ok = agent->prepare(settings); !ok) return fail(ok.error());
    agent->publish();
  }
  agent->loop_->signal();
  made = std::move(agent);
  return LICTOR_OK;
}

Result<void> EmbeddedAgent::prepare(const EmbeddedSettings& settings) {
  if (settings.store)
    store_ = std::make_unique<ProductStore>(*settings.store);
  else
    store_ = std::make_unique<FileStateStore>(
        FileStateStoreSettings{settings.store_folder, settings.agent.event_log_size}, files_, *shared_->crypto);
  way_.settings.tls.use_system_roots = way_.settings.tls.trusted_roots.empty();
  // A look-up by the system could not be given up, and close() would wait for it.
  way_.settings.names = http::RequestSettings::Names::Own;
  if (settings.clock) {
    verifier_ = std::make_unique<ClockVerifier>(*clock_);
    way_.settings.tls.verifier = verifier_.get();
  }
  if (settings.transport)
    transport_ = std::make_unique<ProductTransport>(*settings.transport, loop_);
  else
    transport_ = std::make_unique<RestingTransport>(*loop_, *clock_, [this]() -> std::optional<HttpWay> {
      if (way_.url.empty()) return std::nullopt;
      return way_;
    });
  Ports ports;
  ports.transport = transport_.get();
  ports.store = store_.get();
  ports.crypto = product_crypto_ ? product_crypto_.get() : shared_->crypto.get();
  ports.entropy = ports.jitter = &shared_->entropy;
  if (entropy_) ports.entropy = ports.jitter = entropy_.get();
  if (auto ok = new_chance(); !ok) return ok.error();
  auto host = AgentHost::open(
      settings.agent, ports, *loop_, *clock_,
      {[this](const LogLine& line) { happened(line); }, [this](NotificationKind kind) { happened(kind); }},
      keys_.get());
  if (!host) return host.error();
  host_ = std::move(*host);
  // The set of this run begins empty (USE-1); the one before counts until it is complete.
  return host_->agent().set_usage({}, host_->now());
}

int EmbeddedAgent::close() {
  if (inside_callback() || owner_.load() == std::this_thread::get_id()) return refuse_wrong_call();
  if (thread_.joinable()) (void)stop_thread();
  const Turn turn(*this);
  const int result = told(host_->agent().shut_down(host_->now()));
  if (product_keys_) product_keys_->forget_unused(host_->agent().keys_in_use());
  host_.reset();  // in the turn: its end may call ports
  transport_.reset();
  keys_.reset();
  if (product_keys_) product_keys_->forget_unclaimed();
  return result;
}

// --- usage ----------------------------------------------------------------------------------------------------------
int EmbeddedAgent::declare(std::vector<UsageItem> next) {
  const auto result = host_->agent().set_usage(next, host_->now());
  const bool refused = !result && (result.error().code == ErrorCode::InvalidArgument ||
                                   result.error().code == ErrorCode::PermissionDenied);
  if (!refused) requested_ = std::move(next);
  publish();
  loop_->signal();
  return told(result);
}

int EmbeddedAgent::request(UsageItem item) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  auto next = requested_;
  const auto at = std::lower_bound(next.begin(), next.end(), item,
                                   [](const UsageItem& a, const UsageItem& b) { return a.tag < b.tag; });
  if (at != next.end() && at->tag == item.tag)
    *at = std::move(item);
  else
    next.insert(at, std::move(item));
  return declare(std::move(next));
}

int EmbeddedAgent::release(const std::string& tag) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  auto next = requested_;
  if (std::erase_if(next, [&](const UsageItem& item) { return item.tag.text == tag; }) == 0)
    return fail(LICTOR_NOT_FOUND, "this tag is not requested");
  return declare(std::move(next));
}

// --- what can be seen -----------------------------------------------------------------------------------------------
void EmbeddedAgent::publish() {
  auto next = std::make_unique<View>(make_view(host_->agent().snapshot(host_->now()), requested_));
  if (!same(*next, view_.latest())) view_.publish(std::move(next));
  if (product_keys_) product_keys_->forget_unused(host_->agent().keys_in_use());
}

Result<void> EmbeddedAgent::new_chance() {
  return entropy_ ? entropy_->renew() : Result<void>();
}

int EmbeddedAgent::read_traditional(lictor_traditional_reader read, void* reader) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  for (const auto& one : host_->agent().snapshot(host_->now()).traditional) {
    lictor_traditional out;
    LICTOR_INIT(out);
    out.feature = one.feature.c_str();
    out.kind = one.kind == TraditionalLicense::Kind::RightToUse    ? LICTOR_RIGHT_TO_USE
               : one.kind == TraditionalLicense::Kind::LicenseFile ? LICTOR_LICENSE_FILE
                                                                   : LICTOR_EVALUATION_LICENSE;
    out.count = one.count;
    out.in_use = one.in_use ? 1 : 0;
    read(reader, &out);
  }
  return LICTOR_OK;
}

int EmbeddedAgent::read_events(lictor_line_reader read, void* reader) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  for (const auto& line : host_->agent().event_log()) read(reader, line.c_str());
  return LICTOR_OK;
}

// --- callbacks ------------------------------------------------------------------------------------------------------
// Within the turn: ports and steps tell what happened.
void EmbeddedAgent::happened(Happening what) {
  if (happenings_.size() >= kMostHappenings) happenings_.pop_front();
  happenings_.push_back(std::move(what));
}

int EmbeddedAgent::listen(lictor_notification_reader reader, void* context) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  on_notification_ = reader;
  notification_context_ = context;
  return LICTOR_OK;
}

int EmbeddedAgent::listen(lictor_log_reader reader, void* context) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  on_log_ = reader;
  log_context_ = context;
  return LICTOR_OK;
}

// One at a time and outside the turn, so that they may call the agent. What nobody listens to waits: a listener may
// come.
void EmbeddedAgent::deliver() {
  for (;;) {
    Happening next;
    lictor_notification_reader on_notification = nullptr;
    lictor_log_reader on_log = nullptr;
    void* context = nullptr;
    {
      const Turn turn(*this);
      const auto wanted = std::find_if(happenings_.begin(), happenings_.end(), [&](const Happening& h) {
        return std::holds_alternative<LogLine>(h) ? on_log_ != nullptr : on_notification_ != nullptr;
      });
      if (wanted == happenings_.end()) return;
      next = std::move(*wanted);
      happenings_.erase(wanted);
      on_notification = on_notification_;
      on_log = on_log_;
      context = std::holds_alternative<LogLine>(next) ? log_context_ : notification_context_;
    }
    if (const auto* line = std::get_if<LogLine>(&next)) {
      const lictor_log_line out{sizeof(lictor_log_line), line->severity, line->facility.c_str(), line->mnemonic.c_str(),
                                line->text.c_str()};
      on_log(context, &out);
    } else {
      on_notification(context, to_c(std::get<NotificationKind>(next)));
    }
  }
}

// --- running --------------------------------------------------------------------------------------------------------
int EmbeddedAgent::poll_fd(int& out) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  auto descriptor = loop_->descriptor();
  if (!descriptor) return fail(descriptor.error());
  out = *descriptor;
  return LICTOR_OK;
}

std::int64_t EmbeddedAgent::next_wakeup_ms() {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call(), -1;
  return std::min(loop_->idle_for().value_or(kLongestWait), kLongestWait).count();
}

// The runner's: one step of the loop, then what it has to tell.
int EmbeddedAgent::run_round() {
  Result<void> chance;
  {
    const Turn turn(*this);
    if (!turn) return refuse_wrong_call();
    if (entropy_ && entropy_->drawn()) chance = entropy_->renew();
    loop_->run_due();
    publish();
  }
  deliver();
  return told(chance);
}

int EmbeddedAgent::run_due() {
  const auto me = std::this_thread::get_id();
  if (owner_.load() == me) return refuse_wrong_call();
  if (threaded_ && runner_.load() != me) return fail(LICTOR_CONFLICT, "the agent runs on its own thread");
  std::thread::id nobody;
  if (!runner_.compare_exchange_strong(nobody, me))
    return nobody == me ? refuse_wrong_call() : fail(LICTOR_CONFLICT, "another thread runs this agent");
  struct Release {
    std::atomic<std::thread::id>& runner;
    ~Release() { runner.store({}); }
  } const release{runner_};
  return run_round();
}

int EmbeddedAgent::start_thread() {
  if (owner_.load() == std::this_thread::get_id()) return refuse_wrong_call();
  const std::lock_guard lock(life_);
  if (thread_.joinable()) return fail(LICTOR_CONFLICT, "the agent has a thread already");
  if (inside_callback()) return refuse_wrong_call();
  int descriptor = -1;
  if (const int result = poll_fd(descriptor); result != LICTOR_OK) return result;
  stopping_ = false;
  try {
    const BlockedSignals blocked;
    threaded_ = true;
    thread_ = std::thread([this] { run_thread(); });
  } catch (const std::system_error& problem) {
    threaded_ = false;
    return fail(LICTOR_IO, problem.what());
  }
  return LICTOR_OK;
}

int EmbeddedAgent::stop_thread() {
  if (inside_callback() || owner_.load() == std::this_thread::get_id()) return refuse_wrong_call();
  const std::lock_guard lock(life_);
  if (!thread_.joinable()) return fail(LICTOR_CONFLICT, "the agent has no thread");
  stopping_ = true;
  loop_->signal();
  thread_.join();
  threaded_ = false;
  return LICTOR_OK;
}

void EmbeddedAgent::run_thread() {
  // Waits for a product's thread that is still inside run_due().
  const auto me = std::this_thread::get_id();
  for (std::thread::id nobody; !runner_.compare_exchange_weak(nobody, me); nobody = {}) std::this_thread::yield();
  int descriptor = -1;
  (void)poll_fd(descriptor);  // made by start_thread()
  while (!stopping_) {
    (void)guarded([this] { return run_round(); });
    pollfd wait{descriptor, POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(next_wakeup_ms()));
  }
  runner_.store({});
}

}  // namespace lictor::agent
