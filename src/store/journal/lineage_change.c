/*
 * Changes of lineages (see lineage_change.h).
 */
#include "store/journal/lineage_change.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "codec/ini.h"
#include "store/journal/journal.h"

void lineage_change_release(struct lineage_change *change)
{
	strbuf_release(&change->before);
}

void lineage_change_begin(struct changes *changes, const struct lineage *lineage,
			  struct lineage_change *ret_change)
{
	ret_change->changes = changes;
	if (!changes)
		return;
	ret_change->from = lineage_current_version(lineage);
	strbuf_clear(&ret_change->before);
	ini_print(lineage_conf(lineage), &ret_change->before);
}

/* The rights that the conf may give; it loses those of others when it gets a secret. The state
 * before is recorded without them too: an undo does not give them back. */
static mode_t rights_of_conf(const struct lineage *lineage)
{
	return ini_has_secret(lineage_conf(lineage)) ? 07700 : 07777;
}

/* Adds the conf if its options differ. A renewal by the timer changes none, and costs no file. */
static void add_conf(struct lineage_change *change, const struct lineage *lineage,
		     struct change *record)
{
	AUTO(strbuf) struct strbuf after = STRBUF_INIT;
	struct file_state old_state, new_state;
	mode_t rights = rights_of_conf(lineage);
	struct stat attributes;

	ini_print(lineage_conf(lineage), &after);
	old_state = file_state_of_conf(S_IFREG | (0644 & rights),
				       span_make(change->before.text, change->before.len));
	new_state = file_state_of_conf(S_IFREG | (0644 & rights), span_make(after.text, after.len));
	if (file_state_same(&old_state, &new_state))
		return;
	if (stat(lineage_conf_path(lineage), &attributes) == 0)
		old_state.mode = new_state.mode = attributes.st_mode & (S_IFMT | rights);
	changes_keep(change->changes, &old_state,
		     span_make(change->before.text, change->before.len));
	change_add_file(record, lineage_conf_path(lineage), &old_state, &new_state);
}

void lineage_change_end(struct lineage_change *change, const struct lineage *lineage, int64_t to,
			const char *verbed)
{
	AUTO(change) struct change *record = changes_begin(change->changes, "%s %s", verbed,
							   lineage_name(lineage));

	if (!record)
		return;
	strvec_push(&record->lineages, lineage_name(lineage));
	record->reason = xstrdup_or_null(change->reason);
	if (to != change->from) {
		record->from = change->from;
		record->to = to;
		/* Somebody had removed the links: there is no generation to go back to. */
		if (!record->from)
			record->obstacle = xstrdup("live/ showed no certificate before it");
	}
	add_conf(change, lineage, record);
	if (change->obstacle && !record->obstacle)
		record->obstacle = xstrdup(change->obstacle);
	if (record->to || record->file_count || record->obstacle)
		change->number = changes_add(change->changes, STEAL(record));
}

void lineage_change_drop(struct lineage_change *change)
{
	changes_drop(change->changes, change->number);
	change->number = 0;
}

/* Its key would have to go with it, and only `delete` removes keys. */
static void record_creation(struct changes *changes, const struct lineage *lineage,
			    const char *reason)
{
	const char *name = lineage_name(lineage);
	struct change *record = changes_begin(changes, "made certificate %s", name);
	const struct file_state none = {.mode = 0};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct file_state state;

	if (!record)
		return;
	ini_print(lineage_conf(lineage), &text);
	state = file_state_of_conf(S_IFREG | (0644 & rights_of_conf(lineage)),
				   span_make(text.text, text.len));
	strvec_push(&record->lineages, name);
	record->to = 1;
	record->reason = xstrdup_or_null(reason);
	change_add_file(record, lineage_conf_path(lineage), &none, &state);
	record->obstacle = xasprintf(
		"to take back a new certificate, use 'certbot delete --cert-name %s', which removes its key",
		name);
	changes_add(changes, record);
}

void lineage_change_made(void *changes, const struct lineage *lineage)
{
	record_creation(changes, lineage, NULL);
}

/* True when the newest record that made or removed the conf made it. */
static bool is_on_record(const struct changes *changes, const struct lineage *lineage)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (journal_read(changes_journal(changes), &list, &unreadable) < 0)
		return false;
	for (size_t i = list.count; i-- > 0;) {
		const struct change *change = list.items[i];
		const struct change_file *conf = change_find_file(change,
								  lineage_conf_path(lineage));

		if (conf && !change->is_void && (!conf->before.mode || !conf->after.mode))
			return !conf->before.mode;
	}
	return false;
}

void lineage_change_found_made(void *changes, const struct lineage *lineage)
{
	if (changes && !is_on_record(changes, lineage))
		record_creation(changes, lineage, "an interrupted run had obtained it");
}

int64_t lineage_change_deleted(struct changes *changes, const char *config_dir, const char *name)
{
	struct change *record = changes_begin(changes, "deleted certificate %s", name);
	AUTO_FREE char *path = store_renewal_path(config_dir, name);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct file_state none = {.mode = 0};
	struct file_state before;

	if (!record)
		return 0;
	if (file_state_read(path, true, &before, &text, &unreadable) == 0 && before.mode)
		change_add_file(record, path, &before, &none);
	strvec_push(&record->lineages, name);
	record->obstacle = xstrdup("its keys are gone; 'certbot certonly' obtains another one");
	return changes_add(changes, record);
}
