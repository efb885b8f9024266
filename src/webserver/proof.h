/*
 * Whether a reloaded server uses its new configuration: that it accepts connections, and which
 * certificate it should send to a TLS client for each name.
 */
#ifndef WEBSERVER_PROOF_H
#define WEBSERVER_PROOF_H

#include "webserver/server.h"

/* The first certificate in a file, for probes; the caller frees it. NULL when none can be read. */
char *webserver_leaf(const char *chain_path) WARN_UNUSED;

/* ---- Used by webserver/ only ---- */

/* Notes that the server should send the task's certificate after its next reload. */
void proof_expect(struct webserver *server, const struct deploy_task *task);

/* Call after a reload that follows a deployment or a rollback: waits until the server sends what it
 * should and accepts connections. ERR_NETWORK when something was deployed and it does not accept
 * them. Another certificate than expected is not an error; after a rollback, it is a warning. */
int proof_await(struct webserver *server, struct error *err) WARN_UNUSED;
/* Appends the looks of the kind at the certificates of the tasks, but for those that were seen
 * after their deployment. */
void proof_gather(struct webserver *server, const struct deploy_task *tasks, size_t count,
		  struct probes *ret_looks);
/* Call before a rollback: notes what the server sends with the present configuration. */
void proof_note_old(struct webserver *server);
/* Forgets what the server should send. */
void proof_forget(struct webserver *server);

#endif
