/* lictor/agent.h: the licensing agent that a product embeds, as a C ABI with opaque handles.
 *
 * What it does (spec page 02): registers the product under an account by a token, says which licences ("entitlement
 * tags") are in use, renews by itself what needs renewal, counts evaluation while there is no registration, and
 * survives power cuts. It never switches a feature off: the product decides what a status means to it.
 *
 * In general
 *   Language    C89 and later, C++; needs <stddef.h>, <stdint.h> and <string.h>.
 *   Text        UTF-8, ending in NUL. What is passed in is copied; it may go once the call has returned.
 *   Time        milliseconds. Names that end in _at_ms are dates, UTC, since 1970-01-01; 0 stands for "none".
 *   Results     functions return a code of lictor_result, LICTOR_OK (0) for success; lictor_last_error() has the
 *               sentence. A call that fails changed nothing, unless it says otherwise.
 *   Stores      a call that makes the agent do something may also return what the store said, mostly LICTOR_IO or
 *               LICTOR_DISK_FULL: what was asked for holds then all the same, in memory; nothing of it was sent, and
 *               storing is tried again. An attempt that was to follow at once counts as failed: a registration that was
 *               to begin ends as LICTOR_REGISTRATION_FAILED, a deregistration is done and the manager does not hear of
 *               it.
 *   Handles     a null handle is LICTOR_BAD_ARGUMENT, everywhere. The functions that end a handle set the caller's
 *               variable to NULL, so that ending it twice is LICTOR_BAD_ARGUMENT, too, and no crash.
 *   Structures  the caller sets `size` to sizeof the structure as it was compiled. A library that is newer fills or
 *               reads that much of it; one that is older refuses what it does not know with LICTOR_UNSUPPORTED. Fields
 *               are only ever added at the end. Clear a structure (LICTOR_INIT) before filling it in.
 *   Threads     one lictor_settings: one thread at a time. One lictor_agent: any thread, unless the function says
 *               otherwise; lictor_agent_close() must be the last call. A call waits for one that another thread has
 *               under way, which may write to the disk; none waits for the network or for a key being made.
 *               lictor_agent_get_tag(), _get_status() and _get_text() take no lock and never wait.
 *   Forks       an agent belongs to the process that opened it. A child made by fork() must not touch or close it.
 *   Signals     threads of the library block all signals; it installs no handler, and calls neither exit() nor
 *               atexit().
 *   Unloading   once every agent and settings handle is ended, no thread, descriptor or memory of the library is left,
 *               and dlclose() is safe.
 *
 * The least that a product does (see examples/agent/):
 *   lictor_settings_new, _set_udi, _set_product_tag, _set_version, _add_licensing_anchor_file, _set_manager_url,
 *   _set_store_folder; lictor_agent_open; lictor_agent_request for what is in use; lictor_agent_ready;
 *   lictor_agent_start_thread, or the three functions of the host's own loop; lictor_agent_register, once;
 *   lictor_agent_get_tag whenever it wants to know; lictor_agent_close.
 */
#ifndef LICTOR_AGENT_H
#define LICTOR_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LICTOR_API __attribute__((visibility("default")))
#else
#define LICTOR_API
#endif

/* --- versions ----------------------------------------------------------------------------------------------------- */

#define LICTOR_AGENT_VERSION_MAJOR 0
#define LICTOR_AGENT_VERSION_MINOR 1
#define LICTOR_AGENT_VERSION_PATCH 0
#define LICTOR_AGENT_VERSION "0.1.0"
/* Binary interface: raised when something that was compiled before stops working; the library's soname ends in it. */
#define LICTOR_AGENT_ABI 1

/* Of the library that runs, beside those above, which are of the library that was compiled against. "0.1.0"; static. */
LICTOR_API const char* lictor_version(void);
LICTOR_API int lictor_abi(void);

/* --- results ------------------------------------------------------------------------------------------------------ */

typedef enum lictor_result {
  LICTOR_OK = 0,
  LICTOR_BAD_ARGUMENT = 1, /* a null handle or pointer, a value out of bounds or of the wrong form */
  LICTOR_TOO_LONG = 2,     /* a text, or the room for one: see the function */
  LICTOR_NOT_FOUND = 3,    /* no such tag, file, ... */
  LICTOR_CONFLICT = 4,     /* the agent is in a state that does not allow this */
  LICTOR_NOT_ALLOWED = 5,  /* a licence that the registration does not allow (REG-10); a file's permission */
  LICTOR_WRONG_CALL = 6,  /* called from inside one of the product's own ports or callbacks, where it may not be */
  LICTOR_IN_USE = 7,      /* another agent, of this process or another one, has this store */
  LICTOR_UNSUPPORTED = 8, /* of a newer version: a structure, or a store */
  LICTOR_IO = 9,          /* the operating system refused a read or write */
  LICTOR_DISK_FULL = 10,  /* no space; see "Stores" above */
  LICTOR_DAMAGED = 11,    /* stored data does not verify */
  LICTOR_CRYPTO = 12,     /* a key or certificate is not acceptable, or the cryptographic library does not work */
  LICTOR_NO_MEMORY = 13,
  LICTOR_INTERNAL = 14 /* a broken assumption of ours */
} lictor_result;

