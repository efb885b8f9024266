/*
 * Option rows. One row says everything about an option: its names, type and default, where help
 * shows it, and whether a renewal conf keeps it. The command line, cli.ini, renewal confs, --help,
 * the man page and shell completion all read these rows; no other code knows an option's names or
 * type.
 *
 * Core rows are in options_*.c; a plugin's rows are part of its descriptor and are added to the
 * table at start-up. A row is found by its `dest` ("webroot_path"), Certbot's own name for the
 * value. Several rows may share a dest (--redirect and --no-redirect); the first gives type and
 * default.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"

enum option_type {
	OPTION_FLAG,       /* no value: true when given */
	OPTION_FLAG_FALSE, /* no value: its dest becomes false when given (--no-autorenew) */
	OPTION_STRING,
	OPTION_INT,
	OPTION_UINT,
	OPTION_PATH,       /* made absolute */
	OPTION_LIST,       /* repeatable; each occurrence appends one item */
	OPTION_COMMA_LIST, /* repeatable; each occurrence appends the items of a comma list */
	OPTION_COUNT,      /* -v: counts occurrences */
	OPTION_MAP,        /* --webroot-map: a JSON object of strings */
	OPTION_CONST, /* no value: appends the row's `choices` to its list (--authenticators) */
	OPTION_TYPE__COUNT,
};

enum option_row_flags {
	OPTION_HIDDEN = 1 << 0,       /* not shown by --help */
	OPTION_DEPRECATED = 1 << 1,   /* accepted with a warning, no effect */
	OPTION_SILENT_NOOP = 1 << 2,  /* accepted without a warning, no effect */
	OPTION_SAVED = 1 << 3,        /* stored in renewal confs when set by the user */
	OPTION_ALWAYS_SAVED = 1 << 4, /* with OPTION_SAVED: stored even when it has its default */
	OPTION_SECRET = 1 << 5,       /* value never shown in logs or --help */
	OPTION_TRISTATE = 1 << 6,     /* flag whose unset state differs from false (--redirect) */
	OPTION_ANY_CASE = 1 << 7,     /* choices match without regard to case */
	OPTION_SELECTS_AUTHENTICATOR = 1 << 8, /* flag that selects the plugin of that name */
	OPTION_SELECTS_INSTALLER = 1 << 9,
	OPTION_OURS = 1 << 10,      /* not in Certbot: abbreviations prefer options that are */
	OPTION_FOR_VERBS = 1 << 11, /* valid only with the subcommands among its topics */
	/* Declared by a plugin that is a program, and not in the table: the settings keep its value
	 * by its dest (settings_program_option()). */
	OPTION_OF_PROGRAM = 1 << 12,
	OPTION_PLACE = 1 << 13, /* says which server is meant: another value, another server */
};

struct option {
	const char *dest;  /* "key_type" */
	const char *names; /* "-w --webroot-path", blank-separated; the first long one counts */
	enum option_type type;
	const char *fallback; /* default as text, NULL: unset */
	/* Blank-separated allowed words, or NULL. A word "http=http-01" is written `http` and
	 * stored as `http-01`. For numbers, their range: "0..65535". */
	const char *choices;
	const char *metavar; /* word for the value in help */
	/* Blank-separated help topics: "security renew". The first one is where `--help all` shows
	 * it; "subcommands" stands for each of them. */
	const char *topics;
	unsigned flags;       /* enum option_row_flags */
	const char *help;     /* one paragraph; "" for hidden rows */
	const char *saved_as; /* key in renewal confs if it differs from the dest, or NULL */
};

/* All rows of this run: core first, then each plugin's. Rows are borrowed. */
struct option_table {
	const struct option **rows;
	size_t count, capacity;
	size_t core_count;       /* number of rows that belong to no plugin */
	struct map by_dest;      /* dest -> first row with that dest */
	struct map by_name;      /* "--long" and "-s" -> row, in the order of the rows */
	struct strvec cut_names; /* keys of by_name from rows that have several names */
	/* Finds a row by its full name that is not in the table: plugins that are programs say at
	 * run time what options they have. Sets NULL when there is none. NULL: there are no
	 * programs. */
	int (*find_more)(void *context, const char *name, const struct option **ret_option,
			 struct error *err);
	void *more_context;
};

/* Fills a table with the core rows. */
void option_table_init(struct option_table *table);
void option_table_release(struct option_table *table);
DEFINE_AUTO(option_table, option_table_release);
/* Adds a plugin's rows, which are borrowed. A duplicate name is a bug. */
void option_table_add(struct option_table *table, const struct option *rows, size_t count);
/* Returns the first row with that dest, or NULL. */
const struct option *option_table_find(const struct option_table *table, const char *dest);
/* Returns the row with that full name, "--long" or "-s", or NULL. Names of plugins' options may have
 * the name of a distribution in front, as in Certbot before 1.7: "--certbot-postfix:postfix-ctl". */
const struct option *option_table_find_name(const struct option_table *table, const char *name);
/* Returns the row whose value renewal confs store under that key, or NULL: the row with that dest
 * or, for keys that a plugin of that name wrote before it was built in, the one with that name
 * ("certbot_postfix:postfix_ctl"). */
const struct option *option_table_find_saved(const struct option_table *table, const char *key);
/* True for core rows; false for rows of plugins, even plugins that this build lacks. */
bool option_table_is_core(const struct option_table *table, const struct option *option);

/* Returns the canonical long name with dashes ("--webroot-path"); the caller frees it. */
char *option_long_name(const struct option *option);
/* True when `topic` is one of the row's topics. */
bool option_has_topic(const struct option *option, const char *topic);
/* False for flags, counts and OPTION_CONST. */
bool option_takes_value(const struct option *option);
/* Returns the stored form of a word of `choices`, which the caller frees, or NULL when the row does
 * not allow the word. */
char *option_choice(const struct option *option, const char *word);
/* Sets ERR_USAGE with "argument -d/--domains/--domain: <text>", the wording of argparse. */
int option_refuse(const struct option *option, struct error *err, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
