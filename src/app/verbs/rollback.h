/*
 * The checkpoints that `rollback` undoes, each by the server that it changed. That may be another
 * one than the options of the command line lead to: the built-in plugins share one history.
 */
#ifndef APP_VERBS_ROLLBACK_H
#define APP_VERBS_ROLLBACK_H

#include "instances/plugins.h"
#include "instances/server_change.h"

struct rollback {
	struct plugins *plugins;
	const struct installers *installers; /* of the command line */
	bool has_undone[INSTALLERS_MAX];     /* same order */
	struct changed_server **others;      /* those that it does not lead to */
	size_t other_count, capacity;
	struct strvec accounts; /* "nginx: restored ...; removed ...", one for each server's turn */
};

#define ROLLBACK_INIT(plugins_, installers_)                                                       \
	{                                                                                          \
		.plugins = (plugins_), .installers = (installers_), .accounts = STRVEC_INIT        \
	}
void rollback_release(struct rollback *rollback);
DEFINE_AUTO(rollback, rollback_release);

/* Undoes up to `wanted` checkpoints, and says how many that were. A plugin that fails does not stop
 * the others: the first error is returned, and *ret_undone is set all the same. */
int rollback_undo(struct rollback *rollback, size_t wanted, size_t *ret_undone,
		  struct error *err) WARN_UNUSED;
/* Reloads the servers whose files were restored; the same goes for one that fails. The error says
 * that its files are back, and who reloads it now. */
int rollback_reload(struct rollback *rollback, struct error *err) WARN_UNUSED;

#endif
