// A product around an embedded agent: its clock, its store and its way to a server built from protocol and pki, all
// handed over through the C ABI.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lictor/agent.h"
#include "unit/agent_core/lab.hpp"

namespace lictor::agent::product_test {

inline constexpr const char* kProductTag = "regid.2026-01.org.example.C9500,1.0_11111111-2222-3333-4444-555555555555";
std::string tag(const std::string& name);  // as lab::licence has it

class Product {
 public:
  // Https: the library's own transport, to wherever the test sets a URL.
  enum class Way { Own, Https };
  explicit Product(Way way = Way::Own);
  ~Product();
  Product(const Product&) = delete;
  Product& operator=(const Product&) = delete;

  // --- calls of the ABI that tests make often; they expect LICTOR_OK
  void open();
  void close();
  int request(const std::string& name, std::int64_t count = 1, bool export_controlled = false);
  lictor_status status() const;
  int state(const std::string& name) const;  // lictor_tag_state; -1: not requested
  std::string text(int which) const;
  std::vector<std::string> events() const;

  // Runs what is due, waits for what comes by the descriptor, until `holds`. What comes is sure to come.
  void until(const std::function<bool()>& holds);
  void pass(Duration time);  // the product's clock goes on, then what is due runs
  void registered();         // opened, one licence in use, registered and authorized
  [[nodiscard]] lictor_usage usage_of(const std::string& tag_text) const;

  [[nodiscard]] lictor_clock clock_port();
  [[nodiscard]] lictor_transport transport_port();
  [[nodiscard]] lictor_store store_port();

  std::unique_ptr<pki::Crypto> crypto;
  lab::Server server;
  std::atomic<std::int64_t> elapsed{0};  // of both clocks
  // The link: by default an answer comes within send().
  enum class Link { Up, Held, Down };
  Link link = Link::Up;
  std::deque<lictor_exchange*> held;
  std::vector<std::string> sent;  // kinds
  std::vector<std::string> carrier_keys;
  std::vector<std::string> tickets;
  int cancelled = 0;
  std::function<void()> inside_send;
  // The store.
  std::optional<Bytes> contents;
  std::vector<std::string> lines;
  int load_result = LICTOR_OK;
  int save_result = LICTOR_OK;
  int set_aside_result = LICTOR_OK;
  std::optional<Bytes> aside;
  std::function<void()> inside_save;
  int saves = 0;

  lictor_settings* settings = nullptr;
  lictor_agent* agent = nullptr;

  void answer(lictor_exchange* exchange, const std::string& body);  // as the server does

 private:
  void send(const lictor_message& message, lictor_exchange* exchange);
  std::deque<std::string> held_bodies_;
  friend struct Ports;

 public:
  void answer_held();
  lictor_exchange* take_held();  // the first one; the caller ends it
};

}  // namespace lictor::agent::product_test