/* "LICTOR_BAD_ARGUMENT"; static. "LICTOR_UNKNOWN" for another number. */
LICTOR_API const char* lictor_result_name(int result);

/* A sentence about the last call of this thread that failed: what was wrong, where, what to do. Never null, never a
 * secret. Holds until the next call that fails on this thread; cut at 511 bytes. */
LICTOR_API const char* lictor_last_error(void);

/* The code of the same call, for those that return a pointer or a number: lictor_settings_new(), ... LICTOR_OK when
 * none failed on this thread yet. */
LICTOR_API int lictor_last_result(void);

/* --- states ------------------------------------------------------------------------------------------------------- */

/* REG-1 ... REG-4. */
typedef enum lictor_registration {
  LICTOR_UNREGISTERED = 0,
  LICTOR_REGISTERING = 1,
  LICTOR_REGISTERED = 2,
  LICTOR_REGISTRATION_FAILED = 3
} lictor_registration;

/* AUTH-1 ... AUTH-6 */
typedef enum lictor_authorization {
  LICTOR_NO_LICENSES_IN_USE = 0,
  LICTOR_EVALUATION = 1,
  LICTOR_EVALUATION_EXPIRED = 2,
  LICTOR_AUTHORIZED = 3,
  LICTOR_OUT_OF_COMPLIANCE = 4,
  LICTOR_AUTHORIZATION_EXPIRED = 5
} lictor_authorization;

typedef enum lictor_tag_state {
  LICTOR_TAG_WAITING = 0, /* requested since the last answer */
  LICTOR_TAG_AUTHORIZED = 1,
  LICTOR_TAG_OUT_OF_COMPLIANCE = 2,
  LICTOR_TAG_INVALID = 3, /* the manager does not know this tag (AUTH-12) */
  LICTOR_TAG_EVALUATION = 4,
  LICTOR_TAG_EVALUATION_EXPIRED = 5,
  LICTOR_TAG_AUTHORIZATION_EXPIRED = 6,
  LICTOR_TAG_IN_USE = 7 /* in traditional mode, where nothing is judged */
} lictor_tag_state;

typedef enum lictor_attempt {
  LICTOR_ATTEMPT_NONE = 0,
  LICTOR_ATTEMPT_SUCCEEDED = 1,
  LICTOR_ATTEMPT_FAILED = 2,
  LICTOR_ATTEMPT_PENDING = 3
} lictor_attempt;

/* As people see them: "REGISTERED", "OUT OF COMPLIANCE", "EVAL MODE"; static. "UNKNOWN" for another number. */
LICTOR_API const char* lictor_registration_name(int state);
LICTOR_API const char* lictor_authorization_name(int state);
LICTOR_API const char* lictor_tag_state_name(int state);

/* Zero bytes for a structure, its size set: LICTOR_INIT(usage); */
#define LICTOR_INIT(structure) \
  ((void)memset(&(structure), 0, sizeof(structure)), (void)((structure).size = sizeof(structure)))

/* --- settings ----------------------------------------------------------------------------------------------------- */

typedef struct lictor_settings lictor_settings;
typedef struct lictor_agent lictor_agent;

/* What agents are opened with. Agents opened through one settings handle share what can be shared (the cryptographic
 * library); between two openings the UDI and the store must be changed. May be freed while agents opened through it
 * live on. NULL: LICTOR_NO_MEMORY, or LICTOR_CRYPTO when the cryptographic library does not work; see
 * lictor_last_result(). */
LICTOR_API lictor_settings* lictor_settings_new(void);
LICTOR_API int lictor_settings_free(lictor_settings** settings);

/* The UDI of the device, alone: product id and serial number, 1-64 characters each (letters, digits, - _ . and, in the
 * product id, / + =). Replaces what was set before. Required. */
LICTOR_API int lictor_settings_set_udi(lictor_settings* settings, const char* product_id, const char* serial_number);

typedef enum lictor_role { LICTOR_ACTIVE = 0, LICTOR_STANDBY = 1, LICTOR_MEMBER = 2 } lictor_role;

typedef struct lictor_udi {
  size_t size;
  const char* product_id;
  const char* serial_number;
  int role; /* lictor_role */
} lictor_udi;

