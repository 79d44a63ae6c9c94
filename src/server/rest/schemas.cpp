// Every object of REST v1, member by member; the schemas of members are JSON text.
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

constexpr const char* kText = R"({"type":"string"})";
constexpr const char* kId = R"({"type":"string","pattern":"^[0-9]+$"})";
constexpr const char* kIdOrNull = R"({"type":["string","null"],"pattern":"^[0-9]+$"})";
constexpr const char* kTime = R"({"type":"string","format":"date-time"})";
constexpr const char* kTimeOrNull = R"({"type":["string","null"],"format":"date-time"})";
constexpr const char* kDate = R"({"type":"string","format":"date"})";
constexpr const char* kFlag = R"({"type":"boolean"})";
constexpr const char* kCount = R"({"type":"integer"})";
constexpr const char* kNumber = R"({"type":["integer","string"],"description":"also as decimal text"})";
constexpr const char* kTextOrNull = R"({"type":["string","null"]})";
constexpr const char* kGrants =
    R"({"type":"array","items":{"type":"object","required":["role","account","virtual_account"],"additionalProperties":false,"properties":{"role":{"type":"string"},"account":{"type":["string","null"]},"virtual_account":{"type":["string","null"]}}}})";
constexpr const char* kNewGrants =
    R"({"type":"array","minItems":1,"items":{"type":"object","required":["role"],"additionalProperties":false,"properties":{"role":{"type":"string"},"account":{"type":["string","null"]},"virtual_account":{"type":["string","null"]}}}})";
constexpr const char* kUdis =
    R"({"type":"array","items":{"type":"object","required":["pid","sn","role"],"additionalProperties":false,"properties":{"pid":{"type":"string"},"sn":{"type":"string"},"role":{"enum":["Active","Standby","Member"]}}}})";
constexpr const char* kUsage =
    R"({"type":"array","items":{"type":"object","required":["tag","claimed","counted","valid"],"additionalProperties":false,"properties":{"tag":{"type":"string"},"claimed":{"type":"integer"},"counted":{"type":"integer"},"valid":{"type":"boolean"}}}})";

std::vector<Member> instance_members() {
  return {{"id", kId},
          {"name", kText},
          {"virtual_account", kId},
          {"status", R"({"enum":["registering","active","silent","removed"]})"},
          {"product_tag", kText},
          {"host_name", kText},
          {"software_version", kText},
          {"udis", kUdis},
          {"export_allowed", kFlag},
          {"in_compliance", kFlag},
          {"registered_at", kTime},
          {"last_contact", kTime},
          {"certificate_ends", kTime}};
}

std::vector<Member> with(std::vector<Member> members, Member more) {
  members.push_back(std::move(more));
  return members;
}

}  // namespace

