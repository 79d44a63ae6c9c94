/* A product in C89 with an event loop of its own, bare poll(): a sensor with two features that need a licence.
 *
 *   poll_loop URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN
 *
 * It registers by the token if it is not registered, prints what becomes of it, and ends once both features are
 * licensed, so that it can be run as a test; a product's loop goes on. Status 0: both are; 1: something went wrong.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include <lictor/agent.h>

#define PRODUCT_TAG "regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec"
#define ANALYSIS "regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905"
#define CHANNELS "regid.2026-01.com.acme-sensors.ACME_CHANNELS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33"

enum { CHANNELS_IN_USE = 4 };

/* Says what was wrong; its value, to be added up. */
static int check(const char* what, int result) {
  if (result == LICTOR_OK) return 0;
  fprintf(stderr, "%s: %s: %s\n", what, lictor_result_name(result), lictor_last_error());
  return 1;
}

static void on_log(void* context, const lictor_log_line* line) {
  (void)context;
  printf("%%%s-%d-%s: %s\n", line->facility, line->severity, line->mnemonic, line->text);
}

static int configure(lictor_settings* settings, char** argument) {
  int wrong = 0;
  wrong += check("url", lictor_settings_set_manager_url(settings, argument[1]));
  wrong += check("TLS root", lictor_settings_add_tls_root_file(settings, argument[2]));
  wrong += check("licensing root", lictor_settings_add_licensing_anchor_file(settings, argument[3]));
  wrong += check("store", lictor_settings_set_store_folder(settings, argument[4]));
  wrong += check("UDI", lictor_settings_set_udi(settings, "ACME-T100", argument[5]));
  wrong += check("product tag", lictor_settings_set_product_tag(settings, PRODUCT_TAG));
  wrong += check("version", lictor_settings_set_version(settings, "2.3.0"));
  wrong += check("key", lictor_settings_set_key(settings, LICTOR_EC_P256));
  return wrong;
}

static int use(lictor_agent* agent, const char* tag, int64_t count, const char* feature) {
  lictor_usage usage;
  LICTOR_INIT(usage);
  usage.tag = tag;
  usage.count = count;
  usage.feature_name = feature;
  return check(feature, lictor_agent_request(agent, &usage));
}

static int state_of(lictor_agent* agent, const char* tag) {
  lictor_tag out;
  LICTOR_INIT(out);
  return lictor_agent_get_tag(agent, tag, &out) == LICTOR_OK ? out.state : LICTOR_TAG_WAITING;
}

/* Registers at the first start; nothing to do at later ones. */
static int join(lictor_agent* agent, const char* token) {
  lictor_status status;
  LICTOR_INIT(status);
  if (check("status", lictor_agent_get_status(agent, &status))) return 1;
  if (status.registration == LICTOR_REGISTERED) return 0;
  return check("register", lictor_agent_register(agent, token, LICTOR_WITHOUT_FORCE));
}

/* Says why; its value, as that of check(). */
static int registration_failed(lictor_agent* agent) {
  char reason[256];
  int result = lictor_agent_get_text(agent, LICTOR_REGISTRATION_REASON, reason, sizeof reason, NULL);
  if (result != LICTOR_TOO_LONG && check("reason", result)) return 1; /* too long: what fits is there */
  fprintf(stderr, "the registration failed: %s\n", reason);
  return 1;
}

static int run(lictor_agent* agent) {
  struct pollfd fds[1]; /* the product's own descriptors stand beside it */
  lictor_status status;
  int analysis, channels;
  LICTOR_INIT(status);
  fds[0].fd = lictor_agent_poll_fd(agent);
  fds[0].events = POLLIN;
  for (;;) {
    if (poll(fds, 1, (int)lictor_agent_next_wakeup_ms(agent)) < 0 && errno != EINTR) {
      perror("poll");
      return 1;
    }
    if (check("run", lictor_agent_run_due(agent))) return 1;
    analysis = state_of(agent, ANALYSIS); /* as cheap as it looks: ask whenever a feature is used */
    channels = state_of(agent, CHANNELS);
    if (analysis == LICTOR_TAG_AUTHORIZED && channels == LICTOR_TAG_AUTHORIZED) break;
    if (check("status", lictor_agent_get_status(agent, &status))) return 1;
    if (status.registration == LICTOR_REGISTRATION_FAILED) return registration_failed(agent);
  }
  printf("analysis: %s\n", lictor_tag_state_name(analysis));
  printf("%d channels: %s\n", CHANNELS_IN_USE, lictor_tag_state_name(channels));
  return 0;
}

int main(int argc, char** argv) {
  lictor_settings* settings;
  lictor_agent* agent = NULL;
  int wrong;
  if (argc != 7) {
    fprintf(stderr, "usage: poll_loop URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN\n");
    return 2;
  }
  settings = lictor_settings_new();
  if (settings == NULL) return check("settings", lictor_last_result());
  wrong = configure(settings, argv);
  if (!wrong) wrong = check("open", lictor_agent_open(settings, &agent));
  check("settings", lictor_settings_free(&settings));
  if (wrong) return 1;

  wrong = check("log", lictor_agent_on_log(agent, on_log, NULL));
  wrong += use(agent, ANALYSIS, 1, "analysis");
  wrong += use(agent, CHANNELS, CHANNELS_IN_USE, "channels");
  wrong += check("ready", lictor_agent_ready(agent));
  if (!wrong) wrong = join(agent, argv[6]);
  if (!wrong) wrong = run(agent);
  wrong += check("close", lictor_agent_close(&agent)); /* stays registered: the store has it */
  return wrong ? 1 : 0;
}
