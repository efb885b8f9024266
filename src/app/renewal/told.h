/*
 * What --json tells of one certificate that was obtained, renewed or left as it is: an element of
 * "certificates" (docs/json/renew.schema.json).
 */
#ifndef APP_RENEWAL_TOLD_H
#define APP_RENEWAL_TOLD_H

#include "app/issue/issue_request.h"
#include "codec/output/result.h"
#include "store/lineage/lineage.h"

/* Makes the object of the paths in live/, which the caller frees. Those in archive/ change with
 * each renewal, and readers keep what they read. */
struct json *told_paths(const struct lineage *lineage) WARN_UNUSED;
/* Sets the member `second`: what there is of the lineage's second key; null if it has none. */
void told_set_second(struct json *object, const struct lineage *lineage);
/* Makes the object of a lineage with the certificate that live/ shows now, which the caller frees.
 * NULL: nobody reads the document or events. */
struct json *told_lineage(const struct ui *ui, struct lineage *lineage,
			  const char *outcome) WARN_UNUSED;
/* Makes that of a conf that cannot be used. */
struct json *told_invalid(const struct ui *ui, const char *conf_path,
			  const struct error *reason) WARN_UNUSED;
/* Sets the error of a request, and which names the CA could not validate, in such an object, which
 * may be NULL. */
void told_set_error(struct json *object, const struct issue_request *request,
		    const struct error *err);
/* Writes the event of such an object, which is borrowed and may be NULL. */
void told_event(const struct ui *ui, struct json *object);
/* Gives such an object, which may be NULL, to the document's list, and writes its event. */
void told_give(const struct ui *ui, struct json *own_object);
/* Writes the event that a certificate is due. `name` may be NULL, when the CA is asked for files
 * alone. */
void told_due(const struct ui *ui, const char *name, const char *reason);
/* Gives the object of a lineage whose certificate is there, but for which something else failed:
 * `outcome` is "outputs-failed" or such. */
void told_failure(const struct ui *ui, struct lineage *lineage, const char *outcome,
		  const struct error *failure);
/* Writes the event that an installer has, or has not, taken over the lineage's certificate. A
 * failure is also given to the document's list. */
void told_deployed(const struct ui *ui, struct lineage *lineage, const char *installer,
		   const struct error *failure);
/* Tells why a run that asked for one certificate failed, in the document and as an event. */
void told_failures(const struct ui *ui, const struct issue_request *request);

#endif
