/*
 * The system's CA certificates as files.
 */
#ifndef NET_HTTP_CA_STORE_H
#define NET_HTTP_CA_STORE_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/strvec.h"

/* The files and directories that OpenSSL reads to find each certificate of the store. */
struct ca_store {
	struct strvec files;
	struct strvec dirs; /* public ones, by their real path; what is in them is not in files */
};
#define CA_STORE_INIT                                                                              \
	{                                                                                          \
		.files = STRVEC_INIT, .dirs = STRVEC_INIT                                          \
	}
void ca_store_release(struct ca_store *store);
DEFINE_AUTO(ca_store, ca_store_release);

/* Adds the files in the directory that OpenSSL finds by the hash of a certificate's subject
 * ("5ad8a5d6.0"), or the public directory to which a link of that name leads. Directories are used
 * only below `public_root` ("/usr/share/"). Other files are ignored. */
void ca_store_add_hashed(struct ca_store *store, const char *dir, const char *public_root);
/* Adds only the public directory to which the first of these links lead, without a look at each
 * link. Returns false, with nothing added, if they lead elsewhere, or if there are more links than
 * that directory has certificates: somebody has added some. True does not mean that nobody has. */
bool ca_store_add_package(struct ca_store *store, const char *dir, const char *public_root);

#endif
