#include "fleet/stores.hpp"

namespace lictor::fleet {

Result<agent::StateStore::Loaded> MemoryStateStore::load() {
  return Loaded{contents_, false, {}};
}

Result<void> MemoryStateStore::save(const Bytes& contents, const std::vector<std::string>&) {
  contents_ = contents;
  return {};
}

Result<void> MemoryStateStore::set_aside() {
  contents_.reset();
  return {};
}

Result<void> WatchedStore::save(const Bytes& contents, const std::vector<std::string>& new_event_lines) {
  auto done = inner_->save(contents, new_event_lines);
  saved_ = done.has_value();
  return done;
}

}  // namespace lictor::fleet
