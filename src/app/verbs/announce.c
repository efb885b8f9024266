/*
 * TLSA records of present and next keys (see announce.h). A question: a next key that is missing is
 * made by the next renewal, not here.
 */
#include "app/verbs/announce.h"

#include "app/keys/dane.h"
#include "app/verbs/pick.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/services.h"
#include "store/lineage/lineage_reserve.h"

/* One run, which goes from lineage to lineage. */
struct announcement {
	struct app *app;
	bool looks;
	size_t shown, missing;
};

static const char *const states[] = {
	[DANE_ANNOUNCED] = "in-place",
	[DANE_WITHOUT] = "without-tlsa",
	[DANE_MISSING] = "missing",
	[DANE_UNKNOWN] = "unknown",
};

/* The form of a zone file, to be pasted into one. */
static void tell_record(const struct announcement *announcement, const struct dane_record *record,
			const char *which)
{
	const struct ui *ui = announcement->app->ui;
	const char *state = announcement->looks ? states[record->state] : "wanted";
	struct json *object = json_object_new();

	json_set_string(object, "name", record->owner);
	json_set_string(object, "value", record->value);
	json_set_string(object, "key", which);
	json_set_string(object, "state", state);
	json_set_text(object, "complaint", record->reason);
	result_push(ui, "records", object);
	if (announcement->looks)
		ui_say(ui, "%s. IN TLSA %s ; %s key: %s%s%s", record->owner, record->value, which,
		       state, record->reason ? ": " : "", record->reason ? record->reason : "");
	else
		ui_say(ui, "%s. IN TLSA %s ; %s key", record->owner, record->value, which);
}

/* A port is given because servers there have such records. So where no name has one, they are lost;
 * but not each name of a certificate needs to be that of such a server. */
static bool is_bare_port(const struct dane_records *records, size_t port, size_t port_count)
{
	for (size_t i = port; i < records->count; i += port_count)
		if (records->items[i].state != DANE_WITHOUT)
			return false;
	return true;
}

static bool is_missing(const struct dane_records *records, size_t index, size_t port_count)
{
	switch (records->items[index].state) {
	case DANE_ANNOUNCED:
		return false;
	case DANE_WITHOUT:
		return is_bare_port(records, index % port_count, port_count);
	case DANE_MISSING:
	case DANE_UNKNOWN:
		return true;
	}
	return true;
}

static int tell_key(struct announcement *announcement, const struct key *key, const char *which,
		    const struct strvec *names, const struct strvec *ports, struct error *err)
{
	AUTO(dane_records) struct dane_records records = {.count = 0};
	const struct plugin_host *host;

	dane_list(key, names, ports, &records);
	if (announcement->looks && (plugins_host(announcement->app->plugins, &host, err) < 0 ||
				    dane_look(host, &records, err) < 0))
		return err->code;
	for (size_t i = 0; i < records.count; i++) {
		tell_record(announcement, &records.items[i], which);
		announcement->missing += is_missing(&records, i, ports->count);
	}
	return 0;
}

/* With --reuse-key a next key, left from before, is not used. */
static bool keeps_key(const struct lineage *lineage)
{
	const struct ini_section *params = lineage_params(lineage);
	const char *reuse = params ? ini_peek(params, "reuse_key") : NULL;

	return reuse && str_eq_nocase(reuse, "true");
}

static int tell_lineage(struct announcement *announcement, struct lineage *lineage,
			const struct strvec *ports, struct error *err)
{
	AUTO(key) struct key *present = NULL, *next = NULL;
	const struct cert *cert;

	if (lineage_cert(lineage, &cert, err) < 0 || lineage_read_key(lineage, &present, err) < 0 ||
	    lineage_next_key(lineage, &next, err) < 0 ||
	    tell_key(announcement, present, "present", cert_dns_names(cert), ports, err) < 0)
		return err->code;
	announcement->shown++;
	if (keeps_key(lineage))
		return 0;
	if (next)
		return tell_key(announcement, next, "next", cert_dns_names(cert), ports, err);
	log_info("%s has no next key yet: its next renewal keeps the present one, and makes it",
		 lineage_name(lineage));
	return 0;
}

static int tell_name(struct announcement *announcement, const char *name, struct error *err)
{
	const struct settings *settings = announcement->app->settings;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec ports = STRVEC_INIT;

	if (lineage_look(settings_config_dir(settings), name, &lineage, err) < 0)
		return error_wrap(err, "cannot read certificate %s", name);
	dane_ports(settings, lineage, &ports);
	if (ports.count)
		return tell_lineage(announcement, lineage, &ports, err) < 0
			       ? error_wrap(err, "cannot tell the records of %s", name)
			       : 0;
	if (!settings_string(settings, "certname"))
		return 0;
	error_set(err, ERR_CONFIG, "the keys of certificate %s are not announced", name);
	return error_hint(err, "certbot reconfigure --cert-name %s --dane PORT", name);
}

static int announce_lineages(struct announcement *announcement, struct error *err)
{
	const struct app *app = announcement->app;
	const char *wanted = settings_string(app->settings, "certname");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	result_set(app->ui, "records", json_array_new());
	if (dane_check_ports(app->settings, err) < 0 ||
	    lineage_names(settings_config_dir(app->settings), &names, err) < 0)
		return err->code;
	if (wanted && !strvec_keep_only(&names, wanted))
		return error_set(err, ERR_NOT_FOUND, "No certificate found with name %s", wanted);
	for (size_t i = 0; i < names.count; i++)
		if (tell_name(announcement, names.items[i], err) < 0)
			return err->code;
	if (!announcement->shown)
		ui_say(app->ui, "No certificate has --dane.");
	return 0;
}

int announce_show(struct app *app, struct error *err)
{
	struct announcement announcement = {.app = app};

	return announce_lineages(&announcement, err);
}

/* Exit status 1 if any is missing, for scripts. */
int announce_check(struct app *app, struct error *err)
{
	struct announcement announcement = {.app = app, .looks = true};

	if (announce_lineages(&announcement, err) < 0)
		return err->code;
	if (!announcement.missing)
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "%zu TLSA records are missing or could not be looked up",
			 announcement.missing);
}
