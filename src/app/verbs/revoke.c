/*
 * Revokes a certificate (see remove.h), named by lineage or by file, signed with the account's key
 * or the certificate's own; then deletes it, if wanted.
 */
#include <string.h>

#include "acme/account.h"
#include "store/renewal/renewal_state.h"
#include "app/issue/ca.h"
#include "app/issue/driver.h"
#include "app/issue/fallback.h"
#include "app/verbs/remove.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/account/account.h"
#include "store/account/accounts.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_sharing.h"

#define MAX_PEM (1024 * 1024)

/* CRL reason codes (RFC 5280 section 5.3.1) and Certbot's words for them. */
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
	char *lineage_name; /* NULL: the file belongs to no lineage */
	bool is_shown;      /* it is the current one, in live/ */
	bool is_recorded;   /* a lineage remembers that the CA was asked */
	bool may_be_done;   /* the CA was asked before, and what came of it is not known */
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

static bool is_live_path(const struct lineage *lineage, const char *path)
{
	return strcmp(path, lineage_live_path(lineage, STORE_CERT)) == 0 ||
	       strcmp(path, lineage_live_path(lineage, STORE_FULLCHAIN)) == 0;
}

/* True when the path is one of the lineage's live or archive certificate files. */
static bool owns_path(const struct lineage *lineage, const char *path)
{
	AUTO_FREE char *dir = path_dirname(path);
	const char *base = path_basename(path);

	if (is_live_path(lineage, path))
		return true;
	for (size_t i = 0; i < LINEAGE_MAX_BESIDE; i++) {
		AUTO(lineage) struct lineage *second = lineage_beside_new(lineage, i);

		if (second && is_live_path(second, path))
			return true;
	}
	return strcmp(dir, lineage_archive_dir(lineage)) == 0 &&
	       (str_starts(base, "cert") || str_starts(base, "fullchain"));
}

/* Returns the name of the lineage that a path belongs to, or NULL. */
static char *find_owner(const char *config_dir, const char *path)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *owner = NULL;

	if (lineage_names(config_dir, &names, &err) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_open(config_dir, names.items[i], &lineage, &broken) < 0 ||
		    !owns_path(lineage, path))
			continue;
		owner = xstrdup(names.items[i]);
		break;
	}
	return STEAL(owner);
}

/* True (after a warning) when another lineage keeps its files in the same archive directory:
 * deleting one would break the other. */
static bool shares_archive(const char *config_dir, const char *name)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *ours = NULL;

	if (lineage_open(config_dir, name, &ours, &err) < 0 ||
	    lineage_names(config_dir, &names, &err) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *other = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (strcmp(names.items[i], name) == 0 ||
		    lineage_open(config_dir, names.items[i], &other, &broken) < 0 ||
		    !lineage_shares_store(other, ours))
			continue;
		log_warning("Not deleting revoked certificates due to overlapping archive dirs: %s "
			    "and %s share %s.",
			    name, names.items[i], lineage_archive_dir(ours));
		return true;
	}
	return false;
}

/* Takes CA and account from the lineage unless they are given: no other CA knows the certificate,
 * and another account may not be allowed to revoke it. An old one may be of another CA than that in
 * use now. */
static void follow_lineage(struct settings *settings, struct lineage *lineage,
			   const struct cert *cert)
{
	AUTO(ca_place) struct ca_place issuer = fallback_issuer(lineage, cert);
	struct account_place place = {settings_config_dir(settings), issuer.url};
	AUTO(account) struct account *account = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (!issuer.url || settings_is_set_by_user(settings, "server"))
		return;
	settings_set_string(settings, "server", issuer.url, ORIGIN_RENEWAL_CONF);
	if (!issuer.account || settings_is_set_by_user(settings, "account"))
		return;
	if (account_load(&place, issuer.account, &account, &err) == 0)
		settings_set_string(settings, "account", issuer.account, ORIGIN_RENEWAL_CONF);
	else
		log_debug("cannot use the account that obtained the certificate: %s", err.text);
}

/* The certificate may be any file; if it belongs to a lineage, that is found by comparing
 * contents. */
static void find_by_path(struct revocation *revocation, const char *path)
{
	revocation->cert_path = xstrdup(path);
	revocation->lineage_name = find_owner(settings_config_dir(revocation->app->settings), path);
}

