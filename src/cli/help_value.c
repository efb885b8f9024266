/*
 * The kinds of values that shells complete (see help_parts.h).
 */
#include <string.h>

#include "base/ascii.h"
#include "cli/help.h"
#include "cli/help_parts.h"

/* The words to type: "http" of "http=http-01". */
static void add_choices(const struct option *option, struct strbuf *out)
{
	struct span rest = span_of(option->choices), choice;

	while (span_take_until(&rest, ' ', &choice)) {
		struct span written;

		span_take_until(&choice, '=', &written);
		strbuf_addf(out, "%s%.*s", out->len ? " " : "", (int)written.len, written.ptr);
	}
}

static void add_plugins(const struct help_source *source, const struct option *option,
			struct strbuf *out)
{
	bool authenticates = strcmp(option->dest, "authenticator") == 0;
	bool installs = strcmp(option->dest, "installer") == 0;

	for (size_t i = 0; i < source->plugin_count; i++) {
		const struct help_plugin *plugin = &source->plugins[i];

		if ((!authenticates || plugin->is_authenticator) &&
		    (!installs || plugin->is_installer))
			strbuf_addf(out, "%s%s", out->len ? " " : "", plugin->name);
	}
}

enum help_value help_value_of(const struct help_source *source, const struct option *option,
			      struct strbuf *ret_words)
{
	const char *metavar = help_metavar(option);

	if (!option_takes_value(option))
		return HELP_VALUE_NONE;
	if (option->choices && !strstr(option->choices, "..")) {
		add_choices(option, ret_words);
		return HELP_VALUE_WORDS;
	}
	if (strcmp(option->dest, "certname") == 0)
		return HELP_VALUE_CERTIFICATE;
	if (strcmp(metavar, "PLUGIN") == 0) {
		add_plugins(source, option, ret_words);
		return HELP_VALUE_WORDS;
	}
	if (str_starts(metavar, "DIR") || strcmp(option->dest, "webroot_path") == 0)
		return HELP_VALUE_DIRECTORY;
	return str_starts(metavar, "FILE") ? HELP_VALUE_FILE : HELP_VALUE_ANY;
}

struct span help_first_sentence(const struct option *option)
{
	const char *end = strstr(option->help, ". ");
	struct span text = span_of(option->help);

	if (end)
		text.len = (size_t)(end - option->help);
	else if (text.len && text.ptr[text.len - 1] == '.')
		text.len--;
	return text;
}
