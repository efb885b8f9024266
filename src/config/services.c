/*
 * The section [services] of renewal confs (see services.h).
 */
#include "config/services.h"

#include <string.h>

#include "base/alloc.h"
#include "config/plugin_names.h"

#define NONE "none"
#define KEY "installers"

static bool is_none(const struct strvec *items)
{
	return items->count == 1 && strcmp(items->items[0], NONE) == 0;
}

bool services_is_given(const struct settings *settings, const char *dest)
{
	return settings_is_set_by_user(settings, dest);
}

/* "none" is how a user takes back what a conf has. */
void services_given(const struct settings *settings, const char *dest, struct strvec *ret_items)
{
	const struct strvec *given = settings_list(settings, dest);

	if (!is_none(given))
		strvec_extend(ret_items, given);
}

/* A conf without services looks as if there had never been any. */
void services_note(const struct settings *settings, const char *dest, struct ini *conf)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	if (!services_is_given(settings, dest))
		return;
	services_given(settings, dest, &items);
	if (items.count)
		ini_set_list(ini_add_section(ini_root(conf), SERVICES_SECTION), dest, &items);
	else
		ini_drop(conf, SERVICES_SECTION, dest);
}

static void note_no_proof(const struct settings *settings, struct ini *conf)
{
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	if (!services_is_given(settings, "prove") || services_in_conf(conf, "prove"))
		return;
	strvec_push(&none, NONE);
	ini_set_list(ini_add_section(ini_root(conf), SERVICES_SECTION), "prove", &none);
}

static const char *const others[] = {"fallback_servers", "dane", "prove", "prove_restart"};

bool services_others_given(const struct settings *settings)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (services_is_given(settings, others[i]))
			return true;
	return false;
}

void services_note_others(const struct settings *settings, struct ini *conf)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		services_note(settings, others[i], conf);
	note_no_proof(settings, conf);
}

/* Everything, with the word. */
static void read_list(const struct ini *conf, const char *dest, struct strvec *ret_items)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), SERVICES_SECTION);
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (section && ini_has(section, dest) &&
	    ini_get_list(section, dest, ret_items, &unreadable) < 0)
		strvec_release(ret_items);
}

bool services_in_conf(const struct ini *conf, const char *dest)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), SERVICES_SECTION);

	return section && ini_has(section, dest) && !services_are_off(conf, dest);
}

bool services_are_off(const struct ini *conf, const char *dest)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	read_list(conf, dest, &items);
	return is_none(&items);
}

/* A value that cannot be read counts as none: `certificates` and `plugins` must not fail over one
 * conf. */
void services_of_conf(const struct ini *conf, const char *dest, struct strvec *ret_items)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	read_list(conf, dest, &items);
	if (!is_none(&items))
		strvec_extend(ret_items, &items);
}

/* ---- Installers ---- */

void installers_split(const char *text, struct strvec *ret_names)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, text ? text : "", ",");
	for (size_t i = 0; i < words.count; i++)
		strvec_push_unique(ret_names, words.items[i]);
}

void installers_of(const struct settings *settings, struct strvec *ret_names)
{
	installers_split(settings_string(settings, "installer"), ret_names);
}

bool installers_include(const struct settings *settings, const char *name)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	return strvec_contains(&names, name);
}

/* Values of one place add up (`-i nginx -i postfix`); those of a stronger place replace. */
int installers_add(struct settings *settings, const struct option *option, const char *text,
		   enum origin origin, struct error *err)
{
	AUTO(strvec) struct strvec given = STRVEC_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	installers_split(text, &given);
	if (!given.count)
		return option_refuse(option, err, "it names no plugin: '%s'", text);
	if (settings_origin(settings, option->dest) == origin)
		installers_of(settings, &names);
	for (size_t i = 0; i < given.count; i++)
		strvec_push_unique(&names, given.items[i]);
	joined = strvec_join(&names, ",");
	settings_set_string(settings, option->dest, joined, origin);
	return 0;
}

