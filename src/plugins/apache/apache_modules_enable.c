/*
 * Enabling modules by the distribution's own program, and by nothing else: elsewhere the person is
 * told what to load.
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

static int refuse(const char *name, struct error *err)
{
	error_set(err, ERR_CONFIG, "httpd has not loaded mod_%s, which is needed", name);
	return error_hint(err,
			  "load it (\"LoadModule %s_module modules/mod_%s.so\") and run certbot "
			  "again; nothing was changed",
			  name, name);
}

/* Enables one module; what undoes it is noted first. */
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
		return refuse(missing.items[missing.count - 1], err);
	for (size_t i = 0; i < missing.count; i++)
		if (enable(server, kind, missing.items[i], err) < 0)
			return err->code;
	if (webserver_reread(server, err) < 0)
		return err->code;
	for (size_t i = 0; i < missing.count; i++)
		webserver_note(server, "Enabled %s module in Apache", missing.items[i]);
	for (size_t i = 0; i < missing.count; i++)
		if (!has_module(server, missing.items[i]))
			return refuse(missing.items[i], err);
	return 0;
}
