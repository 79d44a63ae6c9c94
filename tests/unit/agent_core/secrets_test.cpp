// REG-3, REG-4, REG-9: what is erased is gone from all that the store holds, not from its newest contents alone.
#include "unit/agent_core/story.hpp"

#include "agent/core/store_codec.hpp"

namespace lictor::agent {
namespace {

// As stores are built (DECISIONS 12): the contents before stay in the other slot.
struct TwoSlots final : StateStore {
  Result<Loaded> load() override { return Loaded{slots[newest], false, {}}; }
  Result<void> save(const Bytes& contents, const std::vector<std::string>&) override {
    if (failures > 0 && failures-- > 0) return Error{ErrorCode::Io, "the disk is full"};
    newest = 1 - newest;
    slots[newest] = contents;
    return {};
  }
  Result<void> set_aside() override {
    slots = {};
    return {};
  }
  [[nodiscard]] bool holds(std::string_view what) const {
    for (const auto& slot : slots)
      if (slot && as_text(*slot).find(what) != std::string_view::npos) return true;
    return false;
  }
  std::array<std::optional<Bytes>, 2> slots;
  std::size_t newest = 0;
  int failures = 0;  // how many more writes fail
};

struct Secrets : Story {
  TwoSlots store;
  void SetUp() override { device.other_store = &store; }
  std::string key() {
    const auto state = decode_state(*store.slots[store.newest]);
    return std::string(state->identity->key.reveal_text());
  }
};

TEST_F(Secrets, REG_3_TheTokenIsGoneFromBothSlotsOnceRegistered) {
  device.boot_with_usage();
  device.link = Link::Held;
  device.register_and_settle();
  EXPECT_TRUE(store.holds("TOKEN"));
  auto done = std::exchange(device.held, nullptr);
  TransportReply reply;
  reply.body = server.handle(device.sent.back().body, device.wall);
  device.link = Link::Held;
  done(reply);
  device->tick(device.now());
  ASSERT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_FALSE(store.holds("TOKEN"));
}

TEST_F(Secrets, REG_4_TheTokenIsGoneFromBothSlotsOnceRefused) {
  device.boot_with_usage();
  server.refuse[MessageType::Register] = refusal(Code::LS_TOKEN_REVOKED);
  device.register_and_settle();
  ASSERT_EQ(device.view().registration, RegistrationState::RegistrationFailed);
  EXPECT_FALSE(store.holds("TOKEN"));
}

TEST_F(Secrets, REG_9_TheKeyIsGoneFromBothSlotsOnceDeregistered) {
  registered();
  const auto held = key();
  ASSERT_TRUE(store.holds(held));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_FALSE(store.holds(held));
  EXPECT_FALSE(store.holds("Example Company"));
}

TEST_F(Secrets, REG_11_TheOldKeyIsGoneOnceAForcedRegistrationReplacedIt) {
  registered();
  const auto old_key = key();
  device.register_and_settle(Agent::Force::Yes);
  ASSERT_NE(key(), old_key);
  EXPECT_FALSE(store.holds(old_key));
  EXPECT_FALSE(store.holds("TOKEN"));
}

TEST_F(Secrets, REG_9_ADiskThatFailsMeanwhileOnlyDelaysIt) {
  for (const int failures : {1, 2, 3}) {
    SCOPED_TRACE(failures);
    device.power_cut();
    store = {};
    server.instances.clear();
    device.boot();  // nothing in use: no evaluation writes by itself later
    device->ready(device.now());
    device.register_and_settle();
    const auto held = key();
    device.link = Link::Held;
    ASSERT_TRUE(device->deregister(device.now()));
    device.settle();
    store.failures = failures;
    TransportReply reply;
    reply.body = server.handle(device.sent.back().body, device.wall);
    std::exchange(device.held, nullptr)(reply);
    device.settle();
    ASSERT_TRUE(store.holds(held));
    device.link = Link::Up;
    device.run(minutes(10));
    EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
    EXPECT_FALSE(store.holds(held));
  }
}

}  // namespace
}  // namespace lictor::agent
