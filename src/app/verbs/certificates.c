/*
 * Listing lineages (see certificates.h). The list is printed in chunks, so that a hundred thousand
 * lineages take no more memory than a hundred.
 */
#include "app/verbs/certificates.h"

#include <string.h>

#include "app/issue/fallback.h"
#include "app/issue/identifiers.h"
#include "app/debts/outputs.h"
#include "store/renewal/renewal_state.h"
#include "app/renewal/report.h"
#include "app/renewal/revocation_check.h"
#include "app/renewal/served.h"
#include "app/renewal/told.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "config/servers.h"
#include "config/services.h"
#include "crypto/key/token.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_walk.h"

/* Text is buffered until there are this many bytes. */
#define CHUNK 16384

struct listing {
	struct app *app;
	bool is_json;
	struct strbuf text;    /* not printed yet */
	bool has_begun;        /* something was printed */
	size_t count;          /* certificates listed */
	struct strvec broken;  /* paths of confs that could not be read */
	struct strvec reasons; /* why, same order */
	size_t warned;         /* how many of these were logged */
	size_t unserved;       /* certificates that are not shown everywhere (--served) */
};

/* The facts shown about one certificate. */
struct entry {
	struct lineage *lineage; /* borrowed */
	const struct cert *cert;
	struct strvec names;
	struct strvec flaws; /* TEST_CERT, EXPIRED, REVOKED */
	int64_t seconds_left;
	bool is_second_revoked;
};

static void listing_release(struct listing *listing)
{
	strbuf_release(&listing->text);
	strvec_release(&listing->broken);
	strvec_release(&listing->reasons);
}
DEFINE_AUTO(listing, listing_release);

static void entry_release(struct entry *entry)
{
	strvec_release(&entry->names);
	strvec_release(&entry->flaws);
}
DEFINE_AUTO(entry, entry_release);

/* A revocation recorded by an earlier `revoke` needs no OCSP request. `lineage` may be what stands
 * for a second key. */
static bool is_revoked(struct network *network, struct lineage *lineage, const struct cert *cert)
{
	return renewal_state_is_revoked(lineage_conf(lineage), cert) ||
	       revocation_check_now(network, lineage);
}