/* The UDIs of a stack: one active, at most one standby, at most 16 in all, none twice (HA-1). */
LICTOR_API int lictor_settings_set_udis(lictor_settings* settings, const lictor_udi* udis, size_t count);

/* The product line's tag, as the catalog has it: regid.YYYY-MM.<domain>.<name>,<version>_<uuid>, at most 255 bytes.
 * Required. */
LICTOR_API int lictor_settings_set_product_tag(lictor_settings* settings, const char* product_tag);

/* The product's own version, 1-64 bytes. Required. */
LICTOR_API int lictor_settings_set_version(lictor_settings* settings, const char* software_version);

/* What the manager shows as the device's name; at most 255 bytes. Not set or "": none is sent. */
LICTOR_API int lictor_settings_set_host_name(lictor_settings* settings, const char* host_name);

typedef enum lictor_key { LICTOR_RSA_2048 = 0, LICTOR_EC_P256 = 1, LICTOR_RSA_3072 = 2 } lictor_key;

/* Of the identity; RSA 2048 by default (REG-5). Making a key blocks for up to seconds: it runs on a thread of the
 * library that lives for that time only. */
LICTOR_API int lictor_settings_set_key(lictor_settings* settings, int key);

/* The roots under which the manager's answers must be signed (PKI-6): one or more certificates, PEM; at most 64 KiB.
 * Adds to those before. At least one is required. `size` without a NUL. Errors of the second: LICTOR_NOT_FOUND,
 * LICTOR_IO, ... */
LICTOR_API int lictor_settings_add_licensing_anchor(lictor_settings* settings, const char* pem, size_t size);
LICTOR_API int lictor_settings_add_licensing_anchor_file(lictor_settings* settings, const char* path);

/* Where the manager is: https://HOST[:PORT][/PATH]; without a path its usual one is added. At most 2048 bytes. Without
 * a URL and without a transport of its own a product stays unregistered: "Communication transport not available." */
LICTOR_API int lictor_settings_set_manager_url(lictor_settings* settings, const char* url);

/* Roots that the manager's TLS certificate must lead to: PEM, added to those before. Without any, the system's. */
LICTOR_API int lictor_settings_add_tls_root(lictor_settings* settings, const char* pem, size_t size);
LICTOR_API int lictor_settings_add_tls_root_file(lictor_settings* settings, const char* path);

/* An HTTP proxy (CONNECT); port 1-65535; user and password may be null. A null host: none. Nothing is taken from the
 * environment. */
LICTOR_API int lictor_settings_set_proxy(lictor_settings* settings, const char* host, int port, const char* user,
                                         const char* password);

/* A name server, "192.0.2.1", "192.0.2.1:5353" or "[::1]:53"; adds to those before. Names are looked up by c-ares, on
 * the network thread, which lives while an exchange is under way: at these servers, or without any in the hosts file
 * and at those of resolv.conf. What else the system is set up to ask (mDNS, LDAP) is not asked. */
LICTOR_API int lictor_settings_add_name_server(lictor_settings* settings, const char* server);

/* Where registration, keys and the event log are kept: a folder of this agent's own, made if it is not there (mode
 * 0700, files 0600). Required unless lictor_settings_set_store() was called. One agent a folder: LICTOR_IN_USE from
 * lictor_agent_open(). */
LICTOR_API int lictor_settings_set_store_folder(lictor_settings* settings, const char* folder);

/* Lines of the event log that are kept, 1-100000; 500 by default (STO-1). They are on the disk, not in memory. */
LICTOR_API int lictor_settings_set_event_log_size(lictor_settings* settings, int lines);

/* How much evaluation is written down as used ahead of its use, 1-3600 s, 60 by default (STO-5). Longer spares flash
 * memory; a power cut costs up to as much. */
LICTOR_API int lictor_settings_set_evaluation_step(lictor_settings* settings, int seconds);

/* When a registration becomes durable (STO-3). At once by default. LICTOR_ON_SAVE: what a first registration made
 * (key, certificate) is in memory until lictor_agent_save_identity(), as with devices whose users save a configuration:
 * a restart before loses the registration. Once saved everything later is durable at once; evaluation always is. */
typedef enum lictor_persistence { LICTOR_AT_ONCE = 0, LICTOR_ON_SAVE = 1 } lictor_persistence;
LICTOR_API int lictor_settings_set_persistence(lictor_settings* settings, int persistence);

/* How the product is licensed. Traditional, by right to use or by licence file: the agent stands aside; nothing is
 * evaluated, sent or registered, and what is in use is only noted. Smart by default. A store that knows traditional
 * mode and is opened in smart mode is upgraded: what was in use goes on in use and is evaluated from here, what was
 * licensed stays on record. A product that was registered stays in smart mode whatever this says. */
