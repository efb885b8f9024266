/*
 * The use cases behind `certonly` and `run`: one certificate, new or renewed, stored and (for run)
 * installed (spec: flows.md 9, 10).
 */
#ifndef APP_VERBS_OBTAIN_H
#define APP_VERBS_OBTAIN_H

#include "app/app.h"

int obtain_certonly(struct app *app, struct error *err) WARN_UNUSED;
int obtain_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
