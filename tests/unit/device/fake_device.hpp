// A DeviceControl of values, for session tests.
#pragma once

#include <string>
#include <vector>

#include "device/session/device_control.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {

class FakeDevice final : public DeviceControl {
 public:
  View value = authorized_view();
  bool is_modified = false;
  std::vector<std::string> calls;
  std::vector<std::string> audited;
  Result<void> answer;  // of the licensing commands
  std::optional<Duration> key_generation = seconds(1);
  Result<void> change_answer;
  std::function<void()> pending_registration;  // set: registration completes when this is called
  bool hold_registration = false;

  View view() const override { return value; }
  const Configuration& running() const override { return value.running; }
  const ConfigurationFacts& facts() const override { return value.facts; }
  bool modified() const override { return is_modified; }
  Result<void> change(const Configuration& next) override {
    if (!change_answer) return change_answer.error();
    value.running = next;
    is_modified = true;
    calls.push_back("change");
    return {};
  }
  Result<void> save() override {
    calls.push_back("save");
    is_modified = false;
    return answer;
  }
  void register_token(std::string token, Force force, std::function<void(Result<Registering>)> done) override {
    calls.push_back("register " + token + (force == Force::Yes ? " force" : ""));
    auto complete = [this, done = std::move(done)] {
      if (!answer) return done(answer.error());
      done(Registering{key_generation});
    };
    if (hold_registration) {
      pending_registration = complete;
    } else {
      complete();
    }
  }
  Result<void> deregister() override { return note("deregister"); }
  Result<void> renew_id() override { return note("renew id"); }
  Result<void> renew_authorization() override { return note("renew auth"); }
  Result<void> set_clock(WallTime wall) override { return note("clock " + to_rfc3339(wall)); }
  Result<void> add_member(Udi udi) override { return note("add " + to_string(udi)); }
  Result<void> remove_member(const std::string& sn) override { return note("remove " + sn); }
  Result<void> force_switchover() override { return note("switchover"); }
  Result<Fingerprints> check_ca_certificate(ByteView) override {
    if (auto ok = note("check certificate"); !ok) return ok.error();
    return Fingerprints{{0xe0, 0xea, 0x9a, 0x02, 0x4f}, {0xab, 0xcd}};
  }
  void reload() override { calls.push_back("reload"); }
  void audit(const std::string& user, const std::string& line) override { audited.push_back(user + ": " + line); }
  void configured(const std::string& user) override { configured_by.push_back(user); }
  std::vector<std::string> configured_by;

 private:
  Result<void> note(std::string call) {
    calls.push_back(std::move(call));
    return answer;
  }
};

}  // namespace lictor::device::test
