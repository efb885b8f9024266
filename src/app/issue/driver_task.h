/*
 * A task of the event loop (driver.h): a machine, what it needs, and its progress. The loop and its
 * waves share it.
 */
#ifndef APP_ISSUE_DRIVER_TASK_H
#define APP_ISSUE_DRIVER_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/wire.h"
#include "base/error.h"
#include "plugin/plugin.h"

struct acme_server;
struct driver_task;

/* The operations the loop needs of a machine. */
struct driver_machine {
	int (*step)(void *machine, const struct acme_reply *reply, int64_t now_ms,
		    struct acme_action *ret_action, struct error *err);
	bool (*validated)(const void *machine); /* NULL: has no challenges */
	/* State for messages: "polling the order"; NULL: none. */
	const char *(*state_name)(const void *machine);
};

enum driver_phase {
	DRIVER_RUNNING,    /* has not reached its challenges */
	DRIVER_AT_PRESENT, /* waits for its wave */
	DRIVER_PRESENTED,
	DRIVER_ENDED,
};

struct driver_task {
	const struct driver_machine *kind;
	void *machine;                         /* borrowed */
	struct plugin_instance *authenticator; /* for PRESENT; NULL for exchanges */
	struct settings *settings;             /* the lineage's, for the authenticator */
	const char *label;                     /* for messages */
	/* Called for ACME_ACTION_CONFIRM; its error ends the task. NULL: all is agreed to. */
	int (*confirm)(struct driver_task *task, const struct acme_action *action,
		       struct error *err);
	/* Called once when the machine has ended; `error` is set when it failed. Task, machine and
	 * settings must stay valid until driver_run() returns: cleanup may still need them. */
	void (*done)(struct driver_task *task);
	void *context;
	struct error error;

	/* Private to the loop. */
	enum driver_phase phase;
	bool is_told; /* that the CA has validated all of it */
	int64_t wake_ms;
	struct acme_parking parking; /* waits for the result of another task's request */
	size_t heap_place;           /* task_queue.c's, as the next three are */
	bool is_parked;
	struct driver_task *next_parked, *previous_parked;
	struct driver_task *next_due; /* taken out of the queue together with this one */
	size_t in_flight;
	struct acme_challenge *challenges;
	size_t challenge_count;
};

/* Called after an authenticator has put a wave in place, before the CA is told
 * (--debug-challenges). */
typedef int driver_presented_fn(void *context, struct plugin_task *tasks, size_t count,
				struct error *err);

#endif
