// The fleet's log of the truth as its members saw it: one JSON object a line, written through at once. Checkers compare
// it with the manager's store.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "licensing/protocol/messages.hpp"

namespace lictor::fleet {

// A request as it left a member. Reading it back from the bytes that are sent keeps the log independent of the agent.
struct SentRequest {
  protocol::MessageType type = protocol::MessageType::Register;
  std::string request_id;  // hex
  std::int64_t sequence = 0;
  std::vector<std::pair<std::string, Count>> usage;  // authorize: tag, count
};
// nullopt: the bytes are no request of this protocol.
std::optional<SentRequest> read_request(std::string_view compact);

enum class Happening {
  Sent,
  Answered,      // HTTP 200 with a message; what it says is not known yet
  Lost,          // a carrier's word or none: whether it had an effect is unknown
  Acknowledged,  // the agent accepted the answer and saved what follows from it
  Opened,        // the member's store, as an agent found it; its instance, or none
  Refused,       // the agent accepted the answer: it said no
};

class Journal {
 public:
  // Appends to nothing: an existing file is replaced. Errors: Io.
  static Result<std::unique_ptr<Journal>> open(const std::string& path);
  struct Entry {
    Happening what = Happening::Sent;
    int agent = 0;
    const std::string* udi = nullptr;
    const SentRequest* request = nullptr;
    std::int64_t instance = 0;  // 0: not registered
    std::string detail;         // Lost, Refused, Opened
  };
  void write(const Entry& entry, WallTime now);
  // False once a line could not be written.
  [[nodiscard]] bool whole() const { return std::ferror(file_.get()) == 0; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit Journal(std::FILE* file) : file_(file) {}
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace lictor::fleet
