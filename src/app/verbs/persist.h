/*
 * Lasting validation records (dns-persist-01): what they must contain for an account, whether they
 * are in DNS, and creating them.
 */
#ifndef APP_VERBS_PERSIST_H
#define APP_VERBS_PERSIST_H

#include "app/app.h"

/* Prints the records for --domain. This function and the next two return ERR_USAGE when there
 * is no --domain or --persist-until is invalid, and ERR_PROTOCOL when the CA does not publish
 * its name. */
int persist_show(struct app *app, struct error *err) WARN_UNUSED;
/* Looks the records up in DNS. ERR_NOT_FOUND: a record is missing or unusable. */
int persist_check(struct app *app, struct error *err) WARN_UNUSED;
/* Creates the records with the DNS plugin that was requested. ERR_CONFIG: none was. */
int persist_write(struct app *app, struct error *err) WARN_UNUSED;

#endif
