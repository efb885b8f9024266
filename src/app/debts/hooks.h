/*
 * pre, deploy and post hooks, run as Certbot does: the files in renewal-hooks/{pre,deploy,post} in
 * byte order, then the command of the option, each through /bin/sh with the variables that Certbot
 * sets. A failing hook is reported and does not stop anything else.
 */
#ifndef APP_DEBTS_HOOKS_H
#define APP_DEBTS_HOOKS_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/ui.h"
#include "config/settings.h"
#include "plugin/plugin.h"

struct hooks;

/* Makes the record of the hooks of a run, whose settings are borrowed; freed by hooks_free(). */
struct hooks *hooks_new(const char *verb, const struct settings *settings, const struct ui *ui);

/* Frees the record without running any hook. NULL is allowed. */
void hooks_free(struct hooks *hooks);

/* Runs the pre-hooks that apply to these settings, each distinct command once per process, and
 * records that the matching post-hooks must run. Its only error is ERR_CANCELLED. */
int hooks_run_pre(struct hooks *hooks, const struct settings *settings,
		  struct error *err) WARN_UNUSED;

/* The lineage as a deploy hook sees it. */
struct hooks_lineage {
	const char *live_dir;
	const struct strvec *names;
};
/* Runs the deploy hooks for one lineage. Returns 0, ERR_PLUGIN when one exited non-zero or timed
 * out (it was reported and should be run again later), or ERR_CANCELLED. */
int hooks_run_deploy(struct hooks *hooks, const struct settings *settings,
		     const struct hooks_lineage *lineage, struct error *err) WARN_UNUSED;
/* Returns true when a pre-hook, a deploy hook would run under these settings. */
bool hooks_has_pre(const char *config_dir, const struct settings *settings);
bool hooks_has_deploy(const char *config_dir, const struct settings *settings);
/* The same, in the configuration directory of the run. */
bool hooks_want_deploy(const struct hooks *hooks, const struct settings *settings);

enum {
	/* Characters of a variable with names in the hooks of `renew`; Certbot's. */
	HOOKS_RENEW_LIMIT = 16000,
	/* This many names exceed it, however short they are. */
	HOOKS_MOST_NAMES = HOOKS_RENEW_LIMIT / 2 + 1,
};
/* Runs all recorded post-hooks, each distinct command once, with the names that were renewed and
 * those that failed. */
int hooks_run_post(struct hooks *hooks, const struct strvec *renewed, const struct strvec *failed,
		   struct error *err) WARN_UNUSED;
/* Appends the files of renewal-hooks/KIND ("pre", "deploy", "post") that are hooks, in the order in
 * which they run: executable, and no editor's copy (NAME~). The rule is Certbot's. */
void hooks_of_directory(const char *config_dir, const char *kind, struct strvec *ret_paths);
/* Returns true for a command that is only the path of a program: its name may contain blanks, and
 * no shell takes it apart. */
bool hooks_is_program(const char *command);
/* Returns true when hooks are given on the command line or in cli.ini (for "No hooks were
 * run."). */
bool hooks_are_configured(const struct settings *settings);

/* Implements run_hook of struct plugin_host; `context` is the struct hooks. */
int hooks_run_for_plugin(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			 struct error *err);
/* Implements awaits_pre_hook. */
bool hooks_await_pre(void *context, const struct settings *settings);

#endif
