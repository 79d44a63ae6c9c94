#include "lictorctl/operations.hpp"

namespace lictor::lictorctl {
namespace {

const std::vector<ColumnRow> kAccountColumns{{"ID", "id"}, {"DOMAIN", "domain"}, {"NAME", "name"}, {"EXPORT", "export_allowed"}, {"CREATED", "created_at"}};
const std::vector<ColumnRow> kVaColumns{{"ID", "id"}, {"NAME", "name"}, {"DEFAULT", "is_default"}, {"DESCRIPTION", "description"}};
const std::vector<ColumnRow> kLotColumns{{"ID", "id"}, {"VA", "virtual_account"}, {"TAG", "tag"}, {"QUANTITY", "quantity"}, {"STARTS", "starts_at"}, {"ENDS", "ends_at"}, {"SOURCE", "source"}, {"ORDER", "order_number"}};
const std::vector<ColumnRow> kBalanceColumns{{"LICENSE", "name"}, {"OWNED", "owned"}, {"IN USE", "in_use"}, {"LENT", "lent"}, {"BORROWED", "borrowed"}, {"BALANCE", "balance"}, {"SHORT", "short"}, {"COMPLIANT", "in_compliance"}};
const std::vector<ColumnRow> kTokenColumns{{"ID", "id"}, {"VA", "virtual_account"}, {"DESCRIPTION", "description"}, {"STATUS", "status"}, {"EXPIRES", "expires_at"}, {"USES", "uses"}, {"MAX", "max_uses"}, {"EXPORT", "export_allowed"}, {"BY", "created_by"}};
const std::vector<ColumnRow> kTokenTextColumns{{"TOKEN", "token"}, {"ID", "id"}, {"EXPIRES", "expires_at"}};
const std::vector<ColumnRow> kInstanceColumns{{"ID", "id"}, {"NAME", "name"}, {"VA", "virtual_account"}, {"STATUS", "status"}, {"VERSION", "software_version"}, {"COMPLIANT", "in_compliance"}, {"LAST CONTACT", "last_contact"}, {"CERTIFICATE ENDS", "certificate_ends"}};
const std::vector<ColumnRow> kEventColumns{{"TIME", "at"}, {"EVENT", "text"}, {"BY", "actor"}};
const std::vector<ColumnRow> kClientColumns{{"CLIENT ID", "id"}, {"SECRET", "secret"}, {"DESCRIPTION", "description"}};

const std::vector<OperationRow> kOperations{
    {.noun = "account", .verb = "list", .help = "Show the smart accounts that you see", .method = "GET", .path = "/api/v1/accounts", .list_member = "items", .columns = kAccountColumns},
    {.noun = "account", .verb = "create", .help = "Make a smart account with its default virtual account",
     .example = "lictorctl account create --domain example.com --name \"Example Corporation\" --export-allowed", .method = "POST", .path = "/api/v1/accounts",
     .options = {{"--domain", OptionKind::Text, "domain", true, "The customer's domain, unique"}, {"--name", OptionKind::Text, "name", true, "The customer's name"},
                 {"--export-allowed", OptionKind::Flag, "export_allowed", false, "Allow export-controlled functionality"}},
     .columns = kAccountColumns},
    {.noun = "account", .verb = "get", .help = "Show one smart account", .method = "GET", .path = "/api/v1/accounts/{id}", .subject = Subject::Account, .columns = kAccountColumns},

    {.noun = "va", .verb = "list", .help = "Show the virtual accounts", .method = "GET", .path = "/api/v1/accounts/{account}/virtual-accounts", .in_account = true, .list_member = "items", .columns = kVaColumns},
    {.noun = "va", .verb = "create", .help = "Make a virtual account", .example = "lictorctl --account example.com va create --name \"Krakow LAN-SW\"", .method = "POST",
     .path = "/api/v1/accounts/{account}/virtual-accounts", .in_account = true,
     .options = {{"--name", OptionKind::Text, "name", true, "Its name, unique in the account"}, {"--description", OptionKind::Text, "description", false, "What it is for"}}, .columns = kVaColumns},
    {.noun = "va", .verb = "rename", .help = "Rename a virtual account", .method = "PATCH", .path = "/api/v1/accounts/{account}/virtual-accounts/{id}", .subject = Subject::VirtualAccount, .in_account = true,
     .options = {{"--name", OptionKind::Text, "name", true, "The new name"}}, .columns = kVaColumns},
    {.noun = "va", .verb = "delete", .help = "Remove an empty virtual account", .method = "DELETE", .path = "/api/v1/accounts/{account}/virtual-accounts/{id}", .subject = Subject::VirtualAccount, .in_account = true, .dangerous = true},

    {.noun = "license", .verb = "deposit", .help = "Deposit licences as a lot",
     .example = "lictorctl --account example.com license deposit --va Default --tag \"C9500 Network Advantage\" --quantity 10 --last-day 2027-12-31", .method = "POST",
     .path = "/api/v1/accounts/{account}/licenses", .in_account = true, .takes_va = true,
     .options = {{"--tag", OptionKind::Text, "tag", true, "The entitlement tag, or the licence's name in the catalog"}, {"--quantity", OptionKind::Integer, "quantity", true, "How many"},
                 {"--first-day", OptionKind::Text, "first_day", false, "The first day of the term, YYYY-MM-DD"}, {"--last-day", OptionKind::Text, "last_day", false, "The last day of the term; else perpetual"},
                 {"--order", OptionKind::Text, "order_number", false, "The order's number: each line of an order is deposited once"}, {"--order-line", OptionKind::Text, "order_line", false, "The line of that order"},
                 {"--subscription", OptionKind::Text, "subscription_id", false, "The subscription's id"}},
     .columns = kLotColumns},
    {.noun = "license", .verb = "list", .help = "Show the lots of licences", .method = "GET", .path = "/api/v1/accounts/{account}/licenses", .in_account = true, .takes_va = true, .list_member = "items", .columns = kLotColumns},
    {.noun = "balance", .verb = "list", .help = "Show owned, in use and short, per licence", .method = "GET", .path = "/api/v1/accounts/{account}/balances", .in_account = true, .takes_va = true, .list_member = "items", .columns = kBalanceColumns},

    {.noun = "token", .verb = "create", .help = "Make a registration token", .example = "lictorctl --account example.com token create --va Default --description \"first switches\" --days 30 --max-uses 10",
     .method = "POST", .path = "/api/v1/accounts/{account}/tokens", .in_account = true, .takes_va = true,
     .options = {{"--description", OptionKind::Text, "description", false, "What it is for"}, {"--days", OptionKind::Integer, "expires_after_days", false, "Days until it expires, 1 to 365 (30)"},
                 {"--max-uses", OptionKind::Integer, "max_uses", false, "How many registrations; else as many as wanted"}, {"--export-allowed", OptionKind::Flag, "export_allowed", false, "Allow export-controlled functionality"}},
     .columns = kTokenTextColumns},
    {.noun = "token", .verb = "list", .help = "Show the tokens, usable ones first", .method = "GET", .path = "/api/v1/accounts/{account}/tokens", .in_account = true, .takes_va = true, .list_member = "items", .columns = kTokenColumns},
    {.noun = "token", .verb = "get", .help = "Show a token whole", .method = "GET", .path = "/api/v1/accounts/{account}/tokens/{id}", .subject = Subject::Token, .in_account = true, .columns = kTokenTextColumns},
    {.noun = "token", .verb = "revoke", .help = "Revoke a token for good", .method = "POST", .path = "/api/v1/accounts/{account}/tokens/{id}/revoke", .subject = Subject::Token, .in_account = true, .columns = kTokenColumns, .dangerous = true},

    {.noun = "instance", .verb = "list", .help = "Show the registered products", .example = "lictorctl --account example.com instance list --search FCW22", .method = "GET", .path = "/api/v1/accounts/{account}/instances", .in_account = true, .takes_va = true,
     .options = {{"--search", OptionKind::Text, "search", false, "The beginning of a name, host name, product id or serial number"}}, .list_member = "items", .columns = kInstanceColumns},
    {.noun = "instance", .verb = "get", .help = "Show one product instance", .method = "GET", .path = "/api/v1/accounts/{account}/instances/{id}", .subject = Subject::Instance, .in_account = true, .columns = kInstanceColumns},
    {.noun = "instance", .verb = "rename", .help = "Give a product instance another name", .method = "PATCH", .path = "/api/v1/accounts/{account}/instances/{id}", .subject = Subject::Instance, .in_account = true,
     .options = {{"--name", OptionKind::Text, "name", true, "The new name"}}, .columns = kInstanceColumns},
    {.noun = "instance", .verb = "move", .help = "Move a product instance with its usage to another virtual account", .method = "PATCH", .path = "/api/v1/accounts/{account}/instances/{id}", .subject = Subject::Instance, .in_account = true, .takes_va = true, .columns = kInstanceColumns},
    {.noun = "instance", .verb = "remove", .help = "Remove a product instance; its licences return at once", .method = "DELETE", .path = "/api/v1/accounts/{account}/instances/{id}", .subject = Subject::Instance, .in_account = true, .dangerous = true},

    {.noun = "event", .verb = "list", .help = "Show the event log", .method = "GET", .path = "/api/v1/accounts/{account}/events", .in_account = true, .takes_va = true, .list_member = "items", .columns = kEventColumns},
    {.noun = "client", .verb = "create", .help = "Make an API client; its secret is shown this once", .example = "lictorctl client create --description ci --role smart-account-administrator --for-account 1", .method = "POST", .path = "/api/v1/api-clients",
     .options = {{"--description", OptionKind::Text, "description", true, "What it is for"}, {"--role", OptionKind::Text, "role", true, "Its role"}, {"--for-account", OptionKind::Text, "account", false, "The id of its smart account"}}, .columns = kClientColumns},
};

}  // namespace

std::span<const OperationRow> operations() { return kOperations; }

}  // namespace lictor::lictorctl
