/*
 * Compares the two programs (see shadow_compare.h). Only what matters to somebody who switches is a
 * difference: wording, order, and options that neither program knows do not count.
 */
#include "handover/shadow_compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "config/services.h"
#include "foreign/certbot_output.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"

#define MAX_CONF (1024 * 1024)

void shadow_confs_release(struct shadow_confs *confs)
{
	for (size_t i = 0; i < confs->count; i++) {
		free(confs->items[i].name);
		ini_free(confs->items[i].ini);
	}
	free(confs->items);
}

int shadow_confs_read(const char *config_dir, struct shadow_confs *ret, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = store_renewal_path(config_dir, names.items[i]);
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error broken = ERROR_INIT;
		struct shadow_conf *conf;

		if (file_read(path, MAX_CONF, &text, err) < 0)
			return err->code;
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		conf = &ret->items[ret->count++];
		*conf = (struct shadow_conf){.name = xstrdup(names.items[i])};
		if (ini_parse(text.text, text.len, path, &conf->ini, &broken) < 0)
			conf->ini = NULL;
	}
	return 0;
}

static const struct ini_section *params_of(const struct shadow_conf *conf)
{
	return conf->ini ? ini_find_section(ini_root(conf->ini), "renewalparams") : NULL;
}

/* ---- Differences ---- */

void differences_release(struct differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		free(differences->items[i].subject);
		free(differences->items[i].here);
		free(differences->items[i].there);
	}
	free(differences->items);
}

void differences_add(struct differences *differences, const char *area, char *own_subject,
		     char *own_here, char *own_there)
{
	ARRAY_GROW(differences->items, differences->count, differences->capacity);
	differences->items[differences->count++] = (struct difference){area, own_subject, own_here,
								       own_there};
}

bool shadow_compare_starts(const struct shadow_side *here, const struct shadow_side *there,
			   struct differences *differences)
{
	if (!here->failure && !there->failure)
		return false;
	differences_add(differences, "options", xstrdup("cli.ini"),
			xstrdup(here->failure ? here->failure : "accepted"),
			xstrdup(there->failure ? there->failure : "accepted"));
	return true;
}

/* ---- Plugins ---- */

static bool is_value(const char *text)
{
	return text && text[0] && strcmp(text, "None") != 0;
}

/* Name of a plugin -> names of the lineages that want it, joined. */
static void add_wanted(struct map *wanted, const char *plugin, const char *lineage)
{
	const char *so_far = map_get(wanted, plugin);

	map_set(wanted, plugin, so_far ? xasprintf("%s, %s", so_far, lineage) : xstrdup(lineage));
}

static void collect_wanted(const struct shadow_conf *conf, struct map *wanted)
{
	const struct ini_section *params = params_of(conf);
	const char *authenticator = params ? ini_peek(params, "authenticator") : NULL;
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	if (!params)
		return;
	if (is_value(authenticator))
		add_wanted(wanted, authenticator, conf->name);
	installers_of_conf(conf->ini, &installers);
	for (size_t i = 0; i < installers.count; i++)
		if (!authenticator || strcmp(installers.items[i], authenticator) != 0)
			add_wanted(wanted, installers.items[i], conf->name);
}

/* A plugin named in cli.ini applies to all lineages, whatever their confs say. If the options
 * contradict each other, `renew` itself refuses them. */
static void collect_given(const struct plugins *plugins, const struct settings *settings,
			  struct map *wanted)
{
	struct plugin_choice choice;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;

	if (plugin_requested(plugins->registry, settings, &choice, &none) < 0)
		return;
	installers_split(choice.installer, &names);
	if (choice.authenticator)
		strvec_push_unique(&names, choice.authenticator);
	for (size_t i = 0; i < names.count; i++)
		if (is_value(names.items[i]))
			add_wanted(wanted, names.items[i], "cli.ini");
}

/* These two are never listed, since nobody has to choose them. */
static bool is_there(const struct shadow_side *there, const char *name)
{
	return strvec_contains(&there->plugins, name) || strcmp(name, "manual") == 0 ||
	       strcmp(name, "null") == 0;
}

void shadow_compare_plugins(struct plugins *plugins, const struct settings *settings,
			    const struct shadow_confs *confs, const struct shadow_side *there,
			    struct differences *differences)
{
	AUTO(map) struct map wanted = MAP_INIT(free);

