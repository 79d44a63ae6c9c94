// The golden wire vectors of tests/vectors/v1 (see make_vectors.py there), and the same messages as values of ours.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "licensing/pki/crypto.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::protocol::test {

std::string read_file(const std::string& path_in_source_tree);

// v1/material.json. Each throws std::runtime_error when there is no such entry.
pki::PublicKey public_key(const std::string& name);
Bytes certificate(const std::string& name);
Bytes signing_request(const std::string& name);

struct Vector {
  std::string name;
  MessageType message = MessageType::Register;
  bool is_request = true;
  std::string signed_by;  // a key of the material
  std::string header;     // the protected header as the JWS carries it
  std::string payload;
  std::string compact;
};
Vector load_vector(const std::string& name);
std::vector<std::string> vector_names();  // of the files in the folder

// What the vector of that name says, as our values: header and message.
struct ExpectedRequest {
  RequestHeader header;
  Request message;
};
struct ExpectedAnswer {
  AnswerHeader header;
  Answer message;
};
using Expected = std::variant<ExpectedRequest, ExpectedAnswer>;
std::optional<Expected> expected(const std::string& name);  // nullopt: no such vector is known here

std::unique_ptr<pki::Crypto> crypto();

// By the end of the signature's algorithm: "..._rsa" keys are RSA keys.
pki::KeyAlgorithm algorithm_of(const Vector& vector);

}  // namespace lictor::protocol::test
