/*
 * The pages of --help for programs (see help_parts.h): an object with sections, each with its
 * subcommands and options. It is filled by what prints the text, so both have the same in them.
 */
#include "base/span.h"
#include "cli/help_parts.h"

static void push_to_section(const struct json *told, const char *list, struct json *own_element)
{
	const struct json *sections = json_member(told, "sections");
	const struct json *section = json_at(sections, json_count(sections) - 1);

	json_push(json_member(section, list), own_element);
}

void help_tell_usage(struct json *told, const char *usage)
{
	if (told)
		json_set_string(told, "usage", usage);
}

void help_tell_section(struct json *told, const char *name, const char *text)
{
	struct json *section;

	if (!told)
		return;
	section = json_object_new();
	json_set_string(section, "name", name);
	json_set_string(section, "text", text);
	json_set(section, "subcommands", json_array_new());
	json_set(section, "options", json_array_new());
	json_push(json_member(told, "sections"), section);
}

void help_tell_verb(struct json *told, const struct verb *verb)
{
	struct json *object;

	if (!told)
		return;
	object = json_object_new();
	json_set_string(object, "name", verb->name);
	json_set_string(object, "summary", verb->summary);
	push_to_section(told, "subcommands", object);
}

/* The default of a secret is nobody's business, and that of a flag is that it is not given. */
void help_tell_option(struct json *told, const struct option *option)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	bool has_default = option_takes_value(option) && !(option->flags & OPTION_SECRET);
	struct json *object;

	if (!told)
		return;
	strvec_split(&names, option->names, " ");
	object = json_object_new();
	json_set(object, "names", json_strings_new(&names));
	json_set_text(object, "value", help_metavar(option));
	json_set_text(object, "default", has_default ? option->fallback : NULL);
	json_set_string(object, "text", option->help);
	push_to_section(told, "options", object);
}