typedef enum lictor_mode { LICTOR_SMART = 0, LICTOR_TRADITIONAL = 1 } lictor_mode;
LICTOR_API int lictor_settings_set_mode(lictor_settings* settings, int mode);

/* --- ports of one's own ------------------------------------------------------------------------------------------- */
/* Each replaces a default. `context` is handed back to every function; it must live as long as the agents opened with
 * it. The functions of a transport, a store, a source of chance and of keys are called inside calls to the agent, on the
 * caller's thread, one at a time; they must not call the agent back: such calls return LICTOR_WRONG_CALL. Where a
 * function differs, it says so. */

typedef struct lictor_clock {
  size_t size;
  void* context;
  /* Both on any thread, at any time. */
  int64_t (*wall_ms)(void* context);   /* UTC since 1970-01-01 */
  int64_t (*steady_ms)(void* context); /* never goes back; stands for time that passed, also while asleep if it can */
} lictor_clock;

/* Default: CLOCK_REALTIME and CLOCK_MONOTONIC. With a clock of its own that does not run by itself a product
 * calls lictor_agent_run_due() whenever it has moved it. */
LICTOR_API int lictor_settings_set_clock(lictor_settings* settings, const lictor_clock* clock);

typedef struct lictor_entropy {
  size_t size;
  void* context;
  /* Fills all of it with bytes that nobody can guess; returns LICTOR_OK, or why it cannot. */
  int (*fill)(void* context, void* bytes, size_t size);
} lictor_entropy;

/* Where ids, nonces and delays get their chance from; default: getrandom(2). It is asked for 32 bytes when the agent is
 * opened, by each call that makes it do something (lictor_agent_register() and the like; not lictor_agent_request() and
 * _release()), and by lictor_agent_run_due() when the ones before were used; what is drawn is expanded from all that it
 * gave. When it returns an error, the call fails with that and nothing was done, but for lictor_agent_run_due(), which
 * does what is due from what it was given before. Keys are made with OpenSSL's own chance: lictor_settings_set_keys().
 */
LICTOR_API int lictor_settings_set_entropy(lictor_settings* settings, const lictor_entropy* entropy);

typedef struct lictor_made_key lictor_made_key;

/* One thing to be signed. Holds until sign() returns. */
typedef struct lictor_to_sign {
  size_t size;
  int key;          /* lictor_key */
  const void* name; /* as make() gave it */
  size_t name_size;
  const void* message;
  size_t message_size;
  const unsigned char* digest; /* SHA-256 of the message, 32 bytes */
} lictor_to_sign;

#define LICTOR_MOST_KEY_NAME 1024
#define LICTOR_MOST_SIGNATURE 384

typedef struct lictor_keys {
  size_t size;
  void* context;
  /* Makes a key and hands its name and its public half over by lictor_made_key_set(). The name is the product's (a
   * label, a wrapped key), kept in the store; two keys never have the same. On a thread of the library, beside calls of
   * the other two; it may take its time, which only lictor_agent_close() waits for. */
  int (*make)(void* context, int key, lictor_made_key* made);
  /* Writes the signature of SHA-256: P-256 as r and s, 32 bytes each, big-endian; RSA as PKCS#1 v1.5. `*size` is the
   * room, LICTOR_MOST_SIGNATURE bytes, and then the signature's length. It is verified before it is used. An error makes
   * the attempt fail, which is tried again as if there had been no answer. */
  int (*sign)(void* context, const lictor_to_sign* what, unsigned char* signature, size_t* size);
  /* Neither agent nor store uses the key any more: it may be destroyed. A power cut right before may keep this from
   * being called; a key that the agent never named in sign() since it was opened may go, too, once another one signs. */
  void (*forget)(void* context, const void* name, size_t name_size);
} lictor_keys;

/* The identity's keys live where the product wants them (a TPM, a security module); lictor_settings_set_key() still
 * says which kind. Default: made by OpenSSL, kept in the store. An identity that was made before by the other way goes
 * on with its key until the next registration; one of the product's cannot be used without this port. */
LICTOR_API int lictor_settings_set_keys(lictor_settings* settings, const lictor_keys* keys);
/* Within make(): the name, 1-LICTOR_MOST_KEY_NAME bytes, and the SubjectPublicKeyInfo in DER. */
LICTOR_API int lictor_made_key_set(lictor_made_key* made, const void* name, size_t name_size, const void* public_key,
                                   size_t public_key_size);

