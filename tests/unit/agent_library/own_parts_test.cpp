// What a product may bring besides clock, transport and store: its own chance, and keys that live in a module of its
// own.
#include <gmock/gmock.h>

#include <future>
#include <map>
#include <thread>

#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "unit/agent_library/product.hpp"

namespace lictor::agent::product_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// --- chance ---------------------------------------------------------------------------------------------------------
struct Dice {
  SeededEntropy source;
  int result = LICTOR_OK;
  std::size_t given = 0;
  std::function<void()> inside;

  explicit Dice(std::uint64_t seed) : source(seed) {}
  lictor_entropy port() {
    lictor_entropy port;
    LICTOR_INIT(port);
    port.context = this;
    port.fill = [](void* self, void* bytes, std::size_t size) {
      auto& dice = *static_cast<Dice*>(self);
      if (dice.inside) dice.inside();
      if (dice.result != LICTOR_OK) return dice.result;
      dice.source.fill({static_cast<std::uint8_t*>(bytes), size});
      dice.given += size;
      return static_cast<int>(LICTOR_OK);
    };
    return port;
  }
};

struct OwnChance : ::testing::Test {
  Dice dice{1};  // the ports go after the product
  Product product;
  OwnChance() {
    const auto port = dice.port();
    EXPECT_EQ(lictor_settings_set_entropy(product.settings, &port), LICTOR_OK);
  }
};

TEST_F(OwnChance, EverythingUnguessableComesFromIt) {
  const auto first_carrier_key = [](std::uint64_t seed) {
    Dice own(seed);
    Product world;
    const auto port = own.port();
    EXPECT_EQ(lictor_settings_set_entropy(world.settings, &port), LICTOR_OK);
    world.registered();
    EXPECT_GE(own.given, 2u * 32u);
    return world.carrier_keys.at(0);
  };
  EXPECT_EQ(first_carrier_key(7), first_carrier_key(7)) << "the same bytes give the same";
  EXPECT_NE(first_carrier_key(7), first_carrier_key(8));
}

TEST_F(OwnChance, WithoutItNothingOpens) {
  dice.result = LICTOR_IO;
  EXPECT_EQ(lictor_agent_open(product.settings, &product.agent), LICTOR_IO);
  EXPECT_THAT(lictor_last_error(), HasSubstr("source of chance"));
  EXPECT_EQ(product.agent, nullptr);
  EXPECT_EQ(product.saves, 0);
}

TEST_F(OwnChance, ACallThatItRefusesChangesNothing) {
  product.open();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  const auto before = product.contents;
  dice.result = LICTOR_NOT_ALLOWED;
  EXPECT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_NOT_ALLOWED);
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(product.contents, before);
  EXPECT_EQ(product.request("PREMIER"), LICTOR_OK) << "needs none";
  dice.result = LICTOR_OK;
  EXPECT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return product.state("PREMIER") == LICTOR_TAG_AUTHORIZED; });
}

TEST_F(OwnChance, WhatIsDueIsDoneFromWhatItGaveBefore) {
  product.registered();
  dice.result = LICTOR_IO;
  product.sent.clear();
  product.elapsed += days(31).count();
  int result = LICTOR_OK;
  for (int round = 0; round < 3; ++round)  // the request that is due draws its id, the next round asks for more
    if (const int one = lictor_agent_run_due(product.agent); one != LICTOR_OK) result = one;
  EXPECT_THAT(product.sent, ElementsAre("authorize"));
  EXPECT_EQ(result, LICTOR_IO) << "and it is told";
}

TEST_F(OwnChance, MustNotCallTheAgentBack) {
  product.open();
  int inside = LICTOR_OK;
  dice.inside = [&] { inside = lictor_agent_renew_id(product.agent); };
  EXPECT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  EXPECT_EQ(inside, LICTOR_WRONG_CALL);
}

