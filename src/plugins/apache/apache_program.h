/*
 * The programs that control httpd: what they say, their test and their reload.
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

/* "2.4.57", heap. ERR_CONFIG: the program says something else. */
int apache_program_version(const struct apache_program_paths *program, char **ret_version,
			   struct error *err) WARN_UNUSED;
/* True when the version is not older than the given one. */
bool apache_version_reaches(const char *version, int major, int minor, int patch);
/* Appends what httpd says of its configuration, which is a test of it too. ERR_CONFIG: httpd
 * refuses it; the text has httpd's own words. */
int apache_program_dump(const struct apache_program_paths *program, struct strbuf *ret_dump,
			struct error *err) WARN_UNUSED;
/* "configtest"; errors as above. */
int apache_program_test(const struct apache_program_paths *program, struct error *err) WARN_UNUSED;
/* "graceful". The caller makes sure that httpd runs: it would be started else. */
int apache_program_reload(const struct apache_program_paths *program,
			  struct error *err) WARN_UNUSED;

/* Reads the environment that a file of shell assignments (Debian's envvars) makes, from which
 * configurations take variables: NAME → heap value. A missing file makes that of this process. */
int apache_program_environment(const char *envvars_path, const char *server_root,
			       struct map *ret_environment, struct error *err) WARN_UNUSED;

/* Finds "OpenSSL x.y.z" in mod_ssl's file, or in httpd where that is built in. 0: not found;
 * 1: older than 1.0.2l; 2: not older. */
enum apache_openssl {
	APACHE_OPENSSL_UNKNOWN,
	APACHE_OPENSSL_OLD,
	APACHE_OPENSSL_CURRENT,
};
enum apache_openssl apache_program_openssl(const char *path);

#endif
