// The agent through its C ABI, with a product's own clock, store and transport: what it does and what is seen of it.
#include <gmock/gmock.h>
#include <poll.h>

#include <new>
#include <stdexcept>
#include <thread>

#include "licensing/protocol/codec.hpp"
#include "support/every.hpp"
#include "unit/agent_library/product.hpp"

namespace lictor::agent::product_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Embedded : ::testing::Test {
  Product product;
};

TEST_F(Embedded, REG_3_RegistersAndIsAuthorizedOnTheProductsOwnLoop) {
  product.open();
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(product.status().authorization, LICTOR_NO_LICENSES_IN_USE);
  ASSERT_EQ(product.request("ADVANTAGE", 3), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  EXPECT_EQ(product.status().authorization, LICTOR_EVALUATION);
  EXPECT_EQ(product.status().evaluation_running, 1);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_EVALUATION);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  EXPECT_EQ(product.status().registration, LICTOR_REGISTERING);
  product.until([&] { return product.state("ADVANTAGE") == LICTOR_TAG_AUTHORIZED; });

  const auto status = product.status();
  EXPECT_EQ(status.registration, LICTOR_REGISTERED);
  EXPECT_EQ(status.authorization, LICTOR_AUTHORIZED);
  EXPECT_EQ(status.tags_in_use, 1);
  EXPECT_EQ(status.instance, product.server.instances.front().id.value);
  EXPECT_EQ(status.last_registration_attempt, LICTOR_ATTEMPT_SUCCEEDED);
  EXPECT_EQ(status.last_registration_attempt_at_ms, lab::kStart);
  EXPECT_EQ(status.last_authorization_attempt, LICTOR_ATTEMPT_SUCCEEDED);
  EXPECT_EQ(status.registration_expires_at_ms, lab::kStart + days(365).count());
  EXPECT_EQ(status.next_id_renewal_at_ms, lab::kStart + days(180).count());
  EXPECT_EQ(status.next_authorization_at_ms, lab::kStart + days(30).count());
  EXPECT_EQ(status.deadline_at_ms, lab::kStart + days(90).count());
  EXPECT_EQ(status.evaluation_running, 0);
  EXPECT_EQ(status.export_allowed, 1);
  EXPECT_EQ(product.text(LICTOR_ACCOUNT_NAME), "Example Company");
  EXPECT_EQ(product.text(LICTOR_VIRTUAL_ACCOUNT_NAME), "Default");
  EXPECT_EQ(product.text(LICTOR_UDI), "PID:C9500-40X,SN:FCW2233A5ZV");
  EXPECT_EQ(product.server.instances.front().usage.front().count, 3);
  EXPECT_THAT(product.sent, ElementsAre("register", "authorize"));
}

TEST_F(Embedded, REG_3_RegistersOnAThreadOfItsOwn) {
  product.open();
  std::mutex mutex;
  std::condition_variable changed;
  struct Told {
    std::mutex& mutex;
    std::condition_variable& changed;
    std::thread::id thread;
  } told{mutex, changed, {}};
  const auto notified = [](void* context, int) {
    auto& t = *static_cast<Told*>(context);
    const std::lock_guard lock(t.mutex);
    t.thread = std::this_thread::get_id();
    t.changed.notify_one();
  };
  ASSERT_EQ(lictor_agent_on_notification(product.agent, notified, &told), LICTOR_OK);
  ASSERT_EQ(lictor_agent_start_thread(product.agent), LICTOR_OK);
  EXPECT_EQ(lictor_agent_start_thread(product.agent), LICTOR_CONFLICT);
  EXPECT_EQ(lictor_agent_run_due(product.agent), LICTOR_CONFLICT);
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return product.state("ADVANTAGE") == LICTOR_TAG_AUTHORIZED; });
    EXPECT_NE(told.thread, std::this_thread::get_id());
  }
  EXPECT_EQ(lictor_agent_stop_thread(product.agent), LICTOR_OK);
  EXPECT_EQ(lictor_agent_stop_thread(product.agent), LICTOR_CONFLICT);
  EXPECT_EQ(lictor_agent_run_due(product.agent), LICTOR_OK) << "the product's own loop may go on";
}

