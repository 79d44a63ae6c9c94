// The wire is frozen: the committed vectors, made by another implementation, read, verify and are what we would write.
#include "unit/protocol/vectors.hpp"

#include "licensing/pki/chain.hpp"
#include "licensing/protocol/codec.hpp"
#include "support/command.hpp"

namespace lictor::protocol::test {
namespace {

template <class T>
const T& as(const Expected& expected) {
  return std::get<T>(expected);
}

class GoldenVector : public testing::TestWithParam<std::string> {
 protected:
  const Vector vector_ = load_vector(GetParam());
  const std::unique_ptr<pki::Crypto> crypto_ = crypto();
  std::optional<Expected> expected_ = expected(GetParam());
};

INSTANTIATE_TEST_SUITE_P(V1, GoldenVector, testing::ValuesIn(vector_names()), [](const auto& info) {
  auto name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST_P(GoldenVector, PRO_2_HasAValueOfOursWhosePayloadIsTheSameBytes) {
  ASSERT_TRUE(expected_) << "a vector without a value in vectors.cpp";
  ASSERT_EQ(vector_.is_request, std::holds_alternative<ExpectedRequest>(*expected_));
  if (vector_.is_request) {
    const auto& message = as<ExpectedRequest>(*expected_).message;
    EXPECT_EQ(encode(message), vector_.payload);
    const auto read = decode_request(vector_.message, vector_.payload);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, message);
  } else {
    const auto& message = as<ExpectedAnswer>(*expected_).message;
    EXPECT_EQ(encode(message), vector_.payload);
    const auto read = decode_answer(vector_.message, vector_.payload);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, message);
  }
}

TEST_P(GoldenVector, PRO_1_WeWouldSignTheSameBytes) {
  ASSERT_TRUE(expected_);
  const auto theirs = vector_.compact.substr(0, vector_.compact.rfind('.'));
  const auto ours = vector_.is_request
                        ? signing_input(as<ExpectedRequest>(*expected_).header, algorithm_of(vector_), vector_.payload)
                        : signing_input(as<ExpectedAnswer>(*expected_).header, algorithm_of(vector_), vector_.payload);
  EXPECT_EQ(ours, theirs) << "the header as committed: " << vector_.header;
}

void expect_same(const RequestHeader& read, const RequestHeader& wanted) {
  EXPECT_EQ(read.type, wanted.type);
  EXPECT_EQ(read.request_id, wanted.request_id);
  EXPECT_EQ(read.sequence, wanted.sequence);
  EXPECT_EQ(read.sent_at, wanted.sent_at);
  EXPECT_EQ(read.min_version, wanted.min_version);
  EXPECT_EQ(read.max_version, wanted.max_version);
  ASSERT_EQ(read.identity.has_value(), wanted.identity.has_value());
  if (!read.identity) return;
  EXPECT_EQ(read.identity->authority, wanted.identity->authority);
  EXPECT_EQ(read.identity->account, wanted.identity->account);
  EXPECT_EQ(read.identity->instance, wanted.identity->instance);
  EXPECT_EQ(read.identity->id_serial, wanted.identity->id_serial);
  EXPECT_EQ(read.identity->certificate_digest, wanted.identity->certificate_digest);
  EXPECT_EQ(read.identity->certificate, wanted.identity->certificate);
  EXPECT_EQ(read.identity->signing_serial, wanted.identity->signing_serial);
}

void expect_same(const AnswerHeader& read, const AnswerHeader& wanted) {
  EXPECT_EQ(read.type, wanted.type);
  EXPECT_EQ(read.request_id, wanted.request_id);
  EXPECT_EQ(read.server_time, wanted.server_time);
  EXPECT_EQ(read.incarnation, wanted.incarnation);
  EXPECT_EQ(read.trust_version, wanted.trust_version);
  EXPECT_EQ(read.version, wanted.version);
  EXPECT_EQ(read.chain, wanted.chain);
}

TEST_P(GoldenVector, PRO_1_ReadsAndVerifiesUnderItsKeyOnly) {
  ASSERT_TRUE(expected_);
  const auto key = public_key(vector_.signed_by);
  const auto other_of_same_kind = vector_.signed_by.ends_with("_rsa")
                                      ? public_key(vector_.signed_by == "device_rsa" ? "signing_rsa" : "device_rsa")
                                      : public_key("root");
  const auto of_other_kind = public_key(vector_.signed_by.ends_with("_rsa") ? "device" : "device_rsa");
  const auto check = [&](const auto& parsed, const auto& wanted) {
    expect_same(parsed.header, wanted.header);
    EXPECT_EQ(parsed.payload, vector_.payload);
    EXPECT_TRUE(verify(*crypto_, parsed, key));
    EXPECT_FALSE(verify(*crypto_, parsed, other_of_same_kind));
    EXPECT_FALSE(verify(*crypto_, parsed, of_other_kind));
  };
  if (vector_.is_request) {
    const auto parsed = parse_request(vector_.compact);
    ASSERT_TRUE(parsed) << parsed.error().reason;
    check(*parsed, as<ExpectedRequest>(*expected_));
  } else {
    const auto parsed = parse_answer(vector_.compact);
    ASSERT_TRUE(parsed) << parsed.error().message;
    check(*parsed, as<ExpectedAnswer>(*expected_));
  }
}

// A carrier cannot change a message with effect: whatever one character it changes, nothing verifies (PRO-1).
TEST_P(GoldenVector, PRO_1_AChangedCharacterIsRefusedOrDoesNotVerify) {
  const auto key = public_key(vector_.signed_by);
  const std::size_t step = std::max<std::size_t>(1, vector_.compact.size() / 97);
  for (std::size_t at = 0; at < vector_.compact.size(); at += step) {
    auto changed = vector_.compact;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (vector_.is_request) {
      const auto parsed = parse_request(changed);
      EXPECT_FALSE(parsed && verify(*crypto_, *parsed, key)) << "at " << at;
    } else {
      const auto parsed = parse_answer(changed);
      EXPECT_FALSE(parsed && verify(*crypto_, *parsed, key)) << "at " << at;
    }
  }
}

TEST(GoldenVectors, CoverEachMessageAndEachKindOfAnswer) {
  std::vector<std::string> missing;
  for (const std::string message : {"register", "authorize", "renew-id", "deregister", "poll", "trust"}) {
    for (const std::string kind : {"-request", "-answer"}) {
      const auto names = vector_names();
      if (std::find(names.begin(), names.end(), message + kind) == names.end()) missing.push_back(message + kind);
    }
  }
  EXPECT_EQ(missing, std::vector<std::string>{});
}

TEST(GoldenVectors, TheirCertificatesPassOurPolicy) {
  const auto port = crypto();
  const auto load = [&](const std::string& name) { return port->parse_certificate(certificate(name)).value(); };
  const auto root = load("root"), root_2 = load("root_2"), intermediate = load("intermediate");
  struct Case {
    const char* name;
    pki::Purpose purpose;
    const pki::Certificate* anchor;
  };
  for (const auto& c :
       {Case{"device", pki::Purpose::IdCertificate, &root}, Case{"device_rsa", pki::Purpose::IdCertificate, &root},
        Case{"signing", pki::Purpose::AnswerSigning, &root}, Case{"signing_rsa", pki::Purpose::AnswerSigning, &root},
        Case{"signing_2", pki::Purpose::AnswerSigning, &root_2}}) {
    const auto leaf = load(c.name);
    pki::ChainRequest request{&leaf, {&intermediate}, {c.anchor}, {}, wall_from_ms(1'767'261'600'000), c.purpose};
    const auto path = pki::verify_chain(*port, request);
    EXPECT_TRUE(path) << c.name << ": " << path.error().message;
    EXPECT_EQ(leaf.public_key, public_key(c.name));
  }
  EXPECT_EQ(load("device").uris, std::vector<std::string>{"urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1001:42"});
}

TEST(GoldenVectors, TheirGeneratorStillMakesTheCommittedBytes) {
  const auto outcome =
      lictor::test::run_command({"/usr/bin/python3", LICTOR_SOURCE_DIR "/tests/vectors/make_vectors.py", "check"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace
}  // namespace lictor::protocol::test
