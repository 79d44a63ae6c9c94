#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::ElementsAre;

TEST_F(Story, LOG_3_FirstRegistrationSaysTheGuidesLinesInTheirOrder) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  device.boot_with_usage();
  device.log_lines.clear();
  device.register_and_settle();
  EXPECT_THAT(
      device.log_lines,
      ElementsAre(
          "%CRYPTO_ENGINE-5-KEY_ADDITION: A key named SLA-KeyPair has been generated or imported by crypto-engine",
          "%PKI-4-NOCONFIGAUTOSAVE: Configuration was modified.  Issue \"write memory\" to save new IOS PKI "
          "configuration",
          "%CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS: SCH device registration is in progress. Call-home will poll SCH "
          "server for registration result. You can also check SCH registration status with \"call-home request "
          "registration-info\" under EXEC mode.",
          "%SMART_LIC-6-EXPORT_CONTROLLED: Usage of export controlled features is allowed",
          "%SMART_LIC-6-AGENT_REG_SUCCESS: Smart Agent for Licensing Registration with the Smart Software Manager or "
          "satellite for udi PID:C9500-40X,SN:FCW2233A5ZV",
          "%SMART_LIC-4-CONFIG_NOT_SAVED: Smart Licensing configuration has not been saved",
          "%SMART_LIC-5-IN_COMPLIANCE: All entitlements and licenses in use on this device are authorized",
          "%SMART_LIC-6-AUTH_RENEW_SUCCESS: Authorization renewal with the Smart Software Manager or satellite. "
          "State=authorized for udi PID:C9500-40X,SN:FCW2233A5ZV"));
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Registered);
  EXPECT_EQ(view.authorization, AuthorizationState::Authorized);
  EXPECT_EQ(view.account_name, "Example Company");
  EXPECT_TRUE(view.unsaved_identity);
  EXPECT_EQ(view.next_renewal, device.wall + days(180));
  EXPECT_EQ(view.next_communication, device.wall + days(30));
  EXPECT_EQ(view.communication_deadline, device.wall + days(90));
  EXPECT_EQ(view.usage.at(0).status, "AUTHORIZED");
}

// The same with real keys, signatures and certificates; everything else here runs on keyed hashes.
TEST(RealCryptography, RegistersAuthorizesRenewsAndTakesNewAnchors) {
  for (const auto algorithm : {pki::KeyAlgorithm::EcP256, pki::KeyAlgorithm::Rsa2048}) {
    auto crypto = pki::make_openssl_crypto().value();
    Server server{*crypto, wall_from_ms(kStart)};
    Device device{server, *crypto};
    device.settings.key_algorithm = algorithm;
    device.boot_with_usage();
    device.register_and_settle();
    ASSERT_EQ(device.view().authorization, AuthorizationState::Authorized);
    device.power_cut();  // the key comes back from the store
    device.boot_with_usage();
    ASSERT_TRUE(device->renew_id(device.now()));
    device.settle();
    EXPECT_EQ(device.view().last_renewal->result, Attempt::Result::Succeeded);
    server.authority.rotate_root(device.wall);
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(device.view().trust_version, 2);
    device.run(seconds(30));
    EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  }
}

}  // namespace
}  // namespace lictor::agent