std::vector<Schema> all_schemas() {
  return {
      {"Problem",
       {{"type", kText, false},
        {"title", kText},
        {"status", kCount},
        {"detail", kText, false},
        {"code", kText, false},
        {"instance", kText, false}}},
      {"Health", {{"status", R"({"enum":["ok","failing"]})"}}},
      {"Login", {{"name", kText}, {"password", kText}}},
      {"Session",
       {{"access_token", kText}, {"token_type", kText}, {"expires_at", kTime}, {"must_change_password", kFlag}}},
      {"PasswordChange", {{"current_password", kText}, {"new_password", kText}}},
      {"Whoami", {{"name", kText}, {"grants", kGrants}, {"must_change_password", kFlag}}},
      {"AccessToken",
       {{"access_token", kText}, {"token_type", R"({"const":"Bearer"})"}, {"expires_in", kCount}, {"scope", kText}}},
      {"OauthError", {{"error", kText}, {"error_description", kText}}},
      {"NewApiClient",
       {{"description", kText}, {"role", kText}, {"account", kId, false}, {"virtual_account", kId, false}}},
      {"ApiClient",
       {{"id", kText}, {"description", kText}, {"grants", kGrants}, {"created_at", kTime}, {"secret", kTextOrNull}}},
      {"NewUser", {{"name", kText}, {"grants", kNewGrants}}},
      {"User",
       {{"id", kId},
        {"name", kText},
        {"grants", kGrants},
        {"disabled", kFlag},
        {"must_change_password", kFlag},
        {"created_at", kTime},
        {"one_time_password", kTextOrNull}}},
      {"NewCatalog",
       {{"files",
         R"({"type":"array","minItems":1,"items":{"type":"object","required":["name","text"],"additionalProperties":false,"properties":{"name":{"type":"string"},"text":{"type":"string"}}}})"}}},
      {"Catalog", {{"version", kCount}, {"digest", kText}, {"imported_at", kTime}}},
      {"Tag",
       {{"tag", kText}, {"short_name", kText}, {"name", kText}, {"description", kText}, {"export_controlled", kFlag}}},
      {"AccountChange", {{"name", kText, false}, {"export_allowed", kFlag, false}}},
      {"NewAccount", {{"domain", kText}, {"name", kText}, {"export_allowed", kFlag, false}}},
      {"Account", {{"id", kId}, {"domain", kText}, {"name", kText}, {"export_allowed", kFlag}, {"created_at", kTime}}},
      {"NewVirtualAccount", {{"name", kText}, {"description", kText, false}}},
      {"VirtualAccountChange", {{"name", kText, false}, {"description", kText, false}}},
      {"VirtualAccount",
       {{"id", kId}, {"name", kText}, {"description", kText}, {"is_default", kFlag}, {"created_at", kTime}}},
      {"NewDeposit",
       {{"tag", kText},
        {"quantity", kNumber},
        {"virtual_account", kId, false},
        {"first_day", kDate, false},
        {"last_day", kDate, false},
        {"billing", R"({"enum":["PREPAID","USAGE"]})", false},
        {"subscription_id", kText, false},
        {"order_number", kText, false},
        {"order_line", kText, false}}},
      {"Lot",
       {{"id", kId},
        {"virtual_account", kId},
        {"tag", kText},
        {"quantity", kCount},
        {"starts_at", kTimeOrNull},
        {"ends_at", kTimeOrNull},
        {"billing", kText},
        {"source", kText},
        {"subscription_id", kText},
        {"order_number", kText},
        {"created_at", kTime}}},
      {"LedgerEntry",
       {{"posting", kId},
        {"leg", kCount},
        {"virtual_account", kIdOrNull},
        {"place", kText},
        {"tag", kText},
        {"lot", kId},
        {"delta", kCount}}},
      {"Balance",
       {{"virtual_account", kIdOrNull},
        {"tag", kText},
        {"name", kText},
        {"owned", kCount},
        {"in_use", kCount},
        {"lent", kCount},
        {"borrowed", kCount},
        {"balance", kCount},
        {"short", kCount},
        {"in_compliance", kFlag}}},
      {"NewToken",
       {{"description", kText, false},
        {"virtual_account", kId, false},
        {"expires_after_days", kNumber, false},
        {"max_uses", kNumber, false},
        {"export_allowed", kFlag, false}}},
      {"Token",
       {{"id", kId},
        {"virtual_account", kId},
        {"description", kText},
        {"status", R"({"enum":["usable","expired","used-up","revoked"]})"},
        {"export_allowed", kFlag},
        {"created_at", kTime},
        {"expires_at", kTime},
        {"created_by", kText},
        {"max_uses", R"({"type":["integer","null"]})"},
        {"uses", kCount},
        {"revoked_at", kTimeOrNull},
        {"token", kTextOrNull}}},
      {"Instance", instance_members()},
      {"InstanceDetail", with(instance_members(), {"usage", kUsage})},
      {"InstanceChange", {{"name", kText, false}, {"virtual_account", kId, false}}},
      {"Event",
       {{"sequence", kCount},
        {"at", kTime},
        {"virtual_account", kIdOrNull},
        {"instance", kIdOrNull},
        {"kind", kText},
        {"text", kText},
        {"actor", kText}}},
      {"AuditRow",
       {{"sequence", kCount},
        {"at", kTime},
        {"actor", kText},
        {"action", kText},
        {"object", kText},
        {"detail", "true"},
        {"request_id", kText},
        {"hash", kText}}},
  };
}

}  // namespace lictor::rest
