// One transfer over libcurl: what its handle is told, where the answer goes, what its end means. The blocking client
// and the pooled one share it. Internal to the room.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "foundation/http_client/curl_client.hpp"
#include "foundation/http_client/freer.hpp"
#include "foundation/http_client/handshake.hpp"

namespace lictor::http {

using Easy = std::unique_ptr<CURL, Freer<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freer<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Freer<curl_slist_free_all>>;

struct Address {
  std::string scheme;
  std::string host;  // IPv6 without brackets
  std::string port;
};

// Where a request goes, its URL and settings found good and its names resolved.
struct Way {
  Address address;
  std::optional<std::string> entry;  // what curl is told about the name: "HOST:PORT:ADDRESS,..."; nullopt: nothing
  Duration time_left{};              // of the settings' total_timeout
};
// Blocks while given servers are asked for a name. The reply: BadUrl, HttpNotAllowed or Resolve.
tl::expected<Way, Reply> find_way(const Request& request, const RequestSettings& settings,
                                  const std::function<bool()>& cancelled);

// Where an answer goes while it arrives.
struct Receiver {
  Reply reply;
  std::size_t limit = 0;
  bool too_large = false;
  const Cancellation* cancellation = nullptr;
};

// On one thread. `request`, `settings` and `trust` must outlive it; `cancellation` may be null.
class Transfer {
 public:
  Transfer(const Request& request, const RequestSettings& settings, Way way, Trust& trust,
           const Cancellation* cancellation);
  Transfer(const Transfer&) = delete;  // the handle points into it
  Transfer& operator=(const Transfer&) = delete;
  // Tells `easy` everything, after a reset; what it points to lives as long as this object.
  void prepare(CURL* easy);
  // Once, after the end: the answer, or why there is none.
  Reply finish(CURL* easy, CURLcode code);

 private:
  [[nodiscard]] Reply explain(CURL* easy, CURLcode code) const;

  const Request& request_;
  const RequestSettings& settings_;
  Way way_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  Receiver receiver_;
  HandshakeCheck check_;
  List headers_;
  List names_;
};

// Requests of different fingerprints never share a connection: one that is kept has been checked by the settings that
// it was made with.
std::string fingerprint_of(const RequestSettings& settings);

}  // namespace lictor::http
