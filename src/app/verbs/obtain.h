/*
 * The use cases behind `certonly` and `run`: obtains one certificate, new or renewed, stores it and
 * (for run) installs it.
 */
#ifndef APP_VERBS_OBTAIN_H
#define APP_VERBS_OBTAIN_H

#include "app/app.h"

/* Obtains and stores a certificate; with --csr it is obtain_csr(). */
int obtain_certonly(struct app *app, struct error *err) WARN_UNUSED;

/* Obtains a certificate, stores it and installs it in the web server. */
int obtain_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
