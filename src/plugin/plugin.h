/*
 * The plugin contract. A plugin is a const row with its name, its options, and the callbacks of its
 * roles. Everything works in batches: one call gets the challenges (or certificates) of all
 * lineages of the run that use the plugin, so that a server is reloaded once and a zone updated
 * once.
 *
 * A plugin sees its host and the settings of each task, but nothing of store/ or the ACME machines.
 * An instance serves one run; `state` belongs to the plugin.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/types.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/ui.h"
#include "config/option.h"
#include "config/settings.h"
#include "plugin/installer.h"

struct clock;
struct confinement;
struct dns_client;
struct http_client;
struct map;
struct plugin_instance;

/* A shell hook run for a plugin, such as manual's auth and cleanup hooks. */
struct plugin_hook {
	const char *option;             /* "--manual-auth-hook": named in messages */
	const char *subject;            /* identifier it runs for, or NULL */
	const char *command;            /* shell text */
	const struct strvec *env;       /* "NAME=value", added */
	const struct strvec *unset_env; /* names removed, or NULL */
};

/* Edits of a server's configuration that are about to become final, for the journal of changes. */
struct plugin_edits {
	const char *plugin, *title;
	const struct settings *settings;    /* with the plugin's options */
	const struct strvec *lineages;      /* names of the certificates */
	const struct strvec *saved;         /* paths of the edited files */
	const struct strvec *copies;        /* paths of their previous contents, in that order */
	const struct strvec *created;       /* paths of new files and links */
	const struct strvec *undo_commands; /* words joined by newlines; run them in reverse */
};

/* The services of app/ for every plugin. Borrowed; it outlives the instance. */
struct plugin_host {
	const struct settings *settings; /* of the command line */
	const struct ui *ui;
	const struct clock *clock;
	struct http_client *http;          /* for the user's own servers; the CA's client too */
	struct http_client *provider_http; /* for DNS providers: its process sees their tokens */
	struct dns_client *dns;
	const struct confinement
		*confinement; /* for children of the plugin (net/confined_child.h) */
	const char *program_version;
	struct map *locks; /* for web servers: directory → struct lock, held until the run ends */
	/* The command only shows something: `prepare` must not repair, write or reload anything. */
	bool asks_only;
	void *context;
	/* Runs a hook with the run's time limit, reports output and exit status like those of other
	 * hooks, and appends its trimmed stdout to `ret_output`. A non-zero exit is not an
	 * error. */
	int (*run_hook)(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			struct error *err);
	/* Returns true if a pre-hook will run before challenges are presented. The hook may still
	 * provide what a plugin lacks now. Has the same context; may be NULL. */
	bool (*awaits_pre_hook)(void *context, const struct settings *settings);
	void *changes;
	/* Records the edits in the journal of changes (`changes`). Returns the record's number; 0:
	 * nothing was recorded. NULL where there is no journal. */
	int64_t (*note_edits)(void *changes, const struct plugin_edits *edits);
	/* Takes the record back: the edits did not become final. */
	void (*drop_edits)(void *changes, int64_t number);
};

enum plugin_flags {
	PLUGIN_HIDDEN = 1 << 0,    /* not listed by `plugins`, not offered in menus */
	PLUGIN_UNOFFERED = 1 << 5, /* listed, not offered in menus: it needs an option */
	PLUGIN_TAKES_IP = 1 << 1,  /* authenticator: IP identifiers too */
	/* An instance is bound to one set of values of the plugin's own options, the ports and
	 * --plugin-option, which it reads from the host's settings. */
	PLUGIN_BOUND = 1 << 2,
	/* Authenticator: presenting challenges one by one is as cheap as all together, so no order
	 * waits for the others. */
	PLUGIN_PRESENTS_SINGLY = 1 << 3,
	PLUGIN_CONFLICTS = 1 << 4, /* authenticator: orders may be in each other's way */
};

/* One challenge and the settings of the lineage it belongs to. */
struct plugin_task {
	struct acme_challenge *challenge;
	struct settings *settings;
};

