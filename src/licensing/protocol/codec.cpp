#include "licensing/protocol/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"
#include "foundation/json/json.hpp"
#include "licensing/protocol/id_text.hpp"

namespace lictor::protocol {
namespace {

using json::Array;
using json::Object;
using json::ObjectReader;
using json::Value;

// Limits of texts count characters, as JSON Schema does.
constexpr std::size_t kMaxText = 1024;  // versions, names, reasons
constexpr std::size_t kMaxToken = 255;
constexpr std::size_t kMaxDer = 87'384;        // base64 of one DER object: 65,536 bytes
constexpr std::size_t kMaxSignature = 65'536;  // a JWS inside a payload
constexpr std::size_t kMaxChain = 8;
constexpr std::size_t kMaxBundles = 64;

std::int64_t in_seconds(Duration d) {
  return d.count() / 1000;
}

// Of a text that is UTF-8: the parser has seen to that.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Reads members one after the other and remembers the first thing that was wrong, so that a decoder reads like the
// message's table.
class Reader {
 public:
  explicit Reader(ObjectReader object) : object_(std::move(object)) {
    if (!object_.is_object()) fail({ErrorCode::Malformed, fmt::format("{}must be an object", object_.path(""))});
  }

  std::string text(std::string_view key, std::size_t longest = kMaxText) {
    auto value = take(object_.string(key));
    if (characters(value) > longest) {
      fail({ErrorCode::Malformed, fmt::format("{}: longer than {} characters", object_.path(key), longest)});
    }
    return value;
  }
  std::string filled_text(std::string_view key, std::size_t longest) {
    auto value = text(key, longest);
    if (value.empty()) fail({ErrorCode::Malformed, fmt::format("{}: must not be empty", object_.path(key))});
    return value;
  }
  std::string optional_text(std::string_view key) { return object_.has(key) ? text(key) : std::string(); }
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) {
    return take(object_.integer(key, low, high));
  }
  std::int64_t id(std::string_view key) { return integer(key, 0, (std::int64_t{1} << 53) - 1); }
  bool flag(std::string_view key) { return take(object_.boolean(key)); }
  Duration in_seconds(std::string_view key) { return seconds(integer(key, 0, 400LL * 366 * 86400)); }
  WallTime time(std::string_view key) { return wall_from_ms(integer(key, 0, 253'402'300'799'999)); }
  Bytes base64(std::string_view key) { return decode_base64(text(key, kMaxDer), object_.path(key)); }
  template <class T, class Parse>
  T parsed(std::string_view key, Parse&& parse) {
    auto value = text(key);
    if (error_) return T{};
    auto result = parse(value);
    if (!result) {
      fail(result.error().with_context(object_.path(key)));
      return T{};
    }
    return std::move(*result);
  }
  // Calls `item(Value, path)` for each element.
  template <class Item>
  void each(std::string_view key, std::size_t most, Item&& item) {
    auto array = object_.array(key);
    if (!array) return fail(array.error());
    if ((*array)->size() > most) {
      return fail({ErrorCode::TooLarge, fmt::format("{}: more than {} items", object_.path(key), most)});
    }
    for (std::size_t i = 0; i < (*array)->size() && !error_; ++i) {
      item((**array)[i], fmt::format("{}[{}]", object_.path(key), i));
    }
  }
  std::vector<Bytes> certificates(std::string_view key, std::size_t most = kMaxChain) {
    std::vector<Bytes> out;
    each(key, most, [&](const Value& value, const std::string& path) {
      const auto* item = value.if_string();
      if (item == nullptr) return fail({ErrorCode::Malformed, fmt::format("{}: must be a string", path)});
      if (item->size() > kMaxDer) {
        return fail({ErrorCode::Malformed, fmt::format("{}: longer than {} characters", path, kMaxDer)});
      }
      out.push_back(decode_base64(*item, path));
    });
    return out;
  }
  [[nodiscard]] bool has(std::string_view key) const { return object_.has(key); }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  void absorb(Reader& inner) {
    if (inner.error_) fail(*inner.error_);
  }
  template <class T>
  Result<T> finish(T value) {
    if (error_) return *error_;
    return value;
  }
  [[nodiscard]] const ObjectReader& object() const { return object_; }

