// Metrics over prometheus-cpp's core. Its registry throws on bad names; a name is a constant of ours, so that is a bug
// that the first test of it shows.
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

#include "foundation/http_server/http_server.hpp"

namespace lictor::http {
namespace {

class Counter final : public MetricCounter {
 public:
  explicit Counter(prometheus::Counter& real) : real_(real) {}
  void add(double n) override { real_.Increment(n); }

 private:
  prometheus::Counter& real_;
};

class Gauge final : public MetricGauge {
 public:
  explicit Gauge(prometheus::Gauge& real) : real_(real) {}
  void set(double value) override { real_.Set(value); }

 private:
  prometheus::Gauge& real_;
};

class Histogram final : public MetricHistogram {
 public:
  explicit Histogram(prometheus::Histogram& real) : real_(real) {}
  void observe(double value) override { real_.Observe(value); }

 private:
  prometheus::Histogram& real_;
};

using Key = std::pair<std::string, std::map<std::string, std::string>>;

class PrometheusMetrics final : public Metrics {
 public:
  MetricCounter& counter(std::string_view name, std::string_view help, const MetricLabels& labels) override {
    return handle(counters_, key_of(name, labels), [&](const Key& key) {
      return std::make_unique<Counter>(
          prometheus::BuildCounter().Name(key.first).Help(std::string(help)).Register(registry_).Add(key.second));
    });
  }
  MetricGauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels) override {
    return handle(gauges_, key_of(name, labels), [&](const Key& key) {
      return std::make_unique<Gauge>(
          prometheus::BuildGauge().Name(key.first).Help(std::string(help)).Register(registry_).Add(key.second));
    });
  }
  MetricHistogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                             const MetricLabels& labels) override {
    return handle(histograms_, key_of(name, labels), [&](const Key& key) {
      return std::make_unique<Histogram>(prometheus::BuildHistogram()
                                             .Name(key.first)
                                             .Help(std::string(help))
                                             .Register(registry_)
                                             .Add(key.second, prometheus::Histogram::BucketBoundaries(bounds)));
    });
  }
  [[nodiscard]] std::string render() const override {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  static Key key_of(std::string_view name, const MetricLabels& labels) {
    return {std::string(name), {labels.begin(), labels.end()}};
  }
  template <class T, class Make>
  T& handle(std::map<Key, std::unique_ptr<T>>& handles, const Key& key, Make make) {
    const std::lock_guard lock(mutex_);
    auto& slot = handles[key];
    if (!slot) slot = make(key);
    return *slot;
  }

  // Merge: the same family may be asked for again with another set of labels.
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<MetricCounter>> counters_;
  std::map<Key, std::unique_ptr<MetricGauge>> gauges_;
  std::map<Key, std::unique_ptr<MetricHistogram>> histograms_;
};

}  // namespace

std::unique_ptr<Metrics> make_prometheus_metrics() {
  return std::make_unique<PrometheusMetrics>();
}

}  // namespace lictor::http
