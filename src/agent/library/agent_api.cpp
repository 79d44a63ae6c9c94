// lictor_agent_*: what comes in is checked here; embedded_agent.hpp does the work.
#include <algorithm>

#include "agent/library/embedded_agent.hpp"
#include "agent/library/failure.hpp"
#include "agent/library/structures.hpp"

namespace lictor::agent {
namespace {

constexpr std::size_t kMostToken = 255;
constexpr std::size_t kMostName = 255;

int refuse_null() noexcept {
  return fail(LICTOR_BAD_ARGUMENT, "the agent is null");
}

// Runs `body` on the agent behind the handle; it returns a lictor_result.
template <class F>
int with(lictor_agent* agent, F&& body) noexcept {
  if (agent == nullptr) return refuse_null();
  return guarded([&] { return static_cast<int>(body(*agent->embedded)); });
}

Result<UsageItem> read_usage(const lictor_usage* usage) {
  auto in = read_structure(usage, "usage");
  if (!in) return in.error();
  auto text = read_text(in->tag, "tag", kMostName);
  if (!text) return text.error();
  auto tag = parse_entitlement_tag(*text);
  if (!tag) return tag.error();
  if (in->count < 1 || in->count > kMaxCount)
    return Error{ErrorCode::InvalidArgument, fmt::format("the count {} is not between 1 and {}", in->count, kMaxCount)};
  auto feature = read_text(in->feature_name, "feature name", kMostName, Empty::Allowed);
  if (!feature) return feature.error();
  auto display = read_text(in->display_name, "display name", kMostName, Empty::Allowed);
  if (!display) return display.error();
  auto description = read_text(in->description, "description", kMostName, Empty::Allowed);
  if (!description) return description.error();
  return UsageItem{std::move(*tag),         in->count,
                   std::move(*feature),     std::move(*display),
                   std::move(*description), in->export_controlled != 0};
}

}  // namespace
}  // namespace lictor::agent

using namespace lictor;
using namespace lictor::agent;

// --- life -----------------------------------------------------------------------------------------------------------
int lictor_agent_open(lictor_settings* settings, lictor_agent** agent) {
  if (agent != nullptr) *agent = nullptr;
  return guarded([&] {
    if (settings == nullptr || agent == nullptr)
      return fail(LICTOR_BAD_ARGUMENT, "the settings or the place for the agent are null");
    auto made = std::make_unique<lictor_agent>();
    const int result = EmbeddedAgent::open(settings->all, made->embedded);
    if (result == LICTOR_OK) *agent = made.release();
    return result;
  });
}

int lictor_agent_close(lictor_agent** agent) {
  if (agent == nullptr || *agent == nullptr) return refuse_null();
  const int result = guarded([&] { return (*agent)->embedded->close(); });
  if (result == LICTOR_WRONG_CALL) return result;
  delete std::exchange(*agent, nullptr);
  return result;
}

// --- running --------------------------------------------------------------------------------------------------------
int lictor_agent_poll_fd(lictor_agent* agent) {
  int descriptor = -1;
  (void)with(agent, [&](EmbeddedAgent& a) { return a.poll_fd(descriptor); });
  return descriptor;
}

int64_t lictor_agent_next_wakeup_ms(lictor_agent* agent) {
  int64_t wait = -1;
  (void)with(agent, [&](EmbeddedAgent& a) {
    wait = a.next_wakeup_ms();
    return LICTOR_OK;
  });
  return wait;
}

int lictor_agent_run_due(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) { return a.run_due(); });
}
int lictor_agent_start_thread(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) { return a.start_thread(); });
}
int lictor_agent_stop_thread(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) { return a.stop_thread(); });
}

// --- registration ---------------------------------------------------------------------------------------------------
int lictor_agent_register(lictor_agent* agent, const char* token, int force) {
  return with(agent, [&](EmbeddedAgent& a) {
    if (force != LICTOR_WITHOUT_FORCE && force != LICTOR_FORCE)
      return fail(LICTOR_BAD_ARGUMENT, "this is no value of lictor_force");
    auto text = read_text(token, "token", kMostToken);
    if (!text) return fail(text.error());
    return a.command([&](Agent& core, Now now) {
      return core.register_token(std::move(*text), force == LICTOR_FORCE ? Agent::Force::Yes : Agent::Force::No, now);
    });
  });
}

int lictor_agent_deregister(lictor_agent* agent) {
  return with(agent,
              [](EmbeddedAgent& a) { return a.command([](Agent& core, Now now) { return core.deregister(now); }); });
}
int lictor_agent_renew_id(lictor_agent* agent) {
  return with(agent,
              [](EmbeddedAgent& a) { return a.command([](Agent& core, Now now) { return core.renew_id(now); }); });
}
int lictor_agent_renew_authorization(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) {
    return a.command([](Agent& core, Now now) { return core.renew_authorization(now); });
  });
}

int lictor_agent_save_identity(lictor_agent* agent) {
  return with(agent,
              [](EmbeddedAgent& a) { return a.command([](Agent& core, Now now) { return core.save_identity(now); }); });
}

