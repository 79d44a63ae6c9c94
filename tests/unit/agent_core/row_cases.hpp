// The expectations of registration_row_cases.cpp and authorization_row_cases.cpp.
#pragma once

#include <span>
#include <string_view>

namespace lictor::agent::lab {

struct Case {
  std::string_view id;  // of the row: "Registering/RegisterAlready"
  std::string_view next;
  std::string_view seen;  // "" = nothing at all
};
std::span<const Case> registration_cases();
std::span<const Case> authorization_cases();

}  // namespace lictor::agent::lab
