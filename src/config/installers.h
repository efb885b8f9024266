/*
 * Several installers of one lineage: `-i nginx,postfix`, or -i several times. In settings they are
 * one text, the value of "installer". A renewal conf has the first of them in `installer`, where
 * Certbot expects one name, and all of them in a section that Certbot keeps and ignores:
 *
 *	[renewalparams]
 *	installer = nginx
 *	[services]
 *	installers = nginx, postfix
 */
#ifndef CONFIG_INSTALLERS_H
#define CONFIG_INSTALLERS_H

#include "codec/ini.h"
#include "config/settings.h"

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
/* Appends the names of the installers that the conf has. */
void installers_of_conf(const struct ini *conf, struct strvec *ret_names);
/* Adds installers to those that the conf's tree has. */
void installers_add_to_conf(const struct strvec *added, struct ini *conf);
/* To be called after settings_restore(): restores those of the conf and their options, unless the
 * user named installers, or Certbot has given the lineage another since. ERR_PARSE. */
int installers_restore(struct settings *settings, const struct ini *conf,
		       struct error *err) WARN_UNUSED;

#endif
