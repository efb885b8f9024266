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
#ifndef APP_ISSUE_DRIVER_H
#define APP_ISSUE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "app/app.h"
#include "app/issue/driver_task.h"
#include "base/error.h"

struct driver;

extern const struct driver_machine driver_order_machine;
extern const struct driver_machine driver_exchange_machine;

struct driver *driver_new(struct app *app);
void driver_free(struct driver *driver);
DEFINE_AUTO_PTR(driver, driver_free);

/* Tasks at work at the same time; the rest wait their turn. 0: no limit. */
void driver_set_parallel(struct driver *driver, size_t parallel);
/* What is called once a wave is in place. */
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
