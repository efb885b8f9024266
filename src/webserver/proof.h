/*
 * Checks that a reloaded server uses its new configuration: which certificate it sends to a TLS
 * client for each name whose certificate changed.
 */
#ifndef WEBSERVER_PROOF_H
#define WEBSERVER_PROOF_H

#include "webserver/server.h"

/* Notes that the server should send the task's certificate after its next reload. */
void webserver_expect(struct webserver *server, const struct deploy_task *task);
/* The first certificate in a file, for probes; the caller frees it. NULL when none can be read. */
char *webserver_leaf(const char *chain_path) WARN_UNUSED;

/* ---- Used by webserver/ only ---- */

/* Call after a reload: waits until the server sends what it should (proof.c), and warns if it does
 * not. ERR_NETWORK when something was deployed and it accepts no connections. */
int proof_await(struct webserver *server, struct error *err) WARN_UNUSED;
/* Call before a rollback: notes what the server sends with the present configuration. */
void proof_note_old(struct webserver *server);
/* Forgets what the server should send. */
void proof_forget(struct webserver *server);

#endif
