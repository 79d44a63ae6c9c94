#include "bench/tag_status.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <string>
#include <vector>

#include "bench/bare_loop.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "lictor/agent.h"

namespace lictor::bench {
namespace {

Result<void> told(int result) {
  if (result == LICTOR_OK) return {};
  return Error{ErrorCode::Internal, lictor_last_error()};
}

// A root that nothing is signed under: an agent must have one.
Result<std::string> anchor() {
  auto crypto = pki::make_openssl_crypto();
  if (!crypto) return crypto.error();
  auto key = (*crypto)->generate_key(pki::KeyAlgorithm::EcP256);
  if (!key) return key.error();
  pki::CertificateTemplate root;
  root.purpose = pki::Purpose::Authority;
  root.subject_common_name = "Bench";
  root.serial.bytes[0] = 1;
  root.not_before = wall_from_ms(1'767'225'600'000);
  root.not_after = root.not_before + days(3650);
  auto der = (*crypto)->issue_certificate(root, (*key)->public_key(), nullptr, **key);
  if (!der) return der.error();
  return pki::to_pem("CERTIFICATE", *der);
}

lictor_store forgetful_store() {
  lictor_store store;
  LICTOR_INIT(store);
  store.load = [](void*, lictor_contents*) -> int { return LICTOR_OK; };
  store.save = [](void*, const void*, std::size_t, const char* const*, std::size_t) -> int { return LICTOR_OK; };
  return store;
}

Result<lictor_agent*> open_agent(const std::vector<std::string>& tags) {
  auto pem = anchor();
  if (!pem) return pem.error();
  auto* settings = lictor_settings_new();
  const auto store = forgetful_store();
  lictor_agent* agent = nullptr;
  auto done = told(lictor_settings_set_udi(settings, "BENCH", "1"));
  if (done) done = told(lictor_settings_set_product_tag(settings, tags.front().c_str()));
  if (done) done = told(lictor_settings_set_version(settings, "1"));
  if (done) done = told(lictor_settings_add_licensing_anchor(settings, pem->data(), pem->size()));
  if (done) done = told(lictor_settings_set_store(settings, &store));
  if (done) done = told(lictor_agent_open(settings, &agent));
  for (const auto& tag : tags) {
    lictor_usage usage;
    LICTOR_INIT(usage);
    usage.tag = tag.c_str();
    usage.count = 1;
    if (done) done = told(lictor_agent_request(agent, &usage));
  }
  if (done) done = told(lictor_agent_ready(agent));
  lictor_settings_free(&settings);
  if (done) return agent;
  if (agent != nullptr) lictor_agent_close(&agent);
  return done.error();
}

double ns_each(double seconds, std::size_t count) {
  return seconds * 1e9 / static_cast<double>(count);
}

Result<double> read_tags(lictor_agent* agent, const std::vector<std::string>& tags, std::size_t reads) {
  lictor_tag out;
  LICTOR_INIT(out);
  std::size_t seen = 0;
  const double before = thread_cpu_seconds();
  for (std::size_t i = 0; i < reads; ++i)
    seen += lictor_agent_get_tag(agent, tags[i % tags.size()].c_str(), &out) == LICTOR_OK &&
            out.state == LICTOR_TAG_EVALUATION;
  const double took = thread_cpu_seconds() - before;
  if (seen != reads) return Error{ErrorCode::Internal, fmt::format("{} of {} reads went wrong", reads - seen, reads)};
  return ns_each(took, reads);
}

double lock_and_unlock(std::size_t times) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const double before = thread_cpu_seconds();
  for (std::size_t i = 0; i < times; ++i) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  const double took = thread_cpu_seconds() - before;
  pthread_mutex_destroy(&mutex);
  return ns_each(took, times);
}

}  // namespace

Result<void> measure_tag_status(const TagStatusPlan& plan) {
  std::vector<std::string> tags;
  for (std::size_t i = 0; i < plan.tags; ++i)
    tags.push_back(fmt::format("regid.2026-01.org.example.FEATURE_{},1.0_99999999-8888-7777-6666-555555555555", i));
  auto agent = open_agent(tags);
  if (!agent) return agent.error();
  Result<void> done;
  for (std::size_t run = 0; run < plan.runs && done; ++run) {
    const auto ours = read_tags(*agent, tags, plan.reads);
    if (ours)
      fmt::print("{} {}\n", *ours, lock_and_unlock(plan.reads));
    else
      done = ours.error();
  }
  lictor_agent_close(&*agent);
  return done;
}

}  // namespace lictor::bench
