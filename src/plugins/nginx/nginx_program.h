/*
 * The nginx program: its build options, and running its test, dump and reload.
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

/* The output of "nginx -V". */
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
/* True when `version` is the given one or newer. */
bool nginx_version_reaches(const struct nginx_version *version, int major, int minor, int patch);

struct nginx_program {
	char *path; /* of the program, absolute */
	char *conf; /* of the main file, absolute */
};

/* Runs "nginx -V" and parses its output; the caller releases the result. */
int nginx_program_build(const struct nginx_program *program, struct nginx_build *ret_build,
			struct error *err) WARN_UNUSED;
/* Runs "nginx -t"; the error quotes nginx. */
int nginx_program_test(const struct nginx_program *program, struct error *err) WARN_UNUSED;
/* Runs "nginx -T", which also tests, and appends the dump. */
int nginx_program_dump(const struct nginx_program *program, struct strbuf *ret_dump,
		       struct error *err) WARN_UNUSED;
/* Runs "nginx -s SIGNAL": "reload", or "reopen" (log files), which is harmless. ERR_NOT_FOUND when
 * no nginx runs with this configuration. */
int nginx_program_signal(const struct nginx_program *program, const char *name,
			 struct error *err) WARN_UNUSED;

#endif