/* What came of sending one message (AUTH-8): only LICTOR_ANSWER can change a registration. */
typedef enum lictor_outcome {
  LICTOR_ANSWER = 0,          /* HTTP 200 with application/jose; `body` is what came */
  LICTOR_NOT_AVAILABLE = 1,   /* no way to send is configured */
  LICTOR_SEND_FAILED = 2,     /* no answer: name, route, port, TLS, time-out */
  LICTOR_NOT_YET_VALID = 3,   /* the TLS certificate of the other side */
  LICTOR_NO_LONGER_VALID = 4, /* the same */
  LICTOR_REVOCATION_UNKNOWN = 5,
  LICTOR_OVERLOADED = 6, /* HTTP 503 */
  LICTOR_PENDING = 7,    /* HTTP 202; `ticket` of its header Lictor-Ticket */
  LICTOR_BAD_ANSWER = 8, /* anything else that came */
  LICTOR_RESUBMIT = 9    /* HTTP 410 to a ticket: what it names is gone; the request is sent anew, at once */
} lictor_outcome;

typedef struct lictor_message {
  size_t size;
  const char* kind; /* header Lictor-Message: "register", "authorize", "renew-id", "deregister", "poll", "trust" */
  const char* carrier_key; /* header Lictor-Carrier-Key */
  const char* ticket;      /* "" = none; header Lictor-Ticket, then body is empty */
  const char* body;        /* to be POSTed as application/jose */
  size_t body_size;
} lictor_message;

typedef struct lictor_reply {
  size_t size;
  int outcome; /* lictor_outcome */
  const char* body;
  size_t body_size;
  int64_t retry_after_ms; /* 0 = not named */
  const char* ticket;     /* may be null */
  const char* detail;     /* for the log: "Connection refused"; may be null; never a secret */
} lictor_reply;

typedef struct lictor_exchange lictor_exchange; /* one message under way */

typedef struct lictor_transport {
  size_t size;
  void* context;
  /* Must not block. The message holds until it returns. Ends in lictor_exchange_done() sooner or later, exactly once.
   * One reply at a time is wanted, but after cancel() the next send() may come before the exchange that was given up
   * has ended: keep each exchange with its own message. */
  void (*send)(void* context, const lictor_message* message, lictor_exchange* exchange);
  /* The reply to what was sent last is no longer wanted; lictor_exchange_done() is called for that exchange all the
   * same, now or later, and what it says is not looked at. Comes also where that was done already. */
  void (*cancel)(void* context);
} lictor_transport;

LICTOR_API int lictor_settings_set_transport(lictor_settings* settings, const lictor_transport* transport);

/* Hands the reply over and ends the exchange, whatever it returns, unless that is LICTOR_BAD_ARGUMENT for a null one.
 * Any thread, also inside send(); also after the agent was closed. A reply that cannot be read counts as
 * LICTOR_SEND_FAILED. */
LICTOR_API int lictor_exchange_done(lictor_exchange* exchange, const lictor_reply* reply);

typedef struct lictor_contents lictor_contents;
typedef void (*lictor_line_reader)(void* reader, const char* line);

typedef struct lictor_store {
  size_t size;
  void* context;
  /* Hands over by lictor_contents_set() what was saved last; calls nothing when nothing was saved yet. LICTOR_DAMAGED:
   * there is something, but it is not whole; it has been set aside (STO-2). Other errors make lictor_agent_open() fail.
   */
  int (*load)(void* context, lictor_contents* contents);
  /* Replaces the contents and appends the event lines in one step; durable when it returns LICTOR_OK. At a power cut
   * the old or the new contents are there (STO-2). They hold keys: nobody else may read them. */
  int (*save)(void* context, const void* contents, size_t size, const char* const* event_lines, size_t line_count);
  /* Calls read(reader, line) for each line that is kept, oldest first. May be null: no event log is kept then. */
  int (*read_events)(void* context, lictor_line_reader read, void* reader);
  /* What load() gave is no agent's (STO-2): keep it where load() does not find it again. May be null: it stays until
   * the next save() replaces it. An error makes lictor_agent_open() fail. */
  int (*set_aside)(void* context);
} lictor_store;

LICTOR_API int lictor_settings_set_store(lictor_settings* settings, const lictor_store* store);
LICTOR_API int lictor_contents_set(lictor_contents* contents, const void* data, size_t size);

/* --- an agent's life ---------------------------------------------------------------------------------------------- */

/* Opens the store and goes on where it stood. `*agent` is set on success, to NULL else. Sends nothing yet. A damaged
 * store is no error (STO-2): it is set aside, its evaluation counts as used up, lictor_status says so. Once the manager
 * vouches for the device the damage is over and licences are authorized as ever; the evaluation stays used up, as
 * nobody knows what was left of it. Errors:
 * LICTOR_BAD_ARGUMENT (a setting is missing: the sentence names it), LICTOR_IN_USE, LICTOR_IO, LICTOR_DISK_FULL,
 * LICTOR_NOT_ALLOWED, LICTOR_UNSUPPORTED (a store of a newer version, left alone), and what a store or a source of
 * chance of one's own returned. */
