/*
 * Makes a lineage of one certificate of another client (foreign/foreign.h).
 */
#ifndef APP_IMPORT_IMPORT_CERT_H
#define APP_IMPORT_IMPORT_CERT_H

#include "config/settings.h"
#include "crypto/cert/cert.h"
#include "foreign/foreign.h"
#include "instances/plugins.h"

struct imported {
	bool was_here;       /* a lineage has this certificate already; nothing was done */
	char *lineage;       /* its name */
	char *authenticator; /* that will renew it; NULL if it was here */
	struct cert_chain chain;
};
void imported_init(struct imported *imported);
void imported_release(struct imported *imported);
DEFINE_AUTO(imported, imported_release);

/* Copies certificate, key, options and account; `run` are the settings of this run. With --dry-run,
 * everything is checked and nothing is written. ERR_CONFIG: an option cannot be used here, or none
 * says how to renew; ERR_EXISTS: the name belongs to another lineage; ERR_REFUSED: the key is
 * not that of the certificate. */
int import_cert(const struct plugins *plugins, const struct settings *run,
		const struct foreign_state *state, const struct foreign_cert *cert,
		struct imported *ret, struct error *err) WARN_UNUSED;

#endif
