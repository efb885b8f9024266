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
	const struct strvec *lineages;      /* names of the certificates it is for */
	const struct strvec *saved;         /* paths of files that were edited */
	const struct strvec *copies;        /* where what each contained before is; same order */
	const struct strvec *created;       /* paths of files and links that were made */
	const struct strvec *undo_commands; /* words joined by newlines; to be run in reverse */
};

/* The services of app/ for every plugin. Borrowed; it outlives the instance. */
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
	/* The run only asks: `prepare` repairs, writes and reloads nothing. */
	bool asks_only;
	void *context;
	/* Runs a hook with the run's time limit, reports output and exit status like those of other
	 * hooks, and appends its trimmed stdout to `ret_output`. A non-zero exit is not an
	 * error. */
	int (*run_hook)(void *context, const struct plugin_hook *hook, struct strbuf *ret_output,
			struct error *err);
	/* True when a pre-hook will run before challenges are presented: what a plugin lacks now
	 * may be there then. The same context; may be NULL. */
	bool (*awaits_pre_hook)(void *context, const struct settings *settings);
	void *changes;
	/* Records the edits in the journal of changes (`changes`). Returns the record's number; 0:
	 * nothing was recorded. NULL where there is no journal. */
	int64_t (*note_edits)(void *changes, const struct plugin_edits *edits);
	/* Takes the record back: the edits did not become final. */
	void (*drop_edits)(void *changes, int64_t number);
};

enum plugin_flags {
	PLUGIN_HIDDEN = 1 << 0,   /* not listed by `plugins`, not offered in menus */
	PLUGIN_TAKES_IP = 1 << 1, /* authenticator: IP identifiers too */
	/* An instance is bound to one set of values of the plugin's own options, of the ports, and
	 * of --plugin-option, which it reads from the host's settings. */
	PLUGIN_BOUND = 1 << 2,
	/* Authenticator: presenting one challenge after the other costs no more than all together,
	 * so that none waits for the others. */
	PLUGIN_PRESENTS_SINGLY = 1 << 3,
	/* Authenticator: what one order needs may be in the way of another's (`conflict`). */
	PLUGIN_CONFLICTS = 1 << 4,
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
	/* Removes what `present` put in place, also after it failed; idempotent. The caller reports
	 * in a log_warning what could not be removed. */
	int (*cleanup)(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		       struct error *err);
	/* PLUGIN_CONFLICTS: returns true when these challenges, of several orders, cannot be in
	 * place at the same time. */
	bool (*conflict)(struct plugin_instance *instance, const struct plugin_task *tasks,
			 size_t count);
	/* Called again and again while challenges are in place, at most every 100 ms: replaces what
	 * answers them if it has ended. Must not wait for anybody outside. A failure is reported in
	 * a log_warning; the CA says what came of it. May be NULL. */
	int (*tend)(struct plugin_instance *instance, struct error *err);
	/* Takes away what a killed run has left, by its record in the work directory: called at the
	 * start of commands that change something, whichever plugins they use. May be NULL. */
	int (*recover)(const char *work_dir, struct error *err);
	/* One paragraph for the report when validation by the CA failed; static. */
	const char *failure_hint;
};

/* The flag of a plugin that installs in a service of this kind, and does nothing else. */
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
	const char *synopsis; /* NULL: what its roles make of it */
	const char *paragraphs[PLUGIN_PARAGRAPHS];
	const char *credentials; /* lines of a file; NULL: the keys that cannot be left out */
	const char *example;     /* commands; NULL: certonly with a credentials file */
};

struct plugin {
	const char *name;
	const char *description;
	const char *title;   /* what a menu calls it, shorter; NULL: the description */
	const char *program; /* path of a plugin that is a program of its own; NULL: built in */
	unsigned flags;      /* enum plugin_flags */
	/* The flag --NAME that chooses it. NULL: there is none, or it is one of Certbot's, whose
	 * rows are in config/options/options_selection.c in Certbot's order. */
	const struct option *selector;
	const struct plugin_manual *manual; /* NULL: the rows say it all */
	const struct option *options;
	size_t option_count;
	/* Checks whether the plugin is usable here. ERR_NOT_FOUND when the software it needs is not
	 * installed; any other error when that is misconfigured. May allocate instance->state. May
	 * be NULL. */
	int (*prepare)(struct plugin_instance *instance, struct error *err);
	/* Frees the state. May be NULL. */
	void (*close)(struct plugin_instance *instance);
	const struct authenticator *authenticator; /* NULL: not that role */
	const struct installer *installer;         /* NULL: not that role */
	/* For a plugin that is asked to be an authenticator and is none: what is one, for the same
	 * server; static. NULL: nothing to say. */
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
