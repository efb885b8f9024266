/*
 * Encodes requests to etcd's JSON gateway and decodes its answers. Used by fleet/etcd/ only.
 */
#ifndef FLEET_ETCD_ETCD_MESSAGE_H
#define FLEET_ETCD_ETCD_MESSAGE_H

#include <stdbool.h>

#include "codec/json.h"
#include "fleet/engine.h"

/* Returns the path of the call that performs the ask: "/v3/kv/txn"; static. */
const char *etcd_message_path(const struct fleet_ask *ask);
/* Appends the body of the call. */
void etcd_message_put(const struct fleet_ask *ask, const char *prefix, struct strbuf *out);

/* The answer of a member. */
struct etcd_reply {
	int status;
	const struct json *json; /* NULL: the body was not JSON */
	const char *body;        /* as text, for plain-text errors of a proxy or the gateway */
};

/* Fills in the answer to an ask. Returns true if the member does not accept our token (any more),
 * so that nothing was done: log in and ask again. */
bool etcd_message_get(const struct fleet_ask *ask, const char *prefix,
		      const struct etcd_reply *reply, struct fleet_answer *answer);

/* Appends the body that asks for the events of a key after that revision (NULL: from now on). */
void etcd_message_put_watch(const char *prefix, const char *key, const char *revision,
			    struct strbuf *out);
/* The revision of the store in an answer, as etcd writes it, borrowed; NULL: it has none. */
const char *etcd_message_revision(const struct etcd_reply *reply);

/* Appends the body of a request for a token. */
void etcd_message_put_login(const char *user, const char *password, struct strbuf *out);
/* Returns the token in the answer, borrowed, or NULL with the reason in `answer`. */
const char *etcd_message_token(const struct etcd_reply *reply, struct fleet_answer *answer);

#endif