static void choose_ca(const struct revocation *revocation)
{
	struct settings *settings = revocation->app->settings;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (!revocation->lineage_name)
		return;
	if (lineage_open(settings_config_dir(settings), revocation->lineage_name, &lineage, &err) ==
	    0)
		follow_lineage(settings, lineage, revocation->cert);
	else
		log_debug("%s", err.text);
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
				 "the key '%s' does not match the certificate '%s'", key_path,
				 revocation->cert_path);
	if (key_check_halves(revocation->key, err) < 0)
		return error_wrap(err, "cannot use '%s'", key_path);
	return 0;
}

static bool is_cert_of(struct lineage *lineage, const struct cert *revoked)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(strbuf) struct strbuf revoked_der = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, &unreadable) < 0)
		return false;
	cert_to_der(cert, &der);
	cert_to_der(revoked, &revoked_der);
	return der.len == revoked_der.len && memcmp(der.text, revoked_der.text, der.len) == 0;
}

/* A key that is left to itself counts: servers may have what live/ shows of it. */
static bool shows_revoked(struct lineage *lineage, const struct cert *revoked)
{
	if (is_cert_of(lineage, revoked))
		return true;
	for (size_t i = 0; i < LINEAGE_MAX_BESIDE; i++) {
		AUTO(lineage) struct lineage *second = lineage_beside_new(lineage, i);

		if (second && is_cert_of(second, revoked))
			return true;
	}
	return false;
}

/* The record of an earlier run may be true, whatever the CA replies to this one. */
static void note_asked(struct revocation *revocation, struct ini *conf)
{
	if (renewal_state_may_be_revoked(conf, revocation->cert))
		revocation->may_be_done = true;
	renewal_state_note_revocation_asked(conf, revocation->cert);
}

static void drop_asked(struct revocation *revocation, struct ini *conf)
{
	renewal_state_drop_revocation_asked(conf, revocation->cert);
}

static void note_revoked(struct revocation *revocation, struct ini *conf)
{
	renewal_state_note_revocation(conf, revocation->cert);
}

typedef void change_record_fn(struct revocation *revocation, struct ini *conf);

/* Changes the record of every lineage that has the certificate. The next `renew` must replace one
 * that is revoked, or may be, whatever OCSP said an hour ago and whenever the CA wants to be asked
 * again. */
static int record(struct revocation *revocation, change_record_fn *change, struct error *err)
{
	const char *config_dir = settings_config_dir(revocation->app->settings);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_open(config_dir, names.items[i], &lineage, &broken) < 0 ||
		    !shows_revoked(lineage, revocation->cert))
			continue;
		if (str_eq_or_null(revocation->lineage_name, names.items[i]))
			revocation->is_shown = true;
		change(revocation, lineage_conf(lineage));
		if (lineage_save_conf(lineage, err) < 0)
			return err->code;
		revocation->is_recorded = true;
	}
	return 0;
}

/* That it could not be written down must not keep a key in use that somebody else may have. */
static void record_or_warn(struct revocation *revocation, change_record_fn *change)
{
	AUTO(error) struct error unwritten = ERROR_INIT;

	if (record(revocation, change, &unwritten) < 0)
		log_warning("cannot remember how the revocation stands: %s", unwritten.text);
}

/* Without a reply, or with that of a CA that failed at it, it may have been revoked all the same,
 * and no refusal of a later request takes that back: the record stays. */
static int not_revoked(struct revocation *revocation, struct error *err)
{
	if (err->problem_type && !revocation->may_be_done)
		record_or_warn(revocation, drop_asked);
	else
		error_hint(
			err, "it may have been revoked all the same: the same command asks again%s",
			revocation->is_recorded ? "; until then 'certbot renew' replaces it" : "");
	return error_wrap(err, "cannot revoke '%s'", revocation->cert_path);
}

static int open_ca(struct revocation *revocation, struct ca **ret_ca, struct error *err)
{
	struct app *app = revocation->app;
	AUTO(acme_exchange) struct acme_exchange *directory = NULL;

	if (revocation->key ? ca_open_anonymous(app->cas, settings_string(app->settings, "server"),
						ret_ca, err) < 0
			    : ca_open(app->cas, app->settings, ret_ca, err) < 0)
		return err->code;
	directory = acme_directory_fetch(ca_server(*ret_ca));
	if (driver_exchange(&app->network, directory, err) < 0)
		return error_wrap(err, "cannot revoke '%s'", revocation->cert_path);
	return 0;
}

/* A revocation whose reply never comes may have happened. So it is recorded before the CA is asked,
 * but not before the CA is known to be there. */
