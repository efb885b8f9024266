/*
 * Enables modules with the distribution's own program. Where there is none, the user is told what
 * to load.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "confedit/apache/apache_modules.h"
#include "plugins/apache/apache_site.h"
#include "webserver/control.h"

static bool has_module(const struct webserver *server, const char *name)
{
	AUTO_FREE char *identifier = xasprintf("%s_module", name);

	return apache_model_has_module(server->model, identifier);
}

static int refuse_module(const char *name, struct error *err)
{
	return error_set(err, ERR_CONFIG,
			 "httpd has not loaded mod_%s, which is needed: load it (LoadModule "
			 "%s_module modules/mod_%s.so) and run certbot again",
			 name, name, name);
}

/* Enables one module; what undoes it is noted first. By the distribution's program and not by a
 * LoadModule line of ours, which would be in the way of it later. */
static int enable(struct webserver *server, enum txn_kind kind, const char *name, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	const char *const undo[] = {site->dismod, "-f", name, NULL};
	const char *const argv[] = {site->enmod, name, NULL};

	if (webserver_undo_by(server, kind, undo, err) < 0 || control_run(argv, NULL, err) < 0)
		return error_wrap(err, "cannot enable mod_%s", name);
	log_info("Enabled Apache %s module", name);
	return 0;
}

/* Appends what is missing of the module and what it needs, in the order in which it is enabled. */
static void list_missing(const struct webserver *server, const char *name,
			 struct strvec *ret_missing)
{
	AUTO(strvec) struct strvec needs = STRVEC_INIT;

	apache_module_needs(name, &needs);
	strvec_push(&needs, name);
	for (size_t i = 0; i < needs.count; i++)
		if (!has_module(server, needs.items[i]))
			strvec_push_unique(ret_missing, needs.items[i]);
}

/* A person's choice, kept by its place while the model is read again and assigns new ids. */
struct kept_host {
	char *name, *path;
	size_t start;
};

/* A module can make further files count (<IfModule>), so the configuration has to be read again;
 * nobody should be asked twice because of that. */
static size_t keep_choices(const struct webserver *server, struct kept_host **ret_kept)
{
	const struct map *chosen = &apache_site_of(server)->chosen;
	size_t count = 0, capacity = 0;

	*ret_kept = NULL;
	for (size_t i = 0; i < chosen->count; i++) {
		const struct apache_hosts *hosts = chosen->entries[i].value;

		for (size_t j = 0; j < hosts->count; j++) {
			const struct apache_vhost *vhost = apache_model_find(server->model,
									     hosts->ids[j]);

			if (!vhost)
				continue;
			ARRAY_GROW(*ret_kept, count, capacity);
			(*ret_kept)[count++] = (struct kept_host){
				.name = xstrdup(chosen->entries[i].key),
				.path = xstrdup(vhost->file->real_path),
				.start = vhost->directive->start,
			};
		}
	}
	return count;
}

static bool stands_there(const struct apache_vhost *vhost, const struct kept_host *kept)
{
	return strcmp(vhost->file->real_path, kept->path) == 0 &&
	       vhost->directive->start == kept->start && !vhost->is_repeated;
}

/* Remembers again what was kept under the name of the first. */
static void restore_choice(struct webserver *server, const struct kept_host *kept, size_t count)
{
	AUTO(apache_hosts) struct apache_hosts hosts = APACHE_HOSTS_INIT;

	for (size_t i = 0; i < apache_model_vhost_count(server->model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(server->model, i);

		for (size_t j = 0; j < count; j++)
			if (strcmp(kept[j].name, kept[0].name) == 0 &&
			    stands_there(vhost, &kept[j]))
				apache_hosts_add(&hosts, vhost->id);
	}
	if (hosts.count)
		apache_site_remember(server, kept[0].name, &hosts);
}

static int reread(struct webserver *server, struct error *err)
{
	AUTO_FREE struct kept_host *kept = NULL;
	size_t count = keep_choices(server, &kept);
	int rc = webserver_reread(server, err);

	for (size_t i = 0; i < count; i++) {
		if (rc == 0 && (i == 0 || strcmp(kept[i].name, kept[i - 1].name) != 0))
			restore_choice(server, kept + i, count - i);
	}
	for (size_t i = 0; i < count; i++) {
		free(kept[i].name);
		free(kept[i].path);
	}
	return rc;
}

/* Checked afterwards: a2enmod succeeds for a module whose files are there but do nothing. */
int apache_site_need_modules(struct webserver *server, enum txn_kind kind, const char *const *names,
			     struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO(strvec) struct strvec missing = STRVEC_INIT;

	for (; *names; names++)
		list_missing(server, *names, &missing);
	if (!missing.count)
		return 0;
	if (!site->enmod || !site->dismod)
		return refuse_module(missing.items[missing.count - 1], err);
	for (size_t i = 0; i < missing.count; i++)
		if (enable(server, kind, missing.items[i], err) < 0)
			return err->code;
	if (reread(server, err) < 0)
		return err->code;
	for (size_t i = 0; i < missing.count; i++)
		webserver_note(server, "Enabled %s module in Apache", missing.items[i]);
	for (size_t i = 0; i < missing.count; i++)
		if (!has_module(server, missing.items[i]))
			return refuse_module(missing.items[i], err);
	return 0;
}
