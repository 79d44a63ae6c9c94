#include <algorithm>
#include <memory>

#include "fuzz/door_texts.hpp"
#include "fuzz/payloads.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "unit/device_service/world.hpp"

namespace lictor::fuzz {
namespace {

constexpr int kMostMessages = 4;

// A world in which one device is registered and a second token waits.
class Stage {
 public:
  Stage() {
    device_.register_with(world_.token(test::kVa));
    const auto& identity = *device_.identity;
    words_ = {{door_words::kKid, identity.authority.uuid + "/" + std::to_string(identity.account.value) + "/" +
                                     std::to_string(identity.instance.value)},
              {door_words::kIdSerial, identity.id_serial->text()},
              {door_words::kSigningSerial, identity.signing_serial->text()},
              {door_words::kCertificate, to_base64(identity.certificate)},
              {door_words::kDigest, to_base64url(identity.certificate_digest->bytes)},
              {door_words::kToken, world_.token(test::kVa)},
              {door_words::kCsr, to_base64(world_.crypto->make_request(*device_.key, "device").value())},
              {door_words::kProduct, world_.product_tag},
              {door_words::kTag, world_.tag("C9500 Network Advantage").text}};
    before_ = world_.dump();
  }

  // True: the message was answered under signature, so this world may have moved on.
  bool send(std::string_view text) {
    const auto body = body_of(text);
    const auto reply = world_.send(body);
    require(!testing::Test::HasFailure(), "the service did not answer");
    if (reply.status == 200) {
      require_answer(body, reply.body);
      return true;
    }
    require(reply.status >= 400 && reply.status < 600, "an answer with another status");
    require(reply.body.empty(), "a problem with a body");
    require_sentence({ErrorCode::Malformed, reply.problem.reason});
    require(moved_ || world_.dump() == before_, "a message that was refused changed something");
    return false;
  }
  void moved() { moved_ = true; }

 private:
  std::string body_of(std::string_view text) {
    std::string filled(text);
    for (const auto& [word, value] : words_) {
      for (auto at = filled.find(word); at != std::string::npos; at = filled.find(word, at + value.size())) {
        filled.replace(at, word.size(), value);
      }
    }
    const auto clear = clear_message(filled);
    if (!clear) return filled.substr(filled.starts_with('!') ? 1 : 0);
    auto input = signing_input_of(*clear);
    const auto signature = world_.crypto->sign(*device_.key, as_bytes(input)).value();
    return protocol::attach_signature(std::move(input), signature);
  }
  void require_answer(const std::string& body, const std::string& reply) {
    const auto asked = protocol::parse_request(body);
    require(asked.has_value(), "an answer to what is no request");
    const auto answer = protocol::parse_answer(reply);
    require(answer.has_value(), "an answer that does not read");
    require(answer->header.request_id == asked->header.request_id && answer->header.type == asked->header.type,
            "an answer to another request");
    const auto signing = world_.crypto->parse_certificate(answer->header.chain.front());
    require(signing && protocol::verify(*world_.crypto, *answer, signing->public_key).has_value(),
            "an answer whose signature does not verify");
    require(protocol::decode_answer(answer->header.type, answer->payload).has_value(),
            "an answer's payload does not read");
  }

  test::World world_;
  test::Device device_{world_, "C9500-40X", "FCW2233A5ZV"};
  std::vector<std::pair<std::string_view, std::string>> words_;
  std::string before_;
  bool moved_ = false;
};

}  // namespace

bool door(ByteView input) {
  static std::unique_ptr<Stage> stage;  // made anew after an input that changed it
  if (!stage) stage = std::make_unique<Stage>();
  auto rest = as_text(input);
  bool answered = false;
  for (int i = 0; i < kMostMessages && !rest.empty(); ++i) {
    const auto end = rest.find("\n\n");
    if (stage->send(rest.substr(0, end))) {
      answered = true;
      stage->moved();
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  }
  if (answered) stage.reset();
  return answered;
}

}  // namespace lictor::fuzz