static int send_revocation(struct revocation *revocation, struct error *err)
{
	struct app *app = revocation->app;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(acme_exchange) struct acme_exchange *exchange = NULL;
	struct ca *ca = NULL;

	if (open_ca(revocation, &ca, err) < 0)
		return err->code;
	record_or_warn(revocation, note_asked);
	cert_to_der(revocation->cert, &der);
	exchange = acme_revoke(ca_server(ca), der.text, der.len, reason_code(app->settings),
			       revocation->key);
	if (driver_exchange(&app->network, exchange, err) == 0) {
		result_set_text(app->ui, "outcome", "revoked");
		ui_say(app->ui,
		       "Congratulations! You have successfully revoked the certificate that was "
		       "located at %s.",
		       revocation->cert_path);
		return 0;
	}
	if (acme_exchange_maybe_done(exchange))
		revocation->may_be_done = true;
	if (!str_eq_or_null(err->problem_type, "alreadyRevoked"))
		return not_revoked(revocation, err);
	/* An earlier run revoked it and was then stopped: finish its work. */
	error_release(err);
	result_set_text(app->ui, "outcome", "revoked-before");
	ui_say(app->ui, "The certificate located at %s had been revoked before.",
	       revocation->cert_path);
	return 0;
}

/* A companion whose certificate live/ shows and somebody could use; the caller frees it. One that
 * is no longer renewed stays there when it has expired: a CA refuses to revoke it then, and that
 * must not be in the way for good. */
static struct lineage *other_in_use_new(const struct lineage *lineage, size_t place, int64_t now)
{
	AUTO(lineage) struct lineage *other = lineage_beside_new(lineage, place);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (!other || (lineage_cert(other, &cert, &unreadable) == 0 && cert_not_after(cert) <= now))
		return NULL;
	return STEAL(other);
}

/* A certificate that cannot be read is not known to be revoked. */
static bool is_known_revoked(struct lineage *key, const struct ini *conf)
{
	AUTO(error) struct error broken = ERROR_INIT;
	const struct cert *cert = NULL;

	return lineage_cert(key, &cert, &broken) == 0 && renewal_state_is_revoked(conf, cert);
}

/* Returns the path of a certificate that live/ shows and that is not revoked, as of two keys the
 * other's may be, even one that is not renewed; the caller frees it. NULL: there is none. */
static char *find_unrevoked(const struct revocation *revocation, bool *ret_renews_both)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;

	*ret_renews_both = false;
	if (lineage_open(settings_config_dir(revocation->app->settings), revocation->lineage_name,
			 &lineage, &unreadable) < 0)
		return NULL;
	*ret_renews_both = lineage_second_shown(lineage) != NULL;
	if (!is_known_revoked(lineage, lineage_conf(lineage)))
		return xstrdup(lineage_live_path(lineage, STORE_CERT));
	for (size_t i = 0; i < LINEAGE_MAX_BESIDE; i++) {
		AUTO(lineage) struct lineage *second =
			other_in_use_new(lineage, i, network_now(&revocation->app->network));

		if (second && !is_known_revoked(second, lineage_conf(lineage)))
			return xstrdup(lineage_live_path(second, STORE_CERT));
	}
	return NULL;
}

/* False, after saying why, when there is nothing that the revocation made useless. */
static bool may_delete(const struct revocation *revocation)
{
	const struct ui *ui = revocation->app->ui;
	bool renews_both = false;
	AUTO_FREE char *unrevoked = revocation->is_shown ? find_unrevoked(revocation, &renews_both)
							 : NULL;

	if (!revocation->lineage_name)
		ui_say(ui, "No certificate of ours uses %s; nothing was deleted.",
		       revocation->cert_path);
	else if (!revocation->is_shown)
		ui_say(ui,
		       "Certificate %s uses another version than the one that was revoked; nothing "
		       "was deleted.",
		       revocation->lineage_name);
	else if (unrevoked)
		ui_say(ui,
		       "Certificate %s has two keys, and %s is not revoked; nothing was deleted. "
		       "%s'certbot delete --cert-name %s' deletes both.",
		       revocation->lineage_name, unrevoked,
		       renews_both ? "'certbot renew' replaces both; " : "",
		       revocation->lineage_name);
	else
		return !shares_archive(settings_config_dir(revocation->app->settings),
				       revocation->lineage_name);
	return false;
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

	if (choice == 0 || !may_delete(revocation))
		return 0;
	if (choice < 0 && ui_yes_no(app->ui, &question, &wanted, err) < 0)
		return err->code;
	if (!wanted)
		return 0;
	strvec_push(&names, revocation->lineage_name);
	return remove_lineages(&app->network, app->settings, &names, err);
}

