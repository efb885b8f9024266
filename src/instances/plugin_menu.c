/*
 * Menus of plugins (see plugin_menu.h). There are more DNS providers than fit on a screen, so they
 * share one line that leads to a menu of their own. Plugins are tried before they are offered: one
 * whose software is not installed is left out, and one that does not work comes last.
 */
#include "instances/plugin_menu.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "instances/plugins.h"

/* Of a label, in code points: 80 columns less "12: ". */
#define MAX_LABEL 76

void plugin_rows_release(struct plugin_rows *rows)
{
	free(rows->items);
	*rows = (struct plugin_rows){.items = NULL};
}

static void add_plugin_row(struct plugin_rows *rows, const struct plugin *plugin)
{
	ARRAY_GROW(rows->items, rows->count, rows->capacity);
	rows->items[rows->count++] = plugin;
}

/* A program that cannot be asked must not spoil the menu of the others. */
void plugin_rows_add_programs(struct plugins *plugins, struct plugin_rows *rows)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	plugins->registry->programs->list(&names);
	for (size_t i = 0; i < names.count; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		const struct plugin *plugin = NULL;

		if (plugins_find_row(plugins, names.items[i], &plugin, &err) < 0)
			log_warning("%s", err.text);
		else if (!plugin_find(plugins->registry, names.items[i]))
			add_plugin_row(rows, plugin);
	}
}

/* The position of a choice in the menu. Web servers come first, because most people want those;
 * those that failed are shown with the reason. */
enum rank {
	RANK_WEB_SERVER,
	RANK_STANDALONE,
	RANK_WEBROOT,
	RANK_OTHER,
	RANK_DNS,    /* leads to the second menu */
	RANK_FAULTY, /* installed, but not usable */
	RANK__COUNT,
};

struct choice {
	const struct plugin *plugin;      /* NULL: RANK_DNS */
	struct plugin_instance *instance; /* NULL: not usable, or not tried yet */
	char *fault;                      /* why it is not usable */
	enum rank rank;
};

struct choices {
	struct choice *items;
	size_t count, capacity;
};

static void choices_release(struct choices *choices)
{
	for (size_t i = 0; i < choices->count; i++)
		free(choices->items[i].fault);
	free(choices->items);
}
DEFINE_AUTO(choices, choices_release);

static bool is_dns(const struct plugin *plugin)
{
	return str_starts(plugin->name, "dns-");
}

static enum rank rank_of(const struct plugin *plugin)
{
	if (strcmp(plugin->name, "standalone") == 0)
		return RANK_STANDALONE;
	if (strcmp(plugin->name, "webroot") == 0)
		return RANK_WEBROOT;
	return plugin->installer && !plugin->program ? RANK_WEB_SERVER : RANK_OTHER;
}

static void add_choice(struct choices *choices, const struct choice *choice)
{
	ARRAY_GROW(choices->items, choices->count, choices->capacity);
	choices->items[choices->count++] = *choice;
}

/* Prepares a plugin and adds it, unless its software is not installed. A server that is installed
 * may have a configuration that cannot be read, which only a try shows. */
static void try_plugin(struct plugins *plugins, const struct plugin *plugin,
		       struct choices *choices)
{
	struct choice choice = {.plugin = plugin, .rank = rank_of(plugin)};
	AUTO(error) struct error err = ERROR_INIT;

	if (plugins_get(plugins, plugins->host.settings, plugin->name, &choice.instance, &err) <
	    0) {
		if (err.code == ERR_NOT_FOUND)
			return;
		choice.fault = xstrdup(err.text);
		choice.rank = RANK_FAULTY;
	}
	add_choice(choices, &choice);
}

/* All plugins of the role that people may be offered. */
static void collect_rows(struct plugins *plugins, enum plugin_role role,
			 struct plugin_rows *ret_rows)
{
	AUTO(plugin_rows) struct plugin_rows all = {.items = NULL};

	for (size_t i = 0; i < plugins->registry->count; i++)
		add_plugin_row(&all, plugins->registry->plugins[i]);
	plugin_rows_add_programs(plugins, &all);
	for (size_t i = 0; i < all.count; i++)
		if (!(all.items[i]->flags & (PLUGIN_HIDDEN | PLUGIN_UNOFFERED)) &&
		    plugin_has_role(all.items[i], role))
			add_plugin_row(ret_rows, all.items[i]);
}

/* Sorts the choices for the menu, those of one rank in the order of the rows. */
static void arrange(const struct choices *found, struct choices *ret_arranged)
{
	for (int rank = 0; rank < RANK__COUNT; rank++)
		for (size_t i = 0; i < found->count; i++)
			if (found->items[i].rank == (enum rank)rank) {
				add_choice(ret_arranged, &found->items[i]);
				found->items[i].fault = NULL;
			}
}

/* "Cloudflare (dns-cloudflare)", cut where it is too long for a line. Cut between characters, not
 * within one. */
