#include "device/shell/wire.hpp"

#include <array>

#include "foundation/json/json.hpp"

namespace lictor::device::wire {
namespace {

constexpr std::array<std::pair<Ask, std::string_view>, 5> kAsks{{{Ask::Hello, "hello"},
                                                                 {Ask::Line, "line"},
                                                                 {Ask::Help, "help"},
                                                                 {Ask::Complete, "complete"},
                                                                 {Ask::Interrupt, "interrupt"}}};
constexpr std::array<std::pair<Kind, std::string_view>, 4> kKinds{
    {{Kind::Reply, "reply"}, {Kind::Help, "help"}, {Kind::Completion, "completion"}, {Kind::Log, "log"}}};

template <class Table, class Value>
std::string name_of(const Table& table, Value value) {
  for (const auto& [key, name] : table) {
    if (key == value) return std::string(name);
  }
  return "";
}

// JSON is UTF-8 by definition: what a terminal or a file sent otherwise is shown as '?'.
std::string ascii(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

const json::Limits kLimits{4 * 1024 * 1024, 8};

}  // namespace

std::string encode(const Question& q) {
  return json::to_text(json::Object{{"ask", name_of(kAsks, q.ask)},
                                    {"text", ascii(q.text)},
                                    {"echo_width", static_cast<std::int64_t>(q.echo_width)}});
}

Result<Question> decode_question(std::string_view frame) {
  auto value = json::parse(frame, kLimits);
  if (!value) return value.error();
  const json::ObjectReader reader(*value, "");
  auto ask = reader.string("ask");
  auto text = reader.string("text");
  auto width = reader.integer("echo_width", 0, 1000);
  if (!ask) return ask.error();
  if (!text) return text.error();
  if (!width) return width.error();
  for (const auto& [key, name] : kAsks) {
    if (name == *ask) return Question{key, *text, static_cast<std::size_t>(*width)};
  }
  return Error{ErrorCode::Malformed, "unknown question " + *ask};
}

std::string encode(const Answer& a) {
  json::Array words;
  for (const auto& w : a.completion.words) words.emplace_back(w);
  return json::to_text(json::Object{{"kind", name_of(kKinds, a.kind)},
                                    {"output", ascii(a.reply.output)},
                                    {"prompt", ascii(a.reply.prompt)},
                                    {"failed", a.reply.failed},
                                    {"closed", a.reply.closed},
                                    {"reloading", a.reply.reloading},
                                    {"question", a.reply.question},
                                    {"length", std::int64_t{a.length}},
                                    {"insert", a.completion.insert},
                                    {"words", std::move(words)}});
}

Result<Answer> decode_answer(std::string_view frame) {
  auto value = json::parse(frame, kLimits);
  if (!value) return value.error();
  const json::ObjectReader reader(*value, "");
  Answer a;
  auto kind = reader.string("kind");
  if (!kind) return kind.error();
  bool known = false;
  for (const auto& [key, name] : kKinds) {
    if (name != *kind) continue;
    a.kind = key;
    known = true;
  }
  if (!known) return Error{ErrorCode::Malformed, "unknown answer " + *kind};
  const auto text = [&](std::string_view key) { return reader.string(key).value_or(std::string()); };
  const auto flag = [&](std::string_view key) { return reader.boolean(key).value_or(false); };
  a.reply.output = text("output");
  a.reply.prompt = text("prompt");
  a.reply.failed = flag("failed");
  a.reply.closed = flag("closed");
  a.reply.reloading = flag("reloading");
  a.reply.question = flag("question");
  a.length = static_cast<int>(reader.integer("length", 0, 512).value_or(0));
  a.completion.insert = text("insert");
  if (auto words = reader.array("words")) {
    for (const json::Value& w : **words) {
      if (const auto* s = w.if_string()) a.completion.words.push_back(*s);
    }
  }
  return a;
}

}  // namespace lictor::device::wire
