// The bodies of rows.hpp's templates; included by it alone.
#pragma once

#include "server/storage/rows.hpp"

namespace lictor::storage {

// A broken assumption of ours: says which row was asked for, and ends the program (in release, too).
[[noreturn]] void fail_unloaded(std::string_view table, std::string_view key);
[[noreturn]] void fail_missing(std::string_view table, std::string_view key);

// A key as text, for these messages.
std::string key_text(std::int64_t value);
std::string key_text(const std::string& value);
std::string key_text(const Udi& value);
std::string key_text(const EntitlementTag& value);
std::string key_text(const domain::Place& value);
std::string key_text(domain::DueKind value);
template <class Tag>
std::string key_text(StrongInt<Tag> value) {
  return key_text(value.value);
}
template <class Tag, std::size_t N>
std::string key_text(const ByteId<Tag, N>& value) {
  return value.text();
}
template <class... Parts>
std::string key_text(const std::tuple<Parts...>& key) {
  std::string text;
  std::apply([&](const auto&... part) { ((text += (text.empty() ? "" : "/") + key_text(part)), ...); }, key);
  return text;
}

template <class Row>
const Row* RowTable<Row>::find(const Key& key) const {
  const auto at = cells_.find(key);
  if (at != cells_.end()) return at->second.row();
  if (!is_loaded(key)) fail_unloaded(name_of(static_cast<const Row*>(nullptr)), key_text(key));
  return nullptr;
}

template <class Row>
typename RowTable<Row>::Cell& RowTable<Row>::change(const Key& key) {
  touched_ = true;
  const auto at = cells_.find(key);
  if (at == cells_.end()) {
    undo_.push_back({key, false, false, {}});
    Cell& cell = cells_[key];
    cell.changed = true;
    cell.mark = mark_;
    return cell;
  }
  Cell& cell = at->second;
  if (cell.mark != mark_) {
    undo_.push_back({key, true, cell.changed, cell.changed ? cell.current : std::nullopt});
    cell.mark = mark_;
  }
  if (!cell.changed) {
    cell.current = cell.stored;
    cell.changed = true;
  }
  return cell;
}

template <class Row>
Row& RowTable<Row>::edit(const Key& key) {
  if (find(key) == nullptr) fail_missing(name_of(static_cast<const Row*>(nullptr)), key_text(key));
  return *change(key).current;
}

template <class Row>
void RowTable<Row>::put(Row row) {
  change(key_of(row)).current = std::move(row);
}

template <class Row>
void RowTable<Row>::erase(const Key& key) {
  if (find(key) != nullptr) change(key).current.reset();
}

template <class Row>
template <class Visit>
void RowTable<Row>::for_each(Visit&& visit) const {
  for (const auto& [key, cell] : cells_) {
    if (const Row* row = cell.row()) visit(*row);
  }
}

template <class Row>
template <class Visit>
void RowTable<Row>::for_each_between(const Key& low, const Key& high, Visit&& visit) const {
  for (auto at = cells_.lower_bound(low); at != cells_.end() && at->first < high; ++at) {
    if (const Row* row = at->second.row()) visit(*row);
  }
}

template <class Row>
void RowTable<Row>::load(const Key& key, std::optional<Row> row) {
  cells_.try_emplace(key, Cell{std::move(row), std::nullopt, false, 0});
}

template <class Row>
bool RowTable<Row>::is_loaded(const Key& key) const {
  if (cells_.contains(key)) return true;
  if (covered_.empty()) return false;
  for (const auto& group : groups_of<Row>(key)) {
    if (covered_.contains(group)) return true;
  }
  return false;
}

template <class Row>
void RowTable<Row>::mark() {
  undo_.clear();
  ++mark_;
}

template <class Row>
void RowTable<Row>::roll_back_to_mark() {
  for (auto& undo : undo_) {
    if (!undo.known) {
      cells_.erase(undo.key);
      continue;
    }
    Cell& cell = cells_[undo.key];
    cell.changed = undo.changed;
    cell.current = std::move(undo.current);
    cell.mark = 0;
  }
  undo_.clear();
}

template <class Row>
std::vector<typename RowTable<Row>::Change> RowTable<Row>::changes() const {
  std::vector<Change> found;
  if (!touched_) return found;
  for (const auto& [key, cell] : cells_) {
    if (cell.changed && cell.current != cell.stored) {
      found.push_back({cell.stored ? &*cell.stored : nullptr, cell.current ? &*cell.current : nullptr});
    }
  }
  return found;
}

template <class Row>
bool RowTable<Row>::has_changes() const {
  if (!touched_) return false;
  for (const auto& [key, cell] : cells_) {
    if (cell.changed && cell.current != cell.stored) return true;
  }
  return false;
}

template <class Row>
template <class Visit>
void RowTable<Row>::for_each_since_mark(Visit&& visit) const {
  for (const auto& undo : undo_) {
    const auto at = cells_.find(undo.key);
    if (at == cells_.end()) continue;
    if (const Row* row = at->second.row()) visit(*row);
  }
}

}  // namespace lictor::storage
