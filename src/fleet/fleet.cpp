#include "fleet/fleet.hpp"

#include <fmt/format.h>

#include "agent/host/file_state_store.hpp"

namespace lictor::fleet {
namespace {

constexpr std::size_t kEventLines = 20;  // of each member's event log: thousands of them stand in memory

}  // namespace

Fleet::Fleet(FleetSettings settings, FleetPorts ports)
    : settings_(std::move(settings)),
      ports_(std::move(ports)),
      shared_{.scheduler = *ports_.scheduler,
              .clock = *ports_.clock,
              .http = *ports_.http,
              .crypto = *ports_.crypto,
              .entropy = *ports_.entropy,
              .jitter = *ports_.chance,
              .chance = *ports_.chance,
              .keys = *ports_.keys,
              .menu = *ports_.menu,
              .statistics = statistics_,
              .journal = ports_.journal,
              .url = settings_.url,
              .token = settings_.token,
              .retry = settings_.retry,
              .persistent = settings_.persistent,
              .quiet = ports_.quiet} {}

Fleet::~Fleet() {
  *alive_ = false;
  for (const auto timer : {pace_timer_, outage_timer_})
    if (timer != 0) ports_.scheduler->cancel(timer);
}

Result<std::unique_ptr<Fleet>> Fleet::open(FleetSettings settings, FleetPorts ports) {
  std::unique_ptr<Fleet> fleet(new Fleet(std::move(settings), std::move(ports)));
  for (int i = 0; i < fleet->settings_.agents; ++i) {
    const int number = fleet->settings_.first + i;
    if (auto ok = fleet->open_member(number); !ok) return ok.error().with_context(fmt::format("member {}", number));
  }
  return fleet;
}

Result<void> Fleet::open_member(int number) {
  Member::Settings member;
  member.number = number;
  member.agent = settings_.agent;
  auto udi = make_udi(ports_.menu->pid(), fmt::format("{}{:07}", settings_.serial_prefix, number));
  if (!udi) return udi.error();
  member.agent.udis = {{std::move(*udi), UdiRole::Active}};
  member.agent.product_tag = ports_.menu->product_tag();
  member.agent.event_log_size = kEventLines;
  member.steps = settings_.steps;
  if (settings_.store_folder.empty()) {
    member.store = std::make_unique<MemoryStateStore>();
  } else {
    const auto folder = fmt::format("{}/{:07}", settings_.store_folder, number);
    member.store = std::make_unique<agent::FileStateStore>(agent::FileStateStoreSettings{folder, kEventLines},
                                                           *ports_.files, *ports_.crypto);
    if (settings_.keep_progress) {
      member.progress_file = folder + "/steps-done";
      member.files = ports_.files;
    }
  }
  const auto index = members_.size();
  member.idle = [this, index] { idle(index); };
  auto opened = Member::open(std::move(member), shared_);
  if (!opened) return opened.error();
  members_.push_back(std::move(*opened));
  return {};
}

void Fleet::start(std::function<void()> ended) {
  per_second_ = 0;
  restart(std::move(ended));
}

void Fleet::go_on(const std::vector<Step>& steps, double per_second, std::function<void()> ended) {
  for (const auto& member : members_) member->add_steps(steps);
  per_second_ = per_second;
  paced_from_ = ports_.clock->steady();
  paced_ = 0;
  restart(std::move(ended));
}

void Fleet::restart(std::function<void()> ended) {
  on_end_ = std::move(ended);
  shared_.retry = settings_.retry;
  waiting_.clear();
  first_waiting_ = 0;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i]->has_next()) waiting_.push_back(i);
  ended_ = static_cast<int>(members_.size() - waiting_.size());
  pump_later();
}

// On the scheduler, never inside the call that asks for it.
void Fleet::pump_later() {
  ports_.scheduler->post([this, alive = alive_] {
    if (*alive) pump();
  });
}

void Fleet::storm(Duration outage, std::function<void()> ended) {
  on_end_ = std::move(ended);
  shared_.retry = Duration{0};
  std::vector<Member*> hit;
  for (const auto& member : members_)
    if (member->registered() && !member->failure()) hit.push_back(member.get());
  ended_ = static_cast<int>(members_.size() - hit.size());
  working_ += static_cast<int>(hit.size());
  if (hit.empty()) {  // nobody to miss the network: no outage
    pump_later();
    return;
  }
  shared_.link_up = false;
  for (auto* member : hit) member->lose_link();
  outage_timer_ = ports_.scheduler->call_at(ports_.clock->steady() + outage, [this, hit = std::move(hit)] {
    outage_timer_ = 0;
    shared_.link_up = true;
    for (auto* member : hit) member->regain_link();
    pump();
  });
  if (ports_.quiet) ports_.quiet();
  pump_later();
}

void Fleet::begin_next() {
  const auto index = waiting_[first_waiting_++];
  ++working_;
  members_[index]->begin();
}

// True: the next step is not due yet.
bool Fleet::wait_for_pace() {
  if (per_second_ <= 0) return false;
  const auto due = paced_from_ + Duration{static_cast<std::int64_t>(static_cast<double>(paced_) * 1000 / per_second_)};
  if (due <= ports_.clock->steady()) {
    ++paced_;
    return false;
  }
  if (pace_timer_ == 0) {
    pace_timer_ = ports_.scheduler->call_at(due, [this] {
      pace_timer_ = 0;
      pump();
    });
  }
  return true;
}

void Fleet::pump() {
  while (working_ < settings_.outstanding && first_waiting_ < waiting_.size() && !wait_for_pace()) begin_next();
  // What was served is forgotten from time to time.
  if (first_waiting_ > members_.size()) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_waiting_));
    first_waiting_ = 0;
  }
  // An outage is over when its time is, also where nobody waits for its end any more.
  if (ended_ == static_cast<int>(members_.size()) && outage_timer_ == 0 && on_end_) std::exchange(on_end_, nullptr)();
}

void Fleet::idle(std::size_t index) {
  --working_;
  if (members_[index]->has_next())
    waiting_.push_back(index);
  else
    ++ended_;
  pump();
}

Progress Fleet::progress() const {
  Progress progress{static_cast<int>(members_.size()), 0, ended_};
  for (const auto& member : members_) progress.registered += member->registered() ? 1 : 0;
  return progress;
}

std::vector<Complaint> Fleet::complaints() const {
  std::vector<Complaint> found;
  for (const auto& member : members_)
    if (auto what = member->complaint(settings_.out_of_compliance_is_fine))
      found.push_back({member->udi(), std::move(*what)});
  return found;
}

Result<void> Fleet::shut_down() {
  Result<void> first;
  for (const auto& member : members_) {
    auto ok = member->shut_down();
    if (!ok && first) first = ok;
  }
  return first;
}

}  // namespace lictor::fleet
