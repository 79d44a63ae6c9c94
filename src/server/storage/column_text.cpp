#include "server/storage/column_text.hpp"

#include <algorithm>
#include <charconv>

namespace lictor::storage {

namespace {

Error corrupt(std::string_view what, std::string_view text) {
  return Error{ErrorCode::Corrupt, std::string(what) + " in the store is not valid: \"" + std::string(text) + "\""};
}

template <class Value>
Result<void> take(Result<Value> parsed, std::string_view what, std::string_view text, Value& value) {
  if (!parsed) return corrupt(what, text);
  value = *std::move(parsed);
  return {};
}

// Calls parse(line) for each line; stops at the first error.
template <class Parse>
Result<void> each_line(std::string_view text, Parse&& parse) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto parsed = parse(text.substr(0, end)); !parsed) return parsed;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

bool take_number(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string to_column(domain::Billing value) {
  return std::string(domain::to_string(value));
}
std::string to_column(domain::LotSource value) {
  return std::string(domain::to_string(value));
}
std::string to_column(domain::InstanceStatus value) {
  return std::string(domain::to_string(value));
}
std::string to_column(domain::CertificateStatus value) {
  return std::string(domain::to_string(value));
}
std::string to_column(domain::DueKind value) {
  return std::string(domain::to_string(value));
}
std::string to_column(const domain::Place& value) {
  return domain::to_string(value);
}
std::string to_column(const EntitlementTag& value) {
  return value.text;
}
std::string to_column(const ProductTag& value) {
  return value.text;
}
// A product id has no comma.
std::string to_column(const Udi& value) {
  return value.pid + "," + value.sn;
}

std::string to_column(const std::vector<UdiEntry>& value) {
  std::string text;
  for (const auto& entry : value) {
    if (!text.empty()) text += '\n';
    text += std::string(to_string(entry.role)) + " " + to_column(entry.udi);
  }
  return text;
}

std::string to_column(const std::vector<domain::Grant>& value) {
  std::string text;
  for (const auto& grant : value) {
    if (!text.empty()) text += '\n';
    text += std::string(domain::to_string(grant.role)) + " " + std::to_string(grant.account.value) + " " +
            std::to_string(grant.va.value);
  }
  return text;
}

Result<void> parse_column(std::string_view text, domain::Billing& value) {
  return take(domain::parse_billing(text), "a billing kind", text, value);
}
Result<void> parse_column(std::string_view text, domain::LotSource& value) {
  return take(domain::parse_lot_source(text), "a source of licences", text, value);
}
Result<void> parse_column(std::string_view text, domain::InstanceStatus& value) {
  return take(domain::parse_instance_status(text), "an instance's status", text, value);
}
Result<void> parse_column(std::string_view text, domain::CertificateStatus& value) {
  return take(domain::parse_certificate_status(text), "a certificate's status", text, value);
}
Result<void> parse_column(std::string_view text, domain::DueKind& value) {
  return take(domain::parse_due_kind(text), "a due kind", text, value);
}
Result<void> parse_column(std::string_view text, domain::Place& value) {
  return take(domain::parse_place(text), "a place", text, value);
}
Result<void> parse_column(std::string_view text, EntitlementTag& value) {
  value.text = text;
  return {};
}
Result<void> parse_column(std::string_view text, ProductTag& value) {
  value.text = text;
  return {};
}

Result<void> parse_column(std::string_view text, Udi& value) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return corrupt("a UDI", text);
  value.pid = text.substr(0, comma);
  value.sn = text.substr(comma + 1);
  return {};
}

Result<void> parse_column(std::string_view text, std::vector<UdiEntry>& value) {
  value.clear();
  return each_line(text, [&](std::string_view line) -> Result<void> {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return corrupt("a stack member", line);
    UdiEntry entry;
    auto role = take(parse_udi_role(line.substr(0, blank)), "a stack role", line, entry.role);
    if (!role) return role;
    if (auto udi = parse_column(line.substr(blank + 1), entry.udi); !udi) return udi;
    value.push_back(std::move(entry));
    return {};
  });
}

Result<void> parse_column(std::string_view text, std::vector<domain::Grant>& value) {
  value.clear();
  return each_line(text, [&](std::string_view line) -> Result<void> {
    const auto first = line.find(' ');
    const auto second = line.rfind(' ');
    domain::Grant grant;
    if (first == std::string_view::npos || first == second ||
        !take_number(line.substr(first + 1, second - first - 1), grant.account.value) ||
        !take_number(line.substr(second + 1), grant.va.value)) {
      return corrupt("a grant", line);
    }
    auto role = take(domain::parse_role(line.substr(0, first)), "a role", line, grant.role);
    if (!role) return role;
    value.push_back(grant);
    return {};
  });
}

std::string fold_case(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::vector<std::string> search_texts(const domain::Instance& instance) {
  std::vector<std::string> texts{fold_case(instance.name), fold_case(instance.host_name)};
  for (const auto& entry : instance.udis) {
    texts.push_back(fold_case(entry.udi.pid));
    texts.push_back(fold_case(entry.udi.sn));
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (!texts.empty() && texts.front().empty()) texts.erase(texts.begin());
  return texts;
}

}  // namespace lictor::storage
