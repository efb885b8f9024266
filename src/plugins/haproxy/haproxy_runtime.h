/*
 * HAProxy's runtime interface: a command, an answer, and the connection ends (its management
 * manual, section 9.3). Answers have no status; only their texts tell success from failure.
 */
#ifndef PLUGINS_HAPROXY_HAPROXY_RUNTIME_H
#define PLUGINS_HAPROXY_HAPROXY_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#define HAPROXY_RUNTIME_LIMIT_MS (10 * 1000)
/* Asks one question, without its newline, with a limit in milliseconds. ERR_NOT_FOUND: nobody
 * listens. ERR_IO: among others, no answer in time. */
int haproxy_runtime_ask(const char *socket, const char *question, int64_t limit_ms,
			struct strbuf *ret_answer, struct error *err) WARN_UNUSED;

/* Files or directories that the process has read, by real path. One file has several names if binds
 * spell its directory in several ways, and under each the process has a certificate of its own. */
struct haproxy_known {
	struct map names; /* real path -> struct strvec */
};

#define HAPROXY_KNOWN_INIT                                                                         \
	{                                                                                          \
		.names = MAP_INIT(haproxy_known_free_names)                                        \
	}
/* Frees a value of that map. */
void haproxy_known_free_names(void *names);
void haproxy_known_release(struct haproxy_known *known);
DEFINE_AUTO(haproxy_known, haproxy_known_release);

/* Returns the process's names of a file or directory, borrowed; NULL: it does not know it. */
const struct strvec *haproxy_known_names(const struct haproxy_known *known, const char *path);

/* Adds the certificates that the process has loaded. `ret_replaced`: the one that somebody is
 * replacing, which the caller frees, or NULL; HAProxy does only one at a time. */
int haproxy_runtime_certs(const char *socket, struct haproxy_known *ret_known, char **ret_replaced,
			  struct error *err) WARN_UNUSED;
/* Exported for tests: reads the answer to that question. */
void haproxy_runtime_read_certs(struct span answer, struct strvec *ret_names, char **ret_replaced);
/* Takes back a replacement that was begun and not committed. */
void haproxy_runtime_abort(const char *socket, const char *name);
/* Exported for tests: the blocks of a PEM text without empty lines, at the first of which HAProxy
 * would stop reading. */
void haproxy_runtime_payload(struct span pem, struct strbuf *out);

/* Adds its directories and lists of certificates in the same way. */
int haproxy_runtime_lists(const char *socket, struct haproxy_known *ret_known,
			  struct error *err) WARN_UNUSED;
/* Makes a name for a certificate that the process has not loaded, without a pair: give it one with
 * haproxy_runtime_replace(). HAProxy 2.2. ERR_PLUGIN: refused. */
int haproxy_runtime_new(const char *socket, const char *name, struct error *err) WARN_UNUSED;
/* Makes the process show the certificate of that name, which it has loaded, wherever the directory
 * or list is used; call it once. ERR_PLUGIN: refused. */
int haproxy_runtime_list(const char *socket, const char *list, const char *name,
			 struct error *err) WARN_UNUSED;

/* Gives the process a new pair for that name. ERR_BUSY: somebody else's replacement is under way,
 * and is left alone. ERR_PLUGIN: HAProxy did not take it, and keeps the old pair. */
int haproxy_runtime_replace(const char *socket, const char *name, const struct secret *pem,
			    struct error *err) WARN_UNUSED;

#endif
