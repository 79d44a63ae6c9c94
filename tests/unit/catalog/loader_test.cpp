// What the loader refuses, where it says so, and that the JSON Schema for editors agrees with it on structure.
#include "unit/catalog/catalog_files.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace lictor::catalog {
namespace {

struct BadFile {
  std::string name;
  std::string from;  // a piece of kGood ...
  std::string to;    // ... and what stands there instead
  int line;          // where the first problem is
  std::string message;
};

const std::string kTag = "tag: regid.2026-01.org.example.LOWER,1.0_00000000-0000-4000-8000-000000000003";

// Wrong in structure: the schema refuses these too.
const std::vector<BadFile> kWrongStructure = {
    {"no format", "catalog: 1\n", "", 1, R"(a catalog file begins with "catalog: 1", the version of its format)"},
    {"another format", "catalog: 1", "catalog: 2", 1,
     R"(a catalog file begins with "catalog: 1", the version of its format)"},
    {"format as text", "catalog: 1", "catalog: '1'", 1,
     R"(a catalog file begins with "catalog: 1", the version of its format)"},
    {"no vendor", "vendor: Example\n", "", 1, R"(a catalog file needs "vendor")"},
    {"unknown section", "vendor: Example", "vendor: Example\nproducts: [a]", 3,
     R"(a catalog file has no "products"; it has catalog, vendor, families, tags, hierarchy, models)"},
    {"families is a mapping", "  - name: Series One\n    product_tag", "    name: Series One\n    product_tag", 4,
     R"("families" is a list of at least one, not a mapping)"},
    {"no hierarchy entries", "  - general: Upper\n    specific: [Lower]", "  []", 16,
     R"("hierarchy" is a list of at least one, not an empty one)"},
    {"empty models", "models:\n", "models: x\nrest:\n", 18,
     R"("models" is a list of at least one, not a single value)"},
    {"a family that is text", "  - name: Series One\n", "  - Series Two\n  - name: Series One\n", 4,
     "a family is a mapping, not a single value"},
    {"a family without name", "  - name: Series One\n    product", "  - product", 4, R"(a family needs "name")"},
    {"a family's unknown member", "smart_from: '2.0'", "smart_since: '2.0'", 6,
     R"(a family has no "smart_since"; it has name, product_tag, smart_from, policy_from)"},
    {"product tag of another form", "ONE,1.0_00000000-0000-4000-8000-000000000001", "ONE", 5,
     R"("regid.2026-01.org.example.ONE" is no tag of the form regid.YYYY-MM.<reverse-domain>.<name>,<version>_<uuid>: the comma before the version is missing)"},
    {"tag with a thirteenth month", kTag,
     "tag: regid.2026-13.org.example.LOWER,1.0_00000000-0000-4000-8000-000000000003", 14,
     R"("regid.2026-13.org.example.LOWER,1.0_00000000-0000-4000-8000-000000000003" is no tag of the form regid.YYYY-MM.<reverse-domain>.<name>,<version>_<uuid>: the month YYYY-MM is missing)"},
    {"tag without text", "    " + kTag + "\n", "", 13, R"(a tag needs "tag")"},
    {"parenthesis in a short name", "short_name: Lower", "short_name: Lower (old)", 13,
     R"("short_name" is printable ASCII without ( ) : and outer blanks)"},
    {"blank at the end of a short name", "short_name: Lower", "short_name: 'Lower '", 13,
     R"("short_name" is printable ASCII without ( ) : and outer blanks)"},
    {"short name too long", "short_name: Lower", "short_name: " + std::string(65, 'x'), 13,
     R"("short_name" has 1 to 64 characters on one line)"},
    {"short name a number", "short_name: Lower", "short_name: 9500", 13,
     R"("short_name" is text: write '9500' in quotes)"},
    {"empty description", "description: The better one", "description: ''", 11,
     R"("description" has 1 to 255 characters on one line)"},
    {"description a truth value", "description: The better one", "description: yes", 11,
     R"("description" is text: write 'yes' in quotes)"},
    {"description a date", "description: The better one", "description: 2026-01-01", 11,
     R"("description" is text: write '2026-01-01' in quotes)"},
    {"description a mapping", "description: The better one", "description: {a: b}", 11,
     R"("description" is text, not a mapping)"},
    {"export mark as text", "export_controlled: true", "export_controlled: 'true'", 12,
     R"("export_controlled" is true or false)"},
    {"export mark as number", "export_controlled: true", "export_controlled: 1", 12,
     R"("export_controlled" is true or false)"},
    {"specific is no list", "specific: [Lower]", "specific: Lower", 17,
     R"("specific" is a list of at least one, not a single value)"},
    {"specific holds a mapping", "specific: [Lower]", "specific: [{a: b}]", 17, R"("specific" is text, not a mapping)"},
    {"hierarchy without general", "  - general: Upper\n    specific", "  - specific", 16,
     R"(a hierarchy entry needs "general")"},
    {"PID with a blank", "pid: ONE-1", "pid: ONE 1", 19, "a product id may not hold the character 0x20"},
    {"model without features", "    features:\n      - feature: sense\n", "    rest:\n      - feature: sense\n", 19,
     R"(a model needs "features")"},
    {"feature in capitals", "feature: sense", "feature: Sense", 23, "a feature is named with a-z, 0-9 and - between"},
    {"feature with a dash at its end", "feature: sense", "feature: sense-", 23,
     "a feature is named with a-z, 0-9 and - between"},
    {"unknown counting rule", "counting: per-device", "counting: per-port", 26,
     R"("per-port" is no counting rule: per-device, per-member, per-supervisor, per-chassis)"},
    {"no counting rule", "        counting: per-device\n", "", 23, R"(a feature needs "counting")"},
    {"version as a number", "from: '2.1'", "from: 2.1", 27, R"("from" is text: write '2.1' in quotes)"},
    {"version of words", "from: '2.1'", "from: latest", 27, R"("latest" is not a software version like 16.12.3a)"},
    {"version with a hole", "until: '3.0.0'", "until: '3..0'", 28, R"("3..0" is not a software version like 16.12.3a)"},
};

// Wrong in meaning: only the loader sees it.
const std::vector<BadFile> kWrongMeaning = {
    {"family twice", "tags:",
     "  - name: Series One\n    product_tag: "
     "regid.2026-01.org.example.TWO,1.0_00000000-0000-4000-8000-000000000009\ntags:",
     8, R"(the family "Series One" is there already)"},
    {"product tag twice", "tags:",
     "  - name: Two\n    product_tag: regid.2026-01.org.example.ONE,1.0_00000000-0000-4000-8000-000000000001\ntags:", 9,
     R"(the product tag "regid.2026-01.org.example.ONE,1.0_00000000-0000-4000-8000-000000000001" is there already)"},
    {"policy before smart", "policy_from: '3.0'", "policy_from: '1.9'", 7, R"("policy_from" comes after "smart_from")"},
    {"short name twice", "short_name: Lower", "short_name: Upper", 13, R"(the short name "Upper" is there already)"},
    {"tag twice", kTag, "tag: regid.2026-01.org.example.UPPER,1.0_00000000-0000-4000-8000-000000000002", 14,
     R"(the tag "regid.2026-01.org.example.UPPER,1.0_00000000-0000-4000-8000-000000000002" is there already)"},
    {"alike in print", "hierarchy:",
     "  - short_name: A name of over 25 letters, one\n    tag: "
     "regid.2026-01.org.example.A,1.0_00000000-0000-4000-8000-00000000000a\n"
     "  - short_name: A name of over 25 letters, two\n    tag: "
     "regid.2026-01.org.example.B,1.0_00000000-0000-4000-8000-00000000000b\nhierarchy:",
     17, R"("A name of over 25 letters, two" prints like "A name of over 25 letters, one": A name of over 25 lett...)"},
    {"edge to an unknown tag", "specific: [Lower]", "specific: [Lowest]", 17,
     R"(there is no tag with the short name "Lowest")"},
    {"edge from an unknown tag", "general: Upper", "general: Uppest", 16,
     R"(there is no tag with the short name "Uppest")"},
    {"edge to itself", "specific: [Lower]", "specific: [Upper]", 17, "a tag does not stand in for itself"},
    {"edge twice", "specific: [Lower]", "specific: [Lower, Lower]", 17, R"("Lower" stands here or above already)"},
    {"circle", "specific: [Lower]", "specific: [Lower]\n  - general: Lower\n    specific: [Upper]", 19,
     "the hierarchy goes round: regid.2026-01.org.example.UPPER,1.0_00000000-0000-4000-8000-000000000002 over "
     "regid.2026-01.org.example.LOWER,1.0_00000000-0000-4000-8000-000000000003 over "
     "regid.2026-01.org.example.UPPER,1.0_00000000-0000-4000-8000-000000000002"},
    {"model of no family", "family: Series One", "family: Series Nine", 20, R"(there is no family "Series Nine")"},
    {"model twice", "models:",
     "models:\n  - pid: ONE-1\n    family: Series One\n    features: [{feature: a, license_name: A, tag: Upper, "
     "counting: per-device}]",
     22, R"(the model "ONE-1" is there already)"},
    {"feature of an unknown tag", "tag: Upper\n        counting", "tag: Middle\n        counting", 25,
     R"(there is no tag with the short name "Middle")"},
    {"until before from", "until: '3.0.0'", "until: '2.1'", 28, R"("until" comes after "from")"},
    {"rules that overlap", "    features:\n",
     "    features:\n      - {feature: sense, license_name: S, tag: Lower, counting: per-device, until: '2.1.1'}\n", 24,
     R"("sense" is ruled from the first version until 2.1.1 already)"},
};

void expect_refused(const std::vector<BadFile>& cases) {
  for (const auto& bad : cases) {
    const auto made = from_text(replaced(kGood, bad.from, bad.to));
    ASSERT_FALSE(made.has_value()) << bad.name;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument) << bad.name;
    const auto& message = made.error().message;
    const auto first = message.substr(0, message.find('\n'));
    const auto at = "test.yaml:" + std::to_string(bad.line) + ":";
    EXPECT_TRUE(first.starts_with(at)) << bad.name << ": " << message;
    EXPECT_TRUE(first.ends_with(": " + bad.message)) << bad.name << ": " << message;
  }
}

