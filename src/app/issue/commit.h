/*
 * From an issued certificate to the store: a new lineage, or the next generation of one.
 */
#ifndef APP_ISSUE_COMMIT_H
#define APP_ISSUE_COMMIT_H

#include "app/issue/issue.h"

/* Makes the new lineage `name`; it becomes request->lineage, owned by the caller. */
int commit_new(struct app *app, struct issue_request *request, const char *name,
	       struct error *err) WARN_UNUSED;
/* A renewal: what goes into the conf of request->lineage beside the new generation. Nothing is
 * written yet. */
void commit_note_renewal(struct app *app, struct issue_request *request);
/* Adds the generation to request->lineage, saves the conf with it and switches live/ to it. Uses
 * nothing but the request's lineage, key and chain (see issue.h). */
int commit_store_renewal(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
