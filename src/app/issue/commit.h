/*
 * From an issued certificate to the store: a new lineage, or the next generation of one.
 */
#ifndef APP_ISSUE_COMMIT_H
#define APP_ISSUE_COMMIT_H

#include "app/issue/issue_request.h"

/* Before the order of a request with new_name: request->unborn. Errors as of lineage_begin(). */
int commit_begin(struct app *app, struct issue_request *request, struct error *err) WARN_UNUSED;
/* Before the order, with the request's key: makes what storing will need (lineage_reserve()). Adds
 * to `ret_notes` what the person should know. Uses nothing but the request. */
int commit_reserve(struct issue_request *request, struct strvec *ret_notes,
		   struct error *err) WARN_UNUSED;

/* Makes the new lineage; it becomes request->lineage, owned by the caller. */
int commit_new(struct issue_request *request, struct error *err) WARN_UNUSED;
/* A renewal: what goes into the conf of request->lineage with the new generation. Nothing is
 * written yet. */
void commit_note_renewal(struct app *app, struct issue_request *request);
/* Adds the generation to request->lineage, saves the conf with it and switches live/ to it. Uses
 * nothing but the request's lineage, key and chain (see issue.h). */
int commit_store_renewal(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
