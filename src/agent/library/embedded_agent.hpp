// An agent with its ports, its loop and what products see of it: what is behind lictor_agent. Any thread, by turns: a
// call takes the turn, which nobody holds while the network or a key is waited for; statuses are read without it.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "agent/host/agent_host.hpp"
#include "agent/host/file_state_store.hpp"
#include "agent/library/failure.hpp"
#include "agent/library/host_loop.hpp"
#include "agent/library/ports.hpp"
#include "agent/library/product_keys.hpp"
#include "agent/library/published.hpp"
#include "agent/library/settings.hpp"
#include "agent/library/view.hpp"
#include "foundation/os/files.hpp"

namespace lictor::agent {

class EmbeddedAgent {
 public:
  // All functions that return int give a lictor_result and keep the sentence (failure.hpp).
  static int open(const EmbeddedSettings& settings, std::unique_ptr<EmbeddedAgent>& made);
  ~EmbeddedAgent();
  EmbeddedAgent(const EmbeddedAgent&) = delete;
  EmbeddedAgent& operator=(const EmbeddedAgent&) = delete;

  // LICTOR_WRONG_CALL: nothing was done, the agent lives on. Otherwise only the destructor may follow.
  int close();

  int poll_fd(int& out);
  std::int64_t next_wakeup_ms();
  int run_due();
  int start_thread();
  int stop_thread();

  // `command` is called with the agent and the time, as the turn's owner; returns a Result<void>.
  template <class F>
  int command(F&& command);
  int request(UsageItem item);
  int release(const std::string& tag);
  int read_events(lictor_line_reader read, void* reader);
  int read_traditional(lictor_traditional_reader read, void* reader);

  [[nodiscard]] const Published<View>& view() const { return view_; }
  int listen(lictor_notification_reader reader, void* context);
  int listen(lictor_log_reader reader, void* context);

 private:
  class Turn;
  using Happening = std::variant<LogLine, NotificationKind>;

  explicit EmbeddedAgent(const EmbeddedSettings& settings);
  Result<void> prepare(const EmbeddedSettings& settings);
  void happened(Happening what);
  void publish();
  Result<void> new_chance();  // for what a command makes the agent do
  int declare(std::vector<UsageItem> next);
  int run_round();
  void deliver();
  void run_thread();
  [[nodiscard]] bool inside_callback() const { return runner_.load() == std::this_thread::get_id(); }

  std::shared_ptr<Shared> shared_;
  HttpWay way_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<ProductEntropy> entropy_;      // null: the machine's
  std::unique_ptr<ProductKeys> product_keys_;    // null: keys are in the store
  std::unique_ptr<pki::Crypto> product_crypto_;  // of product_keys_
  std::shared_ptr<HostLoop> loop_;               // exchanges of a product's own transport may outlive the agent
  os::PosixFiles files_;
  std::optional<os::FileLock> lock_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<http::TlsVerifier> verifier_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<KeySource> keys_;

  // The turn, and what its owner alone touches.
  std::mutex turn_;
  std::atomic<std::thread::id> owner_{};  // a port that calls back finds itself here
  std::unique_ptr<AgentHost> host_;
  std::vector<UsageItem> requested_;  // sorted by tag
  std::deque<Happening> happenings_;  // to be delivered
  lictor_notification_reader on_notification_ = nullptr;
  void* notification_context_ = nullptr;
  lictor_log_reader on_log_ = nullptr;
  void* log_context_ = nullptr;

  Published<View> view_{std::make_unique<View>()};  // published by the turn's owner

  std::atomic<std::thread::id> runner_{};  // the thread inside run_round(); of an own thread: all its life
  std::mutex life_;                        // of thread_
  std::atomic<bool> threaded_{false};      // from before its thread begins until after it ended
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// Takes the turn; refused to a thread that has it, which is inside a port then.
class EmbeddedAgent::Turn {
 public:
  explicit Turn(EmbeddedAgent& agent) : agent_(agent), mine_(agent.owner_.load() != std::this_thread::get_id()) {
    if (!mine_) return;
    agent_.turn_.lock();
    agent_.owner_.store(std::this_thread::get_id());
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!mine_) return;
    agent_.owner_.store({});
    agent_.turn_.unlock();
  }
  explicit operator bool() const { return mine_; }

 private:
  EmbeddedAgent& agent_;
  bool mine_;
};

int refuse_wrong_call() noexcept;

template <class F>
int EmbeddedAgent::command(F&& command) {
  const Turn turn(*this);
  if (!turn) return refuse_wrong_call();
  if (auto ok = new_chance(); !ok) return fail(ok.error());
  const int result = told(command(host_->agent(), host_->now()));
  publish();
  loop_->signal();  // timers may have moved, callbacks may wait
  return result;
}

}  // namespace lictor::agent

struct lictor_agent {
  std::unique_ptr<lictor::agent::EmbeddedAgent> embedded;
};
