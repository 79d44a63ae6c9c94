#include "lab/player.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::lab {
namespace {

// Members of members: "" and nothing else when one is missing.
std::string text_at(const json::Value& value, std::string_view first, std::string_view second) {
  const auto* inner = value.find(first);
  const auto* found = inner == nullptr ? nullptr : inner->find(second);
  return found == nullptr || found->if_string() == nullptr ? std::string() : *found->if_string();
}

std::string reason_of(const json::Value& status) {
  const auto* registration = status.find("registration");
  const auto* initial = registration == nullptr ? nullptr : registration->find("initial_registration");
  const auto* reason = initial == nullptr ? nullptr : initial->find("failure_reason");
  return reason == nullptr || reason->if_string() == nullptr ? "" : ": " + *reason->if_string();
}

std::optional<std::string> line_with(const std::vector<std::string>& lines, std::string_view text) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const std::string& line) { return line.find(text) != std::string::npos; });
  return found == lines.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "Dec 24 13:15:50.631: %SMART_LIC-6-AUTH_RENEW_SUCCESS" of a log line.
std::string head_of(const std::string& line) {
  const auto sign = line.find('%');
  const auto colon = sign == std::string::npos ? sign : line.find(':', sign);
  return line.substr(0, colon);
}

// "core-1", "core-1 and edge-1", "all 4 devices".
std::string names_of(const std::vector<std::string>& devices, const Story& story) {
  if (devices.size() > 1 && devices.size() == story.devices.size())
    return fmt::format("all {} devices", devices.size());
  std::string text;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == devices.size() ? " and " : ", ") + devices[i];
  }
  return text;
}

// Secrets are not for the screen, even those that live for a moment.
std::string shortened(const std::string& token) {
  return token.substr(0, 6) + "...";
}

}  // namespace

std::string Player::day() {
  return fmt::format("day {:>3}", (now() - started_) / days(1));
}

Result<void> Player::check_going_on() {
  if (interrupt_.raised()) return Error{ErrorCode::Cancelled, "interrupted"};
  auto fallen = lab_.fallen();
  if (fallen.empty()) return {};
  concerned_ = fallen;
  return Error{ErrorCode::Unavailable, fmt::format("{} ended by itself", fmt::join(fallen, ", "))};
}

Result<void> Player::wait_until(Duration within, const std::string& what, const std::function<Result<bool>()>& done) {
  if (auto ok = lab_.clock().settle(); !ok) return ok;
  const auto limit = now() + within;
  for (;;) {
    if (auto ok = check_going_on(); !ok) return ok;
    auto happened = done();
    if (!happened) return happened.error();
    if (*happened) return {};
    if (now() >= limit) return Error{ErrorCode::Timeout, what};
    if (auto ok = lab_.clock().step(limit); !ok) return ok;
  }
}

Result<void> Player::play() {
  started_ = now();
  paper_.title(story_.title);
  if (auto ok = prepare(); !ok) return ok.error().with_context("before the first step");
  for (const auto& step : story_.steps) {
    concerned_.clear();
    if (auto ok = play_step(step); !ok) {
      return ok.error().code == ErrorCode::Cancelled ? ok.error() : ok.error().with_context(to_string(step.at));
    }
  }
  return {};
}

Result<void> Player::prepare() {
  concerned_ = {"manager"};
  auto facts = lab_.start_manager();
  if (!facts) return facts.error();
  paper_.line("manager", fmt::format("{}, SQLite, {}; catalog: {} tags, {} models", facts->version, lab_.url(),
                                     facts->tags, facts->models));
  auto& manager = lab_.manager();
  const auto& account = story_.account;
  auto id = manager.create_account(account.domain, account.name, account.export_allowed);
  if (!id) return id.error();
  account_ = *id;
  auto va = manager.create_virtual_account(account_, account.virtual_account);
  if (!va) return va.error();
  va_ = *va;
  std::int64_t deposited = 0;
  for (const auto& license : story_.licenses) {
    if (auto ok = manager.deposit(account_, va_, license.tag, license.quantity); !ok)
      return ok.error().with_context(license.tag);
    deposited += license.quantity;
  }
  json::Object details{{"description", story_.token.description},
                       {"expires_after_days", story_.token.days},
                       {"export_allowed", story_.token.export_allowed}};
  if (story_.token.max_uses) details.emplace_back("max_uses", *story_.token.max_uses);
  auto token = manager.create_token(account_, va_, details);
  if (!token) return token.error();
  token_ = token->text;
  paper_.line("account", fmt::format("{} ({}), virtual account {}: {} licences of {} kinds; token {} until {}",
                                     account.name, account.domain, account.virtual_account, deposited,
                                     story_.licenses.size(), shortened(token_), token->expires_at.substr(0, 10)));
  for (const auto& device : story_.devices) {
    concerned_ = {device.name};
    if (auto ok = lab_.start_device(device); !ok) return ok;
  }
  return lab_.clock().settle();
}

