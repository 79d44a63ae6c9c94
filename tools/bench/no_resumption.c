/* Preloaded into wrk: SSL_clear keeps the last session, and the next handshake would resume it. With this each is a full one. */
#define _GNU_SOURCE
#include <dlfcn.h>

int SSL_set_session(void* ssl, void* session);

int SSL_clear(void* ssl) {
  static int (*next)(void*);
  if (!next) next = (int (*)(void*))dlsym(RTLD_NEXT, "SSL_clear");
  SSL_set_session(ssl, 0);
  return next(ssl);
}
