#include "fleet/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lictor::fleet {
namespace {

std::int64_t sum(const std::map<std::string, std::int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                         [](std::int64_t n, const auto& entry) { return n + entry.second; });
}

json::Object counts_object(const std::map<std::string, std::int64_t>& counts) {
  json::Object out;
  for (const auto& [kind, count] : counts) out.emplace_back(kind, count);
  return out;
}

json::Object latency_object(const Latencies& values) {
  return {{"count", static_cast<std::int64_t>(values.count())},
          {"p50_ms", values.percentile(0.5).count()},
          {"p90_ms", values.percentile(0.9).count()},
          {"p99_ms", values.percentile(0.99).count()},
          {"max_ms", values.percentile(1).count()}};
}

json::Object latencies_object(const std::map<std::string, Latencies>& kinds) {
  json::Object out;
  for (const auto& [kind, values] : kinds) out.emplace_back(kind, latency_object(values));
  return out;
}

// A field that may hold anything: what a manager or carrier said (RFC 4180).
std::string quoted(std::string_view field) {
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

void Latencies::add(Duration duration) {
  values_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(duration.count(), 0, UINT32_MAX)));
}

Duration Latencies::percentile(double share) const {
  if (values_.empty()) return Duration{0};
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values_.size())));
  const auto index = std::clamp<std::size_t>(rank, 1, values_.size()) - 1;
  auto sorted = values_;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(index), sorted.end());
  return Duration{sorted[index]};
}

void StormCounts::add(const Recovery& recovery) {
  times.add(recovery.took());
  most_retries = std::max(most_retries, recovery.retries());
  most_allowed = std::max(most_allowed, recovery.allowed());
  most_waited = std::max(most_waited, recovery.waited());
  early += recovery.early();
  beyond += recovery.beyond() ? 1 : 0;
}

Duration Statistics::worst_p99() const {
  Duration worst{0};
  for (const auto& [kind, values] : exchanges) worst = std::max(worst, values.percentile(0.99));
  return worst;
}

std::int64_t Statistics::acknowledged() const {
  return sum(acknowledgements);
}
std::int64_t Statistics::failed() const {
  return sum(errors);
}

json::Value to_json(const Statistics& s) {
  json::Object out{{"sent", s.sent},
                   {"acknowledged", counts_object(s.acknowledgements)},
                   {"errors", counts_object(s.errors)},
                   {"most_outstanding", s.most_outstanding},
                   {"exchanges", latencies_object(s.exchanges)},
                   {"steps", latencies_object(s.steps)}};
  if (s.storm.times.count() > 0) {
    out.emplace_back("storm", json::Object{{"back", latency_object(s.storm.times)},
                                           {"most_retries", s.storm.most_retries},
                                           {"most_allowed_ms", s.storm.most_allowed.count()},
                                           {"most_waited_ms", s.storm.most_waited.count()},
                                           {"early", s.storm.early},
                                           {"beyond", s.storm.beyond}});
  }
  return out;
}

std::string to_csv(const Statistics& s) {
  std::string out = "what,kind,count,p50_ms,p90_ms,p99_ms,max_ms\n";
  const auto add = [&](std::string_view what, std::string_view kind, const Latencies& values) {
    out += fmt::format("{},{},{},{},{},{},{}\n", what, kind, values.count(), values.percentile(0.5).count(),
                       values.percentile(0.9).count(), values.percentile(0.99).count(), values.percentile(1).count());
  };
  for (const auto& [kind, values] : s.exchanges) add("exchange", kind, values);
  for (const auto& [kind, values] : s.steps) add("step", kind, values);
  if (s.storm.times.count() > 0) add("storm", "back", s.storm.times);
  for (const auto& [kind, count] : s.errors) out += fmt::format("error,{},{},,,,\n", quoted(kind), count);
  return out;
}

}  // namespace lictor::fleet
