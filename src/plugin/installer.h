/*
 * The installer half of the plugin contract (plugin.h): what serves certificates, and how its
 * configuration is changed.
 */
#ifndef PLUGIN_INSTALLER_H
#define PLUGIN_INSTALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"
#include "config/settings.h"

struct plugin_instance;
struct probes;

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
	/* Of the second key (--key-type ecdsa,rsa); NULL: none. A server that can show only one
	 * certificate for a name leaves them. */
	const char *second_fullchain_path, *second_key_path;
	const char *live_dir; /* directory of these links; NULL for loose files */
	const struct settings *settings;
	bool is_first;        /* no service can have a former certificate of the lineage */
	bool renewed;         /* it is new since renewed() and reload() last succeeded for it */
	struct error error;   /* set by the installer when this task could not be deployed */
	struct strvec places; /* set by the installer: files changed, for the report */
};

struct installer {
	/* Appends the names that the server's configuration mentions; for menus. */
	int (*all_names)(struct plugin_instance *instance, struct strvec *ret_names,
			 struct error *err);
	/* Appends the further files that the server needs of a lineage, as texts of --output
	 * (config/output.h): "pem:/etc/haproxy/certs/{name}.pem,group=haproxy". They are written
	 * before deploy(), and after each renewal before renewed(). Must give the same for the same
	 * settings, and touch nothing. May be NULL. */
	int (*outputs)(struct plugin_instance *instance, const char *lineage,
		       const struct settings *settings, struct strvec *ret_outputs,
		       struct error *err);
	/* Refuses, before the CA is asked, what could not be installed: a type of key that the
	 * server does not take. May be NULL. */
	int (*check)(struct plugin_instance *instance, const struct settings *settings,
		     struct error *err);
	/* Configures the server to use the certificates. Edits stay in the installer's transaction
	 * until save(). If one fails, its task gets the error and the others continue. */
	int (*deploy)(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      struct error *err);
	/* Adds one enhancement for all names of the tasks. */
	int (*enhance)(struct plugin_instance *instance, enum enhancement what,
		       struct deploy_task *tasks, size_t count, struct error *err);
	unsigned supported; /* bits 1 << enum enhancement */
	/* The name in the report of a service that has no site at https://NAME ("Postfix"); static.
	 * NULL for web servers. */
	const char *service;
	/* Saves the edits so far as a checkpoint with that title; sets `ret_is_saved` to false when
	 * there were none. */
	int (*save)(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		    struct error *err);
	int (*config_test)(struct plugin_instance *instance, struct error *err);
	int (*reload)(struct plugin_instance *instance, struct error *err);
	/* reload() after renewed() may find that the server has the certificates already. */
	bool may_spare_reload;
	/* Takes over new certificates, such as by copying them to where the server reads them. NULL
	 * for servers that read the files in live/ themselves when they are reloaded.
	 *
	 * Called once per run and instance with all of its lineages that got a new certificate:
	 * after all of them are in live/ and their outputs are written, before reload(). No option
	 * switches it off, but it is not called in a dry run, nor after deploy(), which does the
	 * same for its tasks. deploy() may never have been called for a lineage (`certonly -i`).
	 *
	 * What it does is not part of a transaction: rollback() does not bring an old certificate
	 * back. A task whose certificate could not be taken over gets the error, and the others
	 * continue; a returned error is one of all tasks. Each lineage is on record as owed before
	 * its live/ changes, until renewed() and the reload after it have succeeded for it. Until
	 * then each `renew` calls this again, so it must be idempotent. */
	int (*renewed)(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		       struct error *err);
	/* Appends what the running server should show a TLS client now (webserver/probe.h): the
	 * leaf of a task for each of its names, wherever the configuration says for certain that it
	 * is shown. Nothing when the server is not running. Raises `ret_limit_ms` if the server may
	 * take longer than that to adopt new certificates. The caller asks after reload(), reloads
	 * again if need be, and reports. NULL: there is nothing to look at. */
	int (*prove)(struct plugin_instance *instance, const struct deploy_task *tasks,
		     size_t count, struct probes *ret_probes, int64_t *ret_limit_ms,
		     struct error *err);
	/* The names of the server's processes, separated by spaces: a program of another name on
	 * its port is a proxy, and proves nothing. NULL with `prove`. */
	const char *processes;
	/* Undoes up to `count` checkpoints and says how many it undid. The caller reloads. */
	int (*rollback)(struct plugin_instance *instance, size_t count, size_t *ret_undone,
			struct error *err);
	/* Undoes unsaved edits, including those of a crashed run. */
	int (*recover)(struct plugin_instance *instance, struct error *err);
	/* Makes edits, like deploy(), for things that change over time (auto-hsts steps). Every
	 * `renew` calls it with all lineages. `ret_title` is for save(); NULL when there is nothing
	 * to save. May be NULL. */
	int (*update)(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      const char **ret_title, struct error *err);
};

/* "redirect" and so on; static. */
const char *enhancement_name(enum enhancement what);

#endif
