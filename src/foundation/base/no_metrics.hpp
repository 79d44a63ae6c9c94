// Metrics that nobody reads: for tests and simulation.
#pragma once

#include "foundation/base/metrics.hpp"

namespace lictor {

class NoMetrics final : public Metrics {
 public:
  MetricCounter& counter(std::string_view, std::string_view, const MetricLabels&) override { return counter_; }
  MetricGauge& gauge(std::string_view, std::string_view, const MetricLabels&) override { return gauge_; }
  MetricHistogram& histogram(std::string_view, std::string_view, const std::vector<double>&,
                             const MetricLabels&) override {
    return histogram_;
  }
  [[nodiscard]] std::string render() const override { return {}; }

 private:
  struct Counter final : MetricCounter {
    void add(double) override {}
  } counter_;
  struct Gauge final : MetricGauge {
    void set(double) override {}
  } gauge_;
  struct Histogram final : MetricHistogram {
    void observe(double) override {}
  } histogram_;
};

}  // namespace lictor
