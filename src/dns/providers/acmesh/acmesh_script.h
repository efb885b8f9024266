/*
 * Finds a script of the acme.sh `dnsapi` kind, and how it is to be run.
 */
#ifndef DNS_PROVIDERS_ACMESH_ACMESH_SCRIPT_H
#define DNS_PROVIDERS_ACMESH_ACMESH_SCRIPT_H

#include "base/error.h"
#include "base/strvec.h"

/* The text of library.sh. */
extern const char acmesh_library[];

struct acmesh_script {
	char *path;
	char *prefix;        /* of its functions: "dns_cf" of dns_cf.sh */
	struct strvec shell; /* the words of its first line: "/bin/bash"; "sh" without one */
};
#define ACMESH_SCRIPT_INIT                                                                         \
	{                                                                                          \
		.shell = STRVEC_INIT                                                               \
	}

/* `wanted` is an absolute path, or a name ("dns_cf", "cf") that is looked up in acme.sh's usual
 * folders below `home`, /usr/share and /usr/local/share. The caller releases the result.
 * ERR_CONFIG: there is no such script, or its name is not that of a function; the text has the
 * places. */
int acmesh_script_find(const char *wanted, const char *home, struct acmesh_script *ret_script,
		       struct error *err) WARN_UNUSED;
/* Frees the members. */
void acmesh_script_release(struct acmesh_script *script);

#endif
