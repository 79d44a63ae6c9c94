// The Agent behind agent.hpp. Every call goes the same way: what arrived since the last call, what is due, what is
// asked; then the next exchange is chosen, the state is stored, and only then anything is sent or said (persist, then
// act).
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "agent/core/agent.hpp"
#include "agent/core/answers.hpp"
#include "agent/core/machine.hpp"

namespace lictor::agent {

class AgentImpl final : public Agent {
 public:
  AgentImpl(AgentSettings settings, Ports ports, State state);
  ~AgentImpl() override;
  Result<void> start(Now now);

  Result<void> register_token(std::string token, Force force, Now now) override;
  Result<void> deregister(Now now) override;
  Result<void> renew_id(Now now) override;
  Result<void> renew_authorization(Now now) override;
  Result<void> set_usage(std::vector<UsageItem> usage, Now now) override;
  void ready(Now now) override;
  Result<void> set_udis(std::vector<UdiEntry> udis, Now now) override;
  void set_host_name(std::string host_name, Now now) override;
  Result<void> save_identity(Now now) override;
  Result<void> set_licensing_mode(LicensingMode mode, Now now) override;
  Result<void> set_traditional_licenses(std::vector<TraditionalLicense> licenses, Now now) override;
  [[nodiscard]] ConversionContent conversion_content() const override;
  Result<void> begin_conversion(Now now) override;
  Result<void> end_conversion(std::string failure, Now now) override;
  void tick(Now now) override;
  void transport_changed(Now now) override;
  Result<void> shut_down(Now now) override;
  [[nodiscard]] Snapshot snapshot(Now now) const override;
  [[nodiscard]] std::vector<std::string> event_log() const override;
  [[nodiscard]] std::optional<std::vector<Secret>> keys_in_use() const override;
  [[nodiscard]] bool quiet() const override;

 private:
  // --- one step (agent.cpp) -----------------------------------------------------------------------------------------
  template <class F>
  Result<void> step(Now now, F&& ask);
  Result<void> ask(RegistrationEvent event, Now now);
  Result<void> note_conversion(Conversion next, Now now);
  Result<void> commit(Effects& effects, Now now);
  Result<void> save(Now now);
  Result<void> save(const Effects& effects, Now now);
  void act(const Effects& effects, bool stored);
  void say(Effects& effects, MessageId message, Fields fields) const;
  void write_event_lines(const Effects& effects, Now now);
  void wake(Now now);
  void ask_for_key();
  [[nodiscard]] static Result<void> refusal(const Effects& effects);
  [[nodiscard]] Result<void> smart_only() const;  // Conflict in traditional mode

  // --- exchanges (exchange.cpp) -------------------------------------------------------------------------------------
  struct Arrival {  // what came back since the last step
    enum class Kind { Reply, Key };
    Kind kind = Kind::Reply;
    TransportReply reply;
    std::optional<Result<std::unique_ptr<pki::PrivateKey>>> key;
  };
  void take_arrivals(Now now, Effects& effects);
  void take_key(Result<std::unique_ptr<pki::PrivateKey>> key, Now now, Effects& effects);
  void take_reply(TransportReply reply, Now now, Effects& effects);
  void take_carrier_word(Exchange exchange, const TransportReply& reply, Now now, Effects& effects);
  void take_answer(Exchange exchange, std::string_view body, Now now, Effects& effects);
  void take_trust_answer(std::string_view body, const AnswerExpectation& expected, Now now, Effects& effects);
  void take_poll_answer(Exchange exchange, VerifiedAnswer answer, const AnswerExpectation& expected, Now now,
                        Effects& effects);
  void take_problem(Exchange exchange, const AnswerProblem& problem, Now now, Effects& effects);
  void take_refusal(Exchange exchange, const protocol::Refusal& refusal, Now now, Effects& effects);
  void take_payload(Exchange exchange, VerifiedAnswer& answer, const AnswerExpectation& expected, Now now,
                    Effects& effects);

  enum class Outcome { Failed, Pending, Already, Terminal, NotRegistered };
  void thaw(Exchange exchange);
  void fail(Exchange exchange, Outcome outcome, Failure failure, Now now, Effects& effects);
  void raise(RegistrationEvent event, EventData& data, Now now, Effects& effects);
  void raise(AuthorizationEvent event, EventData& data, Now now, Effects& effects);

  Result<void> freeze(Exchange exchange);
  Result<std::string> payload_of(Exchange exchange);
  void send(Exchange exchange, Now now);
  Result<std::string> signed_message(Exchange exchange, Now now);
  void fail_locally(std::string detail);
  Result<const pki::PrivateKey*> key_of(Exchange exchange);
  [[nodiscard]] const std::vector<Bytes>& anchors() const;
  [[nodiscard]] AnswerExpectation expectation(Exchange exchange, Now now) const;

  AgentSettings settings_;
  Ports ports_;
  Rules rules_;
  State state_;
  std::unique_ptr<pki::PrivateKey> key_;      // of the identity, loaded when needed
  std::unique_ptr<pki::PrivateKey> new_key_;  // of the registration under way
  std::optional<RequestId> poll_id_;          // the attempt in flight is a poll
  std::vector<std::string> unsaved_events_;   // wait for the next commit; the others are in the store alone
  Secret saved_contents_;                     // what the store holds, but for generation and floor
  std::deque<Arrival> arrivals_;
  std::uint64_t attempt_ = 0;  // late replies of earlier attempts are told by it
  std::uint64_t key_request_ = 0;
  bool key_outstanding_ = false;
  bool erasing_ = false;   // a secret may still stand in a slot
  int failed_writes_ = 0;  // in a row: tried again soon, whatever else is due
  SteadyTime last_steady_{};
  // Completions may come after this object is gone; they look here first.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

template <class F>
Result<void> AgentImpl::step(Now now, F&& ask) {
  last_steady_ = now.steady;
  Effects effects;
  take_arrivals(now, effects);
  run_timers(rules_, state_, now, effects);
  ask(effects);
  choose_next(state_, effects);
  auto stored = commit(effects, now);
  if (auto refused = refusal(effects); !refused) return refused;
  return stored;
}

}  // namespace lictor::agent
