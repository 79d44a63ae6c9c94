#include "foundation/http_client/curl_client.hpp"

#include <curl/curl.h>

#include <algorithm>

#include "foundation/http_client/curl_transfer.hpp"

namespace lictor::http {
namespace {

constexpr std::size_t kMaxIdleChannels = 8;
constexpr int kPollMs = 1000;

// libcurl counts who uses it: once nobody does, it gives back what it has, as a library that is unloaded must (other
// users in the process keep it). Without this the first handle would begin it for good.
class CurlInUse {
 public:
  CurlInUse() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  CurlInUse(const CurlInUse&) = delete;
  CurlInUse& operator=(const CurlInUse&) = delete;
  ~CurlInUse() { curl_global_cleanup(); }
};

// A connection pool of one: connections live in the multi handle, TLS sessions in the easy one. Never shared between
// requests of different TLS or network settings: a pooled connection has been checked by the settings it was made with.
struct Channel {
  std::string fingerprint;
  Multi multi{curl_multi_init()};
  Easy easy{curl_easy_init()};
};

// Drives one transfer to its end, or to its cancellation.
CURLcode run(Channel& channel, Cancellation& cancellation) {
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  if (curl_multi_add_handle(channel.multi.get(), channel.easy.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  {
    const Cancellation::Watch watch(cancellation, channel.multi.get());
    int running = 1;
    while (!cancellation.cancelled() && curl_multi_perform(channel.multi.get(), &running) == CURLM_OK && running > 0) {
      curl_multi_poll(channel.multi.get(), nullptr, 0, kPollMs, nullptr);
    }
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(channel.multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(channel.multi.get(), channel.easy.get());
  return result;
}

class CurlClient final : public CancellableClient {
 public:
  Reply fetch(const Request& request, const RequestSettings& settings) override {
    Cancellation never;
    return fetch_until(request, settings, never);
  }

  Reply fetch_until(const Request& request, const RequestSettings& settings, Cancellation& cancellation) override {
    auto way = find_way(request, settings, [&] { return cancellation.cancelled(); });
    if (!way) return std::move(way.error());
    auto channel = take_channel(settings);
    Reply reply;
    {
      Transfer transfer(request, settings, std::move(*way), trust_, &cancellation);
      transfer.prepare(channel->easy.get());
      const CURLcode code = run(*channel, cancellation);
      reply = transfer.finish(channel->easy.get(), code);
    }
    if (!cancellation.cancelled()) give_back(std::move(channel), settings);
    return reply;
  }

 private:
  CurlInUse in_use_;  // first: the handles below end before it

  std::unique_ptr<Channel> take_channel(const RequestSettings& settings) {
    auto fingerprint = fingerprint_of(settings);
    {
      const std::lock_guard lock(mutex_);
      const auto known = std::find_if(idle_.begin(), idle_.end(),
                                      [&](const auto& channel) { return channel->fingerprint == fingerprint; });
      if (known != idle_.end()) {
        auto channel = std::move(*known);
        idle_.erase(known);
        return channel;
      }
    }
    auto channel = std::make_unique<Channel>();
    channel->fingerprint = std::move(fingerprint);
    return channel;
  }

  void give_back(std::unique_ptr<Channel> channel, const RequestSettings& settings) {
    if (settings.tls.resumption == TlsSettings::Resumption::Off) return;
    std::unique_ptr<Channel> oldest;  // closes its connections after the lock
    const std::lock_guard lock(mutex_);
    if (idle_.size() >= kMaxIdleChannels) {
      oldest = std::move(idle_.front());
      idle_.erase(idle_.begin());
    }
    idle_.push_back(std::move(channel));
  }

  Trust trust_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Channel>> idle_;
};

}  // namespace

void Cancellation::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (multi_ != nullptr) curl_multi_wakeup(multi_);
}

bool Cancellation::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

Cancellation::Watch::Watch(Cancellation& cancellation, void* multi) : cancellation_(cancellation) {
  const std::lock_guard lock(cancellation_.mutex_);
  cancellation_.multi_ = multi;
}

Cancellation::Watch::~Watch() {
  const std::lock_guard lock(cancellation_.mutex_);
  cancellation_.multi_ = nullptr;
}

std::unique_ptr<CancellableClient> make_cancellable_client() {
  return std::make_unique<CurlClient>();
}

std::unique_ptr<Client> make_client() {
  return make_cancellable_client();
}

}  // namespace lictor::http