	for (size_t i = 0; i < confs->count; i++)
		collect_wanted(&confs->items[i], &wanted);
	collect_given(plugins, settings, &wanted);
	for (size_t i = 0; i < wanted.count; i++) {
		const char *name = wanted.entries[i].key;
		const struct plugin *row = NULL;
		AUTO(error) struct error lacking = ERROR_INIT;
		bool here = plugins_find_row(plugins, name, &row, &lacking) == 0;
		bool other = there ? is_there(there, name) : true;

		/* If neither program has the plugin, neither can renew: that is not a
		 * difference. */
		if (here && other)
			continue;
		differences_add(differences, "plugins",
				xasprintf("%s, for %s", name, (char *)wanted.entries[i].value),
				here ? xstrdup("installed") : xstrdup(lacking.text),
				xstrdup(!there  ? "in use"
					: other ? "installed"
						: "not installed"));
	}
}

/* ---- Options ---- */

/* An option that is accepted but has no effect counts as unknown. */
static const struct option *find_known(const struct option_table *table, const char *key,
				       const char *name)
{
	const struct option *option = option_table_find_saved(table, key);
	AUTO(error) struct error none = ERROR_INIT;

	if (!option && table->find_more &&
	    table->find_more(table->more_context, name, &option, &none) < 0)
		return NULL;
	return option && option->flags & (OPTION_DEPRECATED | OPTION_SILENT_NOOP) ? NULL : option;
}

/* Key of a conf, written as an option of the command line -> the confs that have it. */
struct keys {
	struct map confs;   /* option -> heap text */
	struct strvec here; /* options that this program knows */
};

static char *option_name_of(const struct option_table *table, const char *key)
{
	const struct option *option = option_table_find_saved(table, key);
	char *name = option ? option_long_name(option) : xasprintf("--%s", key);

	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = '-';
	return name;
}

static void collect_keys(const struct option_table *table, const struct shadow_conf *conf,
			 struct keys *keys)
{
	const struct ini_section *params = params_of(conf);
	const char *key;

	for (size_t i = 0; params && (key = ini_key_at(params, i)); i++) {
		const char *value = ini_peek(params, key);
		AUTO_FREE char *name = option_name_of(table, key);

		if (value && (!is_value(value) || strcmp(value, "False") == 0))
			continue;
		if (!map_contains(&keys->confs, name) && find_known(table, key, name))
			strvec_push(&keys->here, name);
		add_wanted(&keys->confs, name, conf->name);
	}
}

static void compare_keys(const struct keys *keys, const struct strvec *unknown_there,
			 struct differences *differences)
{
	for (size_t i = 0; i < keys->confs.count; i++) {
		const char *name = keys->confs.entries[i].key;
		bool here = strvec_contains(&keys->here, name);
		bool there = !strvec_contains(unknown_there, name);

		if (here != there)
			differences_add(differences, "options",
					xasprintf("%s, saved for %s", name,
						  (char *)keys->confs.entries[i].value),
					xstrdup(here ? "known" : "ignored"),
					xstrdup(there ? "known" : "ignored"));
	}
}

int shadow_compare_options(const struct settings *settings, const struct shadow_confs *confs,
			   struct shadow_side *there, struct differences *differences,
			   struct error *err)
{
	struct keys keys = {.confs = MAP_INIT(free), .here = STRVEC_INIT};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec unknown = STRVEC_INIT;

	for (size_t i = 0; i < confs->count; i++)
		collect_keys(settings_table(settings), &confs->items[i], &keys);
	for (size_t i = 0; i < keys.confs.count; i++)
		strvec_push(&names, keys.confs.entries[i].key);
	if (shadow_side_unknown(there, settings, &names, &unknown, err) == 0)
		compare_keys(&keys, &unknown, differences);
	map_release(&keys.confs);
	strvec_release(&keys.here);
	return err->code;
}

/* ---- renew ---- */

static const char *word_of(const struct shadow_side *side, const struct shadow_conf *conf,
			   const char *conf_path)
{
	const char *live = conf->ini ? ini_peek(ini_root(conf->ini), "fullchain") : NULL;
	const char *word = live ? map_get(&side->plan, live) : NULL;

	return word ? word : map_get(&side->plan, conf_path);
}

/* Both programs run against a CA that does not exist, and both call a lineage failed that they
 * tried to renew: what fails was due. */
static bool is_due(const char *word)
{
	return word && (strcmp(word, "failure") == 0 || strcmp(word, "success") == 0);
}

