// Where the fuzz targets begin: inputs derived from the golden vectors, the catalogs, the grammar, and from what agents
// and devices of the unit tests' labs really write. Made at build time; nothing of it is committed.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"

namespace lictor::fuzz {

struct Seed {
  std::string target;
  std::string name;
  Bytes input;
};
std::vector<Seed> make_seeds();

// Words that a target's inputs are made of, in libFuzzer's form: one quoted word a line.
struct Dictionary {
  std::string target;
  std::string text;
};
std::vector<Dictionary> make_dictionaries();

// Parts of make_seeds().
void add_message_seeds(std::vector<Seed>& seeds);  // answer, door, json, message
void add_agent_seeds(std::vector<Seed>& seeds);    // certificate, store, store_files
void add_text_seeds(std::vector<Seed>& seeds);     // catalog, settings, text
void add_device_seeds(std::vector<Seed>& seeds);   // command_line, device_configuration, shell_wire

}  // namespace lictor::fuzz
