#include <condition_variable>
#include <thread>

#include "foundation/http_client/curl_client.hpp"

namespace lictor::http {
namespace {

struct Job {
  Request request;
  RequestSettings settings;
  std::function<void(Reply)> done;
  std::shared_ptr<Cancellation> cancellation;
};

class ThreadWorker final : public HttpWorker {
 public:
  explicit ThreadWorker(Scheduler& home) : home_(home), thread_([this] { work(); }) {}
  ~ThreadWorker() override {
    cancel();
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
  }

  void start(Request request, RequestSettings settings, std::function<void(Reply)> done) override {
    cancel();
    current_ = std::make_shared<Cancellation>();
    {
      const std::lock_guard lock(mutex_);
      next_ = Job{std::move(request), std::move(settings), std::move(done), current_};
    }
    wake_.notify_one();
  }

  void cancel() override {
    if (current_) current_->cancel();
    current_.reset();
    std::optional<Job> unwanted;  // its `done` goes after the lock
    const std::lock_guard lock(mutex_);
    unwanted.swap(next_);
  }

  [[nodiscard]] bool busy() const override { return current_ != nullptr; }

 private:
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || next_; });
      if (ending_) return;
      Job job = std::move(*next_);
      next_.reset();
      lock.unlock();
      Reply reply = client_->fetch_until(job.request, job.settings, *job.cancellation);
      // On home's thread a job that was cancelled, or whose worker is gone, has its cancellation set: cancel() ran on
      // that thread too, so `this` is alive in the other case.
      home_.post([this, done = std::move(job.done), cancellation = job.cancellation, reply = std::move(reply)] {
        if (cancellation->cancelled()) return;
        current_.reset();
        done(reply);
      });
    }
  }

  Scheduler& home_;
  std::unique_ptr<CancellableClient> client_ = make_cancellable_client();
  std::shared_ptr<Cancellation> current_;  // home's thread only; null: not busy
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> next_;
  bool ending_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace

std::unique_ptr<HttpWorker> make_http_worker(Scheduler& home) {
  return std::make_unique<ThreadWorker>(home);
}

}  // namespace lictor::http
