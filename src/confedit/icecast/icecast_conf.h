/*
 * Icecast's configuration file: what concerns TLS in it. Edits keep every other byte.
 */
#ifndef CONFEDIT_ICECAST_ICECAST_CONF_H
#define CONFEDIT_ICECAST_ICECAST_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

/* A <listen-socket>. */
struct icecast_socket {
	char *address; /* NULL: all */
	unsigned port; /* 0: none that can be read */
	bool is_tls;
};

struct icecast_conf {
	char *hostname;    /* NULL: not set */
	char *certificate; /* the file with certificate and key; NULL: not set */
	char *key;         /* another file with the key (2.5), or NULL */
	struct icecast_socket *sockets;
	size_t socket_count, socket_capacity;
	bool has_tls;   /* one of the sockets has TLS */
	bool is_rooted; /* its root directory is <basedir> by the time that it reads the
			 * certificate */
};

#define ICECAST_CONF_INIT                                                                          \
	{                                                                                          \
		.hostname = NULL                                                                   \
	}
void icecast_conf_release(struct icecast_conf *conf);
DEFINE_AUTO(icecast_conf, icecast_conf_release);

/* Reads the text of the file `path` into `ret`, which is ICECAST_CONF_INIT. ERR_PARSE: not XML, or
 * not of Icecast; ERR_IO: the XML library is missing. The error names the file. */
int icecast_conf_read(struct span text, const char *path, struct icecast_conf *ret,
		      struct error *err) WARN_UNUSED;

/*
 * Edits of a text that was read. Each returns false, with the text unchanged, when there is nothing
 * to do.
 */

/* Sets the file with certificate and key. */
bool icecast_conf_set_certificate(struct strbuf *text, const char *path);
/* Adds a socket with TLS after the last one. */
bool icecast_conf_add_socket(struct strbuf *text, unsigned port);
/* Turns TLS on for the first socket. */
bool icecast_conf_secure_first(struct strbuf *text);

#endif
