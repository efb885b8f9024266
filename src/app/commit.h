/*
 * From an issued certificate to the store: a new lineage, or the next generation of one.
 */
#ifndef APP_COMMIT_H
#define APP_COMMIT_H

#include "app/issue.h"

/* Makes the new lineage `name`; it becomes request->lineage, owned by the caller. */
int commit_new(struct app *app, struct issue_request *request, const char *name,
	       struct error *err) WARN_UNUSED;
/* Adds the generation to request->lineage, saves the settings with it and switches live/ to it. */
int commit_renewal(struct app *app, struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