struct authenticator {
	/* Stores the challenge types it can fulfil for the identifier, best first; returns how
	 * many. */
	size_t (*preference)(struct plugin_instance *instance, const struct settings *settings,
			     const struct acme_identifier *identifier,
			     enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
	/* Called once per lineage before anything is requested: asks the user for missing options
	 * and stores the answers as ORIGIN_RUNTIME. May be NULL. */
	int (*configure)(struct plugin_instance *instance, struct settings *settings,
			 const struct acme_identifiers *identifiers, struct error *err);
	/* Puts all challenges in place and sets challenge->present_error of those that fail. A
	 * returned error means that none is in place. */
	int (*present)(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		       struct error *err);
	/* Removes the challenges, even after `present` has failed. Must be idempotent. The caller
	 * warns about an error. */
	int (*cleanup)(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		       struct error *err);
	/* PLUGIN_CONFLICTS: returns true if these challenges, of several orders, conflict. */
	bool (*conflict)(struct plugin_instance *instance, const struct plugin_task *tasks,
			 size_t count);
	/* Called repeatedly while challenges are in place, at most every 100 ms: restarts the
	 * process that answers them if it has ended. Must not wait for a server. The caller only
	 * warns about an error, as the CA may succeed all the same. May be NULL. */
	int (*tend)(struct plugin_instance *instance, struct error *err);
	/* Removes the challenges that a killed run left, according to its record in the work
	 * directory. Called at the start of each command that changes something, whichever plugins
	 * it uses. May be NULL. */
	int (*recover)(const char *work_dir, struct error *err);
	/* One paragraph for the report when validation by the CA failed; static. */
	const char *failure_hint;
};

/* The flag of a plugin that only installs certificates, in a service of this kind. */
#define INSTALLER_SELECTOR(name_, service)                                                         \
	&(const struct option)                                                                     \
	{                                                                                          \
		.dest = name_, .names = "--" name_, .type = OPTION_FLAG,                           \
		.topics = "plugins run install", .flags = OPTION_SELECTS_INSTALLER | OPTION_OURS,  \
		.help = "Install the certificate in " service "."                                  \
	}

enum { PLUGIN_PARAGRAPHS = 2 };

/* Texts of a plugin's manual page that are not in its rows. Members may be NULL. */
struct plugin_manual {
	const char *purpose;  /* for the heading; NULL: the description */
	const char *synopsis; /* NULL: that of its roles */
	const char *paragraphs[PLUGIN_PARAGRAPHS];
	const char *credentials; /* lines of an example file; NULL: its required keys */
	const char *example;     /* commands; NULL: certonly with a credentials file */
};

struct plugin {
	const char *name;
	const char *description;
	const char *title;   /* short description for menus; NULL: the description */
	const char *program; /* path of an external plugin; NULL: built in */
	unsigned flags;      /* enum plugin_flags */
	/* The flag --NAME that chooses it. NULL: it has none, or one of Certbot's, whose rows are
	 * in config/options/options_selection.c in Certbot's order. */
	const struct option *selector;
	const struct plugin_manual *manual; /* NULL: the rows are enough */
	const struct option *options;
	size_t option_count;
	/* Checks whether the plugin can be used here. ERR_NOT_FOUND: the software that it needs is
	 * not installed; any other error: that software is misconfigured. May allocate
	 * instance->state. May be NULL. */
	int (*prepare)(struct plugin_instance *instance, struct error *err);
	/* Frees the state. May be NULL. */
	void (*close)(struct plugin_instance *instance);
	const struct authenticator *authenticator; /* NULL: it is not one */
	const struct installer *installer;         /* NULL: it is not one */
	/* The hint for users who want it as an authenticator, which it is not: another plugin for
	 * the same server; static. NULL: nothing. */
	const char *authenticator_hint;
};

struct plugin_instance {
	const struct plugin *plugin;
	const struct plugin_host *host;
	bool prepared;
	void *state;
};

/* Makes and prepares an instance; plugin_close() frees it. The plugin and the host are borrowed.
 * Errors are those of `prepare`. */
int plugin_open(const struct plugin *plugin, const struct plugin_host *host,
		struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;
/* The same without `prepare`, for recovery and listing. */
struct plugin_instance *plugin_instantiate(const struct plugin *plugin,
					   const struct plugin_host *host);
void plugin_close(struct plugin_instance *instance);

/* "Authenticator, Installer, Plugin", as far as they apply; the caller frees it. */
char *plugin_interfaces(const struct plugin *plugin);

#endif