Result<void> Player::play_step(const Step& step) {
  if (auto ok = check_going_on(); !ok) return ok;
  return std::visit([this](const auto& what) { return play(what); }, step.what);
}

Result<void> Player::play(const Say& step) {
  say(step.text);
  return {};
}

// --- registration ---------------------------------------------------------------------------------------------------

Result<void> Player::play(const Register& step) {
  for (const auto& device : step.devices) {
    concerned_ = {device, "manager"};
    if (auto ok = register_device(device, step); !ok) return ok;
  }
  return {};
}

Result<void> Player::register_device(const std::string& device, const Register& step) {
  const auto before = lab_.console(device).size();
  const std::string command = "license smart register idtoken ";
  auto printed = lab_.type(device, {command + token_});
  if (!printed) return printed.error();
  json::Value status;
  auto waited = wait_until(step.within, device + " is not registered and authorized in time", [&]() -> Result<bool> {
    auto now_is = lab_.license_status(device);
    if (!now_is) return now_is.error();
    status = std::move(*now_is);
    const auto registration = text_at(status, "registration", "status");
    if (registration.find("FAILED") != std::string::npos) {
      return Error{ErrorCode::InvalidArgument, fmt::format("{}: {}{}", device, registration, reason_of(status))};
    }
    return registration == "REGISTERED" && text_at(status, "authorization", "status") == step.authorization;
  });
  if (!waited) {
    if (waited.error().code != ErrorCode::Timeout) return waited;
    return waited.error().with_context(fmt::format("{}, {}{}", text_at(status, "registration", "status"),
                                                   text_at(status, "authorization", "status"), reason_of(status)));
  }
  if (step.syslog == Register::Syslog::Full) {
    paper_.typed(device, command + shortened(token_));
    paper_.block(*printed);
    for (const auto& line : lab_.console(device, before)) paper_.block(line);
  }
  return report_registration(device, status);
}

Result<std::vector<std::string>> Player::members_on_both_sides(const std::string& device, const json::Value& status) {
  auto udis = json::ObjectReader(status, "").array("udis");
  if (!udis) return udis.error();
  std::vector<std::string> here;
  for (const auto& udi : **udis) {
    const json::ObjectReader entry(udi, "udis[]");
    here.push_back(fmt::format("PID:{},SN:{}", entry.string("pid").value_or(""), entry.string("sn").value_or("")));
  }
  std::sort(here.begin(), here.end());
  auto there = lab_.manager().instance_udis(account_, device_of(story_, device).sn);
  if (!there) return there.error();
  if (*there != here) {
    return Error{ErrorCode::Conflict,
                 fmt::format("{} is {}, the manager lists {}", device, fmt::join(here, " "), fmt::join(*there, " "))};
  }
  return here;
}

Result<void> Player::report_registration(const std::string& device, const json::Value& status) {
  auto licenses = json::ObjectReader(status, "").array("licenses");
  if (!licenses) return licenses.error();
  const auto members = members_on_both_sides(device, status);
  if (!members) return members.error();
  const auto& part = device_of(story_, device);
  std::string uses;
  for (const auto& license : **licenses) {
    const json::ObjectReader row(license, "licenses[]");
    uses += fmt::format("{}{} x {}", uses.empty() ? "" : ", ", row.integer("count").value_or(0),
                        row.string("entitlement_tag").value_or(""));
  }
  say(fmt::format("{} ({}{}, {}) {} and {}: {}", device,
                  members->size() > 1 ? fmt::format("stack of {} ", members->size()) : "", part.pid,
                  part.software_version, text_at(status, "registration", "status"),
                  text_at(status, "authorization", "status"), uses));
  return {};
}

// --- what devices say -----------------------------------------------------------------------------------------------

Result<void> Player::play(const Command& step) {
  concerned_ = {step.device};
  auto output = lab_.type(step.device, step.lines);
  if (!output) return output.error();
  if (auto ok = lab_.clock().settle(); !ok) return ok;
  say(step.say.empty() ? fmt::format("{}: {}", step.device, fmt::join(step.lines, "; ")) : step.say);
  return {};
}

Result<void> Player::play(const Show& step) {
  concerned_ = {step.device};
  auto output = lab_.type(step.device, {step.command});
  if (!output) return output.error();
  paper_.typed(step.device, step.command);
  paper_.block(*output);
  return {};
}

Result<void> Player::play(const Membership& step) {
  concerned_ = {step.device, "manager"};
  if (auto ok = lab_.clock().settle(); !ok) return ok;
  auto status = lab_.license_status(step.device);
  if (!status) return status.error();
  const auto members = members_on_both_sides(step.device, *status);
  if (!members) return members.error();
  const auto count = static_cast<std::int64_t>(members->size());
  if (count != step.count) {
    return Error{ErrorCode::Conflict, fmt::format("{} has {} members, not {}", step.device, count, step.count)};
  }
  say(fmt::format("{}{}, {} on both sides: {}", step.say.empty() ? "" : step.say + ": ", step.device, count,
                  fmt::join(*members, "; ")));
  return {};
}

