// A story as data: who owns what, which devices there are, and what happens step by step. Read from YAML; every mistake
// is reported at its file, line and column, unknown members included. This header describes the format.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foundation/base/document.hpp"
#include "foundation/base/time.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::lab {

struct AccountPart {
  std::string domain;
  std::string name;
  bool export_allowed = false;
  std::string virtual_account;
};

struct TokenPart {
  std::string description;
  std::int64_t days = 30;
  std::optional<std::int64_t> max_uses;
  bool export_allowed = false;
};

struct LicensePart {
  std::string tag;  // short name in the catalog
  std::int64_t quantity = 0;
  SourcePosition at;
};

struct DevicePart {
  std::string name;  // in the story, and of its folder: a-z 0-9 -
  std::string pid;
  std::string sn;
  std::string software_version;
  std::vector<std::string> members;  // PID:SN:standby, PID:SN:member
  std::int64_t supervisors = 1;
  std::vector<std::string> startup;  // lines of configuration
  SourcePosition at;
};

// --- steps ----------------------------------------------------------------------------------------------------------
// Names of devices are known ones; `say` is what the step's line begins with ("" = the step's own words).

struct Say {
  std::string text;
};
// Registers with the story's token and waits, in the lab's time, for registration and authorization.
struct Register {
  std::vector<std::string> devices;
  enum class Syslog { Silent, Full };
  Syslog syslog = Syslog::Silent;            // Full: what the device prints meanwhile is printed too
  std::string authorization = "AUTHORIZED";  // the state that is waited for
  Duration within = hours(1);
};
// Types at the device; an answer that begins with % fails the step.
struct Command {
  std::string device;
  std::vector<std::string> lines;
  std::string say;
};
// Prints what the device prints.
struct Show {
  std::string device;
  std::string command;
};
// Both sides must list the same members of a device, that many.
struct Membership {
  std::string device;
  std::int64_t count = 0;
  std::string say;
};
// Waits, in the lab's time, until the command's output has a line that contains the text.
struct Expect {
  std::vector<std::string> devices;
  std::string command;
  std::string contains;
  Duration within{0};  // 0: at once
  std::string say;
};
// Demands log lines that contain the text, written since the last advance (or the start), waiting in the lab's time.
struct Logged {
  std::vector<std::string> devices;
  std::string contains;
  Duration within{0};
  std::string say;
};
// The manager's side: what is owned and used, with substitution.
struct Balances {
  enum class Form { Table, Line };
  Form form = Form::Table;
  struct Row {
    std::string tag;
    std::optional<std::int64_t> owned;
    std::optional<std::int64_t> in_use;
    std::optional<std::int64_t> lent;
    std::optional<std::int64_t> borrowed;
    std::optional<std::int64_t> balance;
    SourcePosition at;
  };
  std::vector<Row> expect;
  std::string say;
};
struct Advance {
  std::int64_t to_day = 0;  // from the story's start
};
struct Link {
  enum class State { Cut, Restored };
  State state = State::Cut;
  std::string say;
};

struct Step {
  std::variant<Say, Register, Command, Show, Membership, Expect, Logged, Balances, Advance, Link> what;
  SourcePosition at;
};

struct ManagerPart {
  bool renew_tls = true;  // false: its TLS certificate ends after a year, and devices must notice
};

struct Story {
  std::string title;
  std::optional<WallTime> starts;     // absent: the machine's own time
  std::vector<std::string> catalogs;  // paths, relative to the story's folder or absolute
  ManagerPart manager;
  AccountPart account;
  TokenPart token;
  std::vector<LicensePart> licenses;
  std::vector<DevicePart> devices;
  std::vector<Step> steps;
};

// All problems at once, one a line. Error: InvalidArgument.
Result<Story> read_story(const Document& document);
// Models, versions and tags against the catalog. Error: InvalidArgument, as above.
Result<void> check_story(const Story& story, const catalog::Catalog& catalog);

const DevicePart& device_of(const Story& story, const std::string& name);  // a known one

}  // namespace lictor::lab
