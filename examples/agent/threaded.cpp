// A product in C++11 that lets the agent have a thread of its own and asks for a licence where a feature is used.
//
//   threaded URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN
//
// Ends once both features are licensed; a product goes on. Status 0: both are; 1: something went wrong.
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <string>

#include <lictor/agent.hpp>

using lictor::product::Agent;
using lictor::product::Outcome;
using lictor::product::Settings;
using lictor::product::Usage;

namespace {

const char* const kProductTag = "regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec";
const char* const kAnalysis = "regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905";
const char* const kChannels = "regid.2026-01.com.acme-sensors.ACME_CHANNELS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33";

int complain(const Outcome& bad) {
  std::cerr << lictor_result_name(bad.code) << ": " << bad.text << "\n";
  return 1;
}

// What the agent's thread tells the others: something has changed, look again.
struct Changes {
  std::mutex mutex;
  std::condition_variable changed;
  bool news;
  Changes() : news(true) {}
  void tell() {
    const std::lock_guard<std::mutex> lock(mutex);
    news = true;
    changed.notify_one();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return news; });
    news = false;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: threaded URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN\n";
    return 2;
  }
  Settings settings;
  settings.manager_url(argv[1]).tls_root_file(argv[2]).licensing_anchor_file(argv[3]).store_folder(argv[4]);
  settings.udi("ACME-T100", argv[5]).product_tag(kProductTag).version("2.3.0").key(LICTOR_EC_P256);

  Changes changes;  // before the agent, whose thread uses it
  Agent agent;
  if (const Outcome bad = agent.open(settings)) return complain(bad);
  agent.on_notification([&changes](lictor_notification) { changes.tell(); });
  agent.on_log([](const lictor_log_line& line) { std::cout << line.mnemonic << ": " << line.text << "\n"; });
  if (const Outcome bad = agent.request(Usage(kAnalysis, 1, "analysis"))) return complain(bad);
  if (const Outcome bad = agent.request(Usage(kChannels, 4, "channels"))) return complain(bad);
  if (const Outcome bad = agent.ready()) return complain(bad);
  if (const Outcome bad = agent.start_thread()) return complain(bad);

  if (agent.status().registration != LICTOR_REGISTERED)
    if (const Outcome bad = agent.register_token(argv[6])) return complain(bad);
  while (agent.tag_state(kAnalysis) != LICTOR_TAG_AUTHORIZED || agent.tag_state(kChannels) != LICTOR_TAG_AUTHORIZED) {
    if (agent.status().registration == LICTOR_REGISTRATION_FAILED) {
      std::cerr << "the registration failed: " << agent.text(LICTOR_REGISTRATION_REASON) << "\n";
      return 1;
    }
    changes.wait();
  }
  std::cout << "account " << agent.text(LICTOR_ACCOUNT_NAME) << "\n"
            << "analysis: " << lictor_tag_state_name(agent.tag_state(kAnalysis)) << "\n"
            << "4 channels: " << lictor_tag_state_name(agent.tag_state(kChannels)) << "\n";
  if (const Outcome bad = agent.close()) return complain(bad);
  return 0;
}
