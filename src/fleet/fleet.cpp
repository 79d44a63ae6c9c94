#include "fleet/fleet.hpp"

#include <fmt/format.h>

#include "agent/host/file_state_store.hpp"

namespace lictor::fleet {
namespace {

constexpr std::size_t kEventLines = 20;  // of each member's event log: thousands of them stand in memory

}  // namespace

Fleet::Fleet(FleetSettings settings, FleetPorts ports)
    : settings_(std::move(settings)), ports_(ports), shared_{*ports.scheduler, *ports.clock,   *ports.http,
                                                             *ports.crypto,    *ports.entropy, *ports.chance,
                                                             *ports.chance,    *ports.keys,    *ports.menu,
                                                             statistics_,      ports.journal,  settings_.url,
                                                             settings_.token,  settings_.retry} {}

Result<std::unique_ptr<Fleet>> Fleet::open(FleetSettings settings, FleetPorts ports) {
  std::unique_ptr<Fleet> fleet(new Fleet(std::move(settings), ports));
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
  }
  const auto index = members_.size();
  member.idle = [this, index] { idle(index); };
  auto opened = Member::open(std::move(member), shared_);
  if (!opened) return opened.error();
  members_.push_back(std::move(*opened));
  waiting_.push_back(index);
  return {};
}

void Fleet::start(std::function<void()> ended) {
  on_end_ = std::move(ended);
  // Members without a step have ended already.
  if (settings_.steps.empty()) {
    waiting_.clear();
    ended_ = static_cast<int>(members_.size());
  }
  ports_.scheduler->post([this] { pump(); });
}

void Fleet::pump() {
  while (working_ < settings_.outstanding && first_waiting_ < waiting_.size()) {
    const auto index = waiting_[first_waiting_++];
    ++working_;
    members_[index]->begin();
  }
  // What was served is forgotten from time to time.
  if (first_waiting_ > members_.size()) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_waiting_));
    first_waiting_ = 0;
  }
  if (ended_ == static_cast<int>(members_.size()) && on_end_) std::exchange(on_end_, nullptr)();
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
