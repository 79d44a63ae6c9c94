// The two catalogs that ship, against the spec's pages 02 and 06.
#include "unit/catalog/catalog_files.hpp"

namespace lictor::catalog {
namespace {

const std::vector<std::string> kAll = {"network-essentials", "network-advantage", "dna-essentials", "dna-advantage"};

TEST(Catalyst, CAT_3_SmartLicensingIsTheOnlyMethodFromTheVersionOfThePlatform) {
  const auto catalog = shipped("catalyst.yaml");
  const std::pair<const char*, const char*> cases[] = {
      {"Catalyst 3650", "16.9.1"}, {"Catalyst 3850", "16.9.1"}, {"Catalyst 9200", "16.9.1"},
      {"Catalyst 9300", "16.9.1"}, {"Catalyst 9400", "16.9.1"}, {"Catalyst 9500", "16.9.1"},
      {"Catalyst 9600", "16.9.1"}, {"ASR 1000", "16.10.1"},     {"ISR 1000", "16.10.1"},
      {"ISR 4000", "16.10.1"},     {"CSR 1000V", "16.10.1"},    {"ISRv", "16.10.1"}};
  EXPECT_EQ(catalog.families().size(), std::size(cases));
  for (const auto& [name, smart_from] : cases) {
    const auto* family = catalog.find_family(name);
    ASSERT_NE(family, nullptr) << name;
    EXPECT_EQ(family->smart_from, version(smart_from)) << name;
    EXPECT_EQ(catalog.find_product(family->product_tag), family) << name;
  }
  EXPECT_EQ(catalog.find_family("Catalyst 9500")->policy_from, version("17.3.2"));
  EXPECT_EQ(catalog.find_product({"regid.2026-01.org.example.X,1.0_00000000-0000-4000-8000-000000000001"}), nullptr);
}

TEST(Catalyst, CAT_4_HighPerformanceModelsAskForTheirOwnNetworkTagsBefore16_12_3AndForTheGeneralOnesFromThen) {
  const auto catalog = shipped("catalyst.yaml");
  for (const std::string model : {"32C", "32QC", "24Y4C", "48Y4C"}) {
    const auto dna = "C9500 " + model + " DNA Advantage:1, C9500 " + model + " DNA Essentials:1";
    const auto own = dna + ", C9500 " + model + " NW Advantage:1, C9500 " + model + " NW Essentials:1";
    const auto general = dna + ", C9500 Network Advantage:1, C9500 Network Essentials:1";
    const std::pair<const char*, std::string> cases[] = {
        {"16.8.1a", own},      {"16.9.1", own},      {"16.9.5", own},     {"16.10.1", own},   {"16.11.2", own},
        {"16.12.1", own},      {"16.12.1s", own},    {"16.12.2", own},    {"16.12.2a", own},  {"16.12.3", general},
        {"16.12.3a", general}, {"16.12.4", general}, {"17.1.1", general}, {"17.3.2", general}};
    for (const auto& [at, wanted] : cases) {
      auto sorted = wanted;
      EXPECT_EQ(used(catalog, "C9500-" + model, at, kAll), sorted) << model << " at " << at;
    }
  }
}

TEST(Catalyst, CAT_4_TheLicenceColumnNamesTheTagOfTheVersion) {
  const auto catalog = shipped("catalyst.yaml");
  const auto name = [&](std::string_view at) {
    for (const auto& rule : catalog.find_model("C9500-32C")->features)
      if (rule.feature == "network-advantage" && applies(rule, version(at))) return rule.license_name;
    return std::string("none");
  };
  EXPECT_EQ(name("16.12.2"), "C9500 32C NW Advantage");
  EXPECT_EQ(name("16.12.3"), "C9500 Network Advantage");
}

TEST(Catalyst, CAT_4_TheGeneralNetworkTagCoversTheModelsOwnAndAdvantageCoversEssentials) {
  const auto catalog = shipped("catalyst.yaml");
  const auto lenders = [&](const std::string& short_name) {
    std::string text;
    for (const auto& lender : catalog.hierarchy().lenders(catalog.find_tag_by_short_name(short_name)->tag))
      text += catalog.find_tag(lender.tag)->short_name + " " + std::to_string(lender.distance) + "; ";
    return text;
  };
  EXPECT_EQ(lenders("C9500 Network Advantage"), "");
  EXPECT_EQ(lenders("C9500 Network Essentials"), "C9500 Network Advantage 1; ");
  for (const std::string model : {"32C", "32QC", "24Y4C", "48Y4C"}) {
    const auto own = "C9500 " + model;
    EXPECT_EQ(lenders(own + " NW Advantage"), "C9500 Network Advantage 1; ");
    EXPECT_EQ(lenders(own + " NW Essentials"),
              "C9500 Network Essentials 1; " + own + " NW Advantage 1; C9500 Network Advantage 2; ");
    EXPECT_EQ(lenders(own + " DNA Essentials"), own + " DNA Advantage 1; ") << "DNA tags stay the model's own";
    EXPECT_EQ(lenders(own + " DNA Advantage"), "");
  }
}

TEST(Catalyst, CAT_4_AnOldImageIsCoveredByTheGeneralLicenceThatTheAccountOwns) {
  const auto catalog = shipped("catalyst.yaml");
  const auto old_image = catalog.usage("C9500-32C", version("16.9.4"), {"network-advantage"}, {}).value();
  ASSERT_EQ(old_image.size(), 1u);
  const auto general = catalog.find_tag_by_short_name("C9500 Network Advantage")->tag;
  const auto made = domain::cover(catalog.hierarchy(), {{general, 1, 0}, {old_image[0].tag, 0, 1}});
  EXPECT_EQ(made.loans, (std::vector<domain::Loan>{{general, old_image[0].tag, 1}}));
  EXPECT_EQ(made.tags.at(old_image[0].tag).short_count, 0);
}

TEST(Catalyst, CAT_6_TheC9500_40XIsNamedAsTheGuidePrintsIt) {
  const auto catalog = shipped("catalyst.yaml");
  const auto* model = catalog.find_model("C9500-40X");
  ASSERT_NE(model, nullptr);
  struct Row {
    std::string feature, license, tag;
  };
  const Row rows[] = {{"network-essentials", "C9500 Network Essentials", "C9500 Network Essentials"},
                      {"network-advantage", "C9500 Network Advantage", "C9500 Network Advantage"},
                      {"dna-essentials", "C9500-DNA-40X-E", "C9500-40X DNA Essentials"},
                      {"dna-advantage", "C9500-DNA-40X-A", "C9500-40X DNA Advantage"}};
  ASSERT_EQ(model->features.size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(model->features[i].feature, rows[i].feature);
    EXPECT_EQ(model->features[i].license_name, rows[i].license);
    EXPECT_EQ(catalog.find_tag(model->features[i].tag)->short_name, rows[i].tag);
  }
  EXPECT_EQ(used(catalog, "C9500-40X", "16.9.1", {"network-advantage", "dna-advantage"}),
            "C9500 Network Advantage:1, C9500-40X DNA Advantage:1");
}

TEST(Catalyst, USE_2_CountsFollowThePlatform) {
  const auto catalog = shipped("catalyst.yaml");
  const std::vector<std::string> both = {"network-advantage", "dna-advantage"};
  struct Case {
    const char* pid;
    DeviceShape shape;
    const char* wanted;
  };
  const Case cases[] = {
      {"C9300-48P", {1, 1, 1}, "C9300 48P DNA Advantage:1, C9300 48P Network Advantage:1"},
      {"C9300-48P", {3, 1, 1}, "C9300 48P DNA Advantage:3, C9300 48P Network Advantage:3"},
      {"C9300-24UX", {8, 1, 1}, "C9300 24P DNA Advantage:8, C9300 24P Network Advantage:8"},
      {"C9407R", {1, 1, 1}, "C9400 DNA Advantage:1, C9400 Network Advantage:1"},
      {"C9407R", {1, 2, 1}, "C9400 DNA Advantage:1, C9400 Network Advantage:2"},
      {"C9410R", {1, 4, 2}, "C9400 DNA Advantage:2, C9400 Network Advantage:4"},
      {"C9404R", {1, 0, 1}, "C9400 DNA Advantage:1"},
      {"C9500-40X", {2, 1, 1}, "C9500 Network Advantage:2, C9500-40X DNA Advantage:2"},
      {"C9500-24Y4C", {2, 1, 1}, "C9500 24Y4C DNA Advantage:2, C9500 Network Advantage:2"},
  };
  for (const auto& c : cases) EXPECT_EQ(used(catalog, c.pid, "16.12.3", both, c.shape), c.wanted) << c.pid;
  EXPECT_EQ(used(catalog, "C9300-48P", "16.12.3", {}), "") << "only what is configured is used";
}

TEST(Catalyst, USE_2_AnUnknownModelOrFeatureIsNamedWithWhatThereIs) {
  const auto catalog = shipped("catalyst.yaml");
  const auto model = catalog.usage("C9999", version("16.12.3"), {}, {});
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error(), (Error{ErrorCode::NotFound, "the catalog has no model C9999"}));
  const auto feature = catalog.usage("C9300-48P", version("16.12.3a"), {"lan-base"}, {});
  ASSERT_FALSE(feature.has_value());
  EXPECT_EQ(feature.error(),
            (Error{ErrorCode::InvalidArgument,
                   "C9300-48P has no feature \"lan-base\" at version 16.12.3a; it has network-essentials, "
                   "network-advantage, dna-essentials, dna-advantage"}));
}

TEST(Catalyst, USE_1_UsageCarriesNamesAndMarksByValueSortedByTag) {
  const auto catalog = shipped("catalyst.yaml");
  auto usage = catalog.usage("C9500-40X", version("16.12.3"), {"network-advantage", "dna-advantage"}, {}).value();
  auto checked = usage;
  ASSERT_TRUE(check_usage(checked).has_value());
  EXPECT_EQ(checked, usage);
  const auto dna = std::ranges::find(usage, "dna-advantage", &UsageItem::feature_name);
  ASSERT_NE(dna, usage.end());
  EXPECT_EQ(dna->display_name, "C9500-40X DNA Advantage");
  EXPECT_EQ(dna->description, "C9500-40X DNA Advantage");
  EXPECT_FALSE(dna->export_controlled);
}

TEST(Catalyst, CAT_1_TagsStayApartAsTheSummaryPrintsThem) {
  for (const auto* name : {"catalyst.yaml", "acme-sensors.yaml"}) {
    const auto catalog = shipped(name);
    std::map<std::string, std::string> printed;
    for (const auto& tag : catalog.tags()) {
      const auto text = printed_short_name(tag.short_name);
      EXPECT_LE(text.size(), 25u);
      EXPECT_TRUE(printed.emplace(text, tag.short_name).second) << text << " is also " << printed[text];
      EXPECT_FALSE(tag.description.empty());
    }
  }
  EXPECT_EQ(printed_short_name("C9500 24Y4C DNA Advantage"), "C9500 24Y4C DNA Advantage");
  EXPECT_EQ(printed_short_name("C9500 24Y4C DNA Essentials"), "C9500 24Y4C DNA Essent...");
  EXPECT_EQ(printed_short_name("a name, 22 bytes and \xc3\xa4 and more"), "a name, 22 bytes and ...");
}

TEST(Acme, CAT_2_AnotherVendorsCatalogLoadsAndCounts) {
  const auto catalog = shipped("acme-sensors.yaml");
  EXPECT_EQ(catalog.families().size(), 2u);
  EXPECT_EQ(used(catalog, "ACME-T100", "2.4.0", {"analysis", "encryption"}), "Acme Analysis:1, Acme Encryption:1");
  EXPECT_EQ(used(catalog, "ACME-T100", "2.3.9", {"analysis", "encryption"}),
            "ACME-T100 has no feature \"encryption\" at version 2.3.9; it has analysis");
  EXPECT_EQ(used(catalog, "ACME-V8", "2.9", {"analysis", "measuring"}, {5, 1, 1}), "Acme Analysis:1, Acme Channels:5");
  EXPECT_EQ(used(catalog, "ACME-V8", "3.0.0", {"analysis"}), "Acme Analysis Pro:1");
  EXPECT_TRUE(catalog.find_tag_by_short_name("Acme Encryption")->export_controlled) << "REG-10's mark";
  EXPECT_EQ(catalog.find_tag_by_short_name("Acme Analysis Pro")->display_name, "Acme Analysis Professional");
}

TEST(Acme, CAT_2_BothCatalogsAreOneWhenLoadedTogether) {
  std::vector<Document> documents;
  for (const auto* name : {"acme-sensors.yaml", "catalyst.yaml"})
    documents.push_back(config::read_yaml_file(std::string(LICTOR_SOURCE_DIR) + "/catalogs/" + name).value());
  const auto both = Catalog::from_documents(documents);
  ASSERT_TRUE(both.has_value()) << both.error().message;
  EXPECT_NE(both->find_model("ACME-V8"), nullptr);
  EXPECT_NE(both->find_model("C9500-40X"), nullptr);
  EXPECT_EQ(both->hierarchy().order(both->tags().front().tag), 0u);
  EXPECT_EQ(both->tags().front().short_name, "Acme Analysis Pro");
}

}  // namespace
}  // namespace lictor::catalog
