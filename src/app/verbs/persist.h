/*
 * Lasting validation records (dns-persist-01): what they must say for an account, whether they are
 * in DNS, and putting them there.
 */
#ifndef APP_VERBS_PERSIST_H
#define APP_VERBS_PERSIST_H

#include "app/app.h"

/* All three work on --domain. ERR_USAGE: none given, or a bad --persist-until. ERR_PROTOCOL: the CA
 * does not say its name. */
int persist_show(struct app *app, struct error *err) WARN_UNUSED;
/* ERR_NOT_FOUND: a record is missing, or of no use. */
int persist_check(struct app *app, struct error *err) WARN_UNUSED;
/* By the DNS plugin that was asked for. ERR_CONFIG: none was. */
int persist_write(struct app *app, struct error *err) WARN_UNUSED;

#endif
