/* A product that uses libcurl and libpq itself, before, while and after it has agents:
 *
 *   neighbours URL TLS_ROOT LICENSING_ROOT STORE_FOLDER SERIAL TOKEN
 *
 * Status 0: everybody's work went well, to the end.
 */
#include <curl/curl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <lictor/agent.h>

#define PRODUCT_TAG "regid.2026-01.com.acme-sensors.ACME_T,1.0_45dea8e4-62b1-526e-a948-8ee2da81daec"
#define ANALYSIS "regid.2026-01.com.acme-sensors.ACME_ANALYSIS,1.0_17a6b9bb-f90d-51e9-b16c-c83a541f4905"

static int wrong(const char* what, const char* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

static size_t drop(char* data, size_t size, size_t count, void* context) {
  (void)data;
  (void)context;
  return size * count;
}

/* The product's own request, by its own handle. */
static int fetch(CURL* curl, const char* url, const char* root) {
  char health[2100];
  CURLcode code;
  sprintf(health, "%.2000s/health", url);
  curl_easy_setopt(curl, CURLOPT_URL, health);
  curl_easy_setopt(curl, CURLOPT_CAINFO, root);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
  code = curl_easy_perform(curl);
  return code == CURLE_OK ? 0 : wrong("fetch", curl_easy_strerror(code));
}

/* A connection over TLS is asked for, from somebody who does not speak this protocol: it must fail in its own words. */
static int ask_database(const char* url) {
  char where[256];
  const char* port = strrchr(url, ':');
  PGconn* connection;
  int bad;
  sprintf(where, "host=localhost port=%.5s sslmode=require connect_timeout=10", port + 1);
  connection = PQconnectdb(where);
  bad = PQstatus(connection) != CONNECTION_BAD || strlen(PQerrorMessage(connection)) == 0;
  PQfinish(connection);
  return bad ? wrong("database", "an HTTPS server passed for a database") : 0;
}

static lictor_agent* open_agent(char** argument) {
  lictor_settings* settings = lictor_settings_new();
  lictor_agent* agent = NULL;
  lictor_usage usage;
  LICTOR_INIT(usage);
  usage.tag = ANALYSIS;
  usage.count = 1;
  if (lictor_settings_set_manager_url(settings, argument[1]) ||
      lictor_settings_add_tls_root_file(settings, argument[2]) ||
      lictor_settings_add_licensing_anchor_file(settings, argument[3]) ||
      lictor_settings_set_store_folder(settings, argument[4]) ||
      lictor_settings_set_udi(settings, "ACME-T100", argument[5]) ||
      lictor_settings_set_product_tag(settings, PRODUCT_TAG) || lictor_settings_set_version(settings, "2.3.0") ||
      lictor_settings_set_key(settings, LICTOR_EC_P256) || lictor_agent_open(settings, &agent) ||
      lictor_agent_request(agent, &usage) || lictor_agent_ready(agent)) {
    wrong("agent", lictor_last_error());
    if (agent != NULL) lictor_agent_close(&agent);
  }
  lictor_settings_free(&settings);
  return agent;
}

static int authorized(lictor_agent* agent) {
  lictor_tag tag;
  LICTOR_INIT(tag);
  return lictor_agent_get_tag(agent, ANALYSIS, &tag) == LICTOR_OK && tag.state == LICTOR_TAG_AUTHORIZED;
}

static int live(lictor_agent* agent, char** argument, CURL* curl) {
  lictor_status status;
  struct pollfd wait;
  LICTOR_INIT(status);
  wait.fd = lictor_agent_poll_fd(agent);
  wait.events = POLLIN;
  lictor_agent_get_status(agent, &status);
  if (status.registration != LICTOR_REGISTERED && lictor_agent_register(agent, argument[6], LICTOR_WITHOUT_FORCE))
    return wrong("register", lictor_last_error());
  while (!authorized(agent)) {
    if (fetch(curl, argument[1], argument[2])) return 1; /* while the agent's request is under way */
    poll(&wait, 1, (int)lictor_agent_next_wakeup_ms(agent));
    if (lictor_agent_run_due(agent)) return wrong("run", lictor_last_error());
  }
  return ask_database(argument[1]);
}

int main(int argc, char** argv) {
  CURL* curl;
  int round, bad = 0;
  if (argc != 7 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 2;
  curl = curl_easy_init();
  bad += fetch(curl, argv[1], argv[2]) + ask_database(argv[1]);
  for (round = 0; round < 3 && !bad; ++round) {
    lictor_agent* agent = open_agent(argv);
    if (agent == NULL) return 1;
    bad += live(agent, argv, curl);
    if (lictor_agent_close(&agent)) bad += wrong("close", lictor_last_error());
    bad += fetch(curl, argv[1], argv[2]) + ask_database(argv[1]); /* its own libraries are as they were */
  }
  curl_easy_cleanup(curl);
  curl_global_cleanup();
  if (!bad)
    printf("libcurl %s, libpq %d, lictor-agent %s: all went well\n", curl_version(), PQlibVersion(), lictor_version());
  return bad ? 1 : 0;
}