TEST_F(Embedded, STO_1_GoesOnWhereTheStoreStands) {
  product.registered();
  product.close();
  product.sent.clear();
  product.open();
  EXPECT_EQ(product.status().registration, LICTOR_REGISTERED);
  EXPECT_EQ(product.state("ADVANTAGE"), -1) << "of this run nothing is requested yet";
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(minutes(1));
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZED);
  EXPECT_THAT(product.sent, IsEmpty()) << "the same set as before: nothing to tell (USE-1)";
}

TEST_F(Embedded, USE_1_WhatIsNotRequestedAgainAfterAStartIsReleased) {
  product.registered();
  product.close();
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(minutes(1));
  EXPECT_THAT(product.server.instances.front().usage, IsEmpty());
  EXPECT_EQ(product.status().tags_in_use, 0);
}

TEST_F(Embedded, USE_1_RequestsReplaceAndReleasesEnd) {
  product.registered();
  ASSERT_EQ(product.request("ADVANTAGE", 5), LICTOR_OK);
  ASSERT_EQ(product.request("PREMIER"), LICTOR_OK);
  EXPECT_EQ(product.state("PREMIER"), LICTOR_TAG_WAITING);
  product.pass(seconds(5));
  EXPECT_EQ(product.state("PREMIER"), LICTOR_TAG_AUTHORIZED);
  EXPECT_EQ(product.server.instances.front().usage.size(), 2u);
  lictor_tag out;
  LICTOR_INIT(out);
  ASSERT_EQ(lictor_agent_get_tag(product.agent, tag("ADVANTAGE").c_str(), &out), LICTOR_OK);
  EXPECT_EQ(out.count, 5);

  ASSERT_EQ(lictor_agent_release(product.agent, tag("ADVANTAGE").c_str()), LICTOR_OK);
  EXPECT_EQ(lictor_agent_release(product.agent, tag("ADVANTAGE").c_str()), LICTOR_NOT_FOUND);
  EXPECT_EQ(product.state("ADVANTAGE"), -1);
  product.pass(seconds(5));
  ASSERT_EQ(product.server.instances.front().usage.size(), 1u);
  EXPECT_EQ(product.server.instances.front().usage.front().tag.text, tag("PREMIER"));
}

TEST_F(Embedded, AUTH_4_ShowsWhichTagIsShort) {
  product.registered();
  std::vector<int> kinds;
  const auto keep = [](void* context, int kind) { static_cast<std::vector<int>*>(context)->push_back(kind); };
  ASSERT_EQ(lictor_agent_on_notification(product.agent, keep, &kinds), LICTOR_OK);
  product.pass(Duration{0});
  kinds.clear();
  product.server.owned = 1;
  ASSERT_EQ(product.request("PREMIER", 2), LICTOR_OK);
  product.pass(seconds(5));
  EXPECT_EQ(product.status().authorization, LICTOR_OUT_OF_COMPLIANCE);
  EXPECT_EQ(product.state("PREMIER"), LICTOR_TAG_OUT_OF_COMPLIANCE);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZED);
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_TAG_SHORT)));
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_AUTHORIZATION_CHANGED)));
}

TEST_F(Embedded, REG_10_ExportControlledLicencesNeedARegistrationThatAllowsThem) {
  product.open();
  EXPECT_EQ(product.request("ENCRYPTION", 1, true), LICTOR_NOT_ALLOWED);
  EXPECT_THAT(lictor_last_error(), HasSubstr("export-controlled"));
  EXPECT_EQ(product.state("ENCRYPTION"), -1);
  EXPECT_EQ(product.request("ADVANTAGE"), LICTOR_OK) << "a refused one does not stand in the way of others";
  product.close();
  product.registered();
  EXPECT_EQ(product.request("ENCRYPTION", 1, true), LICTOR_OK);
}

TEST_F(Embedded, REG_11_RegistersTwiceByForceOnly) {
  product.registered();
  EXPECT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_CONFLICT);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_FORCE), LICTOR_OK);
  product.until(
      [&] { return product.server.registrations == 2 && product.status().registration == LICTOR_REGISTERED; });
  EXPECT_EQ(product.server.instances.size(), 1u);
}