static int revoke_one(struct revocation *revocation, struct error *err)
{
	if (load_files(revocation, err) < 0)
		return err->code;
	choose_ca(revocation);
	if (send_revocation(revocation, err) < 0)
		return err->code;
	if (record(revocation, note_revoked, err) < 0)
		return error_wrap(err, "the certificate is revoked, but that cannot be remembered");
	return 0;
}

static int revoke_second(const struct revocation *first, const struct lineage *second,
			 struct error *err)
{
	AUTO(revocation) struct revocation revocation = {.app = first->app};
	const char *path = lineage_live_path(second, STORE_CERT);

	if (settings_string(first->app->settings, "key_path")) {
		log_warning("The certificate of the %s key is not revoked: give its own path and "
			    "key for that (--cert-path %s).",
			    lineage_second_type(second), path);
		return 0;
	}
	revocation.cert_path = xstrdup(path);
	revocation.lineage_name = xstrdup(first->lineage_name);
	return revoke_one(&revocation, err);
}

/* A lineage with two keys has two certificates, and both are meant by its name, whether they are
 * renewed or not. The second comes first: one record is kept, and that of the first is what the
 * listing shows. */
static int revoke_others(const struct revocation *first, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(settings_config_dir(first->app->settings), first->lineage_name, &lineage,
			 err) < 0)
		return err->code;
	for (size_t i = 0; i < LINEAGE_MAX_BESIDE; i++) {
		AUTO(lineage) struct lineage *second =
			other_in_use_new(lineage, i, network_now(&first->app->network));
		AUTO(error) struct error failed = ERROR_INIT;

		if (second && revoke_second(first, second, &failed) < 0) {
			if (error_is_set(err))
				log_warning("%s", failed.text);
			else
				(void)!error_move(err, &failed);
		}
	}
	return error_is_set(err) ? err->code : 0;
}

/* Somebody else may have either key: a failure with one keeps neither from being revoked. */
static int revoke_all(struct revocation *first, bool by_name, struct error *err)
{
	AUTO(error) struct error of_second = ERROR_INIT;

	if (by_name)
		(void)!revoke_others(first, &of_second);
	if (revoke_one(first, err) < 0) {
		if (error_is_set(&of_second))
			log_warning("%s", of_second.text);
		return err->code;
	}
	return error_is_set(&of_second) ? error_move(err, &of_second) : 0;
}

/* Certbot takes --key-type here and ignores it. With one key that does no harm; with two, whoever
 * types it means one of them, and a revocation cannot be taken back. */
static int check_key_type(const struct revocation *revocation, const struct lineage *lineage,
			  struct error *err)
{
	if (settings_origin(revocation->app->settings, "key_type") != ORIGIN_COMMAND_LINE)
		return 0;
	for (size_t i = 0; i < LINEAGE_MAX_BESIDE; i++) {
		AUTO(lineage) struct lineage *second =
			other_in_use_new(lineage, i, network_now(&revocation->app->network));

		if (second)
			return error_set(err, ERR_CONFIG,
					 "--key-type does not choose what is revoked: certificate "
					 "%s has two keys, and --cert-name means both; for one of "
					 "them give --cert-path %s or --cert-path %s",
					 lineage_name(lineage),
					 lineage_live_path(lineage, STORE_CERT),
					 lineage_live_path(second, STORE_CERT));
	}
	return 0;
}

static int find_by_name(struct revocation *revocation, const char *name, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(settings_config_dir(revocation->app->settings), name, &lineage, err) < 0)
		return err->code;
	revocation->cert_path = xstrdup(lineage_live_path(lineage, STORE_CERT));
	revocation->lineage_name = xstrdup(name);
	return check_key_type(revocation, lineage, err);
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
		find_by_path(&revocation, path);
	result_set_text(app->ui, "outcome", NULL);
	result_set_text(app->ui, "certificate", revocation.lineage_name);
	result_set_text(app->ui, "path", revocation.cert_path);
	result_set_text(app->ui, "reason", settings_string(app->settings, "reason"));
	result_set(app->ui, "deleted", json_array_new());
	if (revoke_all(&revocation, name != NULL, err) < 0)
		return err->code;
	return delete_afterwards(&revocation, err);
}