static void find_flaws(struct network *network, struct entry *entry)
{
	struct lineage *second = lineage_second_shown(entry->lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *of_second = NULL;
	const struct ini_section *params = lineage_params(entry->lineage);
	const char *server = params ? ini_peek(params, "server") : NULL;

	if (servers_is_test(server))
		strvec_push(&entry->flaws, "TEST_CERT");
	if (entry->seconds_left <= 0)
		strvec_push(&entry->flaws, "EXPIRED");
	else if (is_revoked(network, entry->lineage, entry->cert))
		strvec_push(&entry->flaws, "REVOKED");
	entry->is_second_revoked = second && lineage_cert(second, &of_second, &unreadable) == 0 &&
				   is_revoked(network, second, of_second);
}

/* "VALID: 89 days", "INVALID: EXPIRED, REVOKED" The forms are Certbot's, which monitoring
 * parses. */
static char *describe_status(const struct entry *entry)
{
	int64_t days = entry->seconds_left / 86400, hours = entry->seconds_left / 3600;

	if (entry->flaws.count) {
		AUTO_FREE char *flaws = strvec_join(&entry->flaws, ", ");

		return xasprintf("INVALID: %s", flaws);
	}
	if (days == 1)
		return xstrdup("VALID: 1 day");
	if (days < 1)
		return xasprintf("VALID: %lld hour(s)", (long long)hours);
	return xasprintf("VALID: %lld days", (long long)days);
}

/* The words of the list differ when only a part of the certificates was asked for, as Certbot's
 * do. */
static bool is_filtered(const struct settings *settings)
{
	return settings_string(settings, "certname") || settings_list(settings, "domains")->count ||
	       settings_list(settings, "ip_addresses")->count;
}

/* Prints the buffered text, which ends with a newline. */
static void say_text(struct listing *listing)
{
	listing->has_begun = true;
	strbuf_truncate(&listing->text, listing->text.len - 1); /* ui_say() ends the line */
	ui_say(listing->app->ui, "%s", listing->text.text);
	strbuf_clear(&listing->text);
}

/* A line with a label of its own, after the others, so that programs that parse those still
 * work. */
static void add_outputs(struct listing *listing, const struct entry *entry)
{
	const struct ini *conf = lineage_conf(entry->lineage);
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	outputs_paths(conf, lineage_name(entry->lineage), &paths);
	if (!paths.count)
		return;
	joined = strvec_join(&paths, " ");
	strbuf_addf(&listing->text, "    Outputs: %s%s\n", joined,
		    outputs_are_owed(entry->lineage) ? " (not up to date)" : "");
}

/* Appends a line for each place and name about the certificate that is served there. Returns true
 * if it is the right one everywhere. */
static bool look_at_services(struct listing *listing, const struct entry *entry,
			     struct strvec *ret_lines)
{
	AUTO(error) struct error failed = ERROR_INIT;
	bool all_shown = false;

	if (served_look(listing->app->plugins, entry->lineage, ret_lines, &all_shown, &failed) < 0)
		strvec_push(ret_lines, failed.text);
	listing->unserved += ret_lines->count && !all_shown;
	return all_shown;
}

/* The saved --key-uri, if it names a token; else NULL. */
static const char *token_uri(const struct entry *entry)
{
	const struct ini_section *params = lineage_params(entry->lineage);
	const char *uri = params ? ini_peek(params, "key_uri") : NULL;

	return key_uri_is_file(uri) || strcmp(uri, "None") == 0 ? NULL : uri;
}

/* Whoever copies the file at the private key's path to another machine copies no key. */
static void add_token(struct listing *listing, const struct entry *entry)
{
	if (token_uri(entry))
		strbuf_addf(&listing->text, "    Private Key In: %s (a token; the file names it)\n",
			    token_uri(entry));
}

/* A line after Certbot's: the type of the second key, its expiry and its paths. */
static void add_second(struct listing *listing, const struct entry *entry)
{
	struct lineage *second = lineage_second(entry->lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;
	AUTO_FREE char *expiry = NULL, *remedy = lineage_second_remedy(entry->lineage);

	if (remedy)
		strbuf_addf(&listing->text, "    Second Key: %s, not renewed any more: %s\n",
			    lineage_second_left(entry->lineage), remedy);
	if (!second)
		return;
	strbuf_addf(&listing->text, "    Second Key: %s, ", lineage_second_type(second));
	if (!lineage_current_version(second) || lineage_cert(second, &cert, &unreadable) < 0) {
		strbuf_adds(&listing->text,
			    "without a certificate yet ('certbot renew' obtains it)\n");
		return;
	}
	expiry = datetime_python(cert_not_after(cert));
	strbuf_addf(&listing->text, "until %s, %s %s%s%s\n", expiry,
		    lineage_live_path(second, STORE_FULLCHAIN),
		    lineage_live_path(second, STORE_PRIVKEY),
		    lineage_second_is_behind(entry->lineage) ? " (older than the first)" : "",
		    entry->is_second_revoked ? " (revoked)" : "");
}

/* Nothing is connected to without --served: a listing should be quick, and work without a
 * network. */
static void add_served(struct listing *listing, const struct entry *entry)
{
	AUTO(strvec) struct strvec lines = STRVEC_INIT;

	if (!settings_flag(listing->app->settings, "served"))
		return;
	look_at_services(listing, entry, &lines);
	if (!lines.count)
		strvec_push(&lines,
			    "not known: it has no --prove, and no installer whose server tells");
	for (size_t i = 0; i < lines.count; i++)
		strbuf_addf(&listing->text, "    Served: %s\n", lines.items[i]);
}

/* The labels and their order are Certbot's. New lines come after the old ones. */
static void add_text(struct listing *listing, const struct entry *entry)
{
	AUTO_FREE char *names = strvec_join(&entry->names, " ");
	AUTO_FREE char *expiry = datetime_python(cert_not_after(entry->cert));
	AUTO_FREE char *status = describe_status(entry);

	if (!listing->count)
		strbuf_addf(&listing->text, "\n%s\nFound the following %scerts:\n", report_frame,
			    is_filtered(listing->app->settings) ? "matching " : "");
	strbuf_addf(&listing->text,
		    "  Certificate Name: %s\n    Serial Number: %s\n    Key Type: %s\n    Domains: "
		    "%s\n    Expiry Date: %s (%s)\n    Certificate Path: %s\n    Private Key Path: "
		    "%s\n",
		    lineage_name(entry->lineage), cert_serial_hex(entry->cert),
		    key_kind_label(cert_key_kind(entry->cert)), names, expiry, status,
		    lineage_live_path(entry->lineage, STORE_FULLCHAIN),
		    lineage_live_path(entry->lineage, STORE_PRIVKEY));
	if (lineage_csr(entry->lineage))
		strbuf_addf(&listing->text,
			    "    Renewed From CSR: %s (the private key is with whoever made it)\n",
			    lineage_csr(entry->lineage));
	add_token(listing, entry);
	add_second(listing, entry);
	add_outputs(listing, entry);
	add_served(listing, entry);
	if (listing->text.len >= CHUNK)
		say_text(listing);
}

/* Sets a saved option that tools ask for; null when the conf has none. Certbot writes "None" for an
 * option without a value. */
static void set_saved(struct json *object, const struct ini_section *params, const char *key)
{
	const char *text = params ? ini_peek(params, key) : NULL;

	json_set_text(object, key, text && strcmp(text, "None") != 0 ? text : NULL);
}

/* The CAs besides `server`, and which of all issued the certificate. */
static void set_fallbacks(struct lineage *lineage, struct json *object)
{
	AUTO(strvec) struct strvec servers = STRVEC_INIT;
	AUTO(ca_place) struct ca_place issuer = fallback_issuer(lineage, NULL);

	services_of_conf(lineage_conf(lineage), "fallback_servers", &servers);
	json_set(object, "fallback_servers", json_strings_new(&servers));
	json_set_text(object, "issued_by", issuer.url);
}

/* With --served: the certificates that the services present. */
static void set_served(struct listing *listing, const struct entry *entry, struct json *object)
{
	AUTO(strvec) struct strvec lines = STRVEC_INIT;

	json_set_bool(object, "proof_pending",
		      renewal_state_proof_pending(lineage_conf(entry->lineage)));
	if (!settings_flag(listing->app->settings, "served"))
		return;
	json_set_bool(object, "all_served", look_at_services(listing, entry, &lines));
	json_set(object, "served", json_strings_new(&lines));
}

/* Makes an element of the document's array "certificates". */
static struct json *json_of_entry(struct listing *listing, const struct entry *entry)
{
	struct json *object = json_object_new();
	const struct ini *conf = lineage_conf(entry->lineage);
	const struct ini_section *params = lineage_params(entry->lineage);
	AUTO_FREE char *from = datetime_rfc3339(cert_not_before(entry->cert));
	AUTO_FREE char *until = datetime_rfc3339(cert_not_after(entry->cert));
	AUTO_FREE char *status = describe_status(entry);
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;
	AUTO(strvec) struct strvec installers = STRVEC_INIT;
	AUTO(strvec) struct strvec outputs = STRVEC_INIT;

	renewal_state_wanted(conf, &wanted);
	json_set_string(object, "name", lineage_name(entry->lineage));
	json_set_string(object, "serial", cert_serial_hex(entry->cert));
	json_set_string(object, "key_type", key_kind_option(cert_key_kind(entry->cert)));
	json_set(object, "domains", json_strings_new(cert_dns_names(entry->cert)));
	json_set(object, "ip_addresses", json_strings_new(cert_ip_addresses(entry->cert)));
	json_set(object, "wanted", json_strings_new(&wanted));
	json_set_string(object, "issuer", cert_issuer_cn(entry->cert));
	json_set_string(object, "not_before", from);
	json_set_string(object, "not_after", until);
	json_set_bool(object, "valid", entry->flaws.count == 0);
	json_set_string(object, "status", status);
	json_set(object, "flaws", json_strings_new(&entry->flaws));
	json_set(object, "paths", told_paths(entry->lineage));
	told_set_second(object, entry->lineage);
	installers_of_conf(conf, &installers);
	json_set(object, "installers", json_strings_new(&installers));
	outputs_paths(conf, lineage_name(entry->lineage), &outputs);
	json_set(object, "outputs", json_strings_new(&outputs));
	json_set_bool(object, "outputs_pending", outputs_are_owed(entry->lineage));
	set_served(listing, entry, object);
	json_set_string(object, "renewal_conf", lineage_conf_path(entry->lineage));
	json_set_int(object, "version", lineage_current_version(entry->lineage));
	set_saved(object, params, "authenticator");
	set_saved(object, params, "installer");
	set_saved(object, params, "server");
	set_saved(object, params, "account");
	json_set_text(object, "key_uri", token_uri(entry));
	set_fallbacks(entry->lineage, object);
	json_set_int(object, "failures", renewal_state_failures(conf));
	return object;
}

/* True when all names of --domains and --ip-address are in the certificate. */
static bool matches_names(const struct settings *settings, const struct entry *entry)
{
	return strvec_is_subset(settings_list(settings, "domains"), &entry->names) &&
	       strvec_is_subset(settings_list(settings, "ip_addresses"), &entry->names);
}

/* The lineage stays with the walk, whose threads free it. */
static int load_entry(int64_t now, struct lineage *lineage, struct entry *entry, struct error *err)
{
	entry->lineage = lineage;
	if (lineage_cert(entry->lineage, &entry->cert, err) < 0)
		return err->code;
	strvec_extend(&entry->names, cert_dns_names(entry->cert));
	strvec_extend(&entry->names, cert_ip_addresses(entry->cert));
	entry->seconds_left = cert_not_after(entry->cert) - now;
	return 0;
}

/* Each is logged once: what was already said before the list began is not said again at its end. */
static void warn_of_broken(struct listing *listing)
{
	for (; listing->warned < listing->broken.count; listing->warned++)
		log_warning("Renewal configuration file %s produced an unexpected error: %s. "
			    "Skipping.",
			    listing->broken.items[listing->warned],
			    listing->reasons.items[listing->warned]);
}

/* The path alone does not tell whether the conf or the certificate is broken. */
static void note_broken(struct listing *listing, const struct lineage_opened *opened)
{
	AUTO_FREE char *faults = strvec_join(&opened->faults, "; ");

	strvec_give(&listing->broken,
		    store_renewal_path(settings_config_dir(listing->app->settings), opened->name));
	strvec_push(&listing->reasons, opened->error.text ? opened->error.text : faults);
	/* Once the list has begun, nothing else may be printed between its lines. */
	if (!listing->has_begun)
		warn_of_broken(listing);
}

/* A lineage that cannot be read is noted and never ends the walk: the user wants to see the others,
 * more than ever when one is broken. */
static int list_one(void *context, struct lineage_opened *opened, struct error *err)
{
	struct listing *listing = context;
	AUTO(entry) struct entry entry = {.names = STRVEC_INIT, .flaws = STRVEC_INIT};

	if (!opened->lineage ||
	    load_entry(network_now(&listing->app->network), opened->lineage, &entry,
		       &opened->error) < 0 ||
	    opened->faults.count) {
		note_broken(listing, opened);
		return 0;
	}
	if (!matches_names(listing->app->settings, &entry))
		return 0;
	find_flaws(&listing->app->network, &entry);
	if (listing->is_json) {
		listing->has_begun = true;
		result_list_add(listing->app->ui, json_of_entry(listing, &entry));
	} else {
		add_text(listing, &entry);
	}
	listing->count++;
	return 0;
}

/* Explains why there is no list. */
static void say_nothing_found(const struct listing *listing)
{
	const struct app *app = listing->app;

	ui_say(app->ui, "\n%s", report_frame);
	if (is_filtered(app->settings))
		ui_say(app->ui, "Found the following matching certs:\n");
	else if (!listing->broken.count)
		ui_say(app->ui, "No certificates found.");
}

/* Broken lineages come last, where somebody who looks at the end of a long list sees them. */
static void end_text(struct listing *listing)
{
	const struct app *app = listing->app;

	if (listing->text.len)
		say_text(listing);
	else if (!listing->count)
		say_nothing_found(listing);
	if (listing->broken.count)
		ui_say(app->ui, "\nThe following renewal configurations were invalid:");
	for (size_t i = 0; i < listing->broken.count; i++)
		ui_say(app->ui, "  %s", listing->broken.items[i]);
	ui_say(app->ui, "%s", report_frame);
	warn_of_broken(listing);
}

/* Broken lineages are listed in the document too: a monitor that reads only "certificates" would
 * take a broken one for one that was deleted. */
static void end_json(struct listing *listing)
{
	struct json *invalid = json_array_new();

	for (size_t i = 0; i < listing->broken.count; i++) {
		struct json *object = json_object_new();

		json_set_string(object, "renewal_conf", listing->broken.items[i]);
		json_set_string(object, "error", listing->reasons.items[i]);
		json_push(invalid, object);
	}
	result_list_end(listing->app->ui);
	result_set(listing->app->ui, "invalid", invalid);
	warn_of_broken(listing);
}

int certificates_list(struct app *app, struct error *err)
{
	AUTO(listing) struct listing listing = {
		.app = app,
		.is_json = result_is_wanted(app->ui),
		.text = STRBUF_INIT,
		.broken = STRVEC_INIT,
		.reasons = STRVEC_INIT,
	};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct lineage_walk walk = {
		.config_dir = settings_config_dir(app->settings),
		.names = &names,
		.verifies = true,
		.visit = list_one,
		.context = &listing,
	};
	const char *wanted = settings_string(app->settings, "certname");

	/* Installers are asked what their servers should show. */
	app->plugins->host.asks_only = true;
	if (lineage_names(settings_config_dir(app->settings), &names, err) < 0)
		return err->code;
	if (wanted && !strvec_keep_only(&names, wanted))
		strvec_release(&names);
	result_list_begin(app->ui, "certificates");
	if (lineage_walk(&walk, err) < 0)
		return err->code;
	if (listing.is_json)
		end_json(&listing);
	else
		end_text(&listing);
	/* An exit status other than 0, for monitors that look at nothing else. */
	if (listing.unserved)
		return error_set(err, ERR_PLUGIN, "%zu certificate%s not shown where %s should be",
				 listing.unserved, listing.unserved == 1 ? " is" : "s are",
				 listing.unserved == 1 ? "it" : "they");
	return 0;
}
