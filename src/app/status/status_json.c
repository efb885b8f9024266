/*
 * The list as a JSON document (see status_json.h).
 */
#include "app/status/status_json.h"

#include "codec/output/result.h"
#include "codec/json.h"
#include "config/servers.h"

static struct json *json_of_failure(const struct status_failure *failure)
{
	struct json *object = json_object_new();

	json_set_int(object, "count", failure->count);
	json_set_text(object, "class", failure->class);
	json_set_text(object, "text", failure->text);
	json_set_text(object, "problem", failure->problem);
	json_set_text(object, "name", failure->name);
	json_set_time(object, "since", failure->since);
	json_set_time(object, "last", failure->at);
	return object;
}

/* With `when` null and `due` true, the next run of `renew` tries it. */
static struct json *json_of_next_try(const struct status_entry *entry)
{
	struct json *object = json_object_new();

	json_set_bool(object, "due", entry->next_why && !entry->next_try);
	json_set_time(object, "when", entry->next_try);
	json_set_text(object, "why", entry->next_why);
	return object;
}

static void set_second_key(struct json *object, const struct status_entry *entry)
{
	const bool is_left = entry->left_type != NULL;
	struct json *second;

	if (!entry->second_type && !is_left) {
		json_set_text(object, "second", NULL);
		return;
	}
	second = json_object_new();
	json_set_string(second, "key_type", is_left ? entry->left_type : entry->second_type);
	json_set_time(second, "not_after",
		      is_left ? entry->left_not_after : entry->second_not_after);
	json_set_bool(second, "revoked",
		      is_left ? entry->is_left_revoked : entry->is_second_revoked);
	json_set_bool(second, "renewed", !is_left);
	json_set(object, "second", second);
}

static struct json *json_of_debts(unsigned debts)
{
	struct json *array = json_array_new();

	for (int debt = 0; debt < STATUS_DEBT__COUNT; debt++)
		if (debts & 1U << debt)
			json_push_string(array, status_debt_ids[debt]);
	return array;
}

static struct json *json_of_entry(const struct status_entry *entry)
{
	static const char *const seen[] = {
		[STATUS_SEEN_UNKNOWN] = "unknown",
		[STATUS_SEEN_NOT] = "no",
		[STATUS_SEEN] = "yes",
	};
	struct json *object = json_object_new();
	AUTO(strvec) struct strvec domains = STRVEC_INIT;

	strvec_split(&domains, entry->domains ? entry->domains : "", " ");
	json_set_string(object, "name", entry->name);
	json_set_string(object, "state", status_states[entry->state].id);
	json_set_bool(object, "well", !status_states[entry->state].is_bad);
	json_set_text(object, "fault", entry->fault);
	json_set(object, "names", json_strings_new(&domains));
	json_set_text(object, "server", entry->server);
	json_set_text(object, "issuer", entry->issuer);
	json_set_bool(object, "test_cert", servers_is_test(entry->server));
	json_set_time(object, "not_before", entry->not_before);
	json_set_time(object, "not_after", entry->not_after);
	set_second_key(object, entry);
	json_set(object, "next_try", json_of_next_try(entry));
	if (entry->failure.count)
		json_set(object, "failure", json_of_failure(&entry->failure));
	else
		json_set_text(object, "failure", NULL);
	json_set(object, "owed", json_of_debts(entry->debts));
	json_set_string(object, "served", seen[entry->seen]);
	json_set_string(object, "renewal_conf", entry->conf_path);
	return object;
}

static struct json *json_of_summary(const struct status_list *list)
{
	struct json *summary = json_object_new(), *counts = json_object_new();

	for (int state = 0; state < STATUS_STATE__COUNT; state++)
		json_set_int(counts, status_states[state].id, (int64_t)list->counts[state]);
	json_set_time(summary, "time", list->now);
	json_set_bool(summary, "well", status_list_bad(list) == 0);
	json_set(summary, "counts", counts);
	return summary;
}

static struct json *json_of_notified(const struct notified *record)
{
	struct json *targets = json_array_new();

	for (size_t i = 0; i < notified_target_count(record); i++) {
		struct notified_last last = notified_last_of(record, i);
		struct json *target = json_object_new();

		json_set_string(target, "target", last.target);
		json_set_text(target, "subject", last.subject);
		json_set_time(target, "sent", last.sent_at);
		json_set_text(target, "failure", last.failure);
		json_set_time(target, "failed", last.failed_at);
		json_push(targets, target);
	}
	return targets;
}

void status_json_say(const struct ui *ui, const struct status_list *list,
		     const struct notified *record)
{
	result_list_begin(ui, "certificates");
	for (size_t i = 0; i < list->count; i++)
		result_list_add(ui, json_of_entry(list->entries[i]));
	result_list_end(ui);
	result_set(ui, "notified", json_of_notified(record));
	result_set(ui, "summary", json_of_summary(list));
}
