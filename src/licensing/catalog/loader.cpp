// Documents -> Catalog. Families and tags of all files are declared first, then hierarchy and models refer to them by
// name. Every problem is noted where it stands.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "licensing/catalog/catalog.hpp"
#include "licensing/catalog/fields.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::catalog {

namespace {

constexpr std::size_t kMaxLabel = 64;
constexpr std::size_t kMaxText = 255;
constexpr std::string_view kFormat = "1";

// A name that the device prints in a table and in front of a parenthesis: plain ASCII, none of ( ) : which programs
// that read the output take for its structure.
bool is_label(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '(' && c != ')' && c != ':'; });
}

bool is_feature_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.front() != '-' && text.back() != '-' && std::ranges::all_of(text, fits);
}

std::optional<CountingRule> parse_counting(std::string_view text) {
  using enum CountingRule;
  for (const auto rule : {PerDevice, PerMember, PerSupervisor, PerChassis})
    if (to_string(rule) == text) return rule;
  return std::nullopt;
}

bool overlap(const FeatureRule& a, const FeatureRule& b) {
  const bool a_ends_first = a.until && b.from && *a.until <= *b.from;
  const bool b_ends_first = b.until && a.from && *b.until <= *a.from;
  return a.feature == b.feature && !a_ends_first && !b_ends_first;
}

std::string range(const FeatureRule& rule) {
  return fmt::format("from {} until {}", rule.from ? to_string(*rule.from) : "the first version",
                     rule.until ? to_string(*rule.until) : "the last version");
}

}  // namespace

class Loader {
 public:
  Result<Catalog> load(const std::vector<Document>& documents) {
    if (documents.empty()) return Error{ErrorCode::InvalidArgument, "a catalog has at least one file"};
    for (const auto& document : documents) declare(document);
    for (const auto* node : hierarchy_nodes_) edges(*node);
    for (const auto* node : model_nodes_) model(*node);
    check_printed_names();
    make_hierarchy();
    if (!problems_.empty()) return problems_.error();
    return std::move(catalog_);
  }

 private:
  struct EdgeAt {
    domain::HierarchyEdge edge;
    SourcePosition at;
  };

  void declare(const Document& document) {
    Fields file(document, "a catalog file", {"catalog", "vendor", "families", "tags", "hierarchy", "models"},
                problems_);
    if (document.kind != Document::Kind::Mapping) return;
    const auto* format = file.find("catalog");
    if (format == nullptr || format->kind != Document::Kind::Scalar || format->quoted || format->scalar != kFormat)
      problems_.add(file.at("catalog"), "a catalog file begins with \"catalog: 1\", the version of its format");
    file.required_text("vendor", kMaxText);
    for_each(file.optional_list("families"), [&](const Document& node) { family(node); });
    for_each(file.optional_list("tags"), [&](const Document& node) { tag(node); });
    for_each(file.optional_list("hierarchy"), [&](const Document& node) { hierarchy_nodes_.push_back(&node); });
    for_each(file.optional_list("models"), [&](const Document& node) { model_nodes_.push_back(&node); });
  }

  template <class Visit>
  static void for_each(const std::vector<Document>* items, Visit&& visit) {
    if (items == nullptr) return;
    for (const auto& item : *items) visit(item);
  }

  void family(const Document& node) {
    Fields fields(node, "a family", {"name", "product_tag", "smart_from", "policy_from"}, problems_);
    Family made;
    made.name = label(fields, "name");
    const auto product = fields.required_text("product_tag", kMaxText);
    if (!product.empty()) {
      const auto parsed = parse_product_tag(product);
      if (!parsed) problems_.add(fields.at("product_tag"), parsed.error().message);
      made.product_tag = parsed.value_or(ProductTag{});
    }
    made.smart_from = version(fields, "smart_from");
    made.policy_from = version(fields, "policy_from");
    if (made.smart_from && made.policy_from && *made.policy_from <= *made.smart_from)
      problems_.add(fields.at("policy_from"), "\"policy_from\" comes after \"smart_from\"");
    index(catalog_.family_index_, made.name, catalog_.families_.size(), fields.at("name"), "family");
    index(catalog_.product_index_, made.product_tag.text, catalog_.families_.size(), fields.at("product_tag"),
          "product tag");
    catalog_.families_.push_back(std::move(made));
  }

