// The page of states, printed from the tables.
#include <fmt/format.h>

#include "agent/core/transitions.hpp"

namespace lictor::agent {
namespace {

// Moves between states only; rows that stay would hide them, and stand in the list below the picture.
template <class Row>
std::string picture(std::span<const Row> rows, std::string_view first) {
  std::string text = fmt::format("```mermaid\nstateDiagram-v2\n  [*] --> {}\n", first);
  for (const auto& row : rows)
    if (row.next != row.state)
      text += fmt::format("  {} --> {}: {}\n", to_string(row.state), to_string(row.next), to_string(row.event));
  return text + "```\n";
}

std::string deeds(std::span<const Action> actions) {
  std::string text;
  for (const auto action : actions) text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(action));
  return text;
}

template <class Row>
std::string list(std::span<const Row> rows) {
  std::string text = "| state | event | next | does | rule |\n|---|---|---|---|---|\n";
  for (const auto& row : rows)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", to_string(row.state), to_string(row.event),
                        row.next == row.state ? std::string_view("stays") : to_string(row.next),
                        row.actions.empty() ? fmt::format("nothing: {}", row.why) : deeds(row.actions), row.rule);
  return text;
}

}  // namespace

std::string state_diagram() {
  return "# The agent's states\n\n"
         "Printed from the transition tables (`src/agent/core/registration_table.cpp`, `authorization_table.cpp`); a "
         "test\nholds this page to them. What each action does stands in `src/agent/core/transitions.hpp`.\n\n"
         "## Registration\n\n" +
         picture(registration_table(), to_string(Stage::Unregistered)) + "\n" + list(registration_table()) +
         "\n## Authorization\n\n" + picture(authorization_table(), to_string(AuthorizationState::NoLicensesInUse)) +
         "\n" + list(authorization_table());
}

}  // namespace lictor::agent
