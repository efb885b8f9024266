/*
 * What --json and --json-events report about one certificate that was obtained, renewed or kept: an
 * element of "certificates" (docs/json/renew.schema.json). Such an object is NULL when nobody reads
 * the document or the events.
 */
#ifndef APP_RENEWAL_TOLD_H
#define APP_RENEWAL_TOLD_H

#include "app/issue/issue_request.h"
#include "codec/output/result.h"
#include "store/lineage/lineage.h"

/* Returns an object with the paths in live/, which the caller frees. Paths in archive/ would be
 * wrong after the next renewal, and programs store what they read. */
struct json *told_paths(const struct lineage *lineage) WARN_UNUSED;
/* Sets the member `second`: what there is of the lineage's second key; null if it has none. */
void told_set_second(struct json *object, const struct lineage *lineage);
/* Makes the object of a lineage with the certificate that live/ shows now, which the caller frees.
 * NULL: nobody reads the document or events. */
struct json *told_lineage(const struct ui *ui, struct lineage *lineage,
			  const char *outcome) WARN_UNUSED;
/* Returns the object of a conf that cannot be used. The caller frees it. */
struct json *told_invalid(const struct ui *ui, const char *conf_path,
			  const struct error *reason) WARN_UNUSED;
/* Adds the error of a request to an object, and the names that the CA could not validate. */
void told_set_error(struct json *object, const struct issue_request *request,
		    const struct error *err);
/* Writes the event of an object, which is borrowed. */
void told_event(const struct ui *ui, struct json *object);
/* Adds an object to the document's list and writes its event. */
void told_give(const struct ui *ui, struct json *own_object);
/* Writes the event that a certificate is due. `name` is NULL for certonly --csr, which makes no
 * lineage. */
void told_due(const struct ui *ui, const char *name, const char *reason);
/* Reports that the certificate of a lineage is in place but a later step failed; `outcome` is
 * "outputs-failed", for example. */
void told_failure(const struct ui *ui, struct lineage *lineage, const char *outcome,
		  const struct error *failure);
/* Writes the event that an installer took over the lineage's certificate or failed to. A failure is
 * also added to the document's list. */
void told_deployed(const struct ui *ui, struct lineage *lineage, const char *installer,
		   const struct error *failure);
/* Reports why a run for a single certificate failed, in the document and as an event. */
void told_failures(const struct ui *ui, const struct issue_request *request);

#endif
