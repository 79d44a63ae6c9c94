/* How much memory agents take: opens as many as there are stores, all of them registered, and lets each of them sign
 * and send a message (nobody answers), so that each has its key at hand.
 *
 *   many_agents LICENSING_ROOT SERIAL FOLDER_OF_STORES COUNT
 *
 * The stores are FOLDER/0, FOLDER/1, ... Prints the resident bytes an agent, which are those of its part of the
 * process's heap, too. Status 0: all lived.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <lictor/agent.h>

#define PRODUCT_TAG "regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec"
#define ANALYSIS "regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905"
#define CHANNELS "regid.2026-01.com.acme-sensors.ACME_CHANNELS,1.0_c07be380-ba38-59a5-82ad-a053532b2f33"

static int messages = 0;

static void nobody_answers(void* context, const lictor_message* message, lictor_exchange* exchange) {
  lictor_reply reply;
  (void)context;
  LICTOR_INIT(reply);
  reply.outcome = LICTOR_SEND_FAILED;
  messages += message->body_size > 0;
  lictor_exchange_done(exchange, &reply);
}

static void nothing_to_cancel(void* context) {
  (void)context;
}

static int check(int result) {
  if (result != LICTOR_OK) fprintf(stderr, "%s: %s\n", lictor_result_name(result), lictor_last_error());
  return result != LICTOR_OK;
}

static long resident(void) {
  long total = 0, pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &total, &pages) != 2) exit(2);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static int use(lictor_agent* agent, const char* tag) {
  lictor_usage usage;
  LICTOR_INIT(usage);
  usage.tag = tag;
  usage.count = 4;
  return check(lictor_agent_request(agent, &usage));
}

static lictor_agent* open_one(lictor_settings* settings, const char* folder, int number) {
  char store[4096];
  lictor_agent* agent = NULL;
  lictor_status status;
  LICTOR_INIT(status);
  sprintf(store, "%.4000s/%d", folder, number);
  if (check(lictor_settings_set_store_folder(settings, store)) || check(lictor_agent_open(settings, &agent)))
    return NULL;
  if (use(agent, ANALYSIS) || use(agent, CHANNELS) || check(lictor_agent_ready(agent)) ||
      check(lictor_agent_renew_authorization(agent)) || lictor_agent_poll_fd(agent) < 0)
    return NULL;
  while (lictor_agent_next_wakeup_ms(agent) == 0)
    if (check(lictor_agent_run_due(agent))) return NULL;
  return lictor_agent_get_status(agent, &status) == LICTOR_OK && status.registration == LICTOR_REGISTERED ? agent
                                                                                                          : NULL;
}

int main(int argc, char** argv) {
  lictor_settings* settings = lictor_settings_new();
  lictor_transport transport;
  lictor_agent** agents;
  struct rlimit files;
  int count, i, wrong = 0;
  long before;
  if (argc != 5) return 2;
  count = atoi(argv[4]);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max; /* a lock and a descriptor to poll, each */
  setrlimit(RLIMIT_NOFILE, &files);
  LICTOR_INIT(transport);
  transport.send = nobody_answers;
  transport.cancel = nothing_to_cancel;
  wrong += check(lictor_settings_add_licensing_anchor_file(settings, argv[1]));
  wrong += check(lictor_settings_set_udi(settings, "ACME-T100", argv[2]));
  wrong += check(lictor_settings_set_product_tag(settings, PRODUCT_TAG));
  wrong += check(lictor_settings_set_version(settings, "2.3.0"));
  wrong += check(lictor_settings_set_key(settings, LICTOR_EC_P256));
  wrong += check(lictor_settings_set_transport(settings, &transport));
  agents = calloc((size_t)count, sizeof *agents);
  if (wrong || agents == NULL || (agents[0] = open_one(settings, argv[3], 0)) == NULL) return 1; /* warm */
  before = resident();
  for (i = 1; i < count; ++i)
    if ((agents[i] = open_one(settings, argv[3], i)) == NULL) return 1;
  printf("%ld bytes an agent; %d agents, %d messages\n", (resident() - before) / (count - 1), count, messages);
  for (i = 0; i < count; ++i) wrong += check(lictor_agent_close(&agents[i]));
  wrong += check(lictor_settings_free(&settings));
  free(agents);
  return wrong || messages < count ? 1 : 0;
}
