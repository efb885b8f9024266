/*
 * The values of all options in one run, each with its origin. Reading a dest that has no row, or
 * with the wrong type, is a bug, not an error.
 *
 * Settings are cheap to clone: a lineage is renewed with a clone into which its saved options have
 * been restored.
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

/* Returns settings that have all defaults. The table is borrowed and must outlive them. */
struct settings *settings_new(const struct option_table *table);
/* Returns an independent copy, which the caller frees; the table is shared. */
struct settings *settings_clone(const struct settings *settings);
void settings_free(struct settings *settings);
DEFINE_AUTO_PTR(settings, settings_free);
/* Returns the table of option rows, borrowed. */
const struct option_table *settings_table(const struct settings *settings);
/* Returns the row of the index-th option whose value was set, whoever set it; NULL: no more. */
const struct option *settings_set_row(const struct settings *settings, size_t index);

/* Returns the value of a string or path option, borrowed; NULL when it is unset. */
const char *settings_string(const struct settings *settings, const char *dest);
/* Returns the configuration directory, borrowed. That of a run is in the run's own settings: those
 * of a lineage may have another one, which its renewal conf remembers. */
const char *settings_config_dir(const struct settings *settings);
/* Returns the value of a number or count. */
int64_t settings_int(const struct settings *settings, const char *dest);
/* Returns the value of a flag; false when it is unset. */
bool settings_flag(const struct settings *settings, const char *dest);
/* Returns the value of a tri-state flag: -1 unset, 0 false, 1 true. */
int settings_tristate(const struct settings *settings, const char *dest);
/* Returns the items of a list, borrowed; empty when it is unset. */
const struct strvec *settings_list(const struct settings *settings, const char *dest);
/* Returns a map of strings to strings (webroot_map), borrowed. */
const struct map *settings_map(const struct settings *settings, const char *dest);

/* Sets a string or path. Setters copy the value and set the origin. */
void settings_set_string(struct settings *settings, const char *dest, const char *value,
			 enum origin origin);
/* Sets a number. */
void settings_set_int(struct settings *settings, const char *dest, int64_t value,
		      enum origin origin);
/* Sets a flag. */
void settings_set_flag(struct settings *settings, const char *dest, bool value, enum origin origin);
/* Replaces a list. */
void settings_set_list(struct settings *settings, const char *dest, const struct strvec *items,
		       enum origin origin);
/* Appends an item to a list. */
void settings_push(struct settings *settings, const char *dest, const char *item,
		   enum origin origin);
/* The same, unless the list has an equal item. */
void settings_push_unique(struct settings *settings, const char *dest, const char *item,
			  enum origin origin);
/* Sets one key of a map. */
void settings_map_set(struct settings *settings, const char *dest, const char *key,
		      const char *value, enum origin origin);
/* Restores the default. */
void settings_unset(struct settings *settings, const char *dest);

/* Returns where the current value came from. */
enum origin settings_origin(const struct settings *settings, const char *dest);
/* Certbot's "set by user": true when the value comes from the command line, a config file or a
 * runtime assignment, or when one of the option's modifiers does (account <- server <- dry_run,
 * staging; webroot_map <- webroot_path; authenticator and installer <- the selector flags). */
bool settings_is_set_by_user(const struct settings *settings, const char *dest);

/* Returns the value of an option that a plugin program declares (OPTION_OF_PROGRAM), borrowed; NULL
 * when it is unset. */
const char *settings_program_option(const struct settings *settings, const char *dest);
/* Sets it, unless its present value is of a stronger origin. Any dest will do: those of a renewal
 * conf are restored before the program has been asked. */
void settings_set_program_option(struct settings *settings, const char *dest, const char *value,
				 enum origin origin);
/* Returns the dests with such values, in the order in which they were set; the keys count. */
const struct map *settings_program_options(const struct settings *settings);

/* Sets the value from text according to the row's type and bounds. ERR_USAGE names option and
 * value. */
int settings_assign(struct settings *settings, const struct option *option, const char *text,
		    enum origin origin, struct error *err) WARN_UNUSED;

/* Uses --tls-sni-01-port, which once also set the HTTPS port of installers, as --https-port unless
 * that is given. */
void settings_follow_tls_sni_port(struct settings *settings);

/* False when a renewal conf keeps this option but cannot hold the text: invalid UTF-8, or "%(",
 * which a conf reads as a reference. */
bool settings_can_save(const struct settings *settings, const struct option *option,
		       const char *text);
/* The same check for all given options. ERR_CONFIG names the first one that cannot be kept. */
int settings_check_saved(const struct settings *settings, struct error *err) WARN_UNUSED;
/* Writes the options that a renewal conf keeps into [renewalparams], as Certbot does, and removes
 * keys that are no longer kept. A plugin's options are kept when the user set them. */
void settings_save(const struct settings *settings, struct ini_section *renewalparams);
/* Restores saved options over defaults, but never over what the user set. ERR_PARSE names key and
 * value. */
int settings_restore(struct settings *settings, const struct ini_section *renewalparams,
		     struct error *err) WARN_UNUSED;
/* Restores the saved options of one more plugin, which `renewalparams` does not name. ERR_PARSE. */
int settings_restore_further(struct settings *settings, const char *plugin,
			     const struct ini_section *renewalparams,
			     struct error *err) WARN_UNUSED;
/* Finds a row that the section has under its dest although it is saved under `saved_as`
 * (deploy_hook), and which therefore is not restored. Returns NULL when there is none. */
const struct option *settings_misnamed(const struct option_table *table,
				       const struct ini_section *renewalparams);

/* Writes one plugin's options into a section of their own. */
void settings_save_plugin(const struct settings *settings, const char *plugin,
			  struct ini_section *section);
/* The same for a section with the options of others, such as [renewalparams]: its keys of this
 * plugin become these. */
void settings_replace_plugin(const struct settings *settings, const char *plugin,
			     struct ini_section *renewalparams);

/* An option that leads to another server than it did: what a conf has, and what is set now; NULL is
 * the default. */
struct settings_move {
	const struct option *option;
	char *before, *now;
};

#define SETTINGS_MOVE_INIT                                                                         \
	{                                                                                          \
		.option = NULL                                                                     \
	}
void settings_move_release(struct settings_move *move);
DEFINE_AUTO(settings_move, settings_move_release);
/* Finds the first such option of a plugin (OPTION_PLACE). False: there is none. */
bool settings_find_move(const struct settings *settings, const char *plugin,
			const struct ini_section *renewalparams, struct settings_move *ret);

/* Restores one plugin's options from such a section: they get the values they had when they were
 * saved, whatever they are now. ERR_PARSE. */
int settings_restore_plugin(struct settings *settings, const char *plugin,
			    const struct ini_section *section, struct error *err) WARN_UNUSED;

#endif
