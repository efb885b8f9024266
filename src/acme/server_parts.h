/*
 * The internals of struct acme_server, for the machines of acme/ only.
 */
#ifndef ACME_SERVER_PARTS_H
#define ACME_SERVER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/directory.h"
#include "acme/pace.h"
#include "acme/server.h"
#include "acme/wire.h"
#include "base/error.h"
#include "base/strvec.h"
#include "crypto/key/key.h"

struct acme_calls;

struct acme_server {
	char *url;
	bool has_directory;
	struct acme_directory directory;
	/* The calls that are fetching the directory; the others wait for it. */
	const struct acme_calls *directory_fetcher;
	/* Why the directory could not be fetched. Valid until directory_error_until_ms, so that a
	 * thousand machines do not all retry. */
	struct error directory_error;
	int64_t directory_error_until_ms;

	const struct key *key; /* borrowed */
	char *thumbprint;      /* of the key; made at first use */
	char *account_url;

	struct strvec nonces; /* the newest last */
	struct acme_pace pace;
	int last_id;
};

/* Keeps the Replay-Nonce of a reply. Returns true if it had one that is valid base64url. */
bool acme_server_keep_nonce(struct acme_server *server, const struct acme_reply *reply);
/* Drops all nonces but the newest: a server that rejects one has usually lost the older ones
 * too. */
void acme_server_drop_old_nonces(struct acme_server *server);
/* Takes the newest nonce, which is the least likely to have expired; the caller frees it. NULL when
 * there is none. */
char *acme_server_take_nonce(struct acme_server *server);

/* URL of a resource, borrowed, or NULL with ERR_NOT_FOUND when the CA does not offer it. */
const char *acme_server_resource(const struct acme_server *server, enum acme_resource resource,
				 struct error *err);
/* Stores the directory from the reply, or the error that says why there is none. */
void acme_server_set_directory(struct acme_server *server, const struct acme_reply *reply,
			       int64_t now_ms);
/* Stores why the directory could not be fetched, for a limited time. Takes over `own_error`. */
void acme_server_set_directory_error(struct acme_server *server, struct error *own_error,
				     int64_t now_ms);
/* RFC 7638 thumbprint of the account key, borrowed. */
const char *acme_server_thumbprint(struct acme_server *server);

#endif