TEST_F(Embedded, REG_8_RenewsAtOnceWhenAsked) {
  product.open();
  EXPECT_EQ(lictor_agent_renew_id(product.agent), LICTOR_CONFLICT);
  EXPECT_EQ(lictor_agent_renew_authorization(product.agent), LICTOR_CONFLICT);
  product.close();
  product.registered();
  product.pass(hours(1));
  product.sent.clear();
  ASSERT_EQ(lictor_agent_renew_authorization(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  EXPECT_THAT(product.sent, ElementsAre("authorize"));
  ASSERT_EQ(lictor_agent_renew_id(product.agent), LICTOR_OK);
  product.until([&] { return product.status().last_id_renewal == LICTOR_ATTEMPT_SUCCEEDED; });
  EXPECT_THAT(product.sent, Contains("renew-id"));
  EXPECT_EQ(product.status().last_id_renewal_at_ms, lab::kStart + hours(1).count());
}

TEST_F(Embedded, REG_9_DeregistersAndForgets) {
  product.open();
  EXPECT_EQ(lictor_agent_deregister(product.agent), LICTOR_CONFLICT);
  product.close();
  product.registered();
  ASSERT_EQ(lictor_agent_deregister(product.agent), LICTOR_OK);
  product.until([&] { return product.status().registration == LICTOR_UNREGISTERED; });
  EXPECT_THAT(product.server.instances, IsEmpty());
  EXPECT_EQ(product.status().instance, 0);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_EVALUATION);
}

TEST_F(Embedded, AUTH_8_AFailedExchangeIsRetriedAndTheReasonShown) {
  product.registered();
  product.link = Product::Link::Down;
  ASSERT_EQ(lictor_agent_renew_authorization(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  EXPECT_EQ(product.status().last_authorization_attempt, LICTOR_ATTEMPT_FAILED);
  EXPECT_NE(product.text(LICTOR_AUTHORIZATION_REASON), "");
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZED) << "a carrier's word changes nothing";
  EXPECT_EQ(lictor_agent_next_wakeup_ms(product.agent), seconds(30).count());
  product.link = Product::Link::Up;
  ASSERT_EQ(lictor_agent_transport_changed(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  EXPECT_EQ(product.status().last_authorization_attempt, LICTOR_ATTEMPT_SUCCEEDED);
}

TEST_F(Embedded, AnAnswerFromAnotherThreadMakesTheDescriptorReadable) {
  product.link = Product::Link::Held;
  product.open();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return !product.held.empty(); });
  product.pass(Duration{0});
  pollfd wait{lictor_agent_poll_fd(product.agent), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 0), 0) << "nothing came yet";
  EXPECT_GT(lictor_agent_next_wakeup_ms(product.agent), 0);
  std::thread([&] { product.answer_held(); }).join();
  EXPECT_EQ(::poll(&wait, 1, 0), 1);
  EXPECT_EQ(lictor_agent_next_wakeup_ms(product.agent), 0);
  product.until([&] { return product.status().registration == LICTOR_REGISTERED; });
}

TEST_F(Embedded, AnExchangeMayEndAfterTheAgent) {
  product.link = Product::Link::Held;
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return !product.held.empty(); });
  product.close();
  EXPECT_EQ(product.cancelled, 1);
  product.answer_held();
}

TEST_F(Embedded, AReplyThatCannotBeReadCountsAsAFailedAttempt) {
  product.link = Product::Link::Held;
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return !product.held.empty(); });
  lictor_reply reply;
  LICTOR_INIT(reply);
  reply.outcome = 77;
  EXPECT_EQ(lictor_exchange_done(product.held.front(), &reply), LICTOR_BAD_ARGUMENT);
  product.held.clear();
  product.until([&] { return product.status().last_registration_attempt == LICTOR_ATTEMPT_FAILED; });
}

// What a transport of one's own says of the first message, and what becomes of it.
TEST(Outcomes, AUTH_8_OnlyAnAnswerRegisters) {
  const struct {
    int outcome;
    int attempt;
    int registration;
  } rows[] = {{LICTOR_NOT_AVAILABLE, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTRATION_FAILED},
              {LICTOR_SEND_FAILED, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING},
              {LICTOR_NOT_YET_VALID, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING},
              {LICTOR_NO_LONGER_VALID, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING},
              {LICTOR_REVOCATION_UNKNOWN, LICTOR_ATTEMPT_PENDING, LICTOR_REGISTERING},
              {LICTOR_OVERLOADED, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING},
              {LICTOR_PENDING, LICTOR_ATTEMPT_PENDING, LICTOR_REGISTERING},
              {LICTOR_BAD_ANSWER, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING},
              {LICTOR_RESUBMIT, LICTOR_ATTEMPT_FAILED, LICTOR_REGISTERING}};  // nothing was fetched
  for (const auto& row : rows) {
    Product product;
    product.link = Product::Link::Held;
    product.open();
    ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
    ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
    product.until([&] { return !product.held.empty(); });
    lictor_reply reply;
    LICTOR_INIT(reply);
    reply.outcome = row.outcome;
    reply.ticket = "T1";
    reply.retry_after_ms = 60'000;
    ASSERT_EQ(lictor_exchange_done(product.held.front(), &reply), LICTOR_OK);
    product.held.clear();
    product.until([&] { return product.status().last_registration_attempt != LICTOR_ATTEMPT_NONE; });
    EXPECT_EQ(product.status().last_registration_attempt, row.attempt) << row.outcome;
    EXPECT_EQ(product.status().registration, row.registration) << row.outcome;
    EXPECT_NE(product.text(LICTOR_REGISTRATION_REASON), "") << row.outcome;
  }
}

