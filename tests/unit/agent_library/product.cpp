#include "unit/agent_library/product.hpp"

#include <poll.h>

#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace lictor::agent::product_test {
namespace {

constexpr int kPatienceMs = 60'000;  // until a test gives up; no result depends on it

}  // namespace

std::string tag(const std::string& name) {
  return lab::licence(name).tag.text;
}

struct Ports {
  static std::int64_t wall(void* self) { return lab::kStart + static_cast<Product*>(self)->elapsed; }
  static std::int64_t steady(void* self) { return 1'000'000 + static_cast<Product*>(self)->elapsed; }
  static void send(void* self, const lictor_message* message, lictor_exchange* exchange) {
    static_cast<Product*>(self)->send(*message, exchange);
  }
  static void cancel(void* self) { ++static_cast<Product*>(self)->cancelled; }
  static int load(void* self, lictor_contents* contents) {
    const auto& product = *static_cast<Product*>(self);
    if (product.load_result != LICTOR_OK || !product.contents) return product.load_result;
    return lictor_contents_set(contents, product.contents->data(), product.contents->size());
  }
  static int save(void* self, const void* contents, std::size_t size, const char* const* lines, std::size_t count) {
    auto& product = *static_cast<Product*>(self);
    ++product.saves;
    if (product.inside_save) product.inside_save();
    if (product.save_result != LICTOR_OK) return product.save_result;
    const auto* bytes = static_cast<const std::uint8_t*>(contents);
    product.contents.emplace(bytes, bytes + size);
    product.lines.insert(product.lines.end(), lines, lines + count);
    return LICTOR_OK;
  }
  static int set_aside(void* self) {
    auto& product = *static_cast<Product*>(self);
    if (product.set_aside_result == LICTOR_OK) product.aside = std::exchange(product.contents, std::nullopt);
    return product.set_aside_result;
  }
  static int read_events(void* self, lictor_line_reader read, void* reader) {
    for (const auto& line : static_cast<Product*>(self)->lines) read(reader, line.c_str());
    return LICTOR_OK;
  }
};

Product::Product(Way way) : crypto(pki::make_openssl_crypto().value()), server(*crypto, wall_from_ms(lab::kStart)) {
  settings = lictor_settings_new();
  const auto pem = pki::to_pem("CERTIFICATE", server.authority.root.der);
  EXPECT_EQ(lictor_settings_set_udi(settings, "C9500-40X", "FCW2233A5ZV"), LICTOR_OK);
  EXPECT_EQ(lictor_settings_set_product_tag(settings, kProductTag), LICTOR_OK) << lictor_last_error();
  EXPECT_EQ(lictor_settings_set_version(settings, "16.12.1"), LICTOR_OK);
  EXPECT_EQ(lictor_settings_set_key(settings, LICTOR_EC_P256), LICTOR_OK);
  EXPECT_EQ(lictor_settings_add_licensing_anchor(settings, pem.data(), pem.size()), LICTOR_OK) << lictor_last_error();
  const auto clock = clock_port();
  EXPECT_EQ(lictor_settings_set_clock(settings, &clock), LICTOR_OK);
  const auto transport = transport_port();
  if (way == Way::Own) {
    EXPECT_EQ(lictor_settings_set_transport(settings, &transport), LICTOR_OK);
  }
  const auto store = store_port();
  EXPECT_EQ(lictor_settings_set_store(settings, &store), LICTOR_OK);
}

lictor_clock Product::clock_port() {
  lictor_clock clock;
  LICTOR_INIT(clock);
  clock.context = this;
  clock.wall_ms = Ports::wall;
  clock.steady_ms = Ports::steady;
  return clock;
}

lictor_transport Product::transport_port() {
  lictor_transport transport;
  LICTOR_INIT(transport);
  transport.context = this;
  transport.send = Ports::send;
  transport.cancel = Ports::cancel;
  return transport;
}

lictor_store Product::store_port() {
  lictor_store store;
  LICTOR_INIT(store);
  store.context = this;
  store.load = Ports::load;
  store.save = Ports::save;
  store.read_events = Ports::read_events;
  store.set_aside = Ports::set_aside;
  return store;
}

Product::~Product() {
  if (agent != nullptr) lictor_agent_close(&agent);
  for (auto* exchange : held) {
    lictor_reply reply;
    LICTOR_INIT(reply);
    reply.outcome = LICTOR_SEND_FAILED;
    lictor_exchange_done(exchange, &reply);
  }
  lictor_settings_free(&settings);
}