TEST(CatalogLoader, CAT_1_AGoodFileLoads) {
  const auto made = from_text(kGood);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  ASSERT_EQ(made->tags().size(), 2u);
  const auto& upper = made->tags()[0];
  EXPECT_EQ(upper.short_name, "Upper");
  EXPECT_EQ(upper.display_name, "Upper") << "the short name where none is given";
  EXPECT_EQ(upper.description, "The better one");
  EXPECT_TRUE(upper.export_controlled);
  EXPECT_EQ(made->tags()[1].description, "Lower");
  EXPECT_FALSE(made->tags()[1].export_controlled);
  EXPECT_EQ(made->find_tag(upper.tag), &upper);
  EXPECT_EQ(made->find_tag_by_short_name("Upper"), &upper);
  EXPECT_EQ(made->find_tag_by_short_name("upper"), nullptr);
  EXPECT_EQ(made->edges(), (std::vector<domain::HierarchyEdge>{{upper.tag, made->tags()[1].tag}}));
  const auto* model = made->find_model("ONE-1");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->description, "The first");
  ASSERT_EQ(model->features.size(), 1u);
  EXPECT_EQ(model->features[0].from, version("2.1"));
  EXPECT_EQ(model->features[0].until, version("3.0.0"));
  EXPECT_EQ(made->find_model("ONE-2"), nullptr);
  EXPECT_EQ(made->find_family("Series One")->policy_from, version("3.0"));
}

