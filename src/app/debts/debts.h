/*
 * The work that a change of live/ makes necessary: writing the outputs, running the deploy hooks,
 * and having the installer take up the certificate (renewed() of struct installer, then reload()).
 * All are recorded in the lineage's conf before live/ changes, so that the next `renew` does them
 * if this run is interrupted. lineage_deploy() requires a struct debts for that reason.
 */
#ifndef APP_DEBTS_DEBTS_H
#define APP_DEBTS_DEBTS_H

#include <stdbool.h>

#include "instances/plugins.h"
#include "store/lineage/lineage.h"

struct debts {
	bool deploy_hook, reload;
	/* With `reload`: the installers are to install the certificate, not only to take it up. */
	bool installation;
	int64_t https_port; /* given for the installation; 0: none was */
	/* Debts of installers; debts_note() finds those of --output and --prove in the conf. */
	bool outputs, proof;
};

/* Returns the debts that a change would have under the hooks and the installer of these
 * settings. */
struct debts debts_of(const struct plugins *plugins, const struct settings *settings);
/* Adds an installation with the installers of these settings. */
void debts_add_installation(struct debts *debts, const struct settings *settings);
/* Returns true when one of these installers can tell which certificate its server shows. */
bool debts_installers_prove(const struct plugin_registry *registry, const struct strvec *names);
/* Returns true when an installer of that name may ask for outputs. */
bool debts_has_outputs(const struct plugins *plugins, const char *installer);
/* Returns true when one of the installers of the settings may. */
bool debts_of_outputs(const struct plugins *plugins, const struct settings *settings);
/* Returns true when an installer has to be told of renewals. */
bool debts_hears(const struct installer *installer);
/* Returns true when one of these installers has to be told of renewals: its server does not read
 * the files in live/ by itself, or is none whose configuration people edit for each site. */
bool debts_installers_hear(const struct plugin_registry *registry, const struct strvec *names);
/* Appends what the conf has of its installers and of their options, as a text to be compared: if it
 * changed, the servers may lack the certificate, and an installation is owed. Empty unless one of
 * them has to be told of renewals. */
void debts_installer_options(struct plugins *plugins, const struct lineage *lineage,
			     struct strbuf *out);
/* Records that an installation is owed, with all that follows it; the caller saves the conf. */
void debts_note_installation(const struct plugins *plugins, const struct settings *settings,
			     struct lineage *lineage);
/* Records that an installation with the installers of these settings, which failed for the reason
 * in `err`, is owed, and saves the conf, if the conf has one of these installers: otherwise a
 * renewal would not know what to install. Returns the reason's code, with a hint if it is owed. */
int debts_keep_installation(const struct plugins *plugins, const struct settings *settings,
			    struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Records what this run gives of services (services_note_others()) for a certificate that is kept:
 * that it is shown at new places is owed. The caller saves the conf. */
void debts_note_services(const struct settings *settings, struct ini *conf);
/* Records a struct debts in the conf's tree; the caller saves it. */
void debts_note(const void *debts, struct ini *conf);
/* Records that the installers and their servers have taken up the certificate, by an installation
 * if one was owed, and saves the conf. */
int debts_clear_reload(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Restores the options in the lineage's conf over a clone of the run's settings, which the caller
 * frees. ERR_CONFIG, in Certbot's words: the conf does not say how its certificate was obtained, or
 * an option has no such value. May run in threads. */
int debts_restore(const struct settings *run_settings, const struct lineage *lineage,
		  struct settings **ret_settings, struct error *err) WARN_UNUSED;
/* The same as far as it can be done: for those who need few of the options. */
struct settings *debts_settings(const struct settings *run_settings,
				const struct lineage *lineage) WARN_UNUSED;

/* Switches live/ to the newest generation of a lineage if a crash prevented that, or if its links
 * are incomplete. *ret_switched: it was switched, and the debts are recorded. The caller should
 * print an error as a warning: live/ has not changed then. */
int debts_show_pending(const struct plugins *plugins, const struct settings *settings,
		       struct lineage *lineage, bool *ret_switched, struct error *err) WARN_UNUSED;

#endif