TEST_F(Embedded, USE_1_NotificationsTellWhatChanged) {
  std::vector<int> kinds;
  const auto keep = [](void* context, int kind) { static_cast<std::vector<int>*>(context)->push_back(kind); };
  product.registered();
  ASSERT_EQ(lictor_agent_on_notification(product.agent, keep, &kinds), LICTOR_OK);
  product.link = Product::Link::Down;
  product.pass(days(31));
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_TRANSPORT_FAILED)));
  product.link = Product::Link::Up;
  product.server.export_allowed = false;
  product.pass(hours(2));
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_TRANSPORT_RESTORED)));
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_EXPORT_CHANGED)));
  product.pass(days(150));
  product.until([&] { return product.status().last_id_renewal == LICTOR_ATTEMPT_SUCCEEDED; });
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_CERTIFICATE_RENEWED)));
}

TEST_F(Embedded, GWY_2_ATicketThatIsGoneMakesTheRequestGoOutAnewAtOnce) {
  product.link = Product::Link::Held;
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return !product.held.empty(); });
  const auto say = [&](int outcome, const char* ticket) {
    lictor_reply reply;
    LICTOR_INIT(reply);
    reply.outcome = outcome;
    reply.ticket = ticket;
    reply.retry_after_ms = 60'000;
    ASSERT_EQ(lictor_exchange_done(product.take_held(), &reply), LICTOR_OK);
  };
  say(LICTOR_PENDING, "T1");
  product.until([&] { return product.status().last_registration_attempt == LICTOR_ATTEMPT_PENDING; });
  product.pass(minutes(2));
  product.until([&] { return !product.held.empty(); });
  ASSERT_EQ(product.tickets.back(), "T1");
  say(LICTOR_RESUBMIT, nullptr);
  product.until([&] { return !product.held.empty(); });  // no time passes
  EXPECT_EQ(product.tickets.back(), "");
  EXPECT_EQ(product.status().last_registration_attempt, LICTOR_ATTEMPT_PENDING) << "no failure";
  product.answer_held();
  product.until([&] { return product.status().registration == LICTOR_REGISTERED; });
}

// The whole stays AUTHORIZED: without this a product that waits for a licence would wait for ever.
TEST_F(Embedded, USE_1_ALicenceThatIsAuthorizedLaterIsToldOnceItCanBeSeen) {
  struct Seen {
    Product& product;
    std::vector<int> states;
  } seen{product, {}};
  const auto look = [](void* context, int kind) {
    auto& found = *static_cast<Seen*>(context);
    if (kind == LICTOR_TAG_CHANGED) found.states.push_back(found.product.state("PREMIER"));
  };
  product.registered();
  product.pass(Duration{0});
  ASSERT_EQ(lictor_agent_on_notification(product.agent, look, &seen), LICTOR_OK);
  product.pass(Duration{0});
  seen.states.clear();
  ASSERT_EQ(product.request("PREMIER"), LICTOR_OK);
  ASSERT_EQ(product.state("PREMIER"), LICTOR_TAG_WAITING);
  product.pass(seconds(5));
  EXPECT_EQ(product.status().authorization, LICTOR_AUTHORIZED);
  EXPECT_THAT(seen.states, ElementsAre(static_cast<int>(LICTOR_TAG_AUTHORIZED)));
}