LICTOR_API int lictor_agent_open(lictor_settings* settings, lictor_agent** agent);

/* Ends the agent's thread, if it has one, writes down what must be and frees it; what was running is given up. Blocks
 * for up to a second while an exchange is being given up, and until a key that is being made is finished. What has been
 * requested is requested anew after the next opening. The registration stays: see lictor_agent_deregister(). Errors:
 * LICTOR_IO, LICTOR_DISK_FULL (the last state could not be written; the agent is freed all the same); LICTOR_WRONG_CALL
 * from inside a port or callback, nothing done then. */
LICTOR_API int lictor_agent_close(lictor_agent** agent);

/* --- way 1: on the product's own event loop ----------------------------------------------------------------------- */
/*   for (;;) {
 *     struct pollfd fds[] = {{lictor_agent_poll_fd(agent), POLLIN, 0}, ...};
 *     poll(fds, n, the least of lictor_agent_next_wakeup_ms(agent) and what the product waits for);
 *     lictor_agent_run_due(agent);
 *     ...
 *   }
 */

/* A descriptor that turns readable when something came: an answer, a key, a reason to look at
 * lictor_agent_next_wakeup_ms() again. The agent's own: only poll it; the same one until the agent is closed. -1: see
 * lictor_last_error(). */
LICTOR_API int lictor_agent_poll_fd(lictor_agent* agent);

/* "Call me again": milliseconds until lictor_agent_run_due() has something to do, by the agent's clock; 0 = now; at
 * most an hour. Asked anew before each wait. -1: see lictor_last_error(). */
LICTOR_API int64_t lictor_agent_next_wakeup_ms(lictor_agent* agent);

/* Does what is due: timers, answers, callbacks. Returns after at most some store writes; never waits for the network.
 * Errors: LICTOR_CONFLICT while the agent runs on its own thread or another thread is inside this function;
 * LICTOR_WRONG_CALL from inside a callback or port. */
LICTOR_API int lictor_agent_run_due(lictor_agent* agent);

/* --- way 2: on a thread of its own -------------------------------------------------------------------------------- */

/* From now on a thread of the library does what way 1 does; callbacks come on it. Errors: LICTOR_CONFLICT (there is
 * one), LICTOR_IO (no thread to be had). */
LICTOR_API int lictor_agent_start_thread(lictor_agent* agent);
/* Ends it and waits for its end; way 1 may be used again. Errors: LICTOR_CONFLICT (there is none), LICTOR_WRONG_CALL.
 */
LICTOR_API int lictor_agent_stop_thread(lictor_agent* agent);

/* --- registration ------------------------------------------------------------------------------------------------- */

typedef enum lictor_force { LICTOR_WITHOUT_FORCE = 0, LICTOR_FORCE = 1 } lictor_force;

/* Begins a registration with a token of the account, 1-255 printable characters without blank, '?' and '|';
 * LICTOR_TOO_LONG beyond. Durable when it returns; how it goes on is told by lictor_agent_get_status() and callbacks. A
 * pending registration is given up and begun anew. Errors: LICTOR_CONFLICT when registered already and not LICTOR_FORCE
 * (REG-11); LICTOR_FORCE registers anew as the same instance (REG-6); what the store says: see "Stores" above. */
LICTOR_API int lictor_agent_register(lictor_agent* agent, const char* token, int force);

/* Gives the registration back (REG-9): told to the manager once, unless the store cannot be written, and done locally
 * whether it answers or not. Cancels a pending registration. Error: LICTOR_CONFLICT when there is nothing to give back.
 */
LICTOR_API int lictor_agent_deregister(lictor_agent* agent);

/* Renew the certificate or the authorization at once rather than at their time (REG-8). LICTOR_CONFLICT unless
 * registered. */
LICTOR_API int lictor_agent_renew_id(lictor_agent* agent);
LICTOR_API int lictor_agent_renew_authorization(lictor_agent* agent);

/* With LICTOR_ON_SAVE: the registration becomes durable (STO-3). Nothing when there is none, or when it is already. */
LICTOR_API int lictor_agent_save_identity(lictor_agent* agent);

/* --- traditional licences, and the way from them ------------------------------------------------------------------ */

/* The mode is changed while it runs; pass the same by lictor_settings_set_mode() at the next opening. Nothing when it
 * is that one already. Error: LICTOR_CONFLICT, towards LICTOR_TRADITIONAL unless unregistered: deregister first. In
 * traditional mode lictor_agent_register, _deregister, _renew_id and _renew_authorization are LICTOR_CONFLICT. */
LICTOR_API int lictor_agent_set_mode(lictor_agent* agent, int mode);

