// Metrics, as an interface (Prometheus naming: base units, _total). The exporter is in foundation/http_server.
// Handles live as long as the Metrics that made them; incrementing is callable from any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lictor {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class MetricCounter {
 public:
  virtual ~MetricCounter() = default;
  virtual void add(double n) = 0;
};
class MetricGauge {
 public:
  virtual ~MetricGauge() = default;
  virtual void set(double value) = 0;
};
class MetricHistogram {
 public:
  virtual ~MetricHistogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;
  // The same name and labels give the same handle.
  virtual MetricCounter& counter(std::string_view name, std::string_view help, const MetricLabels& labels = {}) = 0;
  virtual MetricGauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels = {}) = 0;
  virtual MetricHistogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                                     const MetricLabels& labels = {}) = 0;
  // The text exposition format, version 0.0.4.
  [[nodiscard]] virtual std::string render() const = 0;
};

}  // namespace lictor
