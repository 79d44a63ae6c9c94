// Plays a story: does each step, waits for its outcome in the lab's time, checks it, and says what happened. A step
// that does not come out as the story says ends it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lab/interrupt.hpp"
#include "lab/laboratory.hpp"
#include "lab/paper.hpp"
#include "lab/story.hpp"

namespace lictor::lab {

class Player {
 public:
  // All must outlive it.
  Player(const Story& story, const catalog::Catalog& catalog, Laboratory& laboratory, Interrupt& interrupt,
         Paper& paper)
      : story_(story), catalog_(catalog), lab_(laboratory), interrupt_(interrupt), paper_(paper) {}

  // Errors: that of the step, which it names with its place in the story's file; Cancelled (Ctrl-C).
  Result<void> play();
  // The processes that the failing step was about, for their logs.
  [[nodiscard]] const std::vector<std::string>& concerned() const { return concerned_; }

 private:
  Result<void> prepare();
  Result<void> play_step(const Step& step);
  Result<void> play(const Say& step);
  Result<void> play(const Register& step);
  Result<void> play(const Command& step);
  Result<void> play(const Show& step);
  Result<void> play(const Membership& step);
  Result<void> play(const Expect& step);
  Result<void> play(const Logged& step);
  Result<void> play(const Balances& step);
  Result<void> play(const Advance& step);
  Result<void> play(const Link& step);

  Result<void> register_device(const std::string& device, const Register& step);
  // The members of a device, "PID:...,SN:...", sorted. Error: Conflict, the manager lists others.
  Result<std::vector<std::string>> members_on_both_sides(const std::string& device, const json::Value& status);
  Result<void> report_registration(const std::string& device, const json::Value& status);

  // Until `done` says yes, stepping the clock up to `within` ahead. Error: Timeout, `what` did not happen.
  Result<void> wait_until(Duration within, const std::string& what, const std::function<Result<bool>()>& done);
  Result<void> check_going_on();
  [[nodiscard]] WallTime now() { return lab_.clock().now().wall; }
  [[nodiscard]] std::string day();
  void say(std::string_view text) { paper_.line(day(), text); }

  const Story& story_;
  const catalog::Catalog& catalog_;
  Laboratory& lab_;
  Interrupt& interrupt_;
  Paper& paper_;
  WallTime started_{};
  std::string account_;
  std::string va_;
  std::string token_;
  std::map<std::string, std::size_t> marks_;  // lines on each console at the last advance
  std::vector<std::string> concerned_;
};

}  // namespace lictor::lab
