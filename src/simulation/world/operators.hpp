// The people at the manager: licences, tokens, instances, through the production account service.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/world/manager.hpp"

namespace lictor::simulation {

class Operators {
 public:
  Operators(const Options& options, Timeline& timeline, Judge& judge, Tally& tally, Manager& manager);
  // Account, virtual accounts, licences, the first token; then what they do from time to time.
  void open_account();
  [[nodiscard]] bool ready() const { return !tokens_.empty(); }
  void suffer(FaultKind kind);
  void heal();  // from now on they only help: licences for all, tokens that are good

  // A token's text for somebody at a device: mostly a good one.
  std::string token(Entropy& chance);
  [[nodiscard]] std::string good_token() const { return tokens_.empty() ? "none" : tokens_.back().text; }
  [[nodiscard]] AccountId account() const { return account_; }

  // What they know, for checks. Outcome: nothing, while nobody answered.
  struct IssuedToken {
    TokenId id;
    VirtualAccountId va;
    std::string text;
    std::optional<std::int64_t> max_uses;
    int restores = 0;  // of the manager until then: a store from before does not know it
  };
  struct Deposit {
    VirtualAccountId va;
    EntitlementTag tag;
    Count quantity = 0;
    bool answered = false;
    int restores = 0;  // of the manager until then
  };
  [[nodiscard]] const std::vector<IssuedToken>& all_tokens() const { return all_tokens_; }
  [[nodiscard]] const std::deque<Deposit>& deposits() const { return deposits_; }
  // Instances that somebody wanted removed, whether or not they heard that it was done.
  [[nodiscard]] bool wanted_removed(InstanceId instance) const { return removed_.contains(instance); }

 private:
  template <class T>
  void ask(std::unique_ptr<account_service::UseCaseOf<T>> use_case, std::function<void(const T&)> done);
  void create_account(int number);
  void settle_in();
  void create_virtual_account(const std::string& name);
  void deposit(VirtualAccountId va, const EntitlementTag& tag, Count quantity, std::optional<WallTime> last_day);
  void make_token();
  void make_good_token();
  void from_time_to_time();
  void remove_some_instance();
  void move_some_instance();
  void revoke_some_token();
  enum class Term { Perpetual, Ends };
  void deposit_something(Term term);
  std::optional<InstanceId> some_instance();
  VirtualAccountId some_va();

  const Options& options_;
  Timeline& timeline_;
  Judge& judge_;
  Tally& tally_;
  Manager& manager_;
  SeededEntropy chance_;
  account_service::Actor actor_;
  AccountId account_;
  std::vector<VirtualAccountId> vas_;
  std::vector<IssuedToken> tokens_;  // the good ones
  std::vector<IssuedToken> all_tokens_;
  std::deque<Deposit> deposits_;
  std::set<InstanceId> removed_;
  int next_order_ = 1;
  [[nodiscard]] bool calm() const { return options_.pace == Options::Pace::Calm; }
  bool healing_ = false;
};

}  // namespace lictor::simulation
