/*
 * Reads all lineages (see status_list.h). The threads that open the lineages make the entries;
 * between blocks these are only moved into the list.
 */
#include "app/status/status_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/directories.h"

struct reading {
	const struct plugin_registry *registry;
	const char *config_dir;
	int64_t window; /* --renew-window in seconds */
	struct status_list *list;
};

void status_list_release(struct status_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		status_entry_free(list->entries[i]);
	free(list->entries);
	*list = (struct status_list)STATUS_LIST_INIT;
}

static struct status_entry *make_entry(const struct reading *reading, struct lineage_opened *opened)
{
	const struct status_clock clock = {reading->list->now, reading->window};

	return status_entry_new(reading->registry, reading->config_dir, opened, &clock);
}

/* Called in several threads. Frees the lineage here, too, while the other threads work. */
static void prepare_entry(void *context, struct lineage_opened *opened)
{
	opened->prepared = make_entry(context, opened);
	lineage_free(STEAL(opened->lineage));
}

static void discard_entry(void *own_prepared)
{
	status_entry_free(own_prepared);
}

static int take_entry(void *context, struct lineage_opened *opened, struct error *err)
{
	struct reading *reading = context;
	struct status_list *list = reading->list;
	struct status_entry *entry = STEAL(opened->prepared);

	if (!entry) /* it could not be opened, so no entry was made */
		entry = make_entry(reading, opened);
	ARRAY_GROW(list->entries, list->count, list->capacity);
	list->entries[list->count++] = entry;
	list->counts[entry->state]++;
	return 0;
}

int status_list_read(const struct plugins *plugins, const char *wanted, struct status_list *ret,
		     struct error *err)
{
	const char *config_dir = settings_config_dir(plugins->host.settings);
	int64_t window = settings_int(plugins->host.settings, "renew_window") * 86400;
	struct reading reading = {plugins->registry, config_dir, window, ret};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct lineage_walk walk = {
		.config_dir = config_dir,
		.names = &names,
		.verifies = true,
		.prepare = prepare_entry,
		.discard = discard_entry,
		.visit = take_entry,
		.context = &reading,
	};

	if (directories_check_readable(config_dir, err) < 0 ||
	    lineage_names(config_dir, &names, err) < 0)
		return err->code;
	if (wanted && !strvec_keep_only(&names, wanted)) {
		error_set(err, ERR_NOT_FOUND, "there is no certificate named '%s' here", wanted);
		return error_hint(err, "certbot certificates lists what there is");
	}
	ret->now = network_now(plugins->network);
	return lineage_walk(&walk, err);
}

int status_list_need(const struct plugins *plugins, struct status_list *list, struct error *err)
{
	if (list->is_read)
		return 0;
	/* A reading that failed may have left a part, which must not be there twice. */
	status_list_release(list);
	if (status_list_read(plugins, NULL, list, err) < 0)
		return err->code;
	list->is_read = true;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct status_entry *left = *(struct status_entry *const *)a;
	const struct status_entry *right = *(struct status_entry *const *)b;

	if (left->state != right->state)
		return left->state < right->state ? -1 : 1;
	if (status_entry_end(left) != status_entry_end(right))
		return status_entry_end(left) < status_entry_end(right) ? -1 : 1;
	return strcmp(left->name, right->name);
}

void status_list_sort(struct status_list *list)
{
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), compare_entries);
}

size_t status_list_bad(const struct status_list *list)
{
	size_t count = 0;

	for (int state = 0; state < STATUS_STATE__COUNT; state++)
		count += status_states[state].is_bad ? list->counts[state] : 0;
	return count;
}

char *status_list_headline(const struct status_list *list)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *separator = ": ";

	strbuf_addf(&text, "%zu certificate%s", list->count, list->count == 1 ? "" : "s");
	for (int state = 0; state < STATUS_STATE__COUNT; state++) {
		if (!list->counts[state])
			continue;
		strbuf_addf(&text, "%s%zu %s", separator, list->counts[state],
			    status_states[state].id);
		separator = ", ";
	}
	return strbuf_detach(&text);
}
