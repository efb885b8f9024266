/*
 * Files that servers include for TLS, kept in the configuration directory along with a digest that
 * says which shipped version the administrator has seen.
 */
#ifndef WEBSERVER_TLS_FILES_H
#define WEBSERVER_TLS_FILES_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct tls_file {
	const char *name;        /* "options-ssl-nginx.conf" */
	const char *digest_name; /* ".updated-options-ssl-nginx-conf-digest.txt" */
	const char *text;
	/* SHA-256 (hex) of all versions ever shipped by Certbot or by us. A file with one of these
	 * was not edited and may be replaced. */
	const char *const *known;
	size_t known_count;
};

/* Finite-field parameters of RFC 7919 (ffdhe2048). */
extern const struct tls_file tls_dhparams;

/* Mozilla's intermediate list of ciphers (guideline 5.7). */
#define TLS_CIPHERS                                                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                               \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                               \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"                               \
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"

/* Installs or updates the file. One that the administrator has changed is kept, and a new version
 * is announced once. */
int tls_file_install(const struct tls_file *file, const char *config_dir,
		     struct error *err) WARN_UNUSED;
/* "<config_dir>/<name>"; the caller frees it. */
char *tls_file_path(const struct tls_file *file, const char *config_dir) WARN_UNUSED;

#endif
