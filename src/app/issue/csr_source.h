/*
 * Requests for certificates that a user made (--csr, --renew-csr): their names and their key, and
 * what must hold before a certificate is renewed from one.
 */
#ifndef APP_ISSUE_CSR_SOURCE_H
#define APP_ISSUE_CSR_SOURCE_H

#include "acme/types.h"
#include "app/issue/issue_request.h"
#include "base/error.h"
#include "base/macros.h"
#include "config/settings.h"
#include "crypto/cert/csr.h"
#include "store/lineage/lineage.h"

/* Reads the file into initialised contents and appends its names, checked as those of -d are. */
int csr_source_read(const char *path, struct csr_contents *ret_csr,
		    struct acme_identifiers *ret_names, struct error *err) WARN_UNUSED;
/* Returns an error when -d names others than the CSR has. */
int csr_source_check_names(const struct settings *settings,
			   const struct acme_identifiers *csr_names, struct error *err) WARN_UNUSED;

/* With --renew-csr: takes the names of the CSR as if -d had given them. */
int csr_source_take_names(struct settings *settings, struct error *err) WARN_UNUSED;
/* With --renew-csr: sets *ret_change when the CSR has another key than the certificate. */
int csr_source_differs(const struct settings *settings, struct lineage *lineage, bool *ret_change,
		       struct error *err) WARN_UNUSED;
/* ERR_REFUSED when a lineage with a key of ours would get one of a CSR's, or the reverse. */
int csr_source_check_lineage(const struct settings *settings, const struct lineage *lineage,
			     struct error *err) WARN_UNUSED;
/* ERR_CONFIG if the certificate is renewed from a CSR: installers need the key, which is not
 * here. */
int csr_source_check_installable(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* The same, if the user has named the installer (NULL: there is none) for this run. */
int csr_source_check_installer(const struct settings *settings, const char *installer,
			       const struct lineage *lineage, struct error *err) WARN_UNUSED;

/* With --renew-csr: reads the CSR for the request and checks that it has the request's names and,
 * unless the user has just named the file, the certificate's key. */
int csr_source_attach(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
