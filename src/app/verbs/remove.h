/*
 * `delete` and `revoke`.
 */
#ifndef APP_VERBS_REMOVE_H
#define APP_VERBS_REMOVE_H

#include "app/app.h"

/* Deletes the lineages of --cert-name, or those the user picks. */
int remove_delete(struct app *app, struct error *err) WARN_UNUSED;

/* Revokes the certificate of --cert-name or --cert-path and then deletes it, if the user wants
 * that. ERR_CONFIG: not exactly one of the two was given. */
int remove_revoke(struct app *app, struct error *err) WARN_UNUSED;
/* Deletes lineages after asking for confirmation; also the last step of a revocation. */
int remove_lineages(const struct network *network, const struct settings *settings,
		    const struct strvec *names, struct error *err) WARN_UNUSED;

#endif
