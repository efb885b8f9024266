/*
 * The values of all options in one run, each with where it came from. Reading a dest that has no
 * row, or with the wrong type, is a bug, not an error.
 *
 * Settings are cheap to clone: renewing a lineage works on a clone into which the lineage's saved
 * options have been restored.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "config/option.h"

enum origin {
	ORIGIN_DEFAULT,
	ORIGIN_RENEWAL_CONF,
	ORIGIN_RUNTIME, /* assigned by the program: chosen account, prompted answer */
	ORIGIN_CONFIG_FILE,
	ORIGIN_COMMAND_LINE,
};

struct settings;

/* All defaults. The table is borrowed and must outlive the settings. */
struct settings *settings_new(const struct option_table *table);
struct settings *settings_clone(const struct settings *settings);
void settings_free(struct settings *settings);
DEFINE_AUTO_PTR(settings, settings_free);
const struct option_table *settings_table(const struct settings *settings);

const char *settings_string(const struct settings *settings, const char *dest); /* NULL: unset */
int64_t settings_int(const struct settings *settings, const char *dest);
bool settings_flag(const struct settings *settings, const char *dest);
/* Tri-state flags: -1 unset, 0 false, 1 true. */
int settings_tristate(const struct settings *settings, const char *dest);
const struct strvec *settings_list(const struct settings *settings, const char *dest);
/* Map of strings to strings (webroot_map). */
const struct map *settings_map(const struct settings *settings, const char *dest);

void settings_set_string(struct settings *settings, const char *dest, const char *value,
			 enum origin origin);
void settings_set_int(struct settings *settings, const char *dest, int64_t value,
		      enum origin origin);
void settings_set_flag(struct settings *settings, const char *dest, bool value, enum origin origin);
void settings_set_list(struct settings *settings, const char *dest, const struct strvec *items,
		       enum origin origin);
void settings_push(struct settings *settings, const char *dest, const char *item,
		   enum origin origin);
/* Same unless an equal item is there. */
void settings_push_unique(struct settings *settings, const char *dest, const char *item,
			  enum origin origin);
void settings_map_set(struct settings *settings, const char *dest, const char *key,
		      const char *value, enum origin origin);
/* Back to the default. */
void settings_unset(struct settings *settings, const char *dest);

enum origin settings_origin(const struct settings *settings, const char *dest);
/* Certbot's "set by user": command line, config file or runtime assignment, or one of the option's
 * modifiers was (account <- server <- dry_run, staging; webroot_map <- webroot_path; authenticator
 * and installer <- the selector flags). */
bool settings_is_set_by_user(const struct settings *settings, const char *dest);

/* Sets the value from text by the row's type and bounds; ERR_USAGE names option and value. */
int settings_assign(struct settings *settings, const struct option *option, const char *text,
		    enum origin origin, struct error *err) WARN_UNUSED;

/* Makes --tls-sni-01-port, which once was the HTTPS port of installers too, the --https-port where
 * that is not given itself. */
void settings_follow_tls_sni_port(struct settings *settings);

/* False when the option is one that a renewal conf keeps, and the conf could not hold the text: not
 * UTF-8, or with what a conf takes for a reference, "%(". */
bool settings_can_save(const struct settings *settings, const struct option *option,
		       const char *text);
/* The same for all that was given. ERR_CONFIG names the first that cannot be kept. */
int settings_check_saved(const struct settings *settings, struct error *err) WARN_UNUSED;
/* Writes what a renewal conf keeps into [renewalparams], as Certbot does. Keys of the section that
 * are not kept any more are removed. Plugin rows are kept when they were set by the user. */
void settings_save(const struct settings *settings, struct ini_section *renewalparams);
/* Restores saved options over defaults, never over what the user set. ERR_PARSE names key and
 * value. */
int settings_restore(struct settings *settings, const struct ini_section *renewalparams,
		     struct error *err) WARN_UNUSED;
/* A row whose dest stands in the section although it is kept as `saved_as` (deploy_hook): it is not
 * restored. NULL: there is none. */
const struct option *settings_misnamed(const struct option_table *table,
				       const struct ini_section *renewalparams);

/* The same for one plugin's own rows, in a section of their own. Restoring brings the rows to what
 * they were when they were saved, whatever they are now. */
void settings_save_plugin(const struct settings *settings, const char *plugin,
			  struct ini_section *section);
int settings_restore_plugin(struct settings *settings, const char *plugin,
			    const struct ini_section *section, struct error *err) WARN_UNUSED;

#endif
