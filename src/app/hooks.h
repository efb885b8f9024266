/*
 * pre, deploy and post hooks (spec: flows.md 8): the directories renewal-hooks/{pre,deploy,post} in
 * byte order, then the option's command; each through /bin/sh with the variables Certbot sets. A
 * failing hook is reported and changes nothing else.
 */
#ifndef APP_HOOKS_H
#define APP_HOOKS_H

#include <stdbool.h>

#include "app/app.h"
#include "base/strbuf.h"

struct hooks;

struct hooks *hooks_new(struct app *app);
void hooks_free(struct hooks *hooks);

/* Runs the pre-hooks that apply to these settings; each distinct command once per process. Notes
 * that the matching post-hooks are owed. ERR_CANCELLED only. */
int hooks_run_pre(struct app *app, const struct settings *settings, struct error *err) WARN_UNUSED;

/* What a deploy hook learns. */
struct hooks_lineage {
	const char *live_dir;
	const struct strvec *names;
};
/* Runs the deploy hooks for one lineage. Returns 0, ERR_PLUGIN when one exited non-zero or timed
 * out (already reported; to be run again later), or ERR_CANCELLED. */
int hooks_run_deploy(struct app *app, const struct settings *settings,
		     const struct hooks_lineage *lineage, struct error *err) WARN_UNUSED;
/* True when some deploy hook would run for these settings. */
bool hooks_has_deploy(struct app *app, const struct settings *settings);

/* Runs all owed post-hooks, each distinct command once, with the identifiers of what was renewed
 * and what failed. */
int hooks_run_post(struct app *app, const struct strvec *renewed, const struct strvec *failed,
		   struct error *err) WARN_UNUSED;
/* True when hooks are given on the command line or in cli.ini (for "No hooks were run."). */
bool hooks_are_configured(const struct settings *settings);

/* struct plugin_host's run_hook; `context` is the struct hooks. */
int hooks_run_for_plugin(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			 struct error *err);

#endif