  void tag(const Document& node) {
    Fields fields(node, "a tag", {"short_name", "tag", "display_name", "description", "export_controlled"}, problems_);
    TagEntry made;
    made.short_name = label(fields, "short_name");
    const auto text = fields.required_text("tag", kMaxText);
    if (!text.empty()) {
      const auto parsed = parse_entitlement_tag(text);
      if (!parsed) problems_.add(fields.at("tag"), parsed.error().message);
      made.tag = parsed.value_or(EntitlementTag{});
    }
    made.display_name = fields.optional_text("display_name", kMaxText);
    if (made.display_name.empty()) made.display_name = made.short_name;
    made.description = fields.optional_text("description", kMaxText);
    if (made.description.empty()) made.description = made.display_name;
    made.export_controlled = fields.optional_flag("export_controlled");
    index(catalog_.short_name_index_, made.short_name, catalog_.tags_.size(), fields.at("short_name"), "short name");
    index(catalog_.tag_index_, made.tag.text, catalog_.tags_.size(), fields.at("tag"), "tag");
    short_name_places_.push_back(fields.at("short_name"));
    catalog_.tags_.push_back(std::move(made));
  }

  void edges(const Document& node) {
    Fields fields(node, "a hierarchy entry", {"general", "specific"}, problems_);
    const auto general = known_tag(fields, "general");
    for_each(fields.required_list("specific"), [&](const Document& item) {
      const auto name = text_of(item, "specific", kMaxLabel, problems_);
      if (!name) return;
      const auto specific = known_tag(*name, item.at);
      if (!general || !specific) return;
      const domain::HierarchyEdge edge{*general, *specific};
      if (edge.general == edge.specific) return problems_.add(item.at, "a tag does not stand in for itself");
      if (std::ranges::find(edges_, edge, &EdgeAt::edge) != edges_.end())
        return problems_.add(item.at, fmt::format("\"{}\" stands here or above already", *name));
      edges_.push_back({edge, item.at});
    });
  }

  void model(const Document& node) {
    Fields fields(node, "a model", {"pid", "family", "description", "features"}, problems_);
    Model made;
    made.pid = fields.required_text("pid", kMaxLabel);
    if (!made.pid.empty())
      if (const auto udi = make_udi(made.pid, "0"); !udi) problems_.add(fields.at("pid"), udi.error().message);
    made.family = fields.required_text("family", kMaxLabel);
    if (!made.family.empty() && catalog_.find_family(made.family) == nullptr)
      problems_.add(fields.at("family"), fmt::format("there is no family \"{}\"", made.family));
    made.description = fields.optional_text("description", kMaxText);
    for_each(fields.required_list("features"), [&](const Document& item) { feature(item, made); });
    index(catalog_.model_index_, made.pid, catalog_.models_.size(), fields.at("pid"), "model");
    catalog_.models_.push_back(std::move(made));
  }

  void feature(const Document& node, Model& of) {
    Fields fields(node, "a feature", {"feature", "license_name", "tag", "counting", "from", "until"}, problems_);
    FeatureRule made;
    made.feature = fields.required_text("feature", kMaxLabel);
    if (!made.feature.empty() && !is_feature_name(made.feature))
      problems_.add(fields.at("feature"), "a feature is named with a-z, 0-9 and - between");
    made.license_name = label(fields, "license_name");
    made.tag = known_tag(fields, "tag").value_or(EntitlementTag{});
    const auto counting = fields.required_text("counting", kMaxLabel);
    const auto rule = parse_counting(counting);
    if (!rule && !counting.empty())
      problems_.add(
          fields.at("counting"),
          fmt::format("\"{}\" is no counting rule: per-device, per-member, per-supervisor, per-chassis", counting));
    made.counting = rule.value_or(CountingRule::PerDevice);
    made.from = version(fields, "from");
    made.until = version(fields, "until");
    if (made.from && made.until && *made.until <= *made.from)
      problems_.add(fields.at("until"), "\"until\" comes after \"from\"");
    for (const auto& other : of.features)
      if (overlap(other, made))
        problems_.add(fields.at("feature"), fmt::format("\"{}\" is ruled {} already", made.feature, range(other)));
    of.features.push_back(std::move(made));
  }