static char *label_of(const struct plugin *plugin, const char *mark)
{
	const char *text = plugin->title ? plugin->title : plugin->description;
	AUTO_FREE char *rest = xasprintf(" (%s)%s", plugin->name, mark);
	size_t room = strlen(rest) < MAX_LABEL ? MAX_LABEL - strlen(rest) : 0;
	size_t points = 0, cut = 0, at;

	for (at = 0; text[at]; at++) {
		if ((text[at] & 0xc0) == 0x80)
			continue;
		if (points + sizeof("...") - 1 <= room)
			cut = at;
		points++;
	}
	return points <= room ? xasprintf("%s%s", text, rest)
			      : xasprintf("%.*s...%s", (int)cut, text, rest);
}

static int ask_person(const struct ui *ui, const char *text, const struct strvec *labels,
		      const char *flag, size_t *ret_chosen, struct error *err)
{
	const struct ui_question question = {
		.text = text,
		.flag = flag,
		.choices = (const char *const *)labels->items,
		.choice_count = labels->count,
		.fallback = UI_NO_FALLBACK,
	};

	return ui_menu(ui, &question, ret_chosen, err);
}

/* DNS plugins are not tried beforehand, because each would ask for its credentials. */
static int choose_dns(struct plugins *plugins, const struct plugin_rows *rows,
		      struct plugin_instance **ret_instance, struct error *err)
{
	AUTO(strvec) struct strvec labels = STRVEC_INIT;

	for (size_t i = 0; i < rows->count; i++)
		strvec_give(&labels, label_of(rows->items[i], ""));
	for (;;) {
		AUTO(error) struct error fault = ERROR_INIT;
		size_t chosen = 0;

		if (ask_person(plugins->host.ui, "Which provider hosts the DNS zone?", &labels,
			       "--authenticator", &chosen, err) < 0)
			return err->code;
		if (plugins_get(plugins, plugins->host.settings, rows->items[chosen]->name,
				ret_instance, &fault) == 0)
			return 0;
		ui_say(plugins->host.ui, "%s", fault.text);
	}
}

static void add_labels(const struct choices *choices, struct strvec *ret_labels)
{
	for (size_t i = 0; i < choices->count; i++) {
		const struct choice *choice = &choices->items[i];

		if (choice->plugin)
			strvec_give(ret_labels,
				    label_of(choice->plugin,
					     choice->instance ? "" : " [Misconfigured]"));
		else
			strvec_push(ret_labels,
				    "Add DNS records at a DNS provider ... (dns-cloudflare, ...)");
	}
}

static int choose_from(struct plugins *plugins, enum plugin_role role,
		       const struct choices *choices, const struct plugin_rows *dns_rows,
		       struct plugin_instance **ret_instance, struct error *err)
{
	bool authenticates = role == ROLE_AUTHENTICATOR;
	const char *text = authenticates ? "How would you like to authenticate with the ACME CA?"
					 : "How would you like to install certificates?";
	AUTO(strvec) struct strvec labels = STRVEC_INIT;

	add_labels(choices, &labels);
	for (;;) {
		const struct choice *choice;
		size_t chosen = 0;

		if (ask_person(plugins->host.ui, text, &labels,
			       authenticates ? "--authenticator" : "--installer", &chosen, err) < 0)
			return err->code;
		choice = &choices->items[chosen];
		if (!choice->plugin)
			return choose_dns(plugins, dns_rows, ret_instance, err);
		*ret_instance = choice->instance;
		if (*ret_instance)
			return 0;
		ui_say(plugins->host.ui, "%s", choice->fault);
	}
}

static int nothing_to_choose(enum plugin_role role, struct error *err)
{
	if (role == ROLE_INSTALLER)
		return error_set(err, ERR_CONFIG,
				 "Certbot doesn't know how to automatically configure the web "
				 "server on this system. However, it can still get a certificate "
				 "for you. Please run \"certbot certonly\" to do so.");
	return error_set(err, ERR_CONFIG,
			 "The authenticator could not be determined; name one with -a");
}

int plugin_menu_choose(struct plugins *plugins, enum plugin_role role,
		       struct plugin_instance **ret_instance, struct error *err)
{
	AUTO(plugin_rows) struct plugin_rows rows = {.items = NULL};
	AUTO(plugin_rows) struct plugin_rows dns_rows = {.items = NULL};
	AUTO(choices) struct choices found = {.items = NULL};
	AUTO(choices) struct choices choices = {.items = NULL};

	collect_rows(plugins, role, &rows);
	for (size_t i = 0; i < rows.count; i++)
		if (is_dns(rows.items[i]))
			add_plugin_row(&dns_rows, rows.items[i]);
		else
			try_plugin(plugins, rows.items[i], &found);
	if (dns_rows.count)
		add_choice(&found, &(struct choice){.rank = RANK_DNS});
	arrange(&found, &choices);
	if (!choices.count)
		return nothing_to_choose(role, err);
	if (choices.count == 1 && choices.items[0].instance) {
		*ret_instance = choices.items[0].instance;
		return 0;
	}
	return choose_from(plugins, role, &choices, &dns_rows, ret_instance, err);
}
