/*
 * Revoking a certificate (see remove.h), by lineage or by file, signed by the account or by the
 * certificate's own key; then deleting it, if wanted.
 */
#include <string.h>

#include "acme/account.h"
#include "app/ca.h"
#include "app/driver.h"
#include "app/remove.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file.h"
#include "store/lineage.h"

#define MAX_PEM (1024 * 1024)

/* CRL reason codes by Certbot's words (RFC 5280 section 5.3.1). */
static const struct {
	const char *word;
	int code;
} reasons[] = {
	{"unspecified", 0}, {"keycompromise", 1},        {"affiliationchanged", 3},
	{"superseded", 4},  {"cessationofoperation", 5},
};

static int reason_code(const struct settings *settings)
{
	const char *word = settings_string(settings, "reason");

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (word && str_eq_nocase(word, reasons[i].word))
			return reasons[i].code;
	return 0;
}

struct revocation {
	struct app *app;
	char *lineage_name; /* NULL: the path belongs to none */
	char *cert_path;
	struct cert *cert;
	struct key *key; /* --key-path, or NULL */
};

static void revocation_release(struct revocation *revocation)
{
	free(revocation->lineage_name);
	free(revocation->cert_path);
	cert_free(revocation->cert);
	key_free(revocation->key);
}
DEFINE_AUTO(revocation, revocation_release);

/* True when the path is one of the lineage's live or archive certificate files. */
static bool owns_path(const struct lineage *lineage, const char *path)
{
	AUTO_FREE char *dir = path_dirname(path);
	const char *base = path_basename(path);

	if (strcmp(path, lineage_live_path(lineage, STORE_CERT)) == 0 ||
	    strcmp(path, lineage_live_path(lineage, STORE_FULLCHAIN)) == 0)
		return true;
	return strcmp(dir, lineage_archive_dir(lineage)) == 0 &&
	       (str_starts(base, "cert") || str_starts(base, "fullchain"));
}

/* Name of the lineage a path belongs to; NULL when none or (with a warning) when several share it. */
static char *find_owner(struct app *app, const char *path)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *owner = NULL;

	if (lineage_names(app_config_dir(app), &names, &err) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_open(app_config_dir(app), names.items[i], &lineage, &broken) < 0 ||
		    !owns_path(lineage, path))
			continue;
		if (owner) {
			log_warning("Not deleting revoked certificates due to overlapping archive "
				    "dirs: %s is shared by %s and %s",
				    path, owner, names.items[i]);
			return NULL;
		}
		owner = xstrdup(names.items[i]);
	}
	return STEAL(owner);
}

/* --cert-name: path and (unless given) server come from the lineage. */
static int find_by_name(struct revocation *revocation, const char *name, struct error *err)
{
	struct settings *settings = revocation->app->settings;
	AUTO(lineage) struct lineage *lineage = NULL;
	const char *server = NULL;

	if (lineage_open(app_config_dir(revocation->app), name, &lineage, err) < 0)
		return err->code;
	revocation->cert_path = xstrdup(lineage_live_path(lineage, STORE_CERT));
	revocation->lineage_name = xstrdup(name);
	if (lineage_params(lineage))
		server = ini_peek(lineage_params(lineage), "server");
	if (server && !settings_is_set_by_user(settings, "server"))
		settings_set_string(settings, "server", server, ORIGIN_RENEWAL_CONF);
	return 0;
}

static int load_files(struct revocation *revocation, struct error *err)
{
	const char *key_path = settings_string(revocation->app->settings, "key_path");
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;

	if (file_read(revocation->cert_path, MAX_PEM, &pem, err) < 0)
		return err->code;
	if (cert_from_pem(pem.text, pem.len, &revocation->cert, err) < 0)
		return error_wrap(err, "cannot use '%s'", revocation->cert_path);
	if (!key_path)
		return 0;
	strbuf_clear(&pem);
	if (file_read(key_path, MAX_PEM, &pem, err) < 0)
		return err->code;
	secret_set(&key_pem, pem.text, pem.len);
	secret_wipe(pem.text, pem.len);
	if (key_from_pem(secret_peek(&key_pem), key_pem.len, &revocation->key, err) < 0)
		return error_wrap(err, "cannot use '%s'", key_path);
	if (!cert_matches_key(revocation->cert, revocation->key))
		return error_set(err, ERR_CONFIG,
				 "the key '%s' does not belong to the certificate '%s'", key_path,
				 revocation->cert_path);
	return 0;
}

static int send_revocation(struct revocation *revocation, struct error *err)
{
	struct app *app = revocation->app;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	struct ca *ca = NULL;

	if (revocation->key
		    ? ca_open_anonymous(app, settings_string(app->settings, "server"), &ca, err) < 0
		    : ca_open(app, app->settings, &ca, err) < 0)
		return err->code;
	cert_to_der(revocation->cert, &der);
	exchange = acme_revoke(ca_server(ca), der.text, der.len, reason_code(app->settings),
			       revocation->key);
	if (driver_exchange(app, exchange, err) < 0)
		return error_wrap(err, "cannot revoke '%s'", revocation->cert_path);
	return 0;
}

static int delete_afterwards(struct revocation *revocation, struct error *err)
{
	struct app *app = revocation->app;
	int choice = settings_tristate(app->settings, "delete_after_revoke");
	bool wanted = choice == 1;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	static const char *const labels[] = {"Yes (recommended)", "No"};
	const struct ui_question question = {
		.text = "Would you like to delete the certificate(s) you just revoked, along with "
			"all earlier and later versions of the certificate?",
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.flag = "--delete-after-revoke",
		.fallback = 1,
	};

	if (choice < 0 && ui_yes_no(app->ui, &question, &wanted, err) < 0)
		return err->code;
	if (!wanted)
		return 0;
	if (!revocation->lineage_name)
		revocation->lineage_name = find_owner(app, revocation->cert_path);
	if (!revocation->lineage_name) {
		ui_say(app->ui, "No certificate of ours uses %s; nothing was deleted.",
		       revocation->cert_path);
		return 0;
	}
	strvec_push(&names, revocation->lineage_name);
	return remove_lineages(app, &names, err);
}

int remove_revoke(struct app *app, struct error *err)
{
	AUTO(revocation) struct revocation revocation = {.app = app};
	const char *name = settings_string(app->settings, "certname");
	const char *path = settings_string(app->settings, "cert_path");

	if (!name == !path)
		return error_set(err, ERR_CONFIG,
				 "Error! Exactly one of --cert-path or --cert-name must be "
				 "specified!");
	if (name && find_by_name(&revocation, name, err) < 0)
		return err->code;
	if (path)
		revocation.cert_path = xstrdup(path);
	if (load_files(&revocation, err) < 0 || send_revocation(&revocation, err) < 0)
		return err->code;
	ui_say(app->ui,
	       "Congratulations! You have successfully revoked the certificate that was "
	       "located at %s.",
	       revocation.cert_path);
	return delete_afterwards(&revocation, err);
}
