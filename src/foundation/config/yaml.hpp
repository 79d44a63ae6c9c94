// YAML to Document: one document a file, plain data only. Refused with file, line and column: syntax errors, a key
// twice, anchors and aliases, tags, keys that are no scalars, text that is not UTF-8, more than 32 levels. Errors:
// InvalidArgument; TooLarge beyond 1 MiB; of files NotFound, Io.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/document.hpp"

namespace lictor::config {

Result<Document> parse_yaml(std::string_view text, std::string file_name);
Result<Document> read_yaml_file(const std::string& path);
// In their order; the first error.
Result<std::vector<Document>> read_yaml_files(const std::vector<std::string>& paths);

}  // namespace lictor::config
