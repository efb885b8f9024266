/*
 * What a renewal conf keeps of the services that use a certificate. It stands in a section that
 * Certbot keeps and ignores, because Certbot removes keys that it does not know from
 * [renewalparams]:
 *
 *	[renewalparams]
 *	installer = nginx
 *	[services]
 *	installers = nginx, postfix
 *	outputs = "pem:/etc/haproxy/certs/{name}.pem,group=haproxy",
 *	prove = localhost:25/smtp, localhost:443
 *	prove_restart = postfix,
 */
#ifndef CONFIG_SERVICES_H
#define CONFIG_SERVICES_H

#include "codec/ini.h"
#include "config/settings.h"

#define SERVICES_SECTION "services"

/*
 * Options that are lists, with a key of the same name as their dest. Unlike other options they stay
 * when a run does not give them; the word `none` removes them.
 */

/* True when this run gives the list. */
bool services_is_given(const struct settings *settings, const char *dest);
/* Appends what this run gives; nothing for `none`. */
void services_given(const struct settings *settings, const char *dest, struct strvec *ret_items);
/* Records in the conf's tree what this run gives, if anything. */
void services_note(const struct settings *settings, const char *dest, struct ini *conf);
/* True when this run gives any of the lists but the outputs, which are recorded as they are
 * written. */
bool services_others_given(const struct settings *settings);
/* Records those. `--prove none` leaves its word in the conf: what installers know is not looked at
 * either. */
void services_note_others(const struct settings *settings, struct ini *conf);
/* True when the conf has the list. */
bool services_in_conf(const struct ini *conf, const char *dest);
/* True when the conf has the word `none` instead. */
bool services_are_off(const struct ini *conf, const char *dest);
/* Appends what the conf has. A list that cannot be read has nothing. */
void services_of_conf(const struct ini *conf, const char *dest, struct strvec *ret_items);

/*
 * Several installers of one lineage: `-i nginx,postfix`, or -i several times. In settings they are
 * one text, the value of "installer". A conf has the first of them in `installer`, where Certbot
 * expects one name, and all of them, if there are several, in the section.
 */

/* Appends the names in such a text, each once; none for NULL. */
void installers_split(const char *text, struct strvec *ret_names);
/* Appends the names of the settings' installers. */
void installers_of(const struct settings *settings, struct strvec *ret_names);
/* True when that plugin is one of them. */
bool installers_include(const struct settings *settings, const char *name);

/* Adds what one -i says to those before it. ERR_USAGE: it names none. */
int installers_add(struct settings *settings, const struct option *option, const char *text,
		   enum origin origin, struct error *err) WARN_UNUSED;

/* To be called after settings_save(): records the installers in the conf's tree. */
void installers_note(const struct settings *settings, struct ini *conf);
/* Returns true when the first of the section is not what stands in `installer`. */
bool installers_disagree(const struct ini *conf);
/* Appends the names of the installers that the conf has. */
void installers_of_conf(const struct ini *conf, struct strvec *ret_names);
/* The same by the names that they have now: an old conf has those of third parties' plugins. */
void installers_present(const struct ini *conf, struct strvec *ret_names);
/* Adds installers to those that the conf's tree has. */
void installers_add_to_conf(const struct strvec *added, struct ini *conf);
/* To be called after settings_restore(): restores those of the conf and their options; of
 * installers that the user named only what the conf has of their options. ERR_PARSE. */
int installers_restore(struct settings *settings, const struct ini *conf,
		       struct error *err) WARN_UNUSED;

#endif