typedef enum lictor_traditional_kind {
  LICTOR_RIGHT_TO_USE = 0,
  LICTOR_LICENSE_FILE = 1,
  LICTOR_EVALUATION_LICENSE = 2 /* entitles to nothing: never converted */
} lictor_traditional_kind;

typedef struct lictor_traditional {
  size_t size;
  const char* feature; /* as the product calls it, 1-255 bytes */
  int kind;            /* lictor_traditional_kind */
  int64_t count;       /* 1-1000000000 */
  int in_use;          /* 0 or 1 */
} lictor_traditional;

/* What the product is licensed for traditionally, as a whole: replaces what was recorded. At most 256; none: count 0.
 * Errors: LICTOR_CONFLICT in smart mode, where the record is what it was at the upgrade; LICTOR_BAD_ARGUMENT (a feature
 * twice with the same kind, ...), LICTOR_TOO_LONG. */
LICTOR_API int lictor_agent_set_traditional(lictor_agent* agent, const lictor_traditional* licenses, size_t count);

typedef void (*lictor_traditional_reader)(void* reader, const lictor_traditional* license);
/* Calls read(reader, license) for each that is recorded, in their order, within this call; each holds until `read`
 * returns, which must not call the agent. */
LICTOR_API int lictor_agent_read_traditional(lictor_agent* agent, lictor_traditional_reader read, void* reader);

/* The network, or its configuration, has changed: what waits for a retry is tried at once. */
LICTOR_API int lictor_agent_transport_changed(lictor_agent* agent);

/* The stack's members or roles have changed (HA-1), or the name. As in the settings. */
LICTOR_API int lictor_agent_set_udis(lictor_agent* agent, const lictor_udi* udis, size_t count);
LICTOR_API int lictor_agent_set_host_name(lictor_agent* agent, const char* host_name);

/* --- usage (USE-1) ------------------------------------------------------------------------------------------------ */

typedef struct lictor_usage {
  size_t size;
  const char* tag;          /* the licence, as the catalog has it; at most 255 bytes */
  int64_t count;            /* 1-1000000000 */
  const char* feature_name; /* for people: "analysis"; the three may be null, at most 255 bytes each */
  const char* display_name;
  const char* description;
  int export_controlled; /* not 0: refused unless the registration allows it (REG-10) */
} lictor_usage;

/* So many of this licence are in use from now on. Asked again for the same tag it replaces what was asked before. At
 * most 256 tags. Requests within two seconds go to the manager together (AUTH-7). Errors: LICTOR_BAD_ARGUMENT,
 * LICTOR_TOO_LONG, LICTOR_NOT_ALLOWED. When the store cannot be written (LICTOR_IO, LICTOR_DISK_FULL) the licence
 * counts as in use all the same, and writing is tried again. */
LICTOR_API int lictor_agent_request(lictor_agent* agent, const lictor_usage* usage);

/* This licence is in use no longer. Errors: LICTOR_NOT_FOUND; LICTOR_IO and LICTOR_DISK_FULL as above. */
LICTOR_API int lictor_agent_release(lictor_agent* agent, const char* tag);

/* What is in use at the start has been requested: now the set is compared with the one before, and only a difference is
 * told. Without it that happens 10 s after the opening. */
LICTOR_API int lictor_agent_ready(lictor_agent* agent);

/* --- what can be seen --------------------------------------------------------------------------------------------- */
/* These show the agent as it was after its last step. Any thread, no lock, no system call: under a microsecond. Not
 * from a signal handler. */

typedef struct lictor_tag {
  size_t size;
  int state;     /* lictor_tag_state */
  int64_t count; /* that was requested */
} lictor_tag;

/* Error: LICTOR_NOT_FOUND: this tag is not requested. */
LICTOR_API int lictor_agent_get_tag(const lictor_agent* agent, const char* tag, lictor_tag* out);

typedef struct lictor_status {
  size_t size;
  int registration;         /* lictor_registration */
  int registration_expired; /* the last registration ended by time (REG-7) */
  int authorization;        /* lictor_authorization */
  int export_allowed;       /* REG-10 */
  int store_damaged;        /* STO-2: until the manager vouches for the device: an authorization is answered */
  int tags_in_use;
  int64_t instance;                   /* the manager's number of this instance; 0 = not registered */
  int64_t registration_expires_at_ms; /* of the ID certificate */
  int64_t next_id_renewal_at_ms;      /* REG-7 */
  int last_registration_attempt;      /* lictor_attempt; the reason: LICTOR_REGISTRATION_REASON */
  int last_id_renewal;                /* lictor_attempt */
  int64_t last_registration_attempt_at_ms;
  int64_t last_id_renewal_at_ms;
  int64_t next_registration_attempt_at_ms; /* REG-6 */
  int64_t authorization_since_at_ms;       /* AUTH-3: of the last success; AUTH-4: since when */
  int64_t last_authorization_attempt_at_ms;
  int64_t next_authorization_at_ms;
  int64_t deadline_at_ms;         /* of communication: as the last answer named it, its date + 90 days (AUTH-5, AUTH-8);
                                     0 once it has passed */
  int last_authorization_attempt; /* lictor_attempt; the reason: LICTOR_AUTHORIZATION_REASON */
  int evaluation_running;         /* AUTH-1 */
  int64_t evaluation_left_ms;     /* as of the last step, at most the evaluation step ago while it runs */
  int64_t store_generation;       /* STO-4 */
  int mode;                       /* lictor_mode */
  int identity_unsaved;           /* STO-3: a restart would lose the registration */
} lictor_status;