TEST_F(Embedded, AUTH_2_TheEndOfEvaluationIsTold) {
  std::vector<int> kinds;
  const auto keep = [](void* context, int kind) { static_cast<std::vector<int>*>(context)->push_back(kind); };
  product.open();
  ASSERT_EQ(lictor_agent_on_notification(product.agent, keep, &kinds), LICTOR_OK);
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(days(91));
  EXPECT_EQ(product.status().authorization, LICTOR_EVALUATION_EXPIRED);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_EVALUATION_EXPIRED);
  EXPECT_EQ(product.status().evaluation_left_ms, 0);
  EXPECT_THAT(kinds, Contains(static_cast<int>(LICTOR_EVALUATION_ENDED)));
}

TEST_F(Embedded, AUTH_5_SilenceEndsTheAuthorization) {
  product.registered();
  product.link = Product::Link::Down;
  for (int day = 0; day < 91; ++day) product.pass(days(1));
  EXPECT_EQ(product.status().authorization, LICTOR_AUTHORIZATION_EXPIRED);
  EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZATION_EXPIRED);
  EXPECT_EQ(product.status().deadline_at_ms, 0) << "it has passed";
}

TEST_F(Embedded, ExceptionsOfAProductsCallbacksStayInside) {
  struct Thrower {
    int what = 0;
  } thrower;
  const auto throws = [](void* context, const lictor_log_line*) {
    const int what = static_cast<Thrower*>(context)->what++;
    if (what == 0) throw std::runtime_error("the product's own trouble");
    if (what == 1) throw std::bad_alloc();
    if (what == 2) throw 3;
  };
  product.open();
  ASSERT_EQ(lictor_agent_on_log(product.agent, throws, &thrower), LICTOR_OK);
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.link = Product::Link::Down;
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  EXPECT_EQ(lictor_agent_run_due(product.agent), LICTOR_INTERNAL);
  EXPECT_STREQ(lictor_last_error(), "the product's own trouble");
  EXPECT_EQ(lictor_agent_run_due(product.agent), LICTOR_NO_MEMORY);
  EXPECT_EQ(lictor_agent_run_due(product.agent), LICTOR_INTERNAL);
  product.until([&] { return product.status().last_registration_attempt == LICTOR_ATTEMPT_FAILED; });
}

TEST_F(Embedded, LOG_7_LinesComeInOrderAndEventsAreReadFromTheStore) {
  product.open();
  std::vector<std::string> mnemonics;
  const auto keep = [](void* context, const lictor_log_line* line) {
    EXPECT_EQ(line->size, sizeof *line);
    static_cast<std::vector<std::string>*>(context)->emplace_back(line->mnemonic);
  };
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  ASSERT_EQ(lictor_agent_on_log(product.agent, keep, &mnemonics), LICTOR_OK);
  EXPECT_THAT(mnemonics, IsEmpty()) << "never inside another call";
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return product.state("ADVANTAGE") == LICTOR_TAG_AUTHORIZED; });
  EXPECT_THAT(mnemonics, Contains("AGENT_REG_SUCCESS"));
  EXPECT_EQ(mnemonics.front(), "AGENT_READY") << "what came before somebody listened was kept";
  EXPECT_THAT(product.events(), Contains(HasSubstr("SAEVT_")));
  EXPECT_GE(product.events().size(), product.lines.size());
}

TEST_F(Embedded, WhatNobodyListensToIsBounded) {
  product.registered();
  product.link = Product::Link::Down;
  for (int day = 0; day < 200; ++day) product.pass(days(1));
  std::vector<std::string> heard;
  const auto keep = [](void* context, const lictor_log_line* line) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(line->text);
  };
  ASSERT_EQ(lictor_agent_on_log(product.agent, keep, &heard), LICTOR_OK);
  product.pass(Duration{0});
  EXPECT_GT(heard.size(), 10u);
  EXPECT_LE(heard.size(), 100u);
}

TEST_F(Embedded, CallbacksMayCallTheAgentButNotEndIt) {
  product.registered();
  struct Seen {
    Product& product;
    std::vector<int> results;
  } seen{product, {}};
  const auto notified = [](void* context, int) {
    auto& s = *static_cast<Seen*>(context);
    if (!s.results.empty()) return;
    s.results = {lictor_agent_run_due(s.product.agent), lictor_agent_start_thread(s.product.agent),
                 lictor_agent_stop_thread(s.product.agent), lictor_agent_close(&s.product.agent),
                 s.product.request("PREMIER")};
  };
  ASSERT_EQ(lictor_agent_on_notification(product.agent, notified, &seen), LICTOR_OK);
  product.pass(seconds(5));
  EXPECT_THAT(seen.results,
              ElementsAre(LICTOR_WRONG_CALL, LICTOR_WRONG_CALL, LICTOR_WRONG_CALL, LICTOR_WRONG_CALL, LICTOR_OK));
  ASSERT_NE(product.agent, nullptr);
  product.pass(seconds(5));
  EXPECT_EQ(product.state("PREMIER"), LICTOR_TAG_AUTHORIZED);
}

