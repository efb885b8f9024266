/*
 * The one event loop: drives any number of ACME machines over one HTTP client, in waves.
 *
 * Each machine sends what it can; when every order that uses an authenticator has reached its
 * challenges (or ended), the authenticator gets them all in one call. Once the CA needs none of
 * them any more, one cleanup takes them all away. Tasks may be added while the loop runs, also from
 * a task's own `done`.
 *
 * On SIGINT or SIGTERM every task ends with ERR_CANCELLED, challenges are cleaned up, and the loop
 * returns ERR_CANCELLED.
 */
#ifndef APP_DRIVER_H
#define APP_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/wire.h"
#include "app/app.h"
#include "base/error.h"

struct driver;
struct driver_task;

/* What makes a machine drivable. */
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

extern const struct driver_machine driver_order_machine;
extern const struct driver_machine driver_exchange_machine;

struct driver_task {
	const struct driver_machine *kind;
	void *machine;                         /* borrowed */
	struct plugin_instance *authenticator; /* for PRESENT; NULL for exchanges */
	struct settings *settings;             /* of the lineage; for the authenticator */
	const char *label;                     /* for messages */
	/* Called once when the machine has ended; `error` is set when it failed. Task, machine and
	 * settings must stay valid until driver_run() returns: cleanup may still need them. */
	void (*done)(struct driver_task *task);
	void *context;
	struct error error;

	/* The loop's own. */
	enum driver_phase phase;
	int64_t wake_ms;
	const struct acme_server *parked_at; /* waits for what a reply to another task brings */
	size_t in_flight;
	struct acme_challenge *challenges;
	size_t challenge_count;
};

struct driver *driver_new(struct app *app);
void driver_free(struct driver *driver);
DEFINE_AUTO_PTR(driver, driver_free);

/* Tasks at work at the same time; the rest wait their turn. 0: no limit. */
void driver_set_parallel(struct driver *driver, size_t parallel);
/* Called after an authenticator has put a wave in place, before the CA is told
 * (--debug-challenges). */
typedef int driver_presented_fn(void *context, struct plugin_task *tasks, size_t count,
				struct error *err);
void driver_on_presented(struct driver *driver, driver_presented_fn *presented, void *context);

/* Queues a task. */
void driver_add(struct driver *driver, struct driver_task *task);
bool driver_has_tasks(const struct driver *driver);
/* Runs until all tasks have ended. Failures of tasks stay in the tasks; an error here means the
 * loop itself was stopped (ERR_CANCELLED, ERR_INTERNAL). */
int driver_run(struct driver *driver, struct error *err) WARN_UNUSED;

struct acme_exchange;
/* Runs one exchange to its end; its failure is the error. */
int driver_exchange(struct app *app, struct acme_exchange *exchange, struct error *err) WARN_UNUSED;

#endif
