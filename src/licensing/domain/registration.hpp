// May these UDIs register, and as which instance? The decision of REG-12 and SCN-1 as a pure function; the texts of a
// refusal are the protocol's.
//
// Per account a serial belongs to one instance. A live instance that holds one of the UDIs asked for is
//   - the same one, when the request's active UDI is its active one, or when it holds the request's active UDI and
//     nothing beside what is asked for (a stack after a switchover): without force refused, with force registered
//     again;
//   - in the way, when nothing would be left to it: without force refused, with force removed;
//   - reduced otherwise: a member moved from one stack to another; it keeps its other UDIs, no force needed.
// An instance that never got its certificate and uses nothing refuses nobody: it is registered again or replaced.
#pragma once

#include <optional>
#include <vector>

#include "licensing/domain/entities.hpp"

namespace lictor::domain {

struct UdiHolder {  // a live instance that holds at least one of the UDIs asked for
  Instance instance;
  std::vector<Usage> usage;
};

// Why a registration is refused (SCN-1).
struct AlreadyRegistered {
  enum class Wording {
    Plain,            // (a) the holder uses nothing
    OtherProduct,     // (b) the holder has another product tag
    WithConsumption,  // (c) the holder's usage counts in the pool
  };
  Wording wording = Wording::Plain;
  InstanceId instance;     // the holder
  ProductTag product_tag;  // of the holder
  Udi udi;                 // asked for and held
  friend bool operator==(const AlreadyRegistered&, const AlreadyRegistered&) = default;
};

struct RegistrationDecision {
  std::optional<AlreadyRegistered> refusal;  // set: nothing else is
  std::optional<InstanceId> same;            // registered again under this id; absent: a new instance
  std::vector<InstanceId> removed;           // taken over (with an event)
  struct Reduced {                           // loses members (with an event on both)
    InstanceId instance;
    std::vector<UdiEntry> left;  // one Active: the former Standby, else the first, if the Active went
    std::vector<Udi> lost;
    friend bool operator==(const Reduced&, const Reduced&) = default;
  };
  std::vector<Reduced> reduced;
  friend bool operator==(const RegistrationDecision&, const RegistrationDecision&) = default;
};

// `udis` passed check_udis; `holders` each once, of the request's account. Of several reasons to refuse the first by
// (b), (c), (a) is given, among equals the holder that comes first. `force` into another VA or product tag is allowed:
// the same instance moves.
RegistrationDecision decide_registration(const std::vector<UdiEntry>& udis, const ProductTag& product_tag, bool force,
                                         const std::vector<UdiHolder>& holders);

}  // namespace lictor::domain