 private:
  template <class T>
  T take(Result<T> result) {
    if (!result) {
      fail(result.error());
      return T{};
    }
    return std::move(*result);
  }
  Bytes decode_base64(const std::string& text, const std::string& path) {
    auto bytes = from_base64(text);
    if (!bytes) {
      fail(bytes.error().with_context(path));
      return {};
    }
    return std::move(*bytes);
  }

  ObjectReader object_;
  std::optional<Error> error_;
};

// --- shared parts ---------------------------------------------------------------------------------------------------
Value to_json(const std::vector<UdiEntry>& udis) {
  Array items;
  for (const auto& entry : udis) {
    items.emplace_back(Object{{"pid", entry.udi.pid}, {"sn", entry.udi.sn}, {"role", to_string(entry.role)}});
  }
  return items;
}

std::vector<UdiEntry> read_udis(Reader& reader) {
  std::vector<UdiEntry> udis;
  reader.each("udis", kMaxStackMembers, [&](const Value& value, const std::string& path) {
    Reader item(ObjectReader(value, path));
    auto pid = item.text("pid");
    auto sn = item.text("sn");
    UdiEntry entry;
    entry.role = item.parsed<UdiRole>("role", parse_udi_role);
    auto udi = make_udi(std::move(pid), std::move(sn));
    if (udi) {
      entry.udi = std::move(*udi);
    } else {
      item.fail(udi.error().with_context(path));
    }
    reader.absorb(item);
    udis.push_back(std::move(entry));
  });
  if (auto ok = check_udis(udis); !ok) reader.fail({ErrorCode::Malformed, "udis: " + ok.error().message});
  return udis;
}

Value to_json(const std::vector<UsageItem>& usage) {
  Array items;
  for (const auto& item : usage) {
    items.emplace_back(Object{{"tag", item.tag.text},
                              {"count", item.count},
                              {"feature_name", item.feature_name},
                              {"display_name", item.display_name},
                              {"description", item.description},
                              {"export_controlled", item.export_controlled}});
  }
  return items;
}

std::vector<UsageItem> read_usage(Reader& reader) {
  std::vector<UsageItem> usage;
  reader.each("usage", kMaxUsageItems, [&](const Value& value, const std::string& path) {
    Reader item(ObjectReader(value, path));
    UsageItem out;
    out.tag = item.parsed<EntitlementTag>("tag", parse_entitlement_tag);
    out.count = item.integer("count", 1, kMaxCount);
    out.feature_name = item.text("feature_name");
    out.display_name = item.text("display_name");
    out.description = item.text("description");
    out.export_controlled = item.flag("export_controlled");
    reader.absorb(item);
    usage.push_back(std::move(out));
  });
  if (auto ok = check_usage(usage); !ok) reader.fail({ErrorCode::Malformed, "usage: " + ok.error().message});
  return usage;
}

Value to_json(const std::vector<Bytes>& certificates) {
  Array items;
  for (const auto& der : certificates) items.emplace_back(to_base64(der));
  return items;
}

// --- requests -------------------------------------------------------------------------------------------------------
Object members(const RegisterRequest& m) {
  return {{"token", m.token},
          {"csr", to_base64(m.csr)},
          {"force", m.force},
          {"product_tag", m.product_tag.text},
          {"udis", to_json(m.udis)},
          {"software_version", m.software_version},
          {"agent_version", m.agent_version},
          {"host_name", m.host_name}};
}
Object members(const AuthorizeRequest& m) {
  Object out{{"udis", to_json(m.udis)},
             {"software_version", m.software_version},
             {"agent_version", m.agent_version},
             {"host_name", m.host_name},
             {"usage", to_json(m.usage)},
             {"virtual_account", m.virtual_account.value},
             {"generation", m.generation},
             {"evaluation_used", in_seconds(m.evaluation_used)},
             {"trust_version", std::int64_t{m.trust_version}}};
  if (m.incarnation_seen) out.emplace_back("incarnation_seen", m.incarnation_seen->text());
  return out;
}
Object members(const RenewIdRequest& m) {
  return {{"csr", to_base64(m.csr)}};
}
Object members(const DeregisterRequest& m) {
  return {{"reason", m.reason}};
}
Object members(const PollRequest& m) {
  return {{"asked_for", m.asked_for.text()}};
}
Object members(const TrustRequest& m) {
  return {{"version_held", std::int64_t{m.version_held}}};
}

Result<Request> read_register(Reader reader) {
  RegisterRequest m;
  m.token = reader.filled_text("token", kMaxToken);
  m.csr = reader.base64("csr");
  m.force = reader.flag("force");
  m.product_tag = reader.parsed<ProductTag>("product_tag", parse_product_tag);
  m.udis = read_udis(reader);
  m.software_version = reader.text("software_version");
  m.agent_version = reader.text("agent_version");
  m.host_name = reader.optional_text("host_name");
  return reader.finish(Request{std::move(m)});
}
Result<Request> read_authorize(Reader reader) {
  AuthorizeRequest m;
  m.udis = read_udis(reader);
  m.software_version = reader.text("software_version");
  m.agent_version = reader.text("agent_version");
  m.host_name = reader.optional_text("host_name");
  m.usage = read_usage(reader);
  m.virtual_account = VirtualAccountId{reader.id("virtual_account")};
  m.generation = reader.id("generation");
  m.evaluation_used = reader.in_seconds("evaluation_used");
  m.trust_version = static_cast<int>(reader.integer("trust_version", 0, 1'000'000));
  if (reader.has("incarnation_seen")) {
    m.incarnation_seen = reader.parsed<Incarnation>("incarnation_seen", parse_wire_id<Incarnation>);
  }
  return reader.finish(Request{std::move(m)});
}
Result<Request> read_renew_id(Reader reader) {
  RenewIdRequest m;
  m.csr = reader.base64("csr");
  return reader.finish(Request{std::move(m)});
}
Result<Request> read_deregister(Reader reader) {
  DeregisterRequest m;
  m.reason = reader.optional_text("reason");
  return reader.finish(Request{std::move(m)});
}
Result<Request> read_poll(Reader reader) {
  PollRequest m;
  m.asked_for = reader.parsed<RequestId>("asked_for", parse_wire_id<RequestId>);
  return reader.finish(Request{m});
}
Result<Request> read_trust(Reader reader) {
  TrustRequest m;
  m.version_held = static_cast<int>(reader.integer("version_held", 0, 1'000'000));
  return reader.finish(Request{m});
}

// --- answers --------------------------------------------------------------------------------------------------------
Object members(const RegisterAnswer& m) {
  return {{"chain", to_json(m.chain)},          {"account", m.account.value},
          {"instance", m.instance.value},       {"virtual_account", m.virtual_account.value},
          {"account_name", m.account_name},     {"virtual_account_name", m.virtual_account_name},
          {"export_allowed", m.export_allowed}, {"first_authorization_due", to_ms(m.first_authorization_due)}};
}
Object members(const AuthorizeAnswer& m) {
  Array tags;
  for (const auto& tag : m.tags) {
    tags.emplace_back(Object{{"tag", tag.tag.text}, {"status", to_string(tag.status)}, {"count", tag.count}});
  }
  return {{"tags", std::move(tags)},
          {"status", m.in_compliance ? "in-compliance" : "out-of-compliance"},
          {"next_interval", in_seconds(m.next_interval)},
          {"deadline", to_ms(m.deadline)},
          {"virtual_account", m.virtual_account.value},
          {"account_name", m.account_name},
          {"virtual_account_name", m.virtual_account_name},
          {"export_allowed", m.export_allowed}};
}
Object members(const RenewIdAnswer& m) {
  return {{"chain", to_json(m.chain)}};
}
Object members(const DeregisterAnswer&) {
  return {};
}
Object members(const PollAnswer& m) {
  if (m.pending) return {{"pending", true}, {"interval", in_seconds(m.interval)}};
  return {{"pending", false}, {"type", to_string(m.type)}, {"payload", m.payload}};
}
Object members(const TrustAnswer& m) {
  Array bundles;
  for (const auto& bundle : m.bundles) {
    bundles.emplace_back(Object{{"version", std::int64_t{bundle.version}},
                                {"anchors", to_json(bundle.anchors)},
                                {"signed_by_previous", bundle.signed_by_previous},
                                {"signed_by_new", bundle.signed_by_new}});
  }
  return {{"bundles", std::move(bundles)}};
}
Object members(const Refusal& m) {
  Object error{{"code", to_string(m.code)}, {"reason", m.reason}};
  if (m.code == Code::LS_SEQUENCE_BEHIND) error.emplace_back("last_sequence", m.last_sequence);
  if (m.retry_after.count() != 0) error.emplace_back("retry_after", in_seconds(m.retry_after));
  return {{"error", std::move(error)}};
}

Result<Answer> read_register_answer(Reader reader) {
  RegisterAnswer m;
  m.chain = reader.certificates("chain");
  m.account = AccountId{reader.id("account")};
  m.instance = InstanceId{reader.id("instance")};
  m.virtual_account = VirtualAccountId{reader.id("virtual_account")};
  m.account_name = reader.text("account_name");
  m.virtual_account_name = reader.text("virtual_account_name");
  m.export_allowed = reader.flag("export_allowed");
  m.first_authorization_due = reader.time("first_authorization_due");
  return reader.finish(Answer{std::move(m)});
}
Result<Answer> read_authorize_answer(Reader reader) {
  AuthorizeAnswer m;
  reader.each("tags", kMaxUsageItems, [&](const Value& value, const std::string& path) {
    Reader item(ObjectReader(value, path));
    TagResult tag;
    tag.tag = item.parsed<EntitlementTag>("tag", parse_entitlement_tag);
    tag.status = item.parsed<TagStatus>("status", parse_tag_status);
    tag.count = item.integer("count", 0, kMaxCount);
    reader.absorb(item);
    m.tags.push_back(std::move(tag));
  });
  const auto status = reader.text("status");
  m.in_compliance = status == "in-compliance";
  if (!m.in_compliance && status != "out-of-compliance") {
    reader.fail({ErrorCode::Malformed, "status: must be in-compliance or out-of-compliance"});
  }
  m.next_interval = reader.in_seconds("next_interval");
  m.deadline = reader.time("deadline");
  m.virtual_account = VirtualAccountId{reader.id("virtual_account")};
  m.account_name = reader.text("account_name");
  m.virtual_account_name = reader.text("virtual_account_name");
  m.export_allowed = reader.flag("export_allowed");
  return reader.finish(Answer{std::move(m)});
}
Result<Answer> read_renew_id_answer(Reader reader) {
  RenewIdAnswer m;
  m.chain = reader.certificates("chain");
  return reader.finish(Answer{std::move(m)});
}
Result<Answer> read_poll_answer(Reader reader) {
  PollAnswer m;
  m.pending = reader.flag("pending");
  if (m.pending) {
    m.interval = reader.in_seconds("interval");
  } else {
    m.type = reader.parsed<MessageType>("type", parse_message_type);
    if (!has_effect(m.type)) reader.fail({ErrorCode::Malformed, "type: answers of reads are not kept"});
    m.payload = reader.text("payload", kMaxMessageBytes);
  }
  return reader.finish(Answer{std::move(m)});
}
Result<Answer> read_trust_answer(Reader reader) {
  TrustAnswer m;
  reader.each("bundles", kMaxBundles, [&](const Value& value, const std::string& path) {
    Reader item(ObjectReader(value, path));
    TrustBundle bundle;
    bundle.version = static_cast<int>(item.integer("version", 1, 1'000'000));
    bundle.anchors = item.certificates("anchors", 16);
    bundle.signed_by_previous = item.text("signed_by_previous", kMaxSignature);
    bundle.signed_by_new = item.text("signed_by_new", kMaxSignature);
    reader.absorb(item);
    m.bundles.push_back(std::move(bundle));
  });
  return reader.finish(Answer{std::move(m)});
}
Result<Answer> read_refusal(Reader reader) {
  Refusal m;
  m.code = reader.parsed<Code>("code", parse_code);
  m.reason = reader.text("reason", 4096);
  if (reader.has("last_sequence")) {
    const auto last = reader.id("last_sequence");
    if (m.code == Code::LS_SEQUENCE_BEHIND) m.last_sequence = last;  // of others it says nothing
  }
  if (reader.has("retry_after")) m.retry_after = reader.in_seconds("retry_after");
  return reader.finish(Answer{std::move(m)});
}

}  // namespace

