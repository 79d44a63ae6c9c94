// lictor/agent.hpp: a C++ face over lictor/agent.h, header-only, C++11 and later. Units, threads and errors are those
// of the C functions, which are named where a method does more than pass its arguments on.
//
// No function throws but for std::bad_alloc; what can fail returns an Outcome. Handles end with their objects.
// Callbacks must not throw.
//
//   lictor::product::Settings settings;
//   settings.udi("ACME-T100", "1234").product_tag("regid...").version("2.3.0").licensing_anchor_file("root.pem")
//       .manager_url("https://manager.example:8443").store_folder("/var/lib/acme/licence");
//   lictor::product::Agent agent;
//   if (lictor::product::Outcome bad = agent.open(settings)) complain(bad.text);
#ifndef LICTOR_AGENT_HPP
#define LICTOR_AGENT_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lictor/agent.h"

namespace lictor {
namespace product {

// True where something is wrong: `if (Outcome bad = agent.renew_id()) log(bad.text);`
struct Outcome {
  int code;  // lictor_result
  std::string text;
  Outcome() : code(LICTOR_OK) {}
  Outcome(int result) : code(result), text(result == LICTOR_OK ? "" : lictor_last_error()) {}
  explicit operator bool() const { return code != LICTOR_OK; }
};

// Any number of values, then Agent::open(); the first one that is refused is told by open(), or by wrong().
class Settings {
 public:
  Settings() : handle_(lictor_settings_new()) {
    if (handle_ == nullptr) wrong_ = Outcome(lictor_last_result());
  }
  ~Settings() { end(); }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
  Settings(Settings&& other) noexcept : handle_(other.handle_), wrong_(std::move(other.wrong_)) {
    other.handle_ = nullptr;
  }
  Settings& operator=(Settings&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(wrong_, other.wrong_);
    return *this;
  }

  Settings& udi(const std::string& product_id, const std::string& serial_number) {
    return note(lictor_settings_set_udi(handle_, product_id.c_str(), serial_number.c_str()));
  }
  Settings& udis(const lictor_udi* udis, std::size_t count) {
    return note(lictor_settings_set_udis(handle_, udis, count));
  }
  Settings& product_tag(const std::string& tag) { return note(lictor_settings_set_product_tag(handle_, tag.c_str())); }
  Settings& version(const std::string& text) { return note(lictor_settings_set_version(handle_, text.c_str())); }
  Settings& host_name(const std::string& name) { return note(lictor_settings_set_host_name(handle_, name.c_str())); }
  Settings& key(lictor_key key) { return note(lictor_settings_set_key(handle_, key)); }
  Settings& licensing_anchor(const std::string& pem) {
    return note(lictor_settings_add_licensing_anchor(handle_, pem.data(), pem.size()));
  }
  Settings& licensing_anchor_file(const std::string& path) {
    return note(lictor_settings_add_licensing_anchor_file(handle_, path.c_str()));
  }
  Settings& manager_url(const std::string& url) { return note(lictor_settings_set_manager_url(handle_, url.c_str())); }
  Settings& tls_root(const std::string& pem) {
    return note(lictor_settings_add_tls_root(handle_, pem.data(), pem.size()));
  }
  Settings& tls_root_file(const std::string& path) {
    return note(lictor_settings_add_tls_root_file(handle_, path.c_str()));
  }
  Settings& proxy(const std::string& host, int port) {
    return note(lictor_settings_set_proxy(handle_, host.c_str(), port, nullptr, nullptr));
  }
  Settings& proxy(const std::string& host, int port, const std::string& user, const std::string& password) {
    return note(lictor_settings_set_proxy(handle_, host.c_str(), port, user.c_str(), password.c_str()));
  }
  Settings& name_server(const std::string& server) {
    return note(lictor_settings_add_name_server(handle_, server.c_str()));
  }
  Settings& store_folder(const std::string& folder) {
    return note(lictor_settings_set_store_folder(handle_, folder.c_str()));
  }
  Settings& event_log_size(int lines) { return note(lictor_settings_set_event_log_size(handle_, lines)); }
  Settings& evaluation_step(int seconds) { return note(lictor_settings_set_evaluation_step(handle_, seconds)); }
  Settings& persistence(lictor_persistence when) { return note(lictor_settings_set_persistence(handle_, when)); }
  Settings& mode(lictor_mode mode) { return note(lictor_settings_set_mode(handle_, mode)); }
  Settings& entropy(const lictor_entropy& port) { return note(lictor_settings_set_entropy(handle_, &port)); }
  Settings& keys(const lictor_keys& port) { return note(lictor_settings_set_keys(handle_, &port)); }
  Settings& clock(const lictor_clock& port) { return note(lictor_settings_set_clock(handle_, &port)); }
  Settings& transport(const lictor_transport& port) { return note(lictor_settings_set_transport(handle_, &port)); }
  Settings& store(const lictor_store& port) { return note(lictor_settings_set_store(handle_, &port)); }

