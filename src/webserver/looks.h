/*
 * What to look at, on each socket of a server that chooses its certificate by the name that the
 * client sends, whatever the socket: mail servers. For the kind's `prove`.
 *
 *	AUTO(looks) struct looks looks = looks_make(which, ret_probes);
 *	probes_add(&looks.sockets, &(struct probe){.address = "127.0.0.1", .port = 25, ...});
 *	looks_connect(&looks);
 *	looks_add(&looks, path, names);		what the server prefers comes first
 *	looks_add_default(&looks, default_path);
 */
#ifndef WEBSERVER_LOOKS_H
#define WEBSERVER_LOOKS_H

#include "base/macros.h"
#include "base/strvec.h"
#include "crypto/key/key.h"
#include "webserver/probe.h"
#include "webserver/server.h"

struct looks {
	const struct webserver_certificates *which; /* NULL: all */
	struct probes *probes;                      /* what is added to; borrowed */
	struct probes sockets;
	struct strvec seen; /* names whose certificate is known */
};

/* Looks without sockets. */
struct looks looks_make(const struct webserver_certificates *which, struct probes *probes);
void looks_release(struct looks *looks);
DEFINE_AUTO(looks, looks_release);

/* Adds a connection to each socket. */
void looks_connect(struct looks *looks);
/* Adds looks at those of the names that were not seen yet, which get the certificate of that chain
 * file. Wildcards are seen, but not looked at. */
void looks_add(struct looks *looks, const char *chain_path, const struct strvec *names);
/* The same for the names that the certificate is for. */
void looks_add_default(struct looks *looks, const char *chain_path);

/* The address at which this machine reaches what listens on `host`, as configurations write it: an
 * address, perhaps in brackets, a name of this machine, or all addresses ("*", "0.0.0.0", "::"). The
 * caller frees it. `family` is AF_INET, AF_INET6, or AF_UNSPEC for both. */
char *looks_address(const char *host, int family) WARN_UNUSED;
/* The port of "smtp", "submission", "submissions", "smtps", a number, or what /etc/services names; 0 for another
 * text. */
unsigned looks_smtp_port(const char *service);

/* ---- Servers with several chain files for a name ---- */

/* The client decides which certificate it is shown: of each kind of key it gets the last one that
 * was loaded, as OpenSSL keeps one of each kind. */
struct shown_leaf {
	char *pem;
	unsigned key; /* for struct probe */
};

struct shown_leaves {
	struct shown_leaf items[KEY_KIND__COUNT];
	size_t count;
};

/* The leaves of those among the chain files that are asked for (`which` as for the kind's `prove`).
 * None if one of several cannot be read: it may take the place of any other. The caller releases
 * them. */
struct shown_leaves shown_leaves_of(const struct strvec *chain_paths,
				    const struct webserver_certificates *which) WARN_UNUSED;
void shown_leaves_release(struct shown_leaves *leaves);
DEFINE_AUTO(shown_leaves, shown_leaves_release);

/* The kind of the key that a certificate (PEM, or NULL) is for; KEY_KIND__COUNT: none we know. */
enum key_kind shown_leaf_kind(const char *pem);
/* The kind as struct probe has it; 0 for none. */
unsigned shown_leaf_key(const char *pem);

#endif
