#include "lab/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lab/members.hpp"

namespace lictor::lab {
namespace {

constexpr std::int64_t kMaxDay = 3650;
constexpr std::int64_t kMaxQuantity = 1'000'000;
constexpr std::int64_t kMaxMembers = 16;
constexpr std::string_view kSteps = "say, register, command, show, members, expect, log, balances, advance and link";

// Folder, socket and lab name of a device: a word that needs no escaping anywhere.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 20 && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

class StoryReader {
 public:
  explicit StoryReader(const Document& document)
      : root_(document, "a story",
              {"story", "title", "starts", "catalogs", "manager", "account", "token", "licenses", "devices", "steps"},
              problems_) {}

  Result<Story> read() {
    if (root_.integer("story", 1, 1) != 1) return problems_.result().error();
    story_.title = root_.text("title");
    story_.catalogs = root_.texts("catalogs");
    if (const auto text = root_.text_or("starts", ""); !text.empty()) {
      auto at = parse_rfc3339(text);
      if (!at) problems_.add(root_.at("starts"), at.error().message);
      if (at) story_.starts = *at;
    }
    read_manager();
    read_account();
    read_token();
    root_.each("licenses", [this](const Document& node) { read_license(node); });
    root_.each("devices", [this](const Document& node) { read_device(node); });
    root_.each("steps", [this](const Document& node) { read_step(node); });
    if (auto ok = problems_.result(); !ok) return ok.error();
    return std::move(story_);
  }

 private:
  void read_manager() {
    const auto* node = root_.find("manager");
    if (node == nullptr) return;
    Members m(*node, "the manager", {"renew_tls"}, problems_);
    story_.manager.renew_tls = m.flag_or("renew_tls", true);
  }

  void read_account() {
    const auto* node = root_.find("account");
    if (node == nullptr) return problems_.add(root_.at("account"), "a story needs \"account\"");
    Members m(*node, "the account", {"domain", "name", "export_allowed", "virtual_account"}, problems_);
    story_.account = {m.text("domain"), m.text("name"), m.flag_or("export_allowed", false), m.text("virtual_account")};
  }

  void read_token() {
    const auto* node = root_.find("token");
    if (node == nullptr) return problems_.add(root_.at("token"), "a story needs \"token\"");
    Members m(*node, "the token", {"description", "days", "max_uses", "export_allowed"}, problems_);
    story_.token.description = m.text("description");
    story_.token.days = m.optional_integer("days", 1, 365).value_or(story_.token.days);
    story_.token.max_uses = m.optional_integer("max_uses", 1, kMaxQuantity);
    story_.token.export_allowed = m.flag_or("export_allowed", false);
  }

  void read_license(const Document& node) {
    Members m(node, "a licence", {"tag", "quantity"}, problems_);
    story_.licenses.push_back({m.text("tag"), m.integer("quantity", 1, kMaxQuantity), m.at("tag")});
  }

  void read_device(const Document& node) {
    Members m(node, "a device", {"name", "pid", "sn", "software_version", "members", "supervisors", "startup"},
              problems_);
    DevicePart device;
    device.at = node.at;
    device.name = m.text("name");
    if (!device.name.empty() && !is_name(device.name)) {
      problems_.add(m.at("name"), "a device's name is up to 20 of a-z, 0-9 and -");
    }
    if (!names_.insert(device.name).second) problems_.add(m.at("name"), fmt::format("a second device {}", device.name));
    if (device.name == "all" || device.name == "manager") {
      problems_.add(m.at("name"), fmt::format("no device is called \"{}\"", device.name));
    }
    device.pid = m.text("pid");
    device.sn = m.text("sn");
    device.software_version = m.text("software_version");
    device.members = m.texts_or_none("members");
    device.supervisors = m.optional_integer("supervisors", 1, 2).value_or(1);
    device.startup = m.texts_or_none("startup");
    story_.devices.push_back(std::move(device));
  }

  std::string device(Members& m) {
    auto name = m.text("device");
    if (!name.empty()) check_name(name, m.at("device"));
    return name;
  }
  // "all" stands for every device of the story.
  std::vector<std::string> devices(Members& m) {
    auto names = m.texts("devices");
    if (names == std::vector<std::string>{"all"}) {
      names.clear();
      for (const auto& device : story_.devices) names.push_back(device.name);
      return names;
    }
    for (const auto& name : names) check_name(name, m.at("devices"));
    return names;
  }
  void check_name(const std::string& name, const SourcePosition& at) {
    if (names_.count(name) == 0) problems_.add(at, fmt::format("there is no device \"{}\"", name));
  }

  void read_step(const Document& node) {
    if (node.kind != Document::Kind::Mapping || node.members.size() != 1) {
      return problems_.add(node.at, fmt::format("a step is one word with its details; {} are known", kSteps));
    }
    const auto& [verb, details] = node.members.front();
    const auto add = [&](auto what) { story_.steps.push_back({std::move(what), node.at}); };
    if (verb == "say") return add(Say{Members(node, "a step", {"say"}, problems_).text("say")});
    if (verb == "register") return add(read_register(details));
    if (verb == "command") return add(read_command(details));
    if (verb == "show") return add(read_show(details));
    if (verb == "members") return add(read_membership(details));
    if (verb == "expect") return add(read_expect(details));
    if (verb == "log") return add(read_logged(details));
    if (verb == "balances") return add(read_balances(details));
    if (verb == "advance") return add(read_advance(details));
    if (verb == "link") return add(read_link(details));
    problems_.add(details.at, fmt::format("\"{}\" is no step; {} are", verb, kSteps));
  }

