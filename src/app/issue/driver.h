/*
 * The one event loop: drives any number of ACME machines over one HTTP client, in waves.
 *
 * Each machine sends its requests. When every order of an authenticator has reached its challenges
 * (or ended), the authenticator presents all of them in one call. When the CA no longer needs any
 * of them, one cleanup removes them all. Tasks may be added while the loop runs, also from a task's
 * own `done`.
 *
 * On SIGINT or SIGTERM every task ends with ERR_CANCELLED, challenges are cleaned up, and the loop
 * returns ERR_CANCELLED.
 */
#ifndef APP_ISSUE_DRIVER_H
#define APP_ISSUE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "app/issue/driver_task.h"
#include "base/error.h"
#include "children/network.h"

struct driver;

extern const struct driver_machine driver_order_machine;
extern const struct driver_machine driver_exchange_machine;

/* Makes a loop without tasks, freed by driver_free(). */
struct driver *driver_new(struct network *network);

/* Frees the loop; tasks are borrowed and stay. */
void driver_free(struct driver *driver);
DEFINE_AUTO_PTR(driver, driver_free);

/* Limits the number of tasks in progress at the same time; the rest wait. 0: no limit. */
void driver_set_parallel(struct driver *driver, size_t parallel);
/* Sets the callback that is called when a wave has been presented. */
void driver_on_presented(struct driver *driver, driver_presented_fn *presented, void *context);

/* Sets a callback that is called at least each second while the loop runs. */
void driver_on_turn(struct driver *driver, void (*turned)(void *context), void *context);

/* Queues a task, which is borrowed until driver_run() returns. */
void driver_add(struct driver *driver, struct driver_task *task);

/* Returns true when a task has been added, whether it has ended or not. */
bool driver_has_tasks(const struct driver *driver);
/* Runs until all tasks have ended; requests that are still on their way then are dropped. A task's
 * failure is stored in the task; an error here means that the loop itself was stopped
 * (ERR_CANCELLED, ERR_INTERNAL). */
int driver_run(struct driver *driver, struct error *err) WARN_UNUSED;

struct acme_exchange;
/* Runs one exchange to its end and returns its failure. */
int driver_exchange(struct network *network, struct acme_exchange *exchange,
		    struct error *err) WARN_UNUSED;

#endif