  std::string label(Fields& fields, std::string_view key) {
    auto text = fields.required_text(key, kMaxLabel);
    if (!text.empty() && !is_label(text))
      problems_.add(fields.at(key), fmt::format("\"{}\" is printable ASCII without ( ) : and outer blanks", key));
    return text;
  }

  std::optional<SoftwareVersion> version(Fields& fields, std::string_view key) {
    const auto text = fields.optional_text(key, kMaxLabel);
    if (text.empty()) return std::nullopt;
    const auto parsed = parse_software_version(text);
    if (parsed) return *parsed;
    problems_.add(fields.at(key), parsed.error().message);
    return std::nullopt;
  }

  std::optional<EntitlementTag> known_tag(Fields& fields, std::string_view key) {
    const auto name = fields.required_text(key, kMaxLabel);
    return name.empty() ? std::nullopt : known_tag(name, fields.at(key));
  }
  std::optional<EntitlementTag> known_tag(const std::string& short_name, const SourcePosition& at) {
    if (const auto* found = catalog_.find_tag_by_short_name(short_name)) return found->tag;
    problems_.add(at, fmt::format("there is no tag with the short name \"{}\"", short_name));
    return std::nullopt;
  }

  void index(Catalog::Index& index, const std::string& key, std::size_t position, const SourcePosition& at,
             std::string_view what) {
    if (!key.empty() && !index.emplace(key, position).second)
      problems_.add(at, fmt::format("the {} \"{}\" is there already", what, key));
  }

  void check_printed_names() {
    std::map<std::string, std::string> printed;
    for (std::size_t i = 0; i < catalog_.tags_.size(); ++i) {
      const auto& name = catalog_.tags_[i].short_name;
      const auto [first, is_new] = printed.emplace(printed_short_name(name), name);
      if (!name.empty() && !is_new && first->second != name)
        problems_.add(short_name_places_[i],
                      fmt::format("\"{}\" prints like \"{}\": {}", name, first->second, first->first));
    }
  }

  void make_hierarchy() {
    if (!problems_.empty()) return;  // a wrong tag would only give more of the same
    std::vector<EntitlementTag> tags;
    for (const auto& entry : catalog_.tags_) tags.push_back(entry.tag);
    for (const auto& [edge, at] : edges_) catalog_.edges_.push_back(edge);
    auto made = domain::Hierarchy::create(tags, catalog_.edges_);
    if (made) {
      catalog_.hierarchy_ = std::move(*made);
      return;
    }
    // Names the edge that closes the circle: the first one with which it no longer goes.
    std::vector<domain::HierarchyEdge> so_far;
    for (const auto& [edge, at] : edges_) {
      so_far.push_back(edge);
      if (const auto tried = domain::Hierarchy::create(tags, so_far); !tried)
        return problems_.add(at, tried.error().message);
    }
  }

  Catalog catalog_;
  Problems problems_;
  std::vector<const Document*> hierarchy_nodes_;  // of the documents that load() was given
  std::vector<const Document*> model_nodes_;
  std::vector<EdgeAt> edges_;
  std::vector<SourcePosition> short_name_places_;
};

Result<Catalog> Catalog::from_documents(const std::vector<Document>& documents) {
  return Loader{}.load(documents);
}

}  // namespace lictor::catalog
