/*
 * A place where a certificate is served, as --prove names it: HOST:PORT[/PROTOCOL]. The host is
 * where to connect to, not the name that is asked for. Protocols: tls (the default), and those that
 * change to TLS after a dialogue (net/http/starttls.h).
 */
#ifndef WEBSERVER_PROVE_PLACE_H
#define WEBSERVER_PROVE_PLACE_H

#include "base/error.h"
#include "base/macros.h"
#include "net/http/starttls.h"

struct prove_place {
	char *host; /* a name or an address, without brackets */
	unsigned port;
	enum starttls protocol;
};

#define PROVE_PLACE_INIT                                                                           \
	{                                                                                          \
		.host = NULL                                                                       \
	}
void prove_place_release(struct prove_place *prove);
DEFINE_AUTO(prove_place, prove_place_release);

/* Reads a text into `ret`, which is PROVE_PLACE_INIT and which the caller releases. ERR_CONFIG
 * quotes the text. */
int prove_place_parse(const char *text, struct prove_place *ret, struct error *err) WARN_UNUSED;

#endif
