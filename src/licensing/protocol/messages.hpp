// Messages, version 1 (spec page 04b), as plain values. Codecs are in codec.hpp, the envelope in envelope.hpp.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foundation/base/secret.hpp"
#include "licensing/protocol/codes.hpp"
#include "licensing/vocabulary/entitlement.hpp"
#include "licensing/vocabulary/ids.hpp"
#include "licensing/vocabulary/states.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::protocol {

inline constexpr int kProtocolVersion = 1;
inline constexpr int kOldestProtocolVersion = 1;
inline constexpr std::size_t kMaxMessageBytes = 3'145'728;

enum class MessageType { Register, Authorize, RenewId, Deregister, Poll, Trust };
std::string_view to_string(MessageType type);  // "register", "authorize", "renew-id", "deregister", "poll", "trust"
Result<MessageType> parse_message_type(std::string_view text);
// Sequenced and stored exactly once (PRO-3); poll and trust are reads.
bool has_effect(MessageType type);

// --- requests -------------------------------------------------------------------------------------------------------
struct RegisterRequest {
  std::string token;
  Bytes csr;  // DER
  bool force = false;
  ProductTag product_tag;
  std::vector<UdiEntry> udis;
  std::string software_version;  // "16.12.3"
  std::string agent_version;
  std::string host_name;  // "" where privacy forbids it
  friend bool operator==(const RegisterRequest&, const RegisterRequest&) = default;
};
struct AuthorizeRequest {
  std::vector<UdiEntry> udis;
  std::string software_version;
  std::string agent_version;
  std::string host_name;
  std::vector<UsageItem> usage;      // full, sorted by tag; may be empty (AUTH-12)
  VirtualAccountId virtual_account;  // last known
  std::int64_t generation = 0;       // of the agent's store (STO-4)
  Duration evaluation_used{0};       // on the wire in seconds
  int trust_version = 0;
  std::optional<Incarnation> incarnation_seen;
  friend bool operator==(const AuthorizeRequest&, const AuthorizeRequest&) = default;
};
struct RenewIdRequest {
  Bytes csr;
  friend bool operator==(const RenewIdRequest&, const RenewIdRequest&) = default;
};
struct DeregisterRequest {
  std::string reason;
  friend bool operator==(const DeregisterRequest&, const DeregisterRequest&) = default;
};
struct PollRequest {
  RequestId asked_for;
  friend bool operator==(const PollRequest&, const PollRequest&) = default;
};
struct TrustRequest {
  int version_held = 0;
  friend bool operator==(const TrustRequest&, const TrustRequest&) = default;
};
// In the order of MessageType.
using Request =
    std::variant<RegisterRequest, AuthorizeRequest, RenewIdRequest, DeregisterRequest, PollRequest, TrustRequest>;
MessageType type_of(const Request& request);

// --- answers --------------------------------------------------------------------------------------------------------
struct RegisterAnswer {
  std::vector<Bytes> chain;  // DER: ID certificate first, then intermediate(s), without the root
  AccountId account;
  InstanceId instance;
  VirtualAccountId virtual_account;
  std::string account_name;
  std::string virtual_account_name;
  bool export_allowed = false;
  WallTime first_authorization_due{};
  friend bool operator==(const RegisterAnswer&, const RegisterAnswer&) = default;
};
struct TagResult {
  EntitlementTag tag;
  TagStatus status = TagStatus::Authorized;
  Count count = 0;
  friend bool operator==(const TagResult&, const TagResult&) = default;
};
struct AuthorizeAnswer {
  std::vector<TagResult> tags;  // sorted by tag
  bool in_compliance = true;    // overall: every requested tag is covered (AUTH-3, AUTH-4)
  Duration next_interval{0};    // on the wire in seconds: 30 days, or a day out of compliance
  WallTime deadline{};          // success + 90 days
  VirtualAccountId virtual_account;
  std::string account_name;
  std::string virtual_account_name;
  bool export_allowed = false;
  friend bool operator==(const AuthorizeAnswer&, const AuthorizeAnswer&) = default;
};
struct RenewIdAnswer {
  std::vector<Bytes> chain;
  friend bool operator==(const RenewIdAnswer&, const RenewIdAnswer&) = default;
};
struct DeregisterAnswer {
  friend bool operator==(const DeregisterAnswer&, const DeregisterAnswer&) = default;
};
// The stored answer's payload byte for byte, with the type of the request it answers; or pending.
struct PollAnswer {
  bool pending = false;
  Duration interval{0};  // when pending
  MessageType type = MessageType::Authorize;
  std::string payload;
  friend bool operator==(const PollAnswer&, const PollAnswer&) = default;
};
// One step from anchors of version n-1 to n: the anchors' bytes, judged by both roots (PRO-2).
struct TrustBundle {
  int version = 0;
  std::vector<Bytes> anchors;      // DER
  std::string signed_by_previous;  // compact JWS over the anchors by root n-1
  std::string signed_by_new;       // compact JWS by root n
  friend bool operator==(const TrustBundle&, const TrustBundle&) = default;
};
struct TrustAnswer {
  std::vector<TrustBundle> bundles;  // ascending, all after the version held; empty: nothing newer
  friend bool operator==(const TrustAnswer&, const TrustAnswer&) = default;
};
using Answer =
    std::variant<RegisterAnswer, AuthorizeAnswer, RenewIdAnswer, DeregisterAnswer, PollAnswer, TrustAnswer, Refusal>;

}  // namespace lictor::protocol