// --- traditional licences -------------------------------------------------------------------------------------------
int lictor_agent_set_mode(lictor_agent* agent, int mode) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto read = read_mode(mode);
    if (!read) return fail(read.error());
    return a.command([&](Agent& core, Now now) { return core.set_licensing_mode(*read, now); });
  });
}

int lictor_agent_set_traditional(lictor_agent* agent, const lictor_traditional* licenses, size_t count) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto read = read_traditional(licenses, count);
    if (!read) return fail(read.error());
    return a.command([&](Agent& core, Now now) { return core.set_traditional_licenses(std::move(*read), now); });
  });
}

int lictor_agent_read_traditional(lictor_agent* agent, lictor_traditional_reader read, void* reader) {
  return with(agent, [&](EmbeddedAgent& a) {
    if (read == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the reader is null");
    return a.read_traditional(read, reader);
  });
}

// --- surroundings ---------------------------------------------------------------------------------------------------
int lictor_agent_transport_changed(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) {
    return a.command([](Agent& core, Now now) {
      core.transport_changed(now);
      return Result<void>();
    });
  });
}

int lictor_agent_set_udis(lictor_agent* agent, const lictor_udi* udis, size_t count) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto entries = read_udis(udis, count);
    if (!entries) return fail(entries.error());
    return a.command([&](Agent& core, Now now) { return core.set_udis(std::move(*entries), now); });
  });
}

int lictor_agent_set_host_name(lictor_agent* agent, const char* host_name) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto name = read_text(host_name, "host name", kMostName, Empty::Allowed);
    if (!name) return fail(name.error());
    return a.command([&](Agent& core, Now now) {
      core.set_host_name(std::move(*name), now);
      return Result<void>();
    });
  });
}

// --- usage ----------------------------------------------------------------------------------------------------------
int lictor_agent_request(lictor_agent* agent, const lictor_usage* usage) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto item = read_usage(usage);
    if (!item) return fail(item.error());
    return a.request(std::move(*item));
  });
}

int lictor_agent_release(lictor_agent* agent, const char* tag) {
  return with(agent, [&](EmbeddedAgent& a) {
    auto text = read_text(tag, "tag", kMostName);
    if (!text) return fail(text.error());
    return a.release(*text);
  });
}

int lictor_agent_ready(lictor_agent* agent) {
  return with(agent, [](EmbeddedAgent& a) {
    return a.command([](Agent& core, Now now) {
      core.ready(now);
      return Result<void>();
    });
  });
}

// --- what can be seen -----------------------------------------------------------------------------------------------
int lictor_agent_get_tag(const lictor_agent* agent, const char* tag, lictor_tag* out) {
  if (agent == nullptr) return refuse_null();
  if (tag == nullptr || out == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the tag or the place for it is null");
  return agent->embedded->view().read([&](const View& view) -> int {
    const auto* row = view.find(tag);
    if (row == nullptr) return fail(LICTOR_NOT_FOUND, "this tag is not requested");
    if (!write_structure(lictor_tag{sizeof(lictor_tag), row->state, row->count}, out))
      return fail(LICTOR_BAD_ARGUMENT, "the size of the place for the tag is not set (LICTOR_INIT)");
    return LICTOR_OK;
  });
}

int lictor_agent_get_status(const lictor_agent* agent, lictor_status* out) {
  if (agent == nullptr) return refuse_null();
  if (out == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the place for the status is null");
  return agent->embedded->view().read([&](const View& view) -> int {
    if (!write_structure(view.status, out))
      return fail(LICTOR_BAD_ARGUMENT, "the size of the place for the status is not set (LICTOR_INIT)");
    return LICTOR_OK;
  });
}

int lictor_agent_get_text(const lictor_agent* agent, int which, char* buffer, size_t size, size_t* length) {
  if (agent == nullptr) return refuse_null();
  if (which < 0 || static_cast<std::size_t>(which) >= kTexts)
    return fail(LICTOR_BAD_ARGUMENT, "this is no text of lictor_text");
  if (buffer == nullptr || size == 0) return fail(LICTOR_BAD_ARGUMENT, "there is no room for the text");
  return agent->embedded->view().read([&](const View& view) -> int {
    const auto& text = view.texts[static_cast<std::size_t>(which)];
    if (length != nullptr) *length = text.size();
    const auto fits = utf8_prefix(text, size - 1);
    std::copy(fits.begin(), fits.end(), buffer);
    buffer[fits.size()] = '\0';
    return fits.size() == text.size() ? static_cast<int>(LICTOR_OK)
                                      : fail(LICTOR_TOO_LONG, "the text is longer than the room for it");
  });
}

int lictor_agent_read_events(lictor_agent* agent, lictor_line_reader read, void* reader) {
  return with(agent, [&](EmbeddedAgent& a) {
    if (read == nullptr) return fail(LICTOR_BAD_ARGUMENT, "the reader is null");
    return a.read_events(read, reader);
  });
}

int lictor_agent_on_notification(lictor_agent* agent, lictor_notification_reader reader, void* context) {
  return with(agent, [&](EmbeddedAgent& a) { return a.listen(reader, context); });
}

int lictor_agent_on_log(lictor_agent* agent, lictor_log_reader reader, void* context) {
  return with(agent, [&](EmbeddedAgent& a) { return a.listen(reader, context); });
}