TEST_F(Embedded, PortsMustNotCallTheAgentBack) {
  product.registered();
  std::vector<int> results;
  product.inside_save = [&] {
    results = {product.request("PREMIER"),
               lictor_agent_release(product.agent, tag("ADVANTAGE").c_str()),
               lictor_agent_register(product.agent, "TOKEN", LICTOR_FORCE),
               lictor_agent_ready(product.agent),
               lictor_agent_run_due(product.agent),
               lictor_agent_start_thread(product.agent),
               lictor_agent_stop_thread(product.agent),
               lictor_agent_poll_fd(product.agent),
               static_cast<int>(lictor_agent_next_wakeup_ms(product.agent)),
               lictor_agent_read_events(
                   product.agent, [](void*, const char*) {}, nullptr),
               lictor_agent_on_log(product.agent, nullptr, nullptr),
               lictor_agent_on_notification(product.agent, nullptr, nullptr),
               lictor_agent_close(&product.agent)};
    EXPECT_EQ(product.state("ADVANTAGE"), LICTOR_TAG_AUTHORIZED) << "a status may be read anywhere";
    product.inside_save = nullptr;
  };
  ASSERT_EQ(product.request("ESSENTIALS"), LICTOR_OK);
  const auto wrong = LICTOR_WRONG_CALL;
  EXPECT_THAT(results,
              ElementsAre(wrong, wrong, wrong, wrong, wrong, wrong, wrong, -1, -1, wrong, wrong, wrong, wrong));
}

TEST_F(Embedded, STO_2_ADamagedStoreIsReportedAndCountsAsUsedUp) {
  product.registered();
  product.close();
  product.load_result = LICTOR_DAMAGED;
  product.open();
  EXPECT_EQ(product.status().store_damaged, 1);
  EXPECT_EQ(product.status().registration, LICTOR_UNREGISTERED);
  EXPECT_EQ(product.status().evaluation_left_ms, 0);
}

TEST_F(Embedded, STO_2_ContentsThatAreNoAgentsAreSetAsideByTheStore) {
  product.contents = to_bytes("what is this, and whose?");
  product.set_aside_result = LICTOR_IO;
  EXPECT_EQ(lictor_agent_open(product.settings, &product.agent), LICTOR_IO);
  EXPECT_EQ(as_text(*product.contents), "what is this, and whose?");
  product.set_aside_result = LICTOR_OK;
  product.open();
  EXPECT_EQ(product.status().store_damaged, 1);
  EXPECT_EQ(as_text(*product.aside), "what is this, and whose?");
  product.close();
  // A store that cannot: it is replaced.
  product.contents = to_bytes("what is this, and whose?");
  auto store = product.store_port();
  store.set_aside = nullptr;
  ASSERT_EQ(lictor_settings_set_store(product.settings, &store), LICTOR_OK);
  product.open();
  EXPECT_EQ(product.status().store_damaged, 1);
  EXPECT_EQ(product.status().evaluation_left_ms, 0);
}

TEST_F(Embedded, ErrorsOfTheProductsStoreComeBack) {
  for (const int result : {LICTOR_IO, LICTOR_DISK_FULL, LICTOR_UNSUPPORTED, LICTOR_NOT_ALLOWED}) {
    product.load_result = result;
    EXPECT_EQ(lictor_agent_open(product.settings, &product.agent), result);
    EXPECT_EQ(product.agent, nullptr);
  }
  product.load_result = 4711;
  EXPECT_EQ(lictor_agent_open(product.settings, &product.agent), LICTOR_IO) << "no code of ours";
  product.load_result = LICTOR_OK;
  product.registered();
  product.save_result = LICTOR_DISK_FULL;
  EXPECT_EQ(product.request("PREMIER"), LICTOR_DISK_FULL);
  EXPECT_EQ(product.state("PREMIER"), LICTOR_TAG_WAITING) << "in use all the same";
  EXPECT_EQ(lictor_agent_close(&product.agent), LICTOR_DISK_FULL);
  EXPECT_EQ(product.agent, nullptr) << "ended all the same";
}

