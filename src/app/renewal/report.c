/*
 * The messages at the end of a command (see report.h). Several of them are Certbot's to the letter,
 * because programs look for them.
 */
#include "app/renewal/report.h"

#include <string.h>

#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "store/lineage/lineage.h"

const char report_frame[] =
	"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	"- - - -";

void report_framed(const struct ui *ui, const char *text)
{
	ui_say(ui, "\n%s\n%s\n%s", report_frame, text, report_frame);
}

/* True when somebody has to answer the challenges, so that no timer can renew the certificate. */
static bool is_by_hand(const struct settings *settings, const char *authenticator)
{
	return authenticator && strcmp(authenticator, "manual") == 0 &&
	       !settings_string(settings, "manual_auth_hook");
}

/* Appends what to do next, one line each; nothing if there is nothing to do. The texts are
 * Certbot's, because people look them up. */
static void add_next_steps(const struct settings *settings, const struct plugin *authenticator,
			   struct strbuf *out)
{
	if (is_by_hand(settings, authenticator->name))
		strbuf_adds(out,
			    "- This certificate will not be renewed automatically. Autorenewal "
			    "of --manual certificates requires the use of an authentication "
			    "hook script (--manual-auth-hook) but one was not provided. To renew "
			    "this certificate, repeat this same certbot command before the "
			    "certificate's expiry date.\n");
	else if (!settings_flag(settings, "autorenew"))
		strbuf_adds(out, "- This certificate will not be renewed automatically, because "
				 "--no-autorenew was given.\n");
	else if (!settings_flag(settings, "preconfigured_renewal"))
		strbuf_adds(out, "- The certificate will need to be renewed before it expires. Run "
				 "'certbot renew' daily, from cron or a systemd timer.\n");
}

void report_request(const struct ui *ui, const struct settings *settings,
		    const struct acme_identifiers *names, enum decision_kind kind)
{
	static const char *const actions[][2] = {
		{"Requesting a certificate", "Simulating a certificate request"},
		{"Renewing an existing certificate",
		 "Simulating renewal of an existing certificate"},
	};
	AUTO_FREE char *summary = identifiers_summary(names);

	ui_say(ui, "%s for %s", actions[kind != DECIDE_NEW][settings_flag(settings, "dry_run")],
	       summary);
}

/* After Certbot's lines, which programs read. */
static void add_second_paths(const struct lineage *lineage, struct strbuf *out)
{
	const struct lineage *second = lineage_second_shown(lineage);

	if (second)
		strbuf_addf(
			out,
			"The certificate of the %s key is saved at: %s\nThe %s key is saved at: "
			"%s\n",
			lineage_second_type(second), lineage_live_path(second, STORE_FULLCHAIN),
			lineage_second_type(second), lineage_live_path(second, STORE_PRIVKEY));
}

/* The scheduled task of a package renews what is in the default directory, or where cli.ini leads,
 * and nothing else. */
static void add_schedule(const struct settings *settings, struct strbuf *out)
{
	const struct option *row = option_table_find(settings_table(settings), "config_dir");
	const char *config_dir = settings_config_dir(settings);

	if (settings_origin(settings, "config_dir") != ORIGIN_COMMAND_LINE ||
	    strcmp(config_dir, row->fallback) == 0)
		strbuf_adds(out, "Certbot has set up a scheduled task to automatically renew this "
				 "certificate in the background.\n");
	else
		strbuf_addf(out,
			    "No scheduled task renews what is in this directory. Have one run: "
			    "certbot renew --config-dir %s\n",
			    config_dir);
}

/* Tests and wrappers take the paths from these lines, so blanks and line ends are Certbot's,
 * too. */
void report_obtained(const struct ui *ui, const struct settings *settings, struct lineage *lineage)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	if (settings_flag(settings, "dry_run")) {
		ui_say(ui, "The dry run was successful.");
		return;
	}
	strbuf_addf(&text, "\nSuccessfully received certificate.\nCertificate is saved at: %s\n",
		    lineage_live_path(lineage, STORE_FULLCHAIN));
	if (lineage_csr(lineage))
		strbuf_adds(&text, "The private key is with whoever made the CSR.\n");
	else
		strbuf_addf(&text, "Key is saved at:         %s\n",
			    lineage_live_path(lineage, STORE_PRIVKEY));
	if (lineage_cert(lineage, &cert, &err) == 0) {
		AUTO_FREE char *date = datetime_date(cert_not_after(cert));

		strbuf_addf(&text, "This certificate expires on %s.\n", date);
	}
	add_second_paths(lineage, &text);
	strbuf_adds(&text, "These files will be updated when the certificate renews.\n");
	/* Not where the next steps say the opposite. */
	if (settings_flag(settings, "preconfigured_renewal") &&
	    settings_flag(settings, "autorenew") &&
	    !is_by_hand(settings, settings_string(settings, "authenticator")))
		add_schedule(settings, &text);
	strbuf_truncate(&text, text.len - 1);
	ui_say(ui, "%s", text.text);
}

void report_next_steps(const struct ui *ui, const struct settings *settings,
		       const struct plugin *authenticator)
{
	AUTO(strbuf) struct strbuf steps = STRBUF_INIT;

	if (settings_flag(settings, "dry_run"))
		return;
	add_next_steps(settings, authenticator, &steps);
	strbuf_trim(&steps);
	if (steps.len)
		ui_say(ui, "\nNEXT STEPS:\n%s", steps.text);
}

/* "https://a.test, https://b.test and https://c.test". */
static void list_names(const struct acme_identifiers *names, const char *prefix, struct strbuf *out)
{
	for (size_t i = 0; i < names->count; i++) {
		if (i)
			strbuf_adds(out, i + 1 == names->count ? " and " : ", ");
		strbuf_addf(out, "%s%s", prefix, names->items[i].value);
	}
}

/* Lists the installers whose services have no web site. "Congratulations! You have successfully
 * enabled HTTPS" would be nonsense for a mail server. */
static void list_services(const struct installers *installers, struct strvec *ret_services)
{
	for (size_t i = 0; i < installers->count; i++) {
		const char *service = installers->items[i]->plugin->installer->service;

		if (service)
			strvec_push(ret_services, service);
	}
}

void report_installed(const struct ui *ui, const struct acme_identifiers *names,
		      enum decision_kind kind, const struct installers *installers)
{
	AUTO(strbuf) struct strbuf sites = STRBUF_INIT;
	AUTO(strbuf) struct strbuf bare = STRBUF_INIT;
	AUTO(strvec) struct strvec services = STRVEC_INIT;
	AUTO_FREE char *listed = NULL;

	list_names(names, "https://", &sites);
	list_names(names, "", &bare);
	list_services(installers, &services);
	listed = strvec_join(&services, " and ");
	if (kind == DECIDE_RENEW)
		ui_say(ui,
		       "Your existing certificate has been successfully renewed, and the new "
		       "certificate has been installed.\nThe new certificate covers the following "
		       "domains: %s",
		       services.count ? bare.text : sites.text);
	else if (services.count < installers->count || !installers->count)
		ui_say(ui, "Congratulations! You have successfully enabled HTTPS on %s",
		       sites.text);
	if (kind != DECIDE_RENEW && services.count)
		ui_say(ui, "%s %s the certificate for %s now.", listed,
		       services.count > 1 ? "use" : "uses", bare.text);
}
