#include "foundation/http_client/pooled_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "foundation/http_client/curl_transfer.hpp"

namespace lictor::http {
namespace {

constexpr int kPollMs = 1000;
// Requests that begin in one round. A connection's time-out runs from its begin, and one thread makes all handshakes:
// thousands that began at once would wait for each other until it is over.
constexpr std::size_t kBegunTogether = 32;

using Id = PooledClient::Id;

struct Job {
  Id id = 0;
  Request request;
};

struct Finished {
  Id id = 0;
  Reply reply;
};

// One transfer on its way, and the handle that carries it; handles are used again for their TLS sessions.
struct Running {
  Job job;
  std::unique_ptr<Transfer> transfer;
  Easy easy;  // goes first: it points into the transfer
};

// What lives on the client's thread: at most `max_connections` transfers in one multi handle.
class Engine {
 public:
  explicit Engine(const PooledSettings& settings) : settings_(settings) {
    const long most = std::max(settings.max_connections, 1);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, most);
  }
  ~Engine() {
    for (auto& [easy, running] : running_) curl_multi_remove_handle(multi_.get(), easy);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] CURLM* multi() const { return multi_.get(); }
  [[nodiscard]] std::size_t free_places() const {
    return static_cast<std::size_t>(std::max(settings_.max_connections, 1)) - running_.size();
  }

  void begin(Job job, const std::function<bool()>& ending) {
    auto way = find_way(job.request, settings_.request, ending);
    if (!way) {
      finished_.push_back({job.id, std::move(way.error())});
      return;
    }
    auto running = std::make_unique<Running>();
    running->job = std::move(job);
    running->easy = take_handle();
    running->transfer =
        std::make_unique<Transfer>(running->job.request, settings_.request, std::move(*way), trust_, nullptr);
    CURL* easy = running->easy.get();
    running->transfer->prepare(easy);
    if (curl_multi_add_handle(multi_.get(), easy) == CURLM_OK)
      running_.emplace(easy, std::move(running));
    else
      finished_.push_back({running->job.id, running->transfer->finish(easy, CURLE_FAILED_INIT)});
  }

  void give_up(Id id) {
    const auto found =
        std::find_if(running_.begin(), running_.end(), [&](const auto& entry) { return entry.second->job.id == id; });
    if (found == running_.end()) return;
    curl_multi_remove_handle(multi_.get(), found->first);  // closes the connection that is in use
    running_.erase(found);
  }

  // Moves everything on and gives what ended.
  std::vector<Finished> advance() {
    int left = 0;
    curl_multi_perform(multi_.get(), &left);
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = running_.find(easy);
      auto running = std::move(found->second);
      running_.erase(found);
      finished_.push_back({running->job.id, running->transfer->finish(easy, code)});
      curl_multi_remove_handle(multi_.get(), easy);
      idle_.push_back(std::move(running->easy));
    }
    return std::exchange(finished_, {});
  }

 private:
  Easy take_handle() {
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  const PooledSettings& settings_;
  Trust trust_;
  Multi multi_{curl_multi_init()};
  std::vector<Easy> idle_;
  std::vector<Finished> finished_;
  std::unordered_map<CURL*, std::unique_ptr<Running>> running_;  // goes first: its handles point into the others
};

class ThreadedPool final : public PooledClient {
 public:
  ThreadedPool(Scheduler& home, PooledSettings settings)
      : home_(home), settings_(std::move(settings)), engine_(settings_), thread_([this] { work(); }) {}

  ~ThreadedPool() override {
    *alive_ = false;
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(engine_.multi());
  }

  Id start(Request request, std::function<void(Reply)> done) override {
    const Id id = ++last_id_;
    waiting_for_.emplace(id, std::move(done));
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({id, std::move(request)});
    }
    curl_multi_wakeup(engine_.multi());
    return id;
  }

  void cancel(Id id) override {
    if (waiting_for_.erase(id) == 0) return;
    {
      const std::lock_guard lock(mutex_);
      const auto queued = std::find_if(waiting_.begin(), waiting_.end(), [id](const Job& job) { return job.id == id; });
      if (queued != waiting_.end()) {
        waiting_.erase(queued);
        return;
      }
      unwanted_.push_back(id);
    }
    curl_multi_wakeup(engine_.multi());
  }

  [[nodiscard]] std::size_t outstanding() const override { return waiting_for_.size(); }

 private:
  bool ending() {
    const std::lock_guard lock(mutex_);
    return ending_;
  }

  // The next jobs that have a place, and what is to be given up. False: the end.
  bool take(std::vector<Job>& jobs, std::vector<Id>& unwanted) {
    const std::lock_guard lock(mutex_);
    unwanted = std::exchange(unwanted_, {});
    const auto most = std::min(engine_.free_places(), kBegunTogether);
    for (auto places = most; places > 0 && !waiting_.empty(); --places) {
      jobs.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return !ending_;
  }

  void work() {
    for (;;) {
      std::vector<Job> jobs;
      std::vector<Id> unwanted;
      if (!take(jobs, unwanted)) return;
      // Given up what was taken in this very round, too: so jobs first.
      for (auto& job : jobs) engine_.begin(std::move(job), [this] { return ending(); });
      for (const Id id : unwanted) engine_.give_up(id);
      auto finished = engine_.advance();
      // Places that became free, a name that was not found, or more that could begin mean another round before waiting.
      if (finished.empty() && jobs.size() < kBegunTogether)
        curl_multi_poll(engine_.multi(), nullptr, 0, kPollMs, nullptr);
      else if (!finished.empty())
        post(std::move(finished));
    }
  }

  void post(std::vector<Finished> finished) {
    home_.post([this, alive = alive_, finished = std::move(finished)]() mutable {
      for (auto& [id, reply] : finished) {
        if (!*alive) return;  // a `done` may have ended the client
        const auto found = waiting_for_.find(id);
        if (found == waiting_for_.end()) continue;  // cancelled meanwhile
        const auto done = std::move(found->second);
        waiting_for_.erase(found);
        done(std::move(reply));
      }
    });
  }

  Scheduler& home_;
  const PooledSettings settings_;
  // Home's thread only.
  Id last_id_ = 0;
  std::unordered_map<Id, std::function<void(Reply)>> waiting_for_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  std::mutex mutex_;
  std::deque<Job> waiting_;
  std::vector<Id> unwanted_;
  bool ending_ = false;
  Engine engine_;        // the thread's, but for wakeups
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace

std::unique_ptr<PooledClient> make_pooled_client(Scheduler& home, PooledSettings settings) {
  return std::make_unique<ThreadedPool>(home, std::move(settings));
}

}  // namespace lictor::http
