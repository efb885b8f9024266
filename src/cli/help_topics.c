/*
 * The topics of help, and the text about a single option. Layout is help.c's and help_man.c's.
 */
#include <string.h>

#include "base/macros.h"
#include "base/span.h"
#include "cli/help_parts.h"

const char help_purpose[] =
	"Obtains, renews and installs TLS certificates from a CA that speaks ACME, such as Let's "
	"Encrypt. Unless told otherwise, it uses the web server of this machine both to prove "
	"control over the names and to serve them with the new certificate.";

const struct help_topic help_topics[] = {
	{"general", "options", "", NULL},
	{"automation", "automation", "Unattended use, and general settings:", NULL},
	{"security", "security", "Keys and web server security:", NULL},
	{"testing", "testing", "For testing:", NULL},
	{"paths", "paths", "Files, directories and servers:", NULL},
	{"fleet", "fleet", "Several machines with the same certificates, through etcd:",
	 "fleet-status fleet-init fleet-join fleet-pull fleet-agent fleet-leave fleet-adopt fleet-release "
	 "fleet-want fleet-limit fleet-rekey fleet-prune fleet-snippet"},
	{"manage", "manage", "Subcommands and options for managing certificates:",
	 "certificates delete renew revoke reconfigure update_symlinks"},
};

const size_t help_topic_count = ARRAY_LEN(help_topics);

/* Hidden rows work on the command line but are not advertised: renamed options, mostly. */
bool help_is_on_page(const struct option *option, const char *topic)
{
	return !(option->flags & OPTION_HIDDEN) && option_has_topic(option, topic);
}

bool help_is_on_verb_page(const struct option *option, const char *verb)
{
	return help_is_on_page(option, verb) || help_is_on_page(option, "subcommands");
}

/* The first topic of a row is where the option is listed when every option is listed once. */
bool help_is_at_home(const struct option *option, const char *topic)
{
	struct span rest = span_of(option->topics), home;

	return !(option->flags & OPTION_HIDDEN) && span_take_until(&rest, ' ', &home) &&
	       span_eq(home, topic);
}

/* Returns the default as help shows it. */
static const char *default_text(const struct option *option)
{
	if (option->type == OPTION_FLAG || option->type == OPTION_FLAG_FALSE)
		return option->flags & OPTION_TRISTATE ? "None" : "False";
	if (!option->fallback || option->flags & OPTION_SECRET)
		return "None";
	return option->fallback[0] ? option->fallback : "\"\"";
}

/* A text that explains its default itself is left alone. */
void help_add_text(const struct option *option, struct strbuf *out)
{
	strbuf_adds(out, option->help);
	if (!strstr(option->help, "(default:"))
		strbuf_addf(out, " (default: %s)", default_text(option));
}

const char *help_metavar(const struct option *option)
{
	if (option->metavar)
		return option->metavar;
	return option_takes_value(option) ? "VALUE" : NULL;
}
