#include "foundation/config/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "foundation/base/utf8.hpp"

namespace lictor::config {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;
constexpr std::size_t kMaxDepth = 32;

// Thrown through yaml-cpp, caught in parse_yaml: its parser knows no other way to stop.
struct Refused {
  Error error;
};

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Document node = make(mark, "", anchor);
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not used in these files"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Document node = make(mark, tag, anchor);
    // What two escapes stand for is no UTF-8 in yaml-cpp 0.7.
    if (!is_utf8(value)) refuse(mark, "the escapes \\N and \\_ are not used in these files");
    node.quoted = tag == "!";
    node.kind = !node.quoted && (value.empty() || value == "~" || value == "null") ? Document::Kind::Null
                                                                                   : Document::Kind::Scalar;
    node.scalar = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Document::Kind::Sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Document::Kind::Mapping);
  }
  void OnMapEnd() override { close(); }

  Document root;

 private:
  struct Frame {
    Document node;
    std::optional<std::string> key;  // of a mapping: waits for its value
  };

  [[nodiscard]] SourcePosition position(const YAML::Mark& mark) const {
    return {file_, mark.line + 1, mark.column + 1};
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) const {
    throw Refused{error_at(position(mark), what)};
  }
  Document make(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != 0) refuse(mark, "anchors are not used in these files");
    if (!tag.empty() && tag != "?" && tag != "!")
      refuse(mark, fmt::format("the tag {} is not used in these files", tag));
    Document node;
    node.at = position(mark);
    return node;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Document::Kind kind) {
    Document node = make(mark, tag, anchor);
    node.kind = kind;
    if (frames_.size() >= kMaxDepth) refuse(mark, fmt::format("nested more than {} levels deep", kMaxDepth));
    if (!frames_.empty() && frames_.back().node.kind == Document::Kind::Mapping && !frames_.back().key) {
      refuse(mark, "a key must be a plain text");
    }
    frames_.push_back({std::move(node), std::nullopt});
  }
  void close() {
    Document done = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(done));
  }
  void add(Document node) {
    if (frames_.empty()) {
      root = std::move(node);
      return;
    }
    auto& frame = frames_.back();
    if (frame.node.kind == Document::Kind::Sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      if (node.kind != Document::Kind::Scalar) throw Refused{error_at(node.at, "a key must be a plain text")};
      if (const auto* before = frame.node.find(node.scalar)) {
        throw Refused{error_at(node.at, fmt::format("\"{}\" stands here again; it stood first at {}", node.scalar,
                                                    to_string(before->at)))};
      }
      frame.key = std::move(node.scalar);
    } else {
      frame.node.members.emplace_back(std::move(*frame.key), std::move(node));
      frame.key.reset();
    }
  }

  std::string file_;
  std::vector<Frame> frames_;
};

// yaml-cpp's sentence about a character shows the first byte of it, whatever it is: a line end, half a character.
std::string printable(std::string sentence) {
  std::ranges::replace_if(
      sentence, [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return sentence;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

SourcePosition place(std::string_view text, std::size_t offset, const std::string& file) {
  const auto before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(line) + 1, static_cast<int>(offset - start) + 1};
}

}  // namespace

Result<Document> parse_yaml(std::string_view text, std::string file_name) {
  if (text.size() > kMaxBytes) {
    return Error{ErrorCode::TooLarge, fmt::format("{}: larger than {} bytes", file_name, kMaxBytes)};
  }
  // What goes on from here into messages and answers must be text; yaml-cpp would take other encodings, too.
  if (const auto good = utf8_prefix(text, text.size()).size(); good < text.size()) {
    return error_at(place(text, good, file_name), "the text is not UTF-8");
  }
  // YAML 1.2, 5.1; to yaml-cpp some of them mean things of its own: an end of the file, an escape.
  if (const auto* control = std::ranges::find_if(text, is_control); control != text.end()) {
    return error_at(place(text, static_cast<std::size_t>(control - text.begin()), file_name),
                    "control characters are not allowed in these files");
  }
  Builder builder(file_name);
  builder.root.at = {file_name, 1, 1};
  try {
    // The mark of the document's end: yaml-cpp takes quotes that are still open at the end of the file for closed, but
    // not those around a mark. So a file that was cut short is refused.
    std::istringstream in{std::string(text) + (text.empty() || text.ends_with('\n') ? "...\n" : "\n...\n")};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    Builder second(file_name);
    second.root.at = {file_name, 0, 0};
    if (parser.HandleNextDocument(second)) {
      return error_at(second.root.at, "a second document begins here; one is expected");
    }
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const YAML::Exception& error) {
    return error_at({file_name, error.mark.line + 1, error.mark.column + 1}, printable(error.msg));
  }
  return std::move(builder.root);
}

Result<Document> read_yaml_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error{errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                 fmt::format("cannot open {}: {}", path, std::strerror(errno))};
  }
  std::string text(kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Error{ErrorCode::Io, fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_yaml(text, path);
}

Result<std::vector<Document>> read_yaml_files(const std::vector<std::string>& paths) {
  std::vector<Document> documents;
  for (const auto& path : paths) {
    auto document = read_yaml_file(path);
    if (!document) return document.error();
    documents.push_back(std::move(*document));
  }
  return documents;
}

}  // namespace lictor::config