TEST(CatalogLoader, CAT_1_AFileOfTheWrongStructureIsRefusedAtItsPlace) {
  expect_refused(kWrongStructure);
}
TEST(CatalogLoader, CAT_1_AFileOfTheWrongMeaningIsRefusedAtItsPlace) {
  expect_refused(kWrongMeaning);
}

TEST(CatalogLoader, CAT_1_AllProblemsAreToldAtOnce) {
  auto text = replaced(kGood, "family: Series One", "family: Series Nine");
  text = replaced(text, "short_name: Lower", "short_name: 9");
  text = replaced(text, "counting: per-device", "counting: per-port");
  text = replaced(text, "vendor: Example", "vendor: [Example]");
  const auto made = from_text(text);
  ASSERT_FALSE(made.has_value());
  std::vector<std::string> places;
  std::istringstream lines(made.error().message);
  for (std::string line; std::getline(lines, line);) places.push_back(line.substr(0, line.find(':', 10)));
  EXPECT_EQ(places,
            (std::vector<std::string>{"test.yaml:2", "test.yaml:13", "test.yaml:17", "test.yaml:20", "test.yaml:26"}))
      << made.error().message;
}

TEST(CatalogLoader, CAT_1_NoFileIsNoCatalog) {
  EXPECT_FALSE(Catalog::from_documents({}).has_value());
}

