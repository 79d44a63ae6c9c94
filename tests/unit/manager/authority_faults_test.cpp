// PKI-1, DECISIONS 14: the manager's keys and secrets on a disk that fails or loses power at its N-th operation. A
// first start that was cut anywhere ends, at the next, in one whole authority; what a start gave out is what every
// later one finds.
#include <gtest/gtest.h>

#include "licensing/pki/keyed_hash_crypto.hpp"
#include "server/manager/authority_files.hpp"
#include "simulation/disk/fault_files.hpp"

namespace lictor::manager {
namespace {

using simulation::Fault;
using simulation::FaultDisk;
using simulation::FaultFiles;

const WallTime kNow = wall_from_ms(1'767'225'600'000);

pki::AuthoritySettings settings() {
  pki::AuthoritySettings s;
  s.algorithm = pki::KeyAlgorithm::EcP256;
  s.dns_names = {"localhost"};
  return s;
}

// A machine that starts its manager again and again.
struct Machine {
  FaultDisk disk;
  FaultFiles files{disk};
  SeededEntropy chance{5};
  std::unique_ptr<pki::Crypto> crypto = pki::make_keyed_hash_crypto(chance);

  // All that a manager keeps in files.
  struct Held {
    AuthorityFiles authority;
    Bytes hash_secret;
  };
  Result<Held> start() {
    auto authority = load_or_make_authority(files, *crypto, chance, "/var/lictor/pki", settings(), kNow);
    if (!authority) return authority.error();
    auto secret = load_or_make_secret(files, chance, "/var/lictor/secrets", "hash");
    if (!secret) return secret.error();
    const auto bytes = secret->reveal();
    return Held{std::move(*authority), Bytes(bytes.begin(), bytes.end())};
  }
};

void expect_whole(pki::Crypto& crypto, const pki::Authority& authority) {
  for (const auto* part :
       {&authority.root, &authority.intermediate, &authority.signing, &authority.tls_root, &authority.tls_server}) {
    ASSERT_TRUE(part->key);
    EXPECT_EQ(part->key->public_key(), part->certificate.public_key);
  }
  EXPECT_TRUE(crypto.verify_certificate(authority.intermediate.certificate, authority.root.certificate.public_key));
  EXPECT_TRUE(crypto.verify_certificate(authority.signing.certificate, authority.root.certificate.public_key));
  EXPECT_TRUE(crypto.verify_certificate(authority.tls_server.certificate, authority.tls_root.certificate.public_key));
}

void expect_same(const Machine::Held& one, const Machine::Held& other) {
  EXPECT_EQ(one.authority.id, other.authority.id);
  EXPECT_EQ(one.authority.authority.root.certificate.der, other.authority.authority.root.certificate.der)
      << "two roots were handed out";
  EXPECT_EQ(one.authority.authority.tls_root.certificate.der, other.authority.authority.tls_root.certificate.der);
  EXPECT_EQ(one.authority.authority.signing.certificate.der, other.authority.authority.signing.certificate.der);
  EXPECT_EQ(one.hash_secret, other.hash_secret) << "every stored hash would be void";
}

TEST(AuthorityFaults, PKI_1_AFirstStartThatFailsOrIsCutAnywhereEndsInOneWholeAuthority) {
  std::size_t runs = 0;
  for (auto fault : simulation::every_fault()) {
    for (fault.at = 1;; ++fault.at, ++runs) {
      Machine machine;
      machine.disk.set(fault);
      SCOPED_TRACE(to_string(fault));
      const auto first = machine.start();
      const bool untouched = !machine.disk.off() && machine.disk.operations() < fault.at;
      EXPECT_EQ(first.has_value() || fault.kind == Fault::Kind::DiskFull,
                untouched || fault.kind == Fault::Kind::DiskFull);
      machine.disk.restart();
      const auto second = machine.start();
      ASSERT_TRUE(second) << second.error().message;
      expect_whole(*machine.crypto, second->authority.authority);
      if (first) expect_same(*first, *second);
      const auto third = machine.start();
      ASSERT_TRUE(third) << third.error().message;
      EXPECT_FALSE(third->authority.made_now);
      expect_same(*second, *third);
      for (const auto& path : machine.disk.paths()) {
        if (path.ends_with(".key") || path.ends_with(".secret")) {
          EXPECT_EQ(machine.disk.mode(path), os::FileMode::Private) << path;
        }
      }
      if (untouched || ::testing::Test::HasFailure()) break;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(runs, 500U);
}

TEST(AuthorityFaults, PKI_1_AStartThatFailedIsTriedAgainInTheSameMachine) {
  for (const auto kind : {Fault::Kind::Io, Fault::Kind::DiskFull}) {
    for (std::size_t at = 1;; ++at) {
      Machine machine;
      machine.disk.set({.at = at, .kind = kind});
      SCOPED_TRACE(to_string(Fault{.at = at, .kind = kind}));
      auto first = machine.start();
      const bool untouched = machine.disk.operations() < at;
      machine.disk.set({});
      auto second = machine.start();
      ASSERT_TRUE(second) << second.error().message;
      expect_whole(*machine.crypto, second->authority.authority);
      if (first) expect_same(*first, *second);
      machine.disk.restart();  // nothing of it was in the cache alone
      const auto third = machine.start();
      ASSERT_TRUE(third) << third.error().message;
      expect_same(*second, *third);
      if (untouched || ::testing::Test::HasFailure()) break;
    }
  }
}

TEST(AuthorityFaults, PKI_5_ATlsRenewalThatFailsOrIsCutAnywhereLeavesTheOldOrTheNew) {
  for (auto fault : simulation::every_fault()) {
    for (fault.at = 1;; ++fault.at) {
      Machine machine;
      auto before = machine.start();
      ASSERT_TRUE(before) << before.error().message;
      const auto old_tls = before->authority.authority.tls_server.certificate.der;
      machine.disk.forget_operations();
      machine.disk.set(fault);
      SCOPED_TRACE(to_string(fault));
      const auto renewed = renew_tls(machine.files, *machine.crypto, machine.chance, "/var/lictor/pki", settings(),
                                     before->authority.authority, kNow + days(300));
      const bool untouched = !machine.disk.off() && machine.disk.operations() < fault.at;
      const auto new_tls = before->authority.authority.tls_server.certificate.der;
      EXPECT_EQ(new_tls != old_tls, renewed.has_value());
      machine.disk.restart();
      const auto after = machine.start();
      ASSERT_TRUE(after) << after.error().message;
      expect_whole(*machine.crypto, after->authority.authority);
      const auto& found = after->authority.authority.tls_server.certificate.der;
      if (renewed) {
        EXPECT_EQ(found, new_tls);
      }
      EXPECT_EQ(after->authority.authority.root.certificate.der, before->authority.authority.root.certificate.der);
      if (untouched || ::testing::Test::HasFailure()) break;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(AuthorityFaults, PKI_5_ATlsRenewalThatFailedMayBeTriedAgainAndCutThen) {
  for (auto cut : simulation::every_power_cut()) {
    for (std::size_t failed_at = 1;; ++failed_at) {
      bool untouched = false;
      for (cut.at = 1;; ++cut.at) {
        Machine machine;
        auto before = machine.start();
        ASSERT_TRUE(before) << before.error().message;
        const auto renew = [&] {
          return renew_tls(machine.files, *machine.crypto, machine.chance, "/var/lictor/pki", settings(),
                           before->authority.authority, kNow + days(300));
        };
        machine.disk.forget_operations();
        machine.disk.set({.at = failed_at});
        (void)renew();
        untouched = machine.disk.operations() < failed_at;
        machine.disk.forget_operations();
        machine.disk.set(cut);
        (void)renew();
        if (!machine.disk.off()) break;
        SCOPED_TRACE("I/O error at operation " + std::to_string(failed_at) + ", then " + to_string(cut));
        machine.disk.restart();
        const auto after = machine.start();
        ASSERT_TRUE(after) << after.error().message;
        expect_whole(*machine.crypto, after->authority.authority);
        if (::testing::Test::HasFailure()) return;
      }
      if (untouched) break;
    }
  }
}

}  // namespace
}  // namespace lictor::manager
