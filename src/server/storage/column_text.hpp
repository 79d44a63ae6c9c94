// The text form of members that have no column type of their own: enumerators, places, UDIs, stacks, grants. What a
// backend stores and a dump prints; parse_column(to_column(x)) == x. Errors of parse_column: Corrupt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "licensing/domain/entities.hpp"

namespace lictor::storage {

std::string to_column(domain::Billing value);
std::string to_column(domain::LotSource value);
std::string to_column(domain::InstanceStatus value);
std::string to_column(domain::CertificateStatus value);
std::string to_column(domain::DueKind value);
std::string to_column(const domain::Place& value);
std::string to_column(const EntitlementTag& value);
std::string to_column(const ProductTag& value);
std::string to_column(const Udi& value);
std::string to_column(const std::vector<UdiEntry>& value);       // a line each: "Active C9500-40X,FCW2233A5ZV"
std::string to_column(const std::vector<domain::Grant>& value);  // a line each: "vendor-operator 0 0"

Result<void> parse_column(std::string_view text, domain::Billing& value);
Result<void> parse_column(std::string_view text, domain::LotSource& value);
Result<void> parse_column(std::string_view text, domain::InstanceStatus& value);
Result<void> parse_column(std::string_view text, domain::CertificateStatus& value);
Result<void> parse_column(std::string_view text, domain::DueKind& value);
Result<void> parse_column(std::string_view text, domain::Place& value);
Result<void> parse_column(std::string_view text, EntitlementTag& value);
Result<void> parse_column(std::string_view text, ProductTag& value);
Result<void> parse_column(std::string_view text, Udi& value);
Result<void> parse_column(std::string_view text, std::vector<UdiEntry>& value);
Result<void> parse_column(std::string_view text, std::vector<domain::Grant>& value);

// What an instance is found by (INV-5): name, host name, product ids and serial numbers, case folded, none twice.
std::vector<std::string> search_texts(const domain::Instance& instance);
// Folds A-Z alone: names in other alphabets are found as they are written.
std::string fold_case(std::string_view text);

}  // namespace lictor::storage