// --- keys -----------------------------------------------------------------------------------------------------------
// A module that never gives a private half away.
struct Module {
  std::unique_ptr<pki::Crypto> crypto;
  std::map<std::string, std::unique_ptr<pki::PrivateKey>> keys;
  std::vector<std::string> forgotten;
  std::thread::id made_on;
  int make_result = LICTOR_OK;
  int sign_result = LICTOR_OK;
  bool sign_with_another = false;
  int signatures = 0;
  std::promise<void> made;
  std::unique_ptr<pki::PrivateKey> ready;  // the next one that is made

  static pki::KeyAlgorithm algorithm(int kind) {
    return kind == LICTOR_EC_P256    ? pki::KeyAlgorithm::EcP256
           : kind == LICTOR_RSA_2048 ? pki::KeyAlgorithm::Rsa2048
                                     : pki::KeyAlgorithm::Rsa3072;
  }
  explicit Module(std::unique_ptr<pki::Crypto> c) : crypto(std::move(c)) {}

  int make(int kind, lictor_made_key* out) {
    made_on = std::this_thread::get_id();
    if (make_result != LICTOR_OK) return make_result;
    auto key = ready ? std::move(ready) : crypto->generate_key(algorithm(kind)).value();
    const auto name = "slot-" + std::to_string(keys.size() + forgotten.size() + 1);
    const auto& spki = key->public_key().spki;
    const int result = lictor_made_key_set(out, name.data(), name.size(), spki.data(), spki.size());
    keys.emplace(name, std::move(key));
    made.set_value();
    return result;
  }
  int sign(const lictor_to_sign& what, unsigned char* signature, std::size_t* size) {
    ++signatures;
    if (sign_result != LICTOR_OK) return sign_result;
    const std::string name(static_cast<const char*>(what.name), what.name_size);
    const ByteView message(static_cast<const std::uint8_t*>(what.message), what.message_size);
    EXPECT_TRUE(std::ranges::equal(ByteView(what.digest, 32), crypto->sha256(message).bytes));
    const auto found = keys.find(name);
    if (found == keys.end()) return LICTOR_NOT_FOUND;
    const auto other = sign_with_another ? crypto->generate_key(pki::KeyAlgorithm::EcP256).value() : nullptr;
    const auto made_of = crypto->sign(other ? *other : *found->second, message).value();
    EXPECT_LE(made_of.size(), *size);
    std::ranges::copy(made_of, signature);
    *size = made_of.size();
    return LICTOR_OK;
  }
  lictor_keys port() {
    lictor_keys port;
    LICTOR_INIT(port);
    port.context = this;
    port.make = [](void* self, int kind, lictor_made_key* out) { return static_cast<Module*>(self)->make(kind, out); };
    port.sign = [](void* self, const lictor_to_sign* what, unsigned char* signature, std::size_t* size) {
      return static_cast<Module*>(self)->sign(*what, signature, size);
    };
    port.forget = [](void* self, const void* name, std::size_t size) {
      auto& module = *static_cast<Module*>(self);
      module.forgotten.emplace_back(static_cast<const char*>(name), size);
      module.keys.erase(module.forgotten.back());
    };
    return port;
  }
};

struct OwnKeys : ::testing::Test {
  Module module{pki::make_openssl_crypto().value()};
  Product product;
  OwnKeys() { bring(); }
  void bring() {
    const auto port = module.port();
    EXPECT_EQ(lictor_settings_set_keys(product.settings, &port), LICTOR_OK);
  }
  [[nodiscard]] bool stored(std::string_view text) const {
    return as_text(*product.contents).find(text) != std::string_view::npos;
  }
};

