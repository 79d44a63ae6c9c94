// What is too large for an agent: a slot that no save wrote, an answer beyond the limit.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/host/file_state_store.hpp"
#include "agent/host/http_transport.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "support/temp_dir.hpp"

namespace lictor::agent {
namespace {

TEST(Sizes, STO_2_ASlotLargerThanAnyContentsIsDamagedAndTheOtherOneCounts) {
  const test::TempDir folder;
  auto crypto = pki::make_openssl_crypto().value();
  os::PosixFiles files;
  {
    FileStateStore store({folder.path(), 10}, files, *crypto);
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(to_bytes("one"), {"a"}));
    ASSERT_TRUE(store.save(to_bytes("two"), {"b"}));
  }
  std::filesystem::resize_file(folder.path("state.0"), 33 * 1024 * 1024);  // of generation 2; a hole, no bytes
  {
    FileStateStore store({folder.path(), 10}, files, *crypto);
    const auto loaded = store.load();
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->damaged);
    EXPECT_EQ(loaded->contents, to_bytes("one"));
  }
  std::filesystem::remove(folder.path("state.1"));
  FileStateStore store({folder.path(), 10}, files, *crypto);
  const auto loaded = store.load();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->damaged);
  EXPECT_FALSE(loaded->contents);
  EXPECT_EQ(std::filesystem::file_size(folder.path("state.0.damaged")), 33U * 1024 * 1024);
}

TEST(Sizes, PRO_5_AnAnswerThatIsTooLargeIsNoAnswer) {
  http::Reply reply;
  reply.failure = http::Failure::AnswerTooLarge;
  reply.detail = "more than 3145728 bytes";
  const auto seen = to_transport_reply(reply, "https://manager.example/SmartTransport", Asked::Message);
  EXPECT_EQ(seen.failure, TransportFailure::BadAnswer);
  EXPECT_EQ(seen.detail, "more than 3145728 bytes");
  EXPECT_EQ(seen.body, "");
}

TEST(Sizes, GWY_2_ANamedRetryAfterIsAtMostAYear) {
  http::Reply reply;
  reply.status = 503;
  reply.headers = {{"retry-after", "9223372036854775807"}};
  const auto seen = to_transport_reply(reply, "https://manager.example/SmartTransport", Asked::Message);
  EXPECT_EQ(seen.failure, TransportFailure::Busy);
  EXPECT_EQ(seen.retry_after, days(366));
}

}  // namespace
}  // namespace lictor::agent
