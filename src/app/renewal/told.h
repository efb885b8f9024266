/*
 * What --json tells of one certificate that was obtained, renewed or left as it is: an element of
 * "certificates" (docs/json/renew.schema.json).
 */
#ifndef APP_RENEWAL_TOLD_H
#define APP_RENEWAL_TOLD_H

#include "app/issue/issue_request.h"
#include "codec/result.h"
#include "store/lineage/lineage.h"

/* Makes the object of the paths in live/, which the caller frees. Those in archive/ change with each
 * renewal, and readers keep what they read. */
struct json *told_paths(const struct lineage *lineage) WARN_UNUSED;
/* Makes the object of a lineage with the certificate that live/ shows now, which the caller frees.
 * NULL: nobody reads it. */
struct json *told_lineage(const struct ui *ui, struct lineage *lineage,
			  const char *outcome) WARN_UNUSED;
/* Makes that of a conf that cannot be used. */
struct json *told_invalid(const struct ui *ui, const char *conf_path,
			  const struct error *reason) WARN_UNUSED;
/* Sets the error of a request, and which names the CA could not validate, in such an object, which
 * may be NULL. */
void told_set_error(struct json *object, const struct issue_request *request,
		    const struct error *err);
/* Sets the failures of a run that asked for one certificate. */
void told_failures(const struct ui *ui, const struct issue_request *request);

#endif