TEST_F(Embedded, STO_5_EvaluationIsChargedByTheStepThatWasSet) {
  ASSERT_EQ(lictor_settings_set_evaluation_step(product.settings, 600), LICTOR_OK);
  product.open();
  ASSERT_EQ(product.request("ADVANTAGE"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  product.saves = 0;
  product.pass(minutes(9));
  EXPECT_EQ(product.saves, 0);
  product.pass(minutes(1));
  EXPECT_EQ(product.saves, 1);
}

TEST_F(Embedded, HA_1_MembersOfAStackAreTold) {
  product.registered();
  lictor_udi udis[2] = {};
  udis[0] = {sizeof(lictor_udi), "C9500-40X", "FCW2233A5ZV", LICTOR_ACTIVE};
  udis[1] = {sizeof(lictor_udi), "C9500-40X", "FCW2233A5ZW", LICTOR_STANDBY};
  ASSERT_EQ(lictor_agent_set_udis(product.agent, udis, 2), LICTOR_OK);
  product.pass(seconds(5));
  EXPECT_EQ(product.server.instances.front().udis.size(), 2u);
  udis[1].role = LICTOR_ACTIVE;
  EXPECT_EQ(lictor_agent_set_udis(product.agent, udis, 2), LICTOR_BAD_ARGUMENT) << "two active";
  EXPECT_EQ(product.server.instances.front().udis.size(), 2u);
  const auto heard = [&] {
    const auto request =
        protocol::decode_request(protocol::MessageType::Authorize, product.server.requests.back().payload).value();
    return std::get<protocol::AuthorizeRequest>(request).host_name;
  };
  EXPECT_NE(heard(), "switch-1");
  EXPECT_EQ(lictor_agent_set_host_name(product.agent, "switch-1"), LICTOR_OK);
  ASSERT_EQ(lictor_agent_renew_authorization(product.agent), LICTOR_OK);
  product.pass(Duration{0});
  EXPECT_EQ(heard(), "switch-1");
}

TEST_F(Embedded, TextsAreCutBetweenCharactersAndTheirLengthTold) {
  product.server.account_name = "Zürich";
  product.registered();
  char room[3];
  std::size_t length = 0;
  EXPECT_EQ(lictor_agent_get_text(product.agent, LICTOR_ACCOUNT_NAME, room, sizeof room, &length), LICTOR_TOO_LONG);
  EXPECT_STREQ(room, "Z");
  EXPECT_EQ(length, 7u);
  EXPECT_EQ(lictor_agent_get_text(product.agent, LICTOR_ACCOUNT_NAME, room, 0, &length), LICTOR_BAD_ARGUMENT);
  EXPECT_EQ(lictor_agent_get_text(product.agent, 99, room, sizeof room, &length), LICTOR_BAD_ARGUMENT);
}

TEST_F(Embedded, StatusesAreReadFromManyThreadsWhileTheAgentWorks) {
  product.registered();
  std::atomic<bool> over{false};
  std::atomic<int> looked{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!over) {
        const int state = product.state("ADVANTAGE");
        EXPECT_TRUE(state == LICTOR_TAG_AUTHORIZED || state == LICTOR_TAG_WAITING) << state;
        EXPECT_EQ(product.status().registration, LICTOR_REGISTERED);
        EXPECT_EQ(product.text(LICTOR_ACCOUNT_NAME), "Example Company");
        ++looked;
        std::this_thread::yield();
      }
    });
  for (std::size_t round = 0; round < 50; round += test::every()) {
    ASSERT_EQ(product.request("PREMIER", static_cast<std::int64_t>(round) + 1), LICTOR_OK);
    product.pass(seconds(5));
  }
  while (looked < 20) std::this_thread::yield();
  over = true;
  for (auto& reader : readers) reader.join();
}

TEST_F(Embedded, CommandsFromManyThreadsTakeTheirTurns) {
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_start_thread(product.agent), LICTOR_OK);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, name = "TAG_" + std::to_string(i)] {
      for (int round = 1; round <= 25; ++round) {
        EXPECT_EQ(product.request(name, round), LICTOR_OK);
        EXPECT_EQ(lictor_agent_release(product.agent, tag(name).c_str()), LICTOR_OK);
      }
      EXPECT_EQ(product.request(name, 7), LICTOR_OK);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(product.status().tags_in_use, 4);
  product.close();
}

}  // namespace
}  // namespace lictor::agent::product_test
