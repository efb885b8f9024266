/*
 * Postfix's main.cf: "name = value" lines, which lines that begin with a blank continue; comments
 * and empty lines may come between those (postconf(5)). Edits keep every other byte.
 */
#ifndef CONFEDIT_POSTFIX_MAIN_CF_H
#define CONFEDIT_POSTFIX_MAIN_CF_H

#include <stdbool.h>

#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* The value that counts, which is the last one, on one line; the caller frees it. NULL when the
 * parameter is not set. Parameters in it are not expanded. */
char *main_cf_get(struct span text, const char *name) WARN_UNUSED;
/* Sets the parameter where it counts, or at the end of the text. A value on several lines becomes
 * one line. Returns false, with the text unchanged, when it has that value already. */
bool main_cf_set(struct strbuf *text, const char *name, const char *value);

/* Without quotes in Postfix's syntax: a value is split at blanks and commas where it is a list, as
 * in maps of certificates, and "$" begins the name of a parameter. */
bool main_cf_can_hold(const char *path);

/* The services of a master.cf that listen on TCP and set the parameter by an "-o NAME=..." of their
 * own, which main.cf cannot change: their first words are appended ("submission"). */
void master_cf_overriding(struct span text, const char *name, struct strvec *ret_services);
/* The value that a service of master.cf gives to a parameter by its own "-o NAME=...", which the
 * caller frees, or NULL. `service` is as above. */
char *master_cf_get(struct span text, const char *service, const char *name) WARN_UNUSED;
/* Appends the first words of the services that listen on TCP and run smtpd: "smtp", "587",
 * "127.0.0.1:10025". */
void master_cf_smtpd(struct span text, struct strvec *ret_services);

#endif
