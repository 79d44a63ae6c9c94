// What a simulated world is made of: all of it follows from these values, so that a run repeats to the byte. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/entropy.hpp"
#include "foundation/base/result.hpp"

namespace lictor::simulation {

// What goes wrong, and what people do that devices must live with. Each kind can be left out by itself.
enum class FaultKind : std::uint8_t {
  // messages
  LostRequest,
  LostAnswer,      // the server did its work
  DoubledRequest,  // both copies arrive
  LateRequest,     // arrives after the device has given it up
  LateAnswer,      // the same of the answer
  GarbledRequest,  // a byte of it changed
  GarbledAnswer,
  ForeignAnswer,    // an answer to another request of the same device comes instead
  ReplayedRequest,  // somebody sends an old message again
  BusyPage,         // a carrier's 503 with Retry-After
  ProxyPage,        // a page with status 200 that is no answer
  Ticket,           // a carrier takes the message and gives a ticket (202)
  LostTicket,       // and no longer knows it (410)
  TlsTrouble,       // certificate of another time, CRL out of reach
  Partition,        // a device hears nobody, for minutes to a year
  // devices
  PowerCut,
  TornWrite,  // power goes in the middle of a write of the store
  Reload,
  DiskFull,
  DiskError,
  ClockStep,
  ClockDrift,
  OldStore,  // a copy of the store from earlier is put back
  // the manager
  ManagerCrash,
  ManagerOutage,  // for minutes to weeks
  CommitLost,     // an error, and nothing was written
  CommitUnknown,  // an error, and all was written
  ManagerDiskFull,
  Overload,         // its queue is full
  OldManagerStore,  // a backup is restored
  // people
  InstanceRemoved,
  InstanceMoved,
  TokenRevoked,
  LicencesEnd,   // a term is over
  TrustChanged,  // licensing roots roll over
};
inline constexpr int kFaultKinds = static_cast<int>(FaultKind::TrustChanged) + 1;
std::string_view to_string(FaultKind kind);  // "lost-request"
using FaultSet = std::bitset<kFaultKinds>;
FaultSet all_faults();
// "all", "none", or names by commas. Error: InvalidArgument.
Result<FaultSet> parse_faults(std::string_view text);
std::string to_string(const FaultSet& faults);

// How devices are kept. Each makes much of what is rare otherwise; a device of a world has some of the world's.
enum class Life : std::uint8_t {
  Leaver,     // deregisters every few days and is registered again
  StoreRoom,  // lies switched off for months, up to longer than a year
  DeadLink,   // hears nobody for months; people register it anew meanwhile, as if that helped
  CutOff,     // the link goes as it is registered: an identity without an authorization
  BadTokens,  // every second token is no good
  Stack,      // members come and go and another becomes active, every few days
  Carried,    // every second message goes by ticket
  Impatient,  // people ask for the next thing, pull the plug or fill the disk before the first is done; some keys fail
  SlowKeys,   // keys take up to most of an hour, or are not made
  ShortEvaluation,  // of days, charged ahead as a whole: a product's settings; it is tried out and given up
  // The manager's settings, so of all its devices:
  ShortCertificates,    // for a month to four
  ShortAuthorizations,  // for days
};
inline constexpr int kLives = static_cast<int>(Life::ShortAuthorizations) + 1;
std::string_view to_string(Life life);  // "store-room"
using LifeSet = std::bitset<kLives>;
Result<LifeSet> parse_lives(std::string_view text);  // as parse_faults
std::string to_string(const LifeSet& lives);

struct Options {
  std::uint64_t seed = 1;
  int devices = 10;
  int days = 730;
  enum class Store { Memory, Sqlite };
  Store store = Store::Memory;  // of the manager
  enum class DeviceStore { Memory, Files };
  DeviceStore device_store = DeviceStore::Memory;  // Files: slots and segments on a simulated disk
  enum class Signer { KeyedHash, Real };
  Signer signer = Signer::KeyedHash;
  FaultSet faults = all_faults();
  double faults_a_month = 3;  // of each kind, per device, on average
  // Busy: licences are scarce, and people do something every few days. Calm: there are licences for everybody and
  // people come a few times a year, so that a device's year has little more than what the page wants of it: a renewal
  // every 30 days, and two of the certificate.
  enum class Pace { Busy, Calm };
  Pace pace = Pace::Busy;
  LifeSet lives;
  [[nodiscard]] bool has(Life life) const { return lives.test(static_cast<std::size_t>(life)); }
};

// What a seed chooses: which faults, which lives, which stores, which signer.
Options options_of(std::uint64_t seed);
// The arguments of lictor-simulate that make this world again.
std::string to_arguments(const Options& options);

// An independent stream of chance for one purpose, so that leaving something out leaves the rest as it was.
SeededEntropy stream(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number = 0);

}  // namespace lictor::simulation
