// The client over libcurl, with a way to give a transfer up from another thread. Internal to the room.
#pragma once

#include <mutex>

#include "foundation/http_client/http_client.hpp"

namespace lictor::http {

// One transfer's way out; any thread. Once cancelled it stays so.
class Cancellation {
 public:
  void cancel();
  [[nodiscard]] bool cancelled() const;
  // While it lives cancel() wakes the transfer that waits on `multi` (a CURLM*).
  class Watch {
   public:
    Watch(Cancellation& cancellation, void* multi);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    Cancellation& cancellation_;
  };

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  void* multi_ = nullptr;
};

class CancellableClient : public Client {
 public:
  // As fetch(); a cancelled one ends in Failure::Broken.
  virtual Reply fetch_until(const Request& request, const RequestSettings& settings, Cancellation& cancellation) = 0;
};
std::unique_ptr<CancellableClient> make_cancellable_client();

}  // namespace lictor::http
