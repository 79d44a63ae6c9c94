// liblictor-agent.so comes and goes: loaded by dlopen, used with its threads, unloaded by dlclose, over and over.
// Nothing of it stays: no mapping, thread or descriptor, and no memory (that part is LeakSanitizer's and valgrind's to
// find).
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "lictor/agent.h"
#include "support/every.hpp"
#include "support/temp_dir.hpp"

namespace {

constexpr std::size_t kRounds = 12;
constexpr const char* kLibrary = LICTOR_BUILD_DIR "/lib/liblictor-agent.so.1";
constexpr const char* kProductTag = "regid.2026-01.org.example.C9500,1.0_11111111-2222-3333-4444-555555555555";
constexpr const char* kTag = "regid.2026-01.org.example.ADVANTAGE,1.0_99999999-8888-7777-6666-555555555555";
constexpr std::string_view kAnchor =  // of an authority that nobody has the key of
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBkDCCATWgAwIBAgIUCwxcMGveJJJ/U0R8a2m1sGEu8S4wCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyNDE5MzkxMVoYDzIxMjYxMDMx\n"
    "MTkzOTExWjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAARf4k1CMyleAIupuOipRdmxSACsh8+YsG1ryLPCUYU9+/r2fPsOHvvS\n"
    "ay3v1ZZWrmjnM+9e5VBhDCiAXmER2ZARo2MwYTAdBgNVHQ4EFgQUM+e8w1n7EGG+\n"
    "GltaOWGk1fb2FVYwHwYDVR0jBBgwFoAUM+e8w1n7EGG+GltaOWGk1fb2FVYwDwYD\n"
    "VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSQAwRgIh\n"
    "ALiklytdovNi/L+UQK/NOkK9zDklVI4K1SRYA0ltDLGWAiEAqQjRADYpgNg4xwvz\n"
    "sIamWkbYJ85g0wMlwQizKdsNIyA=\n"
    "-----END CERTIFICATE-----\n";

std::size_t entries(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class Library {
 public:
  Library() : handle_(::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL)) { EXPECT_NE(handle_, nullptr) << ::dlerror(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { EXPECT_EQ(::dlclose(handle_), 0) << ::dlerror(); }
  template <class F>
  F* function(F*, const char* name) const {
    return reinterpret_cast<F*>(::dlsym(handle_, name));
  }
  static bool loaded() {
    void* handle = ::dlopen(kLibrary, RTLD_NOW | RTLD_NOLOAD);
    if (handle != nullptr) ::dlclose(handle);
    return handle != nullptr;
  }

 private:
  void* handle_;
};
// The header's declaration gives the type; nothing of the library is linked in.
#define FROM(library, name) library.function(static_cast<decltype(name)*>(nullptr), #name)

struct Failures {
  std::mutex mutex;
  std::condition_variable changed;
  bool seen = false;
};
void told(void* context, int kind) {
  if (kind != LICTOR_TRANSPORT_FAILED) return;
  auto& failures = *static_cast<Failures*>(context);
  const std::lock_guard lock(failures.mutex);
  failures.seen = true;
  failures.changed.notify_one();
}

// An agent makes a key, asks a port where nobody listens over HTTPS, and hears that.
void live(const std::string& store) {
  const Library library;
  auto* settings = FROM(library, lictor_settings_new)();
  ASSERT_NE(settings, nullptr);
  ASSERT_EQ(FROM(library, lictor_settings_set_udi)(settings, "C9500-40X", "FCW2233A5ZV"), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_set_product_tag)(settings, kProductTag), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_set_version)(settings, "1.0"), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_set_key)(settings, LICTOR_EC_P256), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_add_licensing_anchor)(settings, kAnchor.data(), kAnchor.size()), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_add_tls_root)(settings, kAnchor.data(), kAnchor.size()), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_set_manager_url)(settings, "https://127.0.0.1:9"), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_set_store_folder)(settings, store.c_str()), LICTOR_OK);
  lictor_agent* agent = nullptr;
  ASSERT_EQ(FROM(library, lictor_agent_open)(settings, &agent), LICTOR_OK) << FROM(library, lictor_last_error)();
  Failures failures;
  ASSERT_EQ(FROM(library, lictor_agent_on_notification)(agent, told, &failures), LICTOR_OK);
  lictor_usage usage;
  LICTOR_INIT(usage);
  usage.tag = kTag;
  usage.count = 1;
  ASSERT_EQ(FROM(library, lictor_agent_request)(agent, &usage), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_agent_ready)(agent), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_agent_start_thread)(agent), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_agent_register)(agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  {
    std::unique_lock lock(failures.mutex);
    failures.changed.wait(lock, [&] { return failures.seen; });
  }
  EXPECT_NE(FROM(library, lictor_agent_register)(agent, "", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  EXPECT_STRNE(FROM(library, lictor_last_error)(), "") << "text of this thread, which goes on when the library is gone";
  ASSERT_EQ(FROM(library, lictor_agent_close)(&agent), LICTOR_OK);
  ASSERT_EQ(FROM(library, lictor_settings_free)(&settings), LICTOR_OK);
}

TEST(Unloading, LeavesNothingBehind) {
  const lictor::test::TempDir folder;
  live(folder.path("first"));  // what libraries below it keep for the process is there now
  EXPECT_FALSE(Library::loaded());
  const auto descriptors = entries("/proc/self/fd");
  const auto threads = entries("/proc/self/task");
  for (std::size_t round = 0; round < kRounds; round += std::min(lictor::test::every(), kRounds / 3)) {
    live(folder.path(std::to_string(round)));
    EXPECT_FALSE(Library::loaded()) << "still mapped after dlclose";
    EXPECT_EQ(entries("/proc/self/fd"), descriptors);
    // A joined thread may be listed for a moment still; one that lives on lets this test never end.
    while (entries("/proc/self/task") != threads) std::this_thread::yield();
  }
}

}  // namespace
