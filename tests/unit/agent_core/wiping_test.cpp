// REG-5: the private half stays with the device; what once held it is wiped before its memory is given back.
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>

#include "agent/core/store_codec.hpp"
#include "unit/agent_core/story.hpp"

namespace {

constexpr std::string_view kMarker = "the private half, which nobody else may find";
bool watching = false;
int found = 0;

// Not every compiler says how large it is what it gives back.
void look_at(void* memory) {
  if (!watching || memory == nullptr) return;
  const std::string_view bytes(static_cast<const char*>(memory), malloc_usable_size(memory));
  if (bytes.find(kMarker) != std::string_view::npos) ++found;
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = std::calloc(std::max<std::size_t>(size, 1), 1);  // all of it may be looked at
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  look_at(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  look_at(memory);
  std::free(memory);
}

namespace lictor::agent {
namespace {

// Keeps nothing of its own.
struct PassingStore final : StateStore {
  Result<Loaded> load() override { return Loaded{std::move(first), false, {}}; }
  Result<void> save(const Bytes&, const std::vector<std::string>&) override {
    ++saves;
    return {};
  }
  Result<void> set_aside() override { return {}; }
  std::optional<Bytes> first;
  int saves = 0;
};

struct Wiping : Story {
  PassingStore store;
  void TearDown() override { watching = false; }
};

TEST_F(Wiping, REG_5_WhatHeldThePrivateHalfIsWiped) {
  registered();
  device.power_cut();
  {
    auto state = decode_state(*device.store.contents).value();
    state.identity->key = Secret::from_text(kMarker);
    state.account_name = std::string(20'000, 'a');  // before the key: the encoding grows on its way
    state.identity->chain.push_back(Bytes(40'000, 1));
    store.first = encode_state(state, IdentityPart::Included, {});
  }
  device.other_store = &store;
  found = 0;
  watching = true;
  device.boot_with_usage();
  ASSERT_EQ(device.view().registration, RegistrationState::Registered);
  ASSERT_TRUE(device->set_udis({{Udi{"P", "S"}, UdiRole::Active}}, device.now()));
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  EXPECT_GE(store.saves, 3);
  EXPECT_EQ(found, 0);
  std::optional<Bytes> careless(std::in_place, kMarker.begin(), kMarker.end());
  const volatile std::uint8_t* volatile seen = careless->data();  // else a compiler may leave it out
  EXPECT_EQ(*seen, static_cast<std::uint8_t>(kMarker.front()));
  careless.reset();
  EXPECT_EQ(found, 1) << "the test sees what is given back";
}

}  // namespace
}  // namespace lictor::agent
