/*
 * The nginx program: what it is built with, its test, dump and reload.
 */
#ifndef PLUGINS_NGINX_NGINX_PROGRAM_H
#define PLUGINS_NGINX_NGINX_PROGRAM_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Numbers of a version; missing ones are 0. */
struct nginx_version {
	int numbers[3];
	char letter; /* of "1.0.2l", or 0 */
};

/* What "nginx -V" says. */
struct nginx_build {
	char *product; /* "nginx" */
	struct nginx_version version;
	struct nginx_version openssl; /* all 0: unknown */
	bool has_ssl, has_sni;
	/* Compiled in. */
	char *prefix;   /* what other paths are relative to: "/usr/share/nginx" */
	char *pid_path; /* or NULL */
};

#define NGINX_BUILD_INIT                                                                           \
	{                                                                                          \
		.product = NULL                                                                    \
	}
void nginx_build_release(struct nginx_build *build);
DEFINE_AUTO(nginx_build, nginx_build_release);
/* ERR_CONFIG: there is no version in the text. */
int nginx_build_parse(struct span text, struct nginx_build *ret_build,
		      struct error *err) WARN_UNUSED;
/* True when `version` is not older than the given one. */
bool nginx_version_reaches(const struct nginx_version *version, int major, int minor, int patch);

struct nginx_program {
	char *path; /* of the program, absolute */
	char *conf; /* of the main file, absolute */
};

int nginx_program_build(const struct nginx_program *program, struct nginx_build *ret_build,
			struct error *err) WARN_UNUSED;
/* "nginx -t"; the error quotes nginx. */
int nginx_program_test(const struct nginx_program *program, struct error *err) WARN_UNUSED;
/* "nginx -T", which tests too; appends the dump. */
int nginx_program_dump(const struct nginx_program *program, struct strbuf *ret_dump,
		       struct error *err) WARN_UNUSED;
/* "nginx -s SIGNAL": "reload", or "reopen" (log files), which harms nothing. ERR_NOT_FOUND: nginx is
 * not running with this configuration. */
int nginx_program_signal(const struct nginx_program *program, const char *name,
			 struct error *err) WARN_UNUSED;

#endif