  const Outcome& wrong() const { return wrong_; }
  lictor_settings* handle() const { return handle_; }

 private:
  Settings& note(int result) {
    if (result != LICTOR_OK && !wrong_) wrong_ = Outcome(result);
    return *this;
  }
  void end() {
    if (handle_ != nullptr) lictor_settings_free(&handle_);
  }
  lictor_settings* handle_;
  Outcome wrong_;
};

// A licence in use; texts by value.
struct Usage {
  std::string tag;
  std::int64_t count;
  std::string feature_name, display_name, description;
  bool export_controlled;
  explicit Usage(std::string the_tag, std::int64_t the_count = 1, std::string feature = std::string())
      : tag(std::move(the_tag)), count(the_count), feature_name(std::move(feature)), export_controlled(false) {}
};

// What a product is licensed for traditionally; texts by value.
struct Traditional {
  std::string feature;
  lictor_traditional_kind kind;
  std::int64_t count;
  bool in_use;
  explicit Traditional(std::string name, lictor_traditional_kind the_kind = LICTOR_RIGHT_TO_USE,
                       std::int64_t the_count = 1, bool is_in_use = false)
      : feature(std::move(name)), kind(the_kind), count(the_count), in_use(is_in_use) {}
};

class Agent {
 public:
  Agent() : handle_(nullptr) {}
  ~Agent() { (void)close(); }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  Agent(Agent&& other) noexcept : handle_(other.handle_), callbacks_(std::move(other.callbacks_)) {
    other.handle_ = nullptr;
  }
  Agent& operator=(Agent&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(callbacks_, other.callbacks_);
    return *this;
  }

  // LICTOR_CONFLICT when it is open already.
  Outcome open(Settings& settings) {
    if (settings.wrong()) return settings.wrong();
    if (handle_ != nullptr) {
      Outcome twice;
      twice.code = LICTOR_CONFLICT;
      twice.text = "this agent is open already";
      return twice;
    }
    return lictor_agent_open(settings.handle(), &handle_);
  }
  bool is_open() const { return handle_ != nullptr; }
  // As the destructor does. After LICTOR_WRONG_CALL it is open still.
  Outcome close() {
    if (handle_ == nullptr) return Outcome();
    const Outcome ended = lictor_agent_close(&handle_);
    if (handle_ == nullptr) callbacks_.reset();
    return ended;
  }

  int poll_fd() const { return lictor_agent_poll_fd(handle_); }
  std::int64_t next_wakeup_ms() const { return lictor_agent_next_wakeup_ms(handle_); }
  Outcome run_due() { return lictor_agent_run_due(handle_); }
  Outcome start_thread() { return lictor_agent_start_thread(handle_); }
  Outcome stop_thread() { return lictor_agent_stop_thread(handle_); }

  Outcome register_token(const std::string& token, lictor_force force = LICTOR_WITHOUT_FORCE) {
    return lictor_agent_register(handle_, token.c_str(), force);
  }
  Outcome deregister() { return lictor_agent_deregister(handle_); }
  Outcome renew_id() { return lictor_agent_renew_id(handle_); }
  Outcome renew_authorization() { return lictor_agent_renew_authorization(handle_); }
  Outcome save_identity() { return lictor_agent_save_identity(handle_); }
  Outcome set_mode(lictor_mode mode) { return lictor_agent_set_mode(handle_, mode); }
  Outcome set_traditional(const std::vector<Traditional>& licenses) {
    std::vector<lictor_traditional> in(licenses.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      LICTOR_INIT(in[i]);
      in[i].feature = licenses[i].feature.c_str();
      in[i].kind = licenses[i].kind;
      in[i].count = licenses[i].count;
      in[i].in_use = licenses[i].in_use ? 1 : 0;
    }
    return lictor_agent_set_traditional(handle_, in.data(), in.size());
  }
  Outcome read_traditional(std::vector<Traditional>& out) const {
    out.clear();
    return lictor_agent_read_traditional(handle_, &Agent::recorded, &out);
  }
  Outcome transport_changed() { return lictor_agent_transport_changed(handle_); }
  Outcome set_udis(const lictor_udi* udis, std::size_t count) { return lictor_agent_set_udis(handle_, udis, count); }
  Outcome set_host_name(const std::string& name) { return lictor_agent_set_host_name(handle_, name.c_str()); }

