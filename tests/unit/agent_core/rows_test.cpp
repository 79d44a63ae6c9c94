// Completeness of the transition tables, and every row against what the cases say.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "agent/core/actions.hpp"
#include "unit/agent_core/row_cases.hpp"
#include "unit/agent_core/row_lab.hpp"

namespace lictor::agent {
namespace {

template <class Row>
void expect_each_pair_once(std::span<const Row> rows, int states, int events) {
  std::map<std::pair<int, int>, int> seen;
  for (const auto& row : rows) ++seen[{static_cast<int>(row.state), static_cast<int>(row.event)}];
  for (int s = 0; s < states; ++s)
    for (int e = 0; e < events; ++e) EXPECT_EQ((seen[{s, e}]), 1) << "state " << s << ", event " << e;
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(states) * static_cast<std::size_t>(events));
}

template <class Row>
void expect_a_case_for_each_row(std::span<const Row> rows, std::span<const lab::Case> cases) {
  std::map<std::string, int> named;
  for (const auto& c : cases) ++named[std::string(c.id)];
  for (const auto& row : rows) EXPECT_EQ(named[row_id(row)], 1) << row_id(row);
  EXPECT_EQ(cases.size(), rows.size());
}

template <class Row>
void expect_a_reason_where_nothing_is_done(std::span<const Row> rows) {
  for (const auto& row : rows) {
    EXPECT_EQ(row.actions.empty(), !row.why.empty()) << row_id(row) << ": a row does something or says why not";
    EXPECT_FALSE(row.rule.empty()) << row_id(row);
  }
}

TEST(TransitionTables, EachPairOfStateAndEventHasExactlyOneRow) {
  expect_each_pair_once(registration_table(), kStages, kRegistrationEvents);
  expect_each_pair_once(authorization_table(), kAuthorizationStates, kAuthorizationEvents);
}

TEST(TransitionTables, EachRowIsNamedByExactlyOneCase) {
  expect_a_case_for_each_row(registration_table(), lab::registration_cases());
  expect_a_case_for_each_row(authorization_table(), lab::authorization_cases());
}

TEST(TransitionTables, ARowThatDoesNothingSaysWhy) {
  expect_a_reason_where_nothing_is_done(registration_table());
  expect_a_reason_where_nothing_is_done(authorization_table());
}

TEST(TransitionTables, EveryActionHasAFunctionAndARow) {
  std::set<Action> used;
  for (const auto& row : registration_table()) used.insert(row.actions.begin(), row.actions.end());
  for (const auto& row : authorization_table()) used.insert(row.actions.begin(), row.actions.end());
  for (int i = 0; i < kActions; ++i) {
    const auto action = static_cast<Action>(i);
    EXPECT_TRUE(used.contains(action)) << to_string(action);
    EXPECT_TRUE((registration_action(action) != nullptr) != (authorization_action(action) != nullptr))
        << to_string(action);
  }
}

// Finds the enum value by the name that a case uses.
template <class Enum>
Enum named(std::string_view name, int count) {
  for (int i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  ADD_FAILURE() << "no such name: " << name;
  return Enum{};
}

TEST(TransitionTables, RegistrationRowsLeadWhereTheirCasesSay) {
  for (const auto& c : lab::registration_cases()) {
    const auto slash = c.id.find('/');
    const auto got = lab::run_row(named<Stage>(c.id.substr(0, slash), kStages),
                                  named<RegistrationEvent>(c.id.substr(slash + 1), kRegistrationEvents));
    EXPECT_EQ(got.next, c.next) << c.id;
    EXPECT_EQ(got.seen, c.seen) << c.id;
  }
}

TEST(TransitionTables, AuthorizationRowsLeadWhereTheirCasesSay) {
  for (const auto& c : lab::authorization_cases()) {
    const auto slash = c.id.find('/');
    const auto got = lab::run_row(named<AuthorizationState>(c.id.substr(0, slash), kAuthorizationStates),
                                  named<AuthorizationEvent>(c.id.substr(slash + 1), kAuthorizationEvents));
    EXPECT_EQ(got.next, c.next) << c.id;
    EXPECT_EQ(got.seen, c.seen) << c.id;
  }
}

// On a difference the page as it should be is left beside the test's results, ready to be copied over the old one.
TEST(TransitionTables, TheDocumentIsPrintedFromThem) {
  std::ifstream file(LICTOR_SOURCE_DIR "/docs/agent-states.md");
  std::stringstream text;
  text << file.rdbuf();
  const auto expected = LICTOR_BUILD_DIR "/agent-states.md";
  if (text.str() != state_diagram()) std::ofstream(expected) << state_diagram();
  EXPECT_TRUE(text.str() == state_diagram()) << "docs/agent-states.md is not what the tables say; see " << expected;
}

}  // namespace
}  // namespace lictor::agent