TEST_F(OwnKeys, REG_5_ThePrivateHalfNeverLeavesTheModule) {
  for (const int kind : {LICTOR_EC_P256, LICTOR_RSA_2048}) {
    Module own(pki::make_openssl_crypto().value());
    // Before, as it takes its time: what waits for the agent gives up one day.
    own.ready = own.crypto->generate_key(own.algorithm(kind)).value();
    Product world;
    const auto port = own.port();
    ASSERT_EQ(lictor_settings_set_keys(world.settings, &port), LICTOR_OK);
    ASSERT_EQ(lictor_settings_set_key(world.settings, kind), LICTOR_OK);
    world.registered();
    EXPECT_NE(own.made_on, std::this_thread::get_id());
    EXPECT_THAT(own.forgotten, IsEmpty());
    const auto& key = *own.keys.at("slot-1");
    EXPECT_EQ(world.server.instances.front().key, key.public_key());
    const auto kept = as_text(*world.contents);
    EXPECT_NE(kept.find("slot-1"), std::string_view::npos);
    const auto secret = own.crypto->export_key(key).value();
    // The last bytes of a PKCS#8 key: of the private half, or right beside it.
    EXPECT_EQ(kept.find(secret.reveal_text().substr(0, 60)), std::string_view::npos);
    const auto before = own.signatures;
    world.close();
    world.open();
    ASSERT_EQ(world.request("ADVANTAGE", 2), LICTOR_OK);
    ASSERT_EQ(lictor_agent_ready(world.agent), LICTOR_OK);
    world.pass(seconds(5));
    EXPECT_EQ(world.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZED);
    EXPECT_GT(own.signatures, before) << "the same key over a restart";
    ASSERT_EQ(lictor_agent_renew_id(world.agent), LICTOR_OK);
    world.pass(seconds(1));
    EXPECT_EQ(world.status().last_id_renewal, LICTOR_ATTEMPT_SUCCEEDED);
  }
}

TEST_F(OwnKeys, REG_9_AKeyThatIsUsedNoMoreIsForgottenOnceThatIsWritten) {
  product.registered();
  product.link = Product::Link::Down;
  product.save_result = LICTOR_DISK_FULL;
  EXPECT_EQ(lictor_agent_deregister(product.agent), LICTOR_DISK_FULL);
  ASSERT_EQ(lictor_agent_run_due(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_run_due(product.agent), LICTOR_OK);
  EXPECT_THAT(module.forgotten, IsEmpty()) << "the store has it still";
  product.save_result = LICTOR_OK;
  product.pass(hours(1));
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_THAT(module.forgotten, ElementsAre("slot-1"));
  EXPECT_FALSE(stored("slot-1"));
}

TEST_F(OwnKeys, REG_6_ForceTakesANewKeyAndForgetsTheOldOne) {
  product.registered();
  product.close();
  product.open();  // a key of a run before is forgotten, too
  module.made = {};
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_FORCE), LICTOR_OK);
  product.until(
      [&] { return product.server.registrations == 2 && product.status().registration == LICTOR_REGISTERED; });
  product.pass(Duration{0});
  EXPECT_THAT(module.forgotten, ElementsAre("slot-1"));
  EXPECT_TRUE(stored("slot-2"));
}

TEST_F(OwnKeys, AnErrorOfTheModuleIsAFailedAttemptAndIsTriedAgain) {
  product.registered();
  for (const bool another : {false, true}) {
    module.sign_result = another ? LICTOR_OK : LICTOR_IO;
    module.sign_with_another = another;
    ASSERT_EQ(lictor_agent_renew_authorization(product.agent), LICTOR_OK);
    product.pass(Duration{0});
    EXPECT_EQ(product.status().last_authorization_attempt, LICTOR_ATTEMPT_FAILED);
    EXPECT_THAT(product.text(LICTOR_AUTHORIZATION_REASON), Not(IsEmpty()));
    EXPECT_EQ(product.status().registration, LICTOR_REGISTERED);
    module.sign_result = LICTOR_OK;
    module.sign_with_another = false;
    product.pass(seconds(30));
    EXPECT_EQ(product.status().last_authorization_attempt, LICTOR_ATTEMPT_SUCCEEDED);
  }
}

