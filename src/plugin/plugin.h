/*
 * The plugin contract. A plugin is a const row: what it is called, its options, and the callbacks
 * of its roles. Everything works in batches: one call gets the challenges (or certificates) of all
 * lineages of the run that chose the plugin, so that a server is reloaded once and a zone updated
 * once.
 *
 * A plugin sees the host handed to it, the settings of each task, and nothing of store/ or the ACME
 * machines. One instance serves one run; `state` is the plugin's own.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "acme/types.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/ui.h"
#include "config/option.h"
#include "config/settings.h"

struct clock;
struct confinement;
struct dns_client;
struct http_client;
struct map;
struct plugin_instance;

/* A shell hook run for a plugin: manual's auth and cleanup hooks, exec-like providers. */
struct plugin_hook {
	const char *option;             /* "--manual-auth-hook": named in messages */
	const char *subject;            /* identifier it runs for, or NULL */
	const char *command;            /* shell text */
	const struct strvec *env;       /* "NAME=value", added */
	const struct strvec *unset_env; /* names removed, or NULL */
};

/* What app/ gives every plugin. Borrowed, outlives the instance. */
struct plugin_host {
	const struct settings *settings; /* of the command line */
	const struct ui *ui;
	const struct clock *clock;
	struct http_client *http;          /* shared with the CA; for one's own web server */
	struct http_client *provider_http; /* its process sees the tokens of DNS providers */
	struct dns_client *dns;
	const struct confinement
		*confinement; /* for children of the plugin (net/confined_child.h) */
	const char *program_version;
	struct map *locks; /* directory → struct lock, to the end of the run; for web servers */
	void *context;
	/* Runs a hook with the run's time limit, reports its output and exit status as hooks are
	 * reported, and appends what it wrote to stdout (trimmed) to `ret_output`. A non-zero exit
	 * is not an error. */
	int (*run_hook)(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			struct error *err);
};

enum plugin_flags {
	PLUGIN_HIDDEN = 1 << 0,   /* not listed by `plugins`, not offered in menus */
	PLUGIN_TAKES_IP = 1 << 1, /* authenticator: IP identifiers too */
	/* An instance is for one set of values of the plugin's own options and of the ports: it
	 * reads them from the host's settings. */
	PLUGIN_BOUND = 1 << 2,
};

/* One challenge and the settings of the lineage it belongs to. */
struct plugin_task {
	struct acme_challenge *challenge;
	struct settings *settings;
};

struct authenticator {
	/* Challenge types it can fulfil for the identifier, best first; returns how many. */
	size_t (*preference)(struct plugin_instance *instance, const struct settings *settings,
			     const struct acme_identifier *identifier,
			     enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
	/* Called once per lineage before anything is requested: asks for options that are missing
	 * and stores the answers as ORIGIN_RUNTIME. May be NULL. */
	int (*configure)(struct plugin_instance *instance, struct settings *settings,
			 const struct acme_identifiers *identifiers, struct error *err);
	/* Puts all challenges in place; sets challenge->present_error where that failed. A returned
	 * error means that none is in place. */
	int (*present)(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		       struct error *err);
	/* Takes away what present put there, also after a failed present; idempotent. What cannot
	 * be removed is reported through log_warning by the caller from `err`. */
	int (*cleanup)(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		       struct error *err);
	/* One paragraph for the report when the CA could not validate; static. */
	const char *failure_hint;
};

enum enhancement {
	ENHANCE_REDIRECT,
	ENHANCE_HSTS,
	ENHANCE_UIR,
	ENHANCE_STAPLE,
	ENHANCE_AUTO_HSTS,
	ENHANCEMENT__COUNT,
};

/* One certificate to be served. Paths are those of live/ (or loose files). */
struct deploy_task {
	const char *lineage;        /* NULL for loose files */
	const struct strvec *names; /* to be served with it */
	const char *cert_path, *key_path, *chain_path, *fullchain_path;
	const struct settings *settings;
	bool renewed;         /* by this run; for update() */
	struct error error;   /* set by the installer when this one could not be deployed */
	struct strvec places; /* set by the installer: files changed, for the report */
};

struct installer {
	/* Names the server's configuration mentions; for menus. */
	int (*all_names)(struct plugin_instance *instance, struct strvec *ret_names,
			 struct error *err);
	/* Configures the server to use the certificates. Edits are kept in the installer's
	 * transaction until save(). One that fails gets its task's error; the others go on. */
	int (*deploy)(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      struct error *err);
	/* Adds one enhancement for all names of the tasks. */
	int (*enhance)(struct plugin_instance *instance, enum enhancement what,
		       struct deploy_task *tasks, size_t count, struct error *err);
	unsigned supported; /* bits 1 << enum enhancement */
	/* Makes the edits so far a checkpoint with that title; false: there were none. */
	int (*save)(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		    struct error *err);
	int (*config_test)(struct plugin_instance *instance, struct error *err);
	int (*reload)(struct plugin_instance *instance, struct error *err);
	/* Undoes `count` checkpoints (reloading is the caller's); how many were undone. */
	int (*rollback)(struct plugin_instance *instance, size_t count, size_t *ret_undone,
			struct error *err);
	/* Undoes unsaved edits, also those of a crashed run. */
	int (*recover)(struct plugin_instance *instance, struct error *err);
	/* Edits, like deploy(), what changes in the course of time (auto-hsts steps): called by
	 * every `renew` with all lineages. `ret_title` is for save(); NULL: there is nothing to
	 * save. May be NULL. */
	int (*update)(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      const char **ret_title, struct error *err);
};

struct plugin {
	const char *name;
	const char *description;
	const char *title;   /* what a menu calls it, shorter; NULL: the description */
	const char *program; /* path of a plugin that is a program of its own; NULL: built in */
	unsigned flags;      /* enum plugin_flags */
	const struct option *options;
	size_t option_count;
	/* Is it usable here? ERR_NOT_FOUND: what it works with is not installed; other errors: it
	 * is, but misconfigured. May allocate instance->state. May be NULL. */
	int (*prepare)(struct plugin_instance *instance, struct error *err);
	/* Frees the state. May be NULL. */
	void (*close)(struct plugin_instance *instance);
	const struct authenticator *authenticator; /* NULL: not that role */
	const struct installer *installer;         /* NULL: not that role */
};

struct plugin_instance {
	const struct plugin *plugin;
	const struct plugin_host *host;
	bool prepared;
	void *state;
};

/* Makes and prepares an instance. */
int plugin_open(const struct plugin *plugin, const struct plugin_host *host,
		struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;
/* Same without prepare: for recovery and listing. */
struct plugin_instance *plugin_instantiate(const struct plugin *plugin,
					   const struct plugin_host *host);
void plugin_close(struct plugin_instance *instance);

/* "Authenticator, Installer, Plugin" */
char *plugin_interfaces(const struct plugin *plugin);
const char *enhancement_name(enum enhancement what); /* "redirect" */

#endif