TEST(CatalogLoader, CAT_1_FilesReferToEachOtherWhateverTheirOrder) {
  const auto cut = kGood.find("hierarchy:");
  const auto declares = config::parse_yaml(kGood.substr(0, cut), "a.yaml").value();
  const auto refers = config::parse_yaml("catalog: 1\nvendor: Example\n" + kGood.substr(cut), "b.yaml").value();
  EXPECT_TRUE(Catalog::from_documents({declares, refers}).has_value());
  EXPECT_TRUE(Catalog::from_documents({refers, declares}).has_value());
  const auto twice = Catalog::from_documents({declares, refers, refers});
  ASSERT_FALSE(twice.has_value());
  EXPECT_NE(twice.error().message.find("b.yaml:"), std::string::npos);
}

// The verdict of the schema about each text, by python3-jsonschema.
std::vector<bool> schema_verdicts(const std::vector<std::string>& texts) {
  const auto folder = std::filesystem::temp_directory_path() / ("lictor-catalog-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string source = LICTOR_SOURCE_DIR;
  auto command = "/usr/bin/python3 " + source + "/tests/unit/catalog/validate.py " + source + "/catalogs/schema.json";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto path = folder / (std::to_string(i) + ".yaml");
    std::ofstream(path) << texts[i];
    command += " " + path.string();
  }
  std::vector<bool> verdicts;
  if (auto* pipe = ::popen(command.c_str(), "r"); pipe != nullptr) {
    std::array<char, 1024> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr)
      verdicts.push_back(std::string_view(line.data()).ends_with(" good\n"));
    EXPECT_EQ(::pclose(pipe), 0);
  }
  std::filesystem::remove_all(folder);
  return verdicts;
}

std::string shipped_text(const char* name) {
  std::ifstream file(std::string(LICTOR_SOURCE_DIR) + "/catalogs/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(CatalogSchema, CAT_1_TheSchemaAcceptsWhatTheLoaderAccepts) {
  const std::vector<std::string> good = {shipped_text("catalyst.yaml"),
                                         shipped_text("acme-sensors.yaml"),
                                         kGood,
                                         replaced(kGood, "from: '2.1'", "from: 2.1.1"),
                                         replaced(kGood, "from: '2.1'", "from: \"2.09.02a\""),
                                         replaced(kGood, "description: The first", "description: Überwachung, Größe 1"),
                                         replaced(kGood, "pid: ONE-1", "pid: A/b_c+d.e=f-1"),
                                         "catalog: 1\nvendor: Example\n"};
  for (const auto& text : good) {
    const auto made = from_text(text);
    EXPECT_TRUE(made.has_value()) << made.error().message;
  }
  EXPECT_EQ(schema_verdicts(good), std::vector<bool>(good.size(), true));
}

TEST(CatalogSchema, CAT_1_TheSchemaRefusesEveryWrongStructure) {
  std::vector<std::string> texts;
  for (const auto& bad : kWrongStructure) texts.push_back(replaced(kGood, bad.from, bad.to));
  const auto verdicts = schema_verdicts(texts);
  ASSERT_EQ(verdicts.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_FALSE(verdicts[i]) << kWrongStructure[i].name;
}

TEST(CatalogSchema, CAT_1_MeaningIsTheLoadersAlone) {
  std::vector<std::string> texts;
  for (const auto& bad : kWrongMeaning) texts.push_back(replaced(kGood, bad.from, bad.to));
  EXPECT_EQ(schema_verdicts(texts), std::vector<bool>(texts.size(), true))
      << "else the case belongs to the other table";
}

}  // namespace
}  // namespace lictor::catalog
