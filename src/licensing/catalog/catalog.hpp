// Products as data (CAT-1): families, models, what each software version requests, tags, hierarchy, counting rules.
// Made from Documents (YAML files) with every error at its file and line; immutable afterwards. Versions compare by
// number, "16.12.3a" after "16.12.3".
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/document.hpp"
#include "licensing/domain/hierarchy.hpp"
#include "licensing/vocabulary/entitlement.hpp"

namespace lictor::catalog {

// "16.12.3a": numbers by dots, then a letter suffix. A version compares less than one that it begins: 16.12 < 16.12.0.
struct SoftwareVersion {
  std::vector<int> numbers;
  std::string suffix;
  friend std::strong_ordering operator<=>(const SoftwareVersion& a, const SoftwareVersion& b);
  friend bool operator==(const SoftwareVersion& a, const SoftwareVersion& b) = default;
};
// Error: Malformed. Leading zeros are accepted ("16.09.04").
Result<SoftwareVersion> parse_software_version(std::string_view text);
std::string to_string(const SoftwareVersion& version);  // without leading zeros

struct TagEntry {
  EntitlementTag tag;
  std::string short_name;    // "C9500 Network Advantage": the tag column of show license summary
  std::string display_name;  // in the account
  std::string description;
  bool export_controlled = false;
};

// How many licences of a feature a device uses (USE-2).
enum class CountingRule { PerDevice, PerMember, PerSupervisor, PerChassis };
std::string_view to_string(CountingRule rule);  // "per-device", "per-member", "per-supervisor", "per-chassis"

// One feature of a model over a range of software versions.
struct FeatureRule {
  std::string feature;       // as configured: "network-advantage", "dna-advantage"
  std::string license_name;  // the License column: "C9500 Network Advantage", "C9500-DNA-40X-A"
  EntitlementTag tag;
  CountingRule counting = CountingRule::PerDevice;
  std::optional<SoftwareVersion> from;   // included
  std::optional<SoftwareVersion> until;  // excluded
};
bool applies(const FeatureRule& rule, const SoftwareVersion& version);

struct Model {
  std::string pid;
  std::string family;
  std::string description;
  std::vector<FeatureRule> features;
};
struct Family {
  std::string name;  // "Catalyst 9500"
  ProductTag product_tag;
  std::optional<SoftwareVersion> smart_from;   // smart licensing is the only method from here (CAT-3)
  std::optional<SoftwareVersion> policy_from;  // Using Policy from here
};

// What a device says of itself for counting.
struct DeviceShape {
  int members = 1;
  int supervisors = 1;
  int chassis = 1;
};

// How the tag column of show license summary prints a short name: over 25 characters the first 22 and "..."
// (reference: device formats, 2.4). Short names stay apart after it: programs that read the table key rows by it.
std::string printed_short_name(std::string_view short_name);

class Catalog {
 public:
  // One or more files make one catalog; names in one may refer to another's. Catalog order is that of the documents and
  // of the tags in them. All problems at once, one per line, each at its place. Error: InvalidArgument.
  static Result<Catalog> from_documents(const std::vector<Document>& documents);

  [[nodiscard]] const std::vector<TagEntry>& tags() const { return tags_; }  // catalog order
  [[nodiscard]] const TagEntry* find_tag(const EntitlementTag& tag) const;
  [[nodiscard]] const TagEntry* find_tag_by_short_name(std::string_view short_name) const;
  [[nodiscard]] const domain::Hierarchy& hierarchy() const { return hierarchy_; }
  [[nodiscard]] const std::vector<domain::HierarchyEdge>& edges() const { return edges_; }
  [[nodiscard]] const std::vector<Model>& models() const { return models_; }
  [[nodiscard]] const Model* find_model(std::string_view pid) const;
  [[nodiscard]] const std::vector<Family>& families() const { return families_; }
  [[nodiscard]] const Family* find_family(std::string_view name) const;
  [[nodiscard]] const Family* find_product(const ProductTag& tag) const;

  // What a device of that model and version uses for the configured features. Errors: NotFound (model), InvalidArgument
  // (a feature that the model does not have at that version; names those it has).
  // Sorted by tag; features that use the same tag are added up; a count of 0 (no supervisor, say) uses nothing.
  [[nodiscard]] Result<std::vector<UsageItem>> usage(std::string_view pid, const SoftwareVersion& version,
                                                     const std::vector<std::string>& features,
                                                     const DeviceShape& shape) const;

 private:
  friend class Loader;
  using Index = std::map<std::string, std::size_t, std::less<>>;  // text -> position

  std::vector<TagEntry> tags_;
  std::vector<domain::HierarchyEdge> edges_;
  domain::Hierarchy hierarchy_;
  std::vector<Model> models_;
  std::vector<Family> families_;
  Index tag_index_;
  Index short_name_index_;
  Index model_index_;
  Index family_index_;
  Index product_index_;
};

// The form in which a catalog stands in the store (CatalogVersion::contents, DECISIONS 6): its files as they were, in
// order. The digest of a version is the SHA-256 of this text.
struct CatalogFile {
  std::string name;  // "catalyst.yaml": 1 to 64 of A-Z a-z 0-9 . _ -
  std::string text;
  friend bool operator==(const CatalogFile&, const CatalogFile&) = default;
};
// Error: InvalidArgument (a name of another form, a name twice, no file).
Result<std::string> pack(const std::vector<CatalogFile>& files);
// Error: Corrupt.
Result<std::vector<CatalogFile>> unpack(std::string_view contents);

}  // namespace lictor::catalog
