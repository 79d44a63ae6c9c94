// Both ways with another implementation of RFC 7515, jwcrypto; and the RFC's own examples.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/envelope.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"
#include "unit/protocol/vectors.hpp"

namespace lictor::protocol::test {
namespace {

constexpr const char* kPeer = LICTOR_SOURCE_DIR "/tests/unit/protocol/peer.py";

RequestHeader header_of(MessageType type) {
  RequestHeader header;
  header.type = type;
  header.request_id.bytes.fill(0x77);
  header.sequence = 5;
  header.sent_at = wall_from_ms(1'764'000'000'123);
  return header;
}

class Peer : public testing::TestWithParam<pki::KeyAlgorithm> {
 protected:
  std::string private_pem() {
    const auto key = crypto_->export_key(*key_).value();
    return folder_.write("key.pem", pki::to_pem("PRIVATE KEY", key.reveal()));
  }
  std::string public_pem() { return folder_.write("public.pem", pki::to_pem("PUBLIC KEY", key_->public_key().spki)); }

  const lictor::test::TempDir folder_;
  const std::unique_ptr<pki::Crypto> crypto_ = crypto();
  const std::unique_ptr<pki::PrivateKey> key_ = crypto_->generate_key(GetParam()).value();
};

INSTANTIATE_TEST_SUITE_P(EachAlgorithm, Peer,
                         testing::Values(pki::KeyAlgorithm::EcP256, pki::KeyAlgorithm::Rsa2048,
                                         pki::KeyAlgorithm::Rsa3072),
                         [](const auto& info) {
                           std::string name(pki::to_string(info.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(Peer, PRO_1_VerifiesWhatWeSign) {
  const std::string payload = encode(Request{DeregisterRequest{"moved to \"M\u00fcnchen\""}});
  const auto compact = sign_request(*crypto_, *key_, header_of(MessageType::Deregister), payload);
  ASSERT_TRUE(compact) << compact.error().message;
  const auto read = lictor::test::run_command(
      {"/usr/bin/python3", kPeer, "verify", public_pem(), folder_.write("message.jws", *compact)});
  EXPECT_EQ(read.status, 0) << read.output;
  EXPECT_EQ(read.output, payload);

  auto changed = *compact;
  auto& last_of_header = changed[changed.find('.') - 3];
  last_of_header = last_of_header == 'A' ? 'B' : 'A';
  const auto refused = lictor::test::run_command(
      {"/usr/bin/python3", kPeer, "verify", public_pem(), folder_.write("changed.jws", changed)});
  EXPECT_NE(refused.status, 0) << "a changed message: " << refused.output;
}

TEST_P(Peer, PRO_1_IsVerifiedByUs) {
  const bool es = GetParam() == pki::KeyAlgorithm::EcP256;
  const std::string payload = R"({"asked_for":"77777777777777777777777777777777"})";
  // Other order and white space than ours: what is signed are bytes, not values.
  const auto header = fmt::format(R"({{ "typ":"lictor-poll+jws", "versions":[1,3], "sent_at":1764000000123,
    "sequence":0, "request_id":"77777777777777777777777777777777", "later":{{"a":[1.5]}},
    "crit":["versions","sent_at","sequence","request_id"], "alg":"{}" }})",
                                  es ? "ES256" : "RS256");
  const auto made =
      lictor::test::run_command({"/usr/bin/python3", kPeer, "sign", private_pem(), es ? "ES256" : "RS256",
                                 folder_.write("header.json", header), folder_.write("payload.json", payload)});
  ASSERT_EQ(made.status, 0) << made.output;
  const auto parsed = parse_request(made.output);
  ASSERT_TRUE(parsed) << parsed.error().reason;
  EXPECT_EQ(parsed->payload, payload);
  EXPECT_EQ(parsed->header.type, MessageType::Poll);
  EXPECT_EQ(parsed->header.max_version, 3);
  EXPECT_EQ(to_ms(parsed->header.sent_at), 1'764'000'000'123);
  EXPECT_TRUE(verify(*crypto_, *parsed, key_->public_key()));
}

// --- RFC 7515, appendix A -------------------------------------------------------------------------------------------
constexpr std::string_view kRfcPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

// SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480).
pki::PublicKey p256(std::string_view x, std::string_view y) {
  auto spki = from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004").value();
  for (const auto part : {x, y}) {
    const auto raw = from_base64url(part).value();
    spki.insert(spki.end(), raw.begin(), raw.end());
  }
  return {pki::KeyAlgorithm::EcP256, std::move(spki)};
}

// SubjectPublicKeyInfo of an RSA key of 2048 bits with exponent 65537 (RFC 8017, A.1.1).
pki::PublicKey rsa_2048(std::string_view n) {
  auto spki = from_hex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100").value();
  const auto modulus = from_base64url(n).value();
  spki.insert(spki.end(), modulus.begin(), modulus.end());
  const auto exponent = from_hex("0203010001").value();
  spki.insert(spki.end(), exponent.begin(), exponent.end());
  return {pki::KeyAlgorithm::Rsa2048, std::move(spki)};
}

TEST(Rfc7515, A_2_TheExampleUnderRs256Verifies) {
  const auto key = rsa_2048(
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"
      "pCgNMs"
      "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
      "UTo7WTBEMa2R2CapHg665xsmtdV"
      "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ");
  const std::string input = "eyJhbGciOiJSUzI1NiJ9." + std::string(kRfcPayload);
  const auto signature = from_base64url(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
      "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
      "xi12jzDwusC-e"
      "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
  ASSERT_TRUE(signature);
  const auto port = crypto();
  EXPECT_TRUE(port->verify(key, as_bytes(input), *signature));
  EXPECT_FALSE(port->verify(key, as_bytes(input + "A"), *signature));
}

TEST(Rfc7515, A_3_TheExampleUnderEs256Verifies) {
  const auto key = p256("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  const std::string input = "eyJhbGciOiJFUzI1NiJ9." + std::string(kRfcPayload);
  const auto signature =
      from_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  ASSERT_TRUE(signature);
  const auto port = crypto();
  EXPECT_TRUE(port->verify(key, as_bytes(input), *signature));
  EXPECT_FALSE(port->verify(key, as_bytes(input + "A"), *signature));
}

}  // namespace
}  // namespace lictor::protocol::test