LICTOR_API int lictor_agent_get_status(const lictor_agent* agent, lictor_status* out);

typedef enum lictor_text {
  LICTOR_ACCOUNT_NAME = 0,
  LICTOR_VIRTUAL_ACCOUNT_NAME = 1,
  LICTOR_REGISTRATION_REASON = 2,  /* why the last attempt failed or is pending */
  LICTOR_ID_RENEWAL_REASON = 3,    /* the same of the certificate's renewal */
  LICTOR_AUTHORIZATION_REASON = 4, /* the same of the authorization */
  LICTOR_UDI = 5                   /* "PID:ACME-T100,SN:1234", of the active */
} lictor_text;

/* Writes the text with its NUL into `buffer`; "" when there is none. `*length`, unless `length` is null, is its length
 * without the NUL, also when LICTOR_TOO_LONG is returned: then the buffer holds what fits. */
LICTOR_API int lictor_agent_get_text(const lictor_agent* agent, int which, char* buffer, size_t size, size_t* length);

/* Calls read(reader, line) for each line of the event log, oldest first (LOG-7), within this call. Reads the disk, and
 * waits as described above. `read` must not call the agent. */
LICTOR_API int lictor_agent_read_events(lictor_agent* agent, lictor_line_reader read, void* reader);

/* --- callbacks ---------------------------------------------------------------------------------------------------- */
/* They come inside lictor_agent_run_due(), or on the agent's own thread, one at a time, in order, never inside another
 * call, and with no lock held: they may call the agent, but not lictor_agent_close, _run_due, _start_thread and
 * _stop_thread (LICTOR_WRONG_CALL). What is told before somebody listens waits (at most 100 lines and notifications;
 * then the oldest goes). They must not throw: a C++ exception ends as LICTOR_INTERNAL of lictor_agent_run_due(). */

/* USE-1. Kinds may be added: ignore those that are not known. */
typedef enum lictor_notification {
  LICTOR_REGISTRATION_CHANGED = 0,
  LICTOR_AUTHORIZATION_CHANGED = 1,
  LICTOR_TAG_SHORT = 2, /* a tag is out of compliance */
  LICTOR_CERTIFICATE_RENEWED = 3,
  LICTOR_CLOCK_CHANGED = 4,
  LICTOR_TRANSPORT_FAILED = 5,
  LICTOR_TRANSPORT_RESTORED = 6,
  LICTOR_EXPORT_CHANGED = 7,
  LICTOR_EVALUATION_ENDED = 8,
  LICTOR_STORE_DAMAGED = 9,
  LICTOR_IDENTITY_UNSAVED = 10, /* STO-3: lictor_agent_save_identity() is due */
  /* lictor_agent_get_tag() has another state than before for at least one licence that was requested already, whatever
   * else is told with it. Enough for a product that only wants to know when to look again. */
  LICTOR_TAG_CHANGED = 11
} lictor_notification;
LICTOR_API const char* lictor_notification_name(int kind); /* "REGISTRATION_CHANGED"; static */

typedef void (*lictor_notification_reader)(void* context, int kind);

/* One line for syslog or a console: "%SMART_LIC-3-AGENT_REG_FAILED: ..." is facility, severity, mnemonic, text. */
typedef struct lictor_log_line {
  size_t size;
  int severity; /* 0-7, as syslog has it */
  const char* facility;
  const char* mnemonic;
  const char* text;
} lictor_log_line;

typedef void (*lictor_log_reader)(void* context, const lictor_log_line* line);

/* One reader of each kind an agent; null: none. After the call has returned the one before is not called any more,
 * unless a callback is running on another thread at that moment. */
LICTOR_API int lictor_agent_on_notification(lictor_agent* agent, lictor_notification_reader reader, void* context);
LICTOR_API int lictor_agent_on_log(lictor_agent* agent, lictor_log_reader reader, void* context);

#ifdef __cplusplus
}
#endif

#endif