TEST_F(OwnKeys, AModuleThatMakesNoneFailsTheRegistration) {
  module.make_result = LICTOR_NOT_ALLOWED;
  product.open();
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return product.status().registration == LICTOR_REGISTRATION_FAILED; });
  EXPECT_THAT(product.events(), Contains(HasSubstr("LICTOR_NOT_ALLOWED")));
  EXPECT_THAT(product.sent, IsEmpty());
}

TEST_F(OwnKeys, AKeyThatIsMadeInVainIsForgottenAtTheEnd) {
  product.open();
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  module.made.get_future().wait();  // made, and not heard of yet
  product.close();
  EXPECT_THAT(module.forgotten, ElementsAre("slot-1"));
}

TEST_F(OwnKeys, AnIdentityInTheStoreGoesOnUntilTheNextRegistration) {
  Product world;
  world.registered();  // its key is in the store
  world.close();
  const auto port = module.port();
  ASSERT_EQ(lictor_settings_set_keys(world.settings, &port), LICTOR_OK);
  world.open();
  ASSERT_EQ(lictor_agent_renew_authorization(world.agent), LICTOR_OK);
  world.pass(seconds(15));  // and the boot set is complete
  EXPECT_EQ(world.status().last_authorization_attempt, LICTOR_ATTEMPT_SUCCEEDED);
  EXPECT_EQ(module.signatures, 0);
  ASSERT_EQ(lictor_agent_register(world.agent, "TOKEN", LICTOR_FORCE), LICTOR_OK);
  world.until([&] { return world.server.registrations == 2 && world.status().registration == LICTOR_REGISTERED; });
  EXPECT_GT(module.signatures, 0);
  EXPECT_THAT(module.forgotten, IsEmpty());
}

TEST_F(OwnKeys, WhatAModuleHandsOverIsChecked) {
  const char some[] = "some";
  EXPECT_EQ(lictor_made_key_set(nullptr, some, 4, some, 4), LICTOR_BAD_ARGUMENT);
  module.made = {};
  struct Bad {
    static int nothing(void*, int, lictor_made_key*) { return LICTOR_OK; }
    static int wrong(void* results, int, lictor_made_key* made) {
      const std::string text(2000, 'x');
      auto& out = *static_cast<std::vector<int>*>(results);
      out = {lictor_made_key_set(made, nullptr, 4, "y", 1), lictor_made_key_set(made, text.data(), 0, "y", 1),
             lictor_made_key_set(made, text.data(), text.size(), "y", 1),
             lictor_made_key_set(made, "n", 1, text.data(), text.size()), lictor_made_key_set(made, "n", 1, "y", 1)};
      return LICTOR_OK;  // "y" is no public half: nothing that it signs verifies
    }
  };
  auto port = module.port();
  port.make = Bad::nothing;
  ASSERT_EQ(lictor_settings_set_keys(product.settings, &port), LICTOR_OK);
  product.open();
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return product.status().registration == LICTOR_REGISTRATION_FAILED; });
  product.close();

  std::vector<int> results;
  Product world;
  port.make = Bad::wrong;
  port.context = &results;
  port.sign = [](void*, const lictor_to_sign*, unsigned char*, std::size_t* size) {
    *size = 64;
    return static_cast<int>(LICTOR_OK);
  };
  port.forget = [](void*, const void*, std::size_t) {};
  ASSERT_EQ(lictor_settings_set_keys(world.settings, &port), LICTOR_OK);
  world.open();
  ASSERT_EQ(lictor_agent_register(world.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  world.until([&] { return world.status().last_registration_attempt == LICTOR_ATTEMPT_FAILED; });
  EXPECT_THAT(results,
              ElementsAre(LICTOR_BAD_ARGUMENT, LICTOR_BAD_ARGUMENT, LICTOR_TOO_LONG, LICTOR_TOO_LONG, LICTOR_OK));
  EXPECT_THAT(world.sent, IsEmpty());
}

}  // namespace
}  // namespace lictor::agent::product_test