void Product::send(const lictor_message& message, lictor_exchange* exchange) {
  sent.emplace_back(message.kind);
  carrier_keys.emplace_back(message.carrier_key);
  tickets.emplace_back(message.ticket);
  if (inside_send) inside_send();
  const std::string body(message.body, message.body_size);
  if (link == Link::Up) {
    answer(exchange, body);
  } else if (link == Link::Held) {
    held.push_back(exchange);
    held_bodies_.push_back(body);
  } else {
    lictor_reply reply;
    LICTOR_INIT(reply);
    reply.outcome = LICTOR_SEND_FAILED;
    reply.detail = "the cable is out";
    EXPECT_EQ(lictor_exchange_done(exchange, &reply), LICTOR_OK);
  }
}

void Product::answer(lictor_exchange* exchange, const std::string& body) {
  const auto said = server.handle(body, wall_from_ms(Ports::wall(this)));
  lictor_reply reply;
  LICTOR_INIT(reply);
  reply.outcome = LICTOR_ANSWER;
  reply.body = said.data();
  reply.body_size = said.size();
  EXPECT_EQ(lictor_exchange_done(exchange, &reply), LICTOR_OK);
}

lictor_exchange* Product::take_held() {
  auto* const exchange = held.front();
  held.pop_front();
  held_bodies_.pop_front();
  return exchange;
}

void Product::answer_held() {
  answer(held.front(), held_bodies_.front());
  held.pop_front();
  held_bodies_.pop_front();
}

void Product::open() {
  ASSERT_EQ(lictor_agent_open(settings, &agent), LICTOR_OK) << lictor_last_error();
}
void Product::close() {
  ASSERT_EQ(lictor_agent_close(&agent), LICTOR_OK) << lictor_last_error();
}

lictor_usage Product::usage_of(const std::string& tag_text) const {
  lictor_usage usage;
  LICTOR_INIT(usage);
  usage.tag = tag_text.c_str();
  usage.count = 1;
  return usage;
}

int Product::request(const std::string& name, std::int64_t count, bool export_controlled) {
  const auto text_of_tag = tag(name);
  auto usage = usage_of(text_of_tag);
  usage.count = count;
  usage.feature_name = name.c_str();
  usage.export_controlled = export_controlled ? 1 : 0;
  return lictor_agent_request(agent, &usage);
}

lictor_status Product::status() const {
  lictor_status out;
  LICTOR_INIT(out);
  EXPECT_EQ(lictor_agent_get_status(agent, &out), LICTOR_OK);
  return out;
}

int Product::state(const std::string& name) const {
  lictor_tag out;
  LICTOR_INIT(out);
  return lictor_agent_get_tag(agent, tag(name).c_str(), &out) == LICTOR_OK ? out.state : -1;
}

std::string Product::text(int which) const {
  char room[512];
  EXPECT_EQ(lictor_agent_get_text(agent, which, room, sizeof room, nullptr), LICTOR_OK);
  return room;
}

std::vector<std::string> Product::events() const {
  std::vector<std::string> found;
  const auto keep = [](void* reader, const char* line) {
    static_cast<std::vector<std::string>*>(reader)->emplace_back(line);
  };
  EXPECT_EQ(lictor_agent_read_events(agent, keep, &found), LICTOR_OK);
  return found;
}

void Product::until(const std::function<bool()>& holds) {
  pollfd wait{lictor_agent_poll_fd(agent), POLLIN, 0};
  ASSERT_GE(wait.fd, 0);
  for (;;) {
    ASSERT_EQ(lictor_agent_run_due(agent), LICTOR_OK) << lictor_last_error();
    if (holds()) return;
    if (lictor_agent_next_wakeup_ms(agent) == 0) continue;
    ASSERT_EQ(::poll(&wait, 1, kPatienceMs), 1) << "what is awaited did not come";
  }
}

void Product::pass(Duration time) {
  elapsed += time.count();
  do {
    ASSERT_EQ(lictor_agent_run_due(agent), LICTOR_OK);
  } while (lictor_agent_next_wakeup_ms(agent) == 0);
}

void Product::registered() {
  open();
  ASSERT_EQ(request("ADVANTAGE"), LICTOR_OK) << lictor_last_error();
  ASSERT_EQ(lictor_agent_ready(agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK) << lictor_last_error();
  until([this] { return state("ADVANTAGE") == LICTOR_TAG_AUTHORIZED; });
}

}  // namespace lictor::agent::product_test
