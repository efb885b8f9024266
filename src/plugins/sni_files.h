/*
 * tls-sni-01 for programs that answer it (hooks, handlers, external plugins): certificate and key
 * as the files TOKEN.crt and TOKEN.pem of a directory below the work directory, which exists only
 * while a challenge does.
 */
#ifndef PLUGINS_SNI_FILES_H
#define PLUGINS_SNI_FILES_H

#include "plugin/plugin.h"

struct key;

/* Writes the files for those of the tasks that are tls-sni-01. One key serves all; it is made when
 * `key` is NULL, and the caller frees it. */
int sni_files_write(const struct plugin_host *host, const struct plugin_task *tasks, size_t count,
		    struct key **key, struct error *err) WARN_UNUSED;
/* Removes them; idempotent. */
int sni_files_remove(const struct plugin_host *host, const struct plugin_task *tasks, size_t count,
		     struct error *err) WARN_UNUSED;
/* The path of the certificate or the key of a challenge; the caller frees it. NULL unless the
 * challenge is tls-sni-01. */
char *sni_files_cert_path(const struct plugin_host *host, const struct acme_challenge *challenge);
char *sni_files_key_path(const struct plugin_host *host, const struct acme_challenge *challenge);
/* The names that a program has for the variables with those paths. */
struct sni_file_names {
	const char *cert, *key;
};
/* Appends them to `env`, or to `unset` unless the challenge is tls-sni-01. */
void sni_files_add_variables(const struct plugin_host *host, const struct acme_challenge *challenge,
			     const struct sni_file_names *names, struct strvec *env,
			     struct strvec *unset);
/* authenticator.recover: removes what a killed run has left, whichever plugin it used. */
int sni_files_recover(const char *work_dir, struct error *err);

#endif