  Register read_register(const Document& node) {
    Members m(node, "register", {"devices", "syslog", "authorization", "within"}, problems_);
    Register step;
    step.devices = devices(m);
    step.syslog = m.choice("syslog", {"silent", "full"}) == 1 ? Register::Syslog::Full : Register::Syslog::Silent;
    step.authorization = m.text_or("authorization", step.authorization);
    step.within = m.duration_or("within", step.within);
    return step;
  }
  Command read_command(const Document& node) {
    Members m(node, "command", {"device", "lines", "say"}, problems_);
    return {device(m), m.texts("lines"), m.text_or("say", "")};
  }
  Show read_show(const Document& node) {
    Members m(node, "show", {"device", "command"}, problems_);
    return {device(m), m.text("command")};
  }
  Membership read_membership(const Document& node) {
    Members m(node, "members", {"device", "count", "say"}, problems_);
    return {device(m), m.integer("count", 1, kMaxMembers), m.text_or("say", "")};
  }
  Expect read_expect(const Document& node) {
    Members m(node, "expect", {"devices", "command", "contains", "within", "say"}, problems_);
    Expect step;
    step.devices = devices(m);
    step.command = m.text("command");
    step.contains = m.text("contains");
    step.within = m.duration_or("within", Duration{0});
    step.say = m.text_or("say", "");
    return step;
  }
  Logged read_logged(const Document& node) {
    Members m(node, "log", {"devices", "contains", "within", "say"}, problems_);
    Logged step;
    step.devices = devices(m);
    step.contains = m.text("contains");
    step.within = m.duration_or("within", Duration{0});
    step.say = m.text_or("say", "");
    return step;
  }
  Balances read_balances(const Document& node) {
    Members m(node, "balances", {"form", "expect", "say"}, problems_);
    Balances step;
    step.form = m.choice("form", {"table", "line"}) == 1 ? Balances::Form::Line : Balances::Form::Table;
    step.say = m.text_or("say", "");
    m.each_if_any("expect", [&](const Document& item) {
      Members row(item, "a balance", {"tag", "owned", "in_use", "lent", "borrowed", "balance"}, problems_);
      const auto count = [&row](std::string_view key) {
        return row.optional_integer(key, -kMaxQuantity, kMaxQuantity);
      };
      step.expect.push_back({row.text("tag"), count("owned"), count("in_use"), count("lent"), count("borrowed"),
                             count("balance"), row.at("tag")});
    });
    return step;
  }
  Advance read_advance(const Document& node) {
    Members m(node, "advance", {"to_day"}, problems_);
    const auto day = m.integer("to_day", 0, kMaxDay);
    if (day < day_) problems_.add(m.at("to_day"), fmt::format("day {} is over: the story is at day {}", day, day_));
    day_ = std::max(day_, day);
    return {day};
  }
  Link read_link(const Document& node) {
    Members m(node, "link", {"state", "say"}, problems_);
    if (m.find("state") == nullptr) problems_.add(node.at, "link needs \"state\"");
    const auto state = m.choice("state", {"cut", "restored"}) == 1 ? Link::State::Restored : Link::State::Cut;
    if (state == link_) problems_.add(node.at, "the link is in that state already");
    link_ = state;
    return {state, m.text_or("say", "")};
  }

  Problems problems_;
  Members root_;
  Story story_;
  std::set<std::string> names_;
  std::int64_t day_ = 0;
  Link::State link_ = Link::State::Restored;
};

}  // namespace

Result<Story> read_story(const Document& document) {
  return StoryReader(document).read();
}

Result<void> check_story(const Story& story, const catalog::Catalog& catalog) {
  Problems problems;
  const auto check_tag = [&](const std::string& tag, const SourcePosition& at) {
    if (catalog.find_tag_by_short_name(tag) != nullptr) return;
    problems.add(at, fmt::format("the catalog has no tag \"{}\"", tag));
  };
  for (const auto& license : story.licenses) check_tag(license.tag, license.at);
  for (const auto& device : story.devices) {
    if (catalog.find_model(device.pid) == nullptr) {
      problems.add(device.at, fmt::format("the catalog has no model \"{}\"", device.pid));
    }
    if (auto version = catalog::parse_software_version(device.software_version); !version) {
      problems.add(device.at, version.error().message);
    }
  }
  for (const auto& step : story.steps) {
    if (const auto* balances = std::get_if<Balances>(&step.what)) {
      for (const auto& row : balances->expect) check_tag(row.tag, row.at);
    }
  }
  return problems.result();
}

const DevicePart& device_of(const Story& story, const std::string& name) {
  return *std::find_if(story.devices.begin(), story.devices.end(),
                       [&](const auto& device) { return device.name == name; });
}

}  // namespace lictor::lab
