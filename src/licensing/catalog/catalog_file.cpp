// Files as they stand in the store: for each its name and length on a line, then its text and a line end.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "licensing/catalog/catalog.hpp"
#include "licensing/vocabulary/ids.hpp"

namespace lictor::catalog {

namespace {

constexpr std::string_view kMark = "file ";
constexpr std::size_t kMaxName = 64;

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, fits);
}

}  // namespace

Result<std::string> pack(const std::vector<CatalogFile>& files) {
  if (files.empty()) return Error{ErrorCode::InvalidArgument, "a catalog has at least one file"};
  std::set<std::string_view> names;
  std::string contents;
  for (const auto& file : files) {
    if (!is_name(file.name))
      return Error{ErrorCode::InvalidArgument, fmt::format("\"{}\" cannot name a catalog file", file.name)};
    if (!names.insert(file.name).second)
      return Error{ErrorCode::InvalidArgument, fmt::format("the catalog file {} is given twice", file.name)};
    contents += fmt::format("{}{} {}\n{}\n", kMark, file.name, file.text.size(), file.text);
  }
  return contents;
}

Result<std::vector<CatalogFile>> unpack(std::string_view contents) {
  const Error damaged{ErrorCode::Corrupt, "the stored catalog is damaged"};
  std::vector<CatalogFile> files;
  while (!contents.empty()) {
    const auto line = contents.substr(0, contents.find('\n'));
    const auto blank = line.rfind(' ');
    if (line.size() == contents.size() || !line.starts_with(kMark) || blank < kMark.size()) return damaged;
    const auto name = line.substr(kMark.size(), blank - kMark.size());
    const auto length = parse_decimal_id(line.substr(blank + 1));
    contents.remove_prefix(line.size() + 1);
    if (!length || !is_name(name) || contents.size() <= static_cast<std::uint64_t>(*length)) return damaged;
    const auto size = static_cast<std::size_t>(*length);
    if (contents[size] != '\n') return damaged;
    files.push_back({std::string(name), std::string(contents.substr(0, size))});
    contents.remove_prefix(size + 1);
  }
  if (files.empty()) return damaged;
  return files;
}

}  // namespace lictor::catalog
