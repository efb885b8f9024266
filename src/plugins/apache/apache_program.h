/*
 * The programs that control httpd: their reports on it, its test and its reload.
 */
#ifndef PLUGINS_APACHE_APACHE_PROGRAM_H
#define PLUGINS_APACHE_APACHE_PROGRAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/strbuf.h"

struct apache_program_paths {
	char *ctl;           /* tests and reloads; absolute */
	char *query;         /* says version and configuration; absolute */
	const char *restart; /* argument of ctl when "graceful" fails; NULL: none */
};

/* The version, such as "2.4.57"; the caller frees it. ERR_CONFIG when the output has none. */
int apache_program_version(const struct apache_program_paths *program, char **ret_version,
			   struct error *err) WARN_UNUSED;
/* True when the version is the given one or newer. */
bool apache_version_reaches(const char *version, int major, int minor, int patch);
/* Appends httpd's report on its configuration, which also tests it. ERR_CONFIG when httpd rejects
 * it; the text quotes httpd. */
int apache_program_dump(const struct apache_program_paths *program, struct strbuf *ret_dump,
			struct error *err) WARN_UNUSED;
/* Runs "configtest". Errors as for apache_program_dump(). */
int apache_program_test(const struct apache_program_paths *program, struct error *err) WARN_UNUSED;
/* Runs "graceful". The caller makes sure that httpd is running, because otherwise this would start
 * it. */
int apache_program_reload(const struct apache_program_paths *program,
			  struct error *err) WARN_UNUSED;

/* Reads the environment that a file of shell assignments (Debian's envvars) defines; configurations
 * take variables from it. Maps NAME to a heap value. Without the file the environment is that of
 * this process. */
int apache_program_environment(const char *envvars_path, const char *server_root,
			       struct map *ret_environment, struct error *err) WARN_UNUSED;

/* The OpenSSL of mod_ssl: OLD is older than 1.0.2l. */
enum apache_openssl {
	APACHE_OPENSSL_UNKNOWN,
	APACHE_OPENSSL_OLD,
	APACHE_OPENSSL_CURRENT,
};
/* Searches for "OpenSSL x.y.z" in a file: mod_ssl's, or httpd itself if that has it built in. */
enum apache_openssl apache_program_openssl(const char *path);

#endif