  Outcome request(const Usage& usage) {
    lictor_usage in;
    LICTOR_INIT(in);
    in.tag = usage.tag.c_str();
    in.count = usage.count;
    in.feature_name = usage.feature_name.c_str();
    in.display_name = usage.display_name.c_str();
    in.description = usage.description.c_str();
    in.export_controlled = usage.export_controlled ? 1 : 0;
    return lictor_agent_request(handle_, &in);
  }
  Outcome release(const std::string& tag) { return lictor_agent_release(handle_, tag.c_str()); }
  Outcome ready() { return lictor_agent_ready(handle_); }

  Outcome tag(const std::string& tag, lictor_tag& out) const {
    LICTOR_INIT(out);
    return lictor_agent_get_tag(handle_, tag.c_str(), &out);
  }
  // LICTOR_TAG_WAITING for a tag that is not requested.
  lictor_tag_state tag_state(const std::string& tag) const {
    lictor_tag out;
    LICTOR_INIT(out);
    const int result = lictor_agent_get_tag(handle_, tag.c_str(), &out);
    return result == LICTOR_OK ? static_cast<lictor_tag_state>(out.state) : LICTOR_TAG_WAITING;
  }
  // All zero when there is none.
  lictor_status status() const {
    lictor_status out;
    LICTOR_INIT(out);
    (void)lictor_agent_get_status(handle_, &out);
    return out;
  }
  std::string text(lictor_text which) const {
    char small[256];
    std::size_t length = 0;
    const int result = lictor_agent_get_text(handle_, which, small, sizeof small, &length);
    if (result == LICTOR_OK) return std::string(small, length);
    if (result != LICTOR_TOO_LONG) return std::string();
    std::string whole(length + 1, '\0');
    (void)lictor_agent_get_text(handle_, which, &whole[0], whole.size(), &length);
    return std::string(whole.c_str());
  }
  Outcome read_events(const std::function<void(const std::string&)>& read) {
    return lictor_agent_read_events(handle_, &Agent::event, const_cast<void*>(static_cast<const void*>(&read)));
  }

  // An empty function: none. Set them while the agent has no thread, and no callback is running.
  Outcome on_notification(std::function<void(lictor_notification)> reader) {
    if (!callbacks_) callbacks_.reset(new Callbacks);
    callbacks_->notification = std::move(reader);
    return lictor_agent_on_notification(handle_, callbacks_->notification ? &Agent::notified : nullptr,
                                        callbacks_.get());
  }
  Outcome on_log(std::function<void(const lictor_log_line&)> reader) {
    if (!callbacks_) callbacks_.reset(new Callbacks);
    callbacks_->log = std::move(reader);
    return lictor_agent_on_log(handle_, callbacks_->log ? &Agent::logged : nullptr, callbacks_.get());
  }

  lictor_agent* handle() const { return handle_; }

 private:
  struct Callbacks {
    std::function<void(lictor_notification)> notification;
    std::function<void(const lictor_log_line&)> log;
  };
  static void notified(void* context, int kind) {
    static_cast<Callbacks*>(context)->notification(static_cast<lictor_notification>(kind));
  }
  static void logged(void* context, const lictor_log_line* line) { static_cast<Callbacks*>(context)->log(*line); }
  static void recorded(void* reader, const lictor_traditional* license) {
    static_cast<std::vector<Traditional>*>(reader)->push_back(Traditional(
        license->feature, static_cast<lictor_traditional_kind>(license->kind), license->count, license->in_use != 0));
  }
  static void event(void* reader, const char* line) {
    (*static_cast<const std::function<void(const std::string&)>*>(reader))(line);
  }

  lictor_agent* handle_;
  std::unique_ptr<Callbacks> callbacks_;  // at one place, wherever the agent moves
};

}  // namespace product
}  // namespace lictor

#endif
