/*
 * Prints --help, the man pages, shell completion and the option tables from the rows of options and
 * verbs.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "codec/json.h"
#include "config/option.h"

struct plugin_manual;

/* A key of a plugin's credentials file. */
struct help_key {
	const char *name;    /* "dns_cloudflare_api_token" */
	const char *meaning; /* completes "should be ..." */
	bool is_optional;
	bool is_in_sample; /* needed, or one of the first way to log in of several */
};

/* A plugin as the help pages see it. */
struct help_plugin {
	const char *name;
	const char *description;
	const struct option *options;
	size_t option_count;
	bool is_hidden, is_authenticator, is_installer;
	const struct help_key *keys;
	size_t key_count;
	const char *credentials_source;     /* completes "Where to get them: "; may be NULL */
	const struct plugin_manual *manual; /* what its page says beyond the rows; may be NULL */
};

struct help_source {
	const struct option_table *table;
	const struct help_plugin *plugins;
	size_t plugin_count;
	const char *version; /* of the program */
	const char *date;    /* of its release: "Nov 29, 2026" */
	int width;           /* columns */
};

/* Appends the text of `certbot --help [TOPIC]`; an unknown or NULL topic gives the overview. */
void help_print(const struct help_source *source, const char *topic, struct strbuf *out);
/* Makes what `certbot --help [TOPIC] --json` tells, an object with its members; the caller frees
 * it. */
struct json *help_tell(const struct help_source *source, const char *topic) WARN_UNUSED;
/* Appends the usage lines that are printed above a usage error. */
void help_print_usage(struct strbuf *out);
/* Appends certbot(1) in man(7) macros. */
void help_print_man(const struct help_source *source, struct strbuf *out);
/* Returns true if the plugin has a page of its own: a hidden one only if it has a text for it. */
bool help_has_page(const struct help_plugin *plugin);
/* Appends certbot-PLUGIN(7), for one of the source's plugins. */
void help_print_man_plugin(const struct help_source *source, const struct help_plugin *plugin,
			   struct strbuf *out);
/* Appends what a page about the plugin's credentials must say: its name, the keys, and where to get
 * them, separated by tabs; nothing for a plugin without. */
void help_print_credentials(const struct help_plugin *plugin, struct strbuf *out);
/* Appends the options as Markdown tables. */
void help_print_table(const struct help_source *source, struct strbuf *out);
/* Appends the completion script for fish. */
void help_print_fish(const struct help_source *source, struct strbuf *out);
/* Appends the completion script for zsh. */
void help_print_zsh(const struct help_source *source, struct strbuf *out);
/* Appends the completion script for bash. */
void help_print_bash(const struct help_source *source, struct strbuf *out);

#endif