std::string_view to_string(MessageType type) {
  switch (type) {
    case MessageType::Register:
      return "register";
    case MessageType::Authorize:
      return "authorize";
    case MessageType::RenewId:
      return "renew-id";
    case MessageType::Deregister:
      return "deregister";
    case MessageType::Poll:
      return "poll";
    case MessageType::Trust:
      return "trust";
  }
  return "register";
}

Result<MessageType> parse_message_type(std::string_view text) {
  for (const auto type : {MessageType::Register, MessageType::Authorize, MessageType::RenewId, MessageType::Deregister,
                          MessageType::Poll, MessageType::Trust}) {
    if (text == to_string(type)) return type;
  }
  return Error{ErrorCode::Malformed, fmt::format("\"{}\" is no message of this protocol", utf8_prefix(text, 64))};
}

bool has_effect(MessageType type) {
  return type != MessageType::Poll && type != MessageType::Trust;
}

MessageType type_of(const Request& request) {
  return static_cast<MessageType>(request.index());
}

std::string encode(const Request& request) {
  return json::to_text(std::visit([](const auto& message) { return members(message); }, request));
}

std::string encode(const Answer& answer) {
  return json::to_text(std::visit([](const auto& message) { return members(message); }, answer));
}

Result<Request> decode_request(MessageType type, std::string_view payload) {
  auto value = json::parse(payload, {kMaxMessageBytes, 32});
  if (!value) return value.error().with_context("payload");
  Reader reader(ObjectReader(*value, ""));
  switch (type) {
    case MessageType::Register:
      return read_register(std::move(reader));
    case MessageType::Authorize:
      return read_authorize(std::move(reader));
    case MessageType::RenewId:
      return read_renew_id(std::move(reader));
    case MessageType::Deregister:
      return read_deregister(std::move(reader));
    case MessageType::Poll:
      return read_poll(std::move(reader));
    case MessageType::Trust:
      return read_trust(std::move(reader));
  }
  return Error{ErrorCode::Unsupported, "an unknown message type"};
}

Result<Answer> decode_answer(MessageType type, std::string_view payload) {
  auto value = json::parse(payload, {kMaxMessageBytes, 32});
  if (!value) return value.error().with_context("payload");
  const ObjectReader object(*value, "");
  if (object.has("error")) {
    auto error = object.object("error");
    if (!error) return error.error();
    return read_refusal(Reader(std::move(*error)));
  }
  Reader reader(object);
  switch (type) {
    case MessageType::Register:
      return read_register_answer(std::move(reader));
    case MessageType::Authorize:
      return read_authorize_answer(std::move(reader));
    case MessageType::RenewId:
      return read_renew_id_answer(std::move(reader));
    case MessageType::Deregister:
      return reader.finish(Answer{DeregisterAnswer{}});
    case MessageType::Poll:
      return read_poll_answer(std::move(reader));
    case MessageType::Trust:
      return read_trust_answer(std::move(reader));
  }
  return Error{ErrorCode::Unsupported, "an unknown message type"};
}

}  // namespace lictor::protocol
