// The canonical text of a store's contents (Store::dump): a line per row, tables in one order, rows in key order.
#pragma once

#include <string>
#include <vector>

#include "server/storage/column_text.hpp"
#include "server/storage/columns.hpp"
#include "server/storage/rows.hpp"

namespace lictor::storage {

// Appends " name=value" in canonical form.
class DumpLine {
 public:
  explicit DumpLine(std::string& out) : out_(out) {}
  void operator()(std::string_view name, std::int64_t value);
  void operator()(std::string_view name, int value) { (*this)(name, std::int64_t{value}); }
  void operator()(std::string_view name, bool value) { (*this)(name, std::int64_t{value ? 1 : 0}); }
  void operator()(std::string_view name, const std::string& value);
  void operator()(std::string_view name, const Bytes& value);
  void operator()(std::string_view name, WallTime value) { (*this)(name, to_ms(value)); }
  void operator()(std::string_view name, Duration value) { (*this)(name, std::int64_t{value.count()}); }
  template <class Tag>
  void operator()(std::string_view name, StrongInt<Tag> value) {
    (*this)(name, value.value);
  }
  template <class Tag, std::size_t N>
  void operator()(std::string_view name, const ByteId<Tag, N>& value) {
    write(name, value.text());
  }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& value) {
    value ? (*this)(name, *value) : write(name, "-");
  }
  template <class T>
  requires requires(const T& value) { to_column(value); }
  void operator()(std::string_view name, const T& value) { (*this)(name, to_column(value)); }

 private:
  void write(std::string_view name, std::string_view value);
  std::string& out_;
};

template <class Row>
void dump_row(std::string& out, const Row& row) {
  out += name_of(&row);
  columns(row, DumpLine(out));
  out += '\n';
}

// Every row type of a store in the order of a dump: visit.template operator()<Row>().
template <class Visit>
void for_each_row_type(Visit&& visit) {
  visit.template operator()<domain::AccountHead>();
  visit.template operator()<domain::SmartAccount>();
  visit.template operator()<domain::VirtualAccount>();
  visit.template operator()<domain::Lot>();
  visit.template operator()<domain::Posting>();
  visit.template operator()<domain::LedgerEntry>();
  visit.template operator()<domain::LotBalance>();
  visit.template operator()<domain::Pool>();
  visit.template operator()<domain::Usage>();
  visit.template operator()<domain::Token>();
  visit.template operator()<domain::Instance>();
  visit.template operator()<domain::InstanceUdi>();
  visit.template operator()<domain::CertificateRecord>();
  visit.template operator()<domain::StoredAnswer>();
  visit.template operator()<domain::Due>();
  visit.template operator()<domain::AuditRow>();
  visit.template operator()<domain::Event>();
  visit.template operator()<domain::User>();
  visit.template operator()<domain::Session>();
  visit.template operator()<domain::ApiClient>();
  visit.template operator()<domain::AccessToken>();
  visit.template operator()<domain::CatalogVersion>();
  visit.template operator()<domain::IdempotencyRecord>();
  visit.template operator()<domain::StoreSetting>();
}

}  // namespace lictor::storage