Result<void> Player::play(const Expect& step) {
  std::string shown;
  for (const auto& device : step.devices) {
    concerned_ = {device, "manager"};
    std::string last;
    auto ok =
        wait_until(step.within, fmt::format("{}: \"{}\" does not show", device, step.contains), [&]() -> Result<bool> {
          auto output = lab_.type(device, {step.command});
          if (!output) return output.error();
          last = std::move(*output);
          const auto line = line_with(split(last), step.contains);
          if (line) shown = trimmed(*line);
          return line.has_value();
        });
    if (!ok) {
      return ok.error().code == ErrorCode::Timeout
                 ? Error{ErrorCode::Timeout, fmt::format("{}; {} shows:\n{}", ok.error().message, step.command, last)}
                 : ok.error();
    }
  }
  say(fmt::format("{}{}: {}", step.say.empty() ? "" : step.say + ": ", names_of(step.devices, story_), shown));
  return {};
}

Result<void> Player::play(const Logged& step) {
  std::string first;
  for (const auto& device : step.devices) {
    concerned_ = {device, "manager"};
    auto ok = wait_until(step.within, fmt::format("{} logs no \"{}\"", device, step.contains), [&]() -> Result<bool> {
      const auto line = line_with(lab_.console(device, marks_[device]), step.contains);
      if (line && first.empty()) first = head_of(*line);
      return line.has_value();
    });
    if (!ok) return ok;
  }
  say(fmt::format("{}{}: {}", step.say.empty() ? "" : step.say + ": ", names_of(step.devices, story_), first));
  return {};
}

// --- the manager's side ---------------------------------------------------------------------------------------------

namespace {

Result<void> check_row(const Balances::Row& wanted, const Balance& found) {
  const std::tuple<std::string_view, std::optional<std::int64_t>, std::int64_t> counts[] = {
      {"owned", wanted.owned, found.owned},
      {"in use", wanted.in_use, found.in_use},
      {"lent", wanted.lent, found.lent},
      {"borrowed", wanted.borrowed, found.borrowed},
      {"balance", wanted.balance, found.balance}};
  for (const auto& [what, want, is] : counts) {
    if (want && *want != is)
      return error_at(wanted.at, fmt::format("{}: {} is {}, not {}", wanted.tag, what, is, *want));
  }
  return {};
}

}  // namespace

Result<void> Player::play(const Balances& step) {
  concerned_ = {"manager"};
  if (auto ok = lab_.clock().settle(); !ok) return ok;
  auto rows = lab_.manager().balances(account_, va_);
  if (!rows) return rows.error();
  std::map<std::string, Balance> by_name;
  for (auto& row : *rows) {
    auto tag = parse_entitlement_tag(row.tag);
    const auto* entry = tag ? catalog_.find_tag(*tag) : nullptr;
    if (entry != nullptr) row.name = entry->short_name;
    by_name[row.name] = row;
  }
  for (const auto& wanted : step.expect) {
    if (auto ok = check_row(wanted, by_name[wanted.tag]); !ok) return ok;
  }
  if (step.form == Balances::Form::Line) {
    std::int64_t owned = 0;
    std::int64_t in_use = 0;
    for (const auto& row : *rows) {
      owned += row.owned;
      in_use += row.in_use;
    }
    say(fmt::format("{}: {} of {} licences in use", step.say, in_use, owned));
    return {};
  }
  say(fmt::format("{}{}{}:", story_.account.virtual_account, step.say.empty() ? "" : " ", step.say));
  const std::string_view form = "{:<30} {:>6} {:>7} {:>6} {:>9} {:>8}";
  paper_.block(fmt::format(fmt::runtime(form), "License", "Owned", "In use", "Lent", "Borrowed", "Balance"));
  for (const auto& row : *rows) {
    paper_.block(fmt::format(fmt::runtime(form), row.name, row.owned, row.in_use, row.lent, row.borrowed, row.balance));
  }
  return {};
}

// --- time and link --------------------------------------------------------------------------------------------------

Result<void> Player::play(const Advance& step) {
  for (const auto& device : story_.devices) marks_[device.name] = lab_.console(device.name).size();
  concerned_ = {"manager"};
  const auto until = started_ + days(step.to_day);
  while (now() < until) {
    if (auto ok = check_going_on(); !ok) return ok;
    // In slices of a day, so that an interrupt is heard.
    if (auto ok = lab_.clock().step_until(std::min(until, now() + days(1))); !ok) return ok;
  }
  return {};
}

Result<void> Player::play(const Link& step) {
  concerned_ = {"manager"};
  if (step.state == Link::State::Cut) {
    lab_.cut_link();
  } else if (auto ok = lab_.restore_link(); !ok) {
    return ok;
  }
  say(step.say.empty() ? (step.state == Link::State::Cut ? "link cut" : "link restored") : step.say);
  return {};
}

}  // namespace lictor::lab
