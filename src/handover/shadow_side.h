/*
 * One of the two programs that are compared, and what it says about a private copy of the
 * configuration.
 */
#ifndef HANDOVER_SHADOW_SIDE_H
#define HANDOVER_SHADOW_SIDE_H

#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "config/settings.h"

struct shadow_side {
	const char *program;    /* borrowed */
	const char *config_dir; /* the real directory, borrowed */
	char *copy;
	char *version;           /* "certbot 2.1.0" */
	char *failure;           /* why it does not run here; NULL: it runs */
	struct strvec plugins;   /* those that it lists */
	struct map plan;         /* path -> word (foreign/certbot_output.h) */
	struct map certificates; /* "NAME, LABEL" -> text, or path -> "invalid" */
	struct strbuf errors;    /* everything else that `renew` printed */
	struct strbuf log;       /* its log */
	struct strbuf help;      /* `--help all`, if asked for */
};

#define SHADOW_SIDE_INIT                                                                           \
	{                                                                                          \
		.plugins = STRVEC_INIT, .plan = MAP_INIT(free), .certificates = MAP_INIT(free),    \
		.errors = STRBUF_INIT, .log = STRBUF_INIT, .help = STRBUF_INIT                     \
	}
void shadow_side_release(struct shadow_side *side);
DEFINE_AUTO(shadow_side, shadow_side_release);

/* Creates the copy below `dir`, in a folder of that name. ERR_IO. */
int shadow_side_begin(struct shadow_side *side, const char *dir, const char *name,
		      struct error *err) WARN_UNUSED;
/* Runs the program: its version, `plugins` and, unless that fails, `certificates` and `renew`. No
 * hook and no plugin runs, because the command line of `renew` replaces them, and renewal ends at a
 * CA that does not exist. The --config files of `settings`, which are those of this run, are used
 * for both programs. ERR_NOT_FOUND: there is no such program; ERR_IO; ERR_CANCELLED. */
int shadow_side_run(struct shadow_side *side, const struct settings *settings,
		    struct error *err) WARN_UNUSED;
/* Appends those of the given options, such as "--webroot-path", that the program does not know.
 * Fails as shadow_side_run() does. */
int shadow_side_unknown(struct shadow_side *side, const struct settings *settings,
			const struct strvec *options, struct strvec *ret_unknown,
			struct error *err) WARN_UNUSED;

#endif