/* One alone stands where Certbot has it, and nowhere else. Certbot takes "nginx,postfix" for the
 * name of a plugin that it does not have, and stops renewing. */
static void write_names(const struct strvec *names, struct ini_section *params, struct ini *conf)
{
	if (names->count)
		ini_set(params, "installer", names->items[0]);
	if (names->count > 1)
		ini_set_list(ini_add_section(ini_root(conf), SERVICES_SECTION), KEY, names);
	else
		ini_drop(conf, SERVICES_SECTION, KEY);
}

void installers_note(const struct settings *settings, struct ini *conf)
{
	struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	if (names.count > 1 && params)
		write_names(&names, params, conf);
	else
		ini_drop(conf, SERVICES_SECTION, KEY);
}

/* The name that Certbot sees, then those in the section. They differ when somebody has edited one
 * of the two, or has run Certbot with another installer: then all are told of renewals, because a
 * reload too many does less harm than a service that nobody tells. */
static int read_names(const struct ini *conf, const char *first, struct strvec *ret_names,
		      struct error *err)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), SERVICES_SECTION);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (section && ini_has(section, KEY) && ini_get_list(section, KEY, &names, err) < 0)
		return err->code;
	strvec_push(ret_names, first);
	for (size_t i = 0; i < names.count && !is_none(&names); i++)
		strvec_push_unique(ret_names, names.items[i]);
	return 0;
}

bool installers_disagree(const struct ini *conf)
{
	const struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	const char *first = params ? ini_peek(params, "installer") : NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	services_of_conf(conf, KEY, &names);
	return first && names.count && strcmp(names.items[0], first) != 0;
}

void installers_of_conf(const struct ini *conf, struct strvec *ret_names)
{
	const struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	const char *first = params ? ini_peek(params, "installer") : NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (first && strcmp(first, "None") != 0 &&
	    read_names(conf, first, ret_names, &unreadable) < 0)
		strvec_push(ret_names, first);
}

void installers_present(const struct ini *conf, struct strvec *ret_names)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT;

	installers_of_conf(conf, &recorded);
	for (size_t i = 0; i < recorded.count; i++)
		strvec_push(ret_names, plugin_name_present(recorded.items[i]));
}

void installers_add_to_conf(const struct strvec *added, struct ini *conf)
{
	struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!params)
		return;
	installers_of_conf(conf, &names);
	for (size_t i = 0; i < added->count; i++)
		strvec_push_unique(&names, added->items[i]);
	write_names(&names, params, conf);
}

/* Plugins that are programs may have their options in one list that they share. */
static int restore_shared(struct settings *settings, const struct ini_section *params,
			  struct error *err)
{
	static const char dest[] = "plugin_options";
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	if (!ini_has(params, dest) || settings_is_set_by_user(settings, dest))
		return 0;
	if (ini_get_list(params, dest, &items, err) < 0)
		return err->code;
	settings_set_list(settings, dest, &items, ORIGIN_RENEWAL_CONF);
	return 0;
}

/* An installer that is named again still has the server that it had. */
static int restore_named(struct settings *settings, const struct ini_section *params,
			 struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	for (size_t i = 0; i < names.count; i++)
		if (settings_restore_further(settings, names.items[i], params, err) < 0)
			return err->code;
	return restore_shared(settings, params, err);
}

/* The options of the first one have been restored with it. */
int installers_restore(struct settings *settings, const struct ini *conf, struct error *err)
{
	const struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	const char *first = settings_string(settings, "installer");
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (!params || !first)
		return 0;
	if (settings_origin(settings, "installer") != ORIGIN_RENEWAL_CONF)
		return restore_named(settings, params, err);
	if (read_names(conf, first, &names, err) < 0)
		return err->code;
	for (size_t i = 1; i < names.count; i++)
		if (settings_restore_further(settings, names.items[i], params, err) < 0)
			return err->code;
	joined = strvec_join(&names, ",");
	settings_set_string(settings, "installer", joined, ORIGIN_RENEWAL_CONF);
	return 0;
}
