// Every fuzz target. Each reads one input, asserts its properties (property.hpp) and says whether the input was
// accepted. The same functions run under libFuzzer (entry.cpp, clang) and over seeds and regressions in every build
// (replay_test.cpp). An input is judged from the same start each time: nothing of the one before is left.
#pragma once

#include <iosfwd>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace lictor::fuzz {

bool answer(ByteView input);                // what came back to an agent: envelope, signature, payload, trust
bool catalog(ByteView input);               // YAML to a checked catalog
bool certificate(ByteView input);           // certificates, requests, revocation lists, PEM
bool command_line(ByteView input);          // a line of the device's shell: parsing, help, completion, filter
bool device_configuration(ByteView input);  // a startup configuration
bool door(ByteView input);                  // a device's message into the whole device service
bool json(ByteView input);                  // strict JSON
bool message(ByteView input);               // a request: envelope and payload
bool settings(ByteView input);              // YAML to the settings of manager and device
bool shell_wire(ByteView input);            // frames between the device's shell and daemon
bool store(ByteView input);                 // an agent's store contents, and the life that follows
bool store_files(ByteView input);           // the files that an agent's store lies in
bool text(ByteView input);                  // times, durations, base64, hex, tags, identifiers

struct Target {
  std::string_view name;
  bool (*run)(ByteView);
};
void PrintTo(const Target& target, std::ostream* out);  // for GoogleTest
inline constexpr Target kTargets[] = {
    {"answer", answer},
    {"catalog", catalog},
    {"certificate", certificate},
    {"command_line", command_line},
    {"device_configuration", device_configuration},
    {"door", door},
    {"json", json},
    {"message", message},
    {"settings", settings},
    {"shell_wire", shell_wire},
    {"store", store},
    {"store_files", store_files},
    {"text", text},
};

}  // namespace lictor::fuzz
