/*
 * Stores an issued certificate: as a new lineage, or as the next generation of one.
 */
#ifndef APP_ISSUE_COMMIT_H
#define APP_ISSUE_COMMIT_H

#include "app/issue/issue_request.h"

/* Before the order of a request with new_name: begins the lineage, as request->unborn. Errors as
 * for lineage_begin(). */
int commit_begin(const struct plugins *plugins, struct issue_request *request,
		 struct error *err) WARN_UNUSED;
/* Before the order, with the request's key: prepares everything that storing will need
 * (lineage_reserve()). Appends to `ret_notes` what the user should know. Uses nothing outside the
 * request. */
int commit_reserve(struct issue_request *request, struct strvec *ret_notes,
		   struct error *err) WARN_UNUSED;

/* Writes what was issued for the first of two keys, so that a hard stop does not lose it while the
 * second is waited for (lineage_draft_issued()). A failure changes nothing, and is only logged. */
void commit_draft_first(struct issue_request *request);

/* Makes the new lineage, which becomes request->lineage; the caller frees it. */
int commit_new(struct issue_request *request, struct error *err) WARN_UNUSED;
/* The same for requests that were not reserved, in the order of commit_begin(). Each has its own
 * error; those that have one already are passed over. Errors as for lineage_create_page(). */
int commit_new_page(struct issue_request *requests, size_t count, struct error *err) WARN_UNUSED;
/* For a renewal: prepares the conf of request->lineage for the new generation. Nothing is written
 * yet. */
void commit_note_renewal(const struct plugins *plugins, struct issue_request *request);
/* Adds the generation to request->lineage, saves the conf and switches live/ to it. Uses only the
 * request's lineage, key and chain (see issue.h). */
int commit_store_renewal(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
