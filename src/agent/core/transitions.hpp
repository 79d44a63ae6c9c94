// The transition table: every (state, event) pair of both machines of spec page 02, as data. Running, restoring after
// a restart, tests and the printed diagram read these rows. An intended no-op is a row with its reason; a pair without
// a row is a failing test. No wildcards.
#pragma once

// Filled by this room: enums MachineEvent, Action; struct TransitionRow {id, state, event, guard, next, actions, why};
// std::span<const TransitionRow> registration_table(), authorization_table(); std::string state_diagram().