static bool is_same_word(const char *a, const char *b)
{
	return str_eq_or_null(a, b) || (is_due(a) && is_due(b));
}

static char *describe_word(const struct shadow_side *side, const struct shadow_conf *conf,
			   const char *conf_path, const char *word)
{
	AUTO_FREE char *text = NULL;

	if (!word)
		return xstrdup("not mentioned");
	if (is_due(word)) {
		text = certbot_output_reason(span_make(side->log.text, side->log.len), conf->name,
					     conf_path);
		return text ? xasprintf("due: %s", text) : xstrdup("due");
	}
	if (strcmp(word, "skipped") == 0)
		return xstrdup("not due");
	if (strcmp(word, "parsefail") != 0)
		return xstrdup(word);
	text = certbot_output_fault(span_make(side->errors.text, side->errors.len), conf_path);
	return text ? xasprintf("cannot be used: %s", text) : xstrdup("cannot be used");
}

void shadow_compare_plans(const struct shadow_confs *confs, const struct shadow_side *here,
			  const struct shadow_side *there, struct differences *differences)
{
	for (size_t i = 0; i < confs->count; i++) {
		const struct shadow_conf *conf = &confs->items[i];
		AUTO_FREE char *path = store_renewal_path(here->config_dir, conf->name);
		const char *ours = word_of(here, conf, path);
		const char *theirs = word_of(there, conf, path);

		if (!is_same_word(ours, theirs))
			differences_add(differences, "renewal", xstrdup(conf->name),
					describe_word(here, conf, path, ours),
					describe_word(there, conf, path, theirs));
	}
}

/* ---- certificates ---- */

/* Versions of Certbot print different lines. A line that one of the programs prints for no
 * certificate at all is not compared. */
static bool prints_label(const struct shadow_side *side, const char *key)
{
	const char *label = strrchr(key, ',');

	for (size_t i = 0; label && i < side->certificates.count; i++)
		if (str_ends(side->certificates.entries[i].key, label))
			return true;
	return !label;
}

/* A lineage that one program does not list at all is reported once, by its expiry date, which every
 * version prints, and not once a line. */
static bool counts(const struct shadow_side *other, const char *key)
{
	return str_ends(key, ", expiry date") ||
	       (map_get(&other->certificates, key) && prints_label(other, key)) || key[0] == '/';
}

static void compare_value(const char *key, const char *here, const char *there,
			  struct differences *differences)
{
	if (!str_eq_or_null(here, there))
		differences_add(differences, "certificates", xstrdup(key),
				xstrdup(here ? here : "not listed"),
				xstrdup(there ? there : "not listed"));
}

void shadow_compare_certificates(const struct shadow_side *here, const struct shadow_side *there,
				 struct differences *differences)
{
	for (size_t i = 0; i < here->certificates.count; i++) {
		const char *key = here->certificates.entries[i].key;

		if (counts(there, key))
			compare_value(key, here->certificates.entries[i].value,
				      map_get(&there->certificates, key), differences);
	}
	for (size_t i = 0; i < there->certificates.count; i++) {
		const char *key = there->certificates.entries[i].key;

		if (counts(here, key) && !map_get(&here->certificates, key))
			compare_value(key, NULL, there->certificates.entries[i].value, differences);
	}
}

/* ---- Timers ---- */

/* Our timer runs `renew` without options: those that the other program's timer or cron line adds
 * would be lost. */
void shadow_compare_schedules(const struct schedules *schedules, struct differences *differences)
{
	bool is_ours_enabled = false;

	for (size_t i = 0; i < schedules->count; i++)
		is_ours_enabled = is_ours_enabled || (schedules->items[i].is_ours &&
						      schedule_is_enabled(&schedules->items[i]));
	for (size_t i = 0; i < schedules->count; i++) {
		const struct schedule *schedule = &schedules->items[i];

		if (schedule->is_ours || !schedule_is_enabled(schedule))
			continue;
		if (schedule->options || strcmp(schedule->verb, "renew") != 0)
			differences_add(differences, "timers", xstrdup(schedule->name),
					xstrdup("renew, without further options"),
					xasprintf("%s %s", schedule->verb,
						  schedule->options ? schedule->options : ""));
		if (is_ours_enabled)
			differences_add(differences, "timers", xstrdup(schedule->name),
					xstrdup("renews by itself already"),
					xstrdup("renews as well"));
	}
}
