/*
 * The rules (see notices.h). They look at what `status` shows, so what is told and what is shown
 * are the same. A certificate may break several; "expires" and "expired" exclude each other, so
 * that the second is told although the first was.
 */
#include "app/notify/notices.h"

#include <stdlib.h>
#include <string.h>

#include "app/status/status_text.h"
#include "base/alloc.h"
#include "base/strbuf.h"

enum {
	DAY = 86400,
	/* CAs and networks have bad days: the pauses before the second and the third try are 1 and
	 * 10 minutes, so the third tells of more than an accident. */
	FAILURES = 3,
	/* A default threshold has to suit certificates of 90 days, renewed with 30 left, and those
	 * of six, renewed with two left. */
	LIFETIME_PART = 6,
	/* The packaged timer is persistent, and fires within an hour of the start or wake-up. */
	CATCH_UP = 3 * 3600,
};

static const struct notice_row silent_row = {"renew-does-not-run", true, "it runs again"};
static const struct notice_row unrecorded_row = {"not-recorded", true,
						 "no renewal fails without being recorded any more",
						 .is_of_run = true};
static const struct notice_row test_row = {"test", false, ""};

void notices_release(struct notices *notices)
{
	for (size_t i = 0; i < notices->count; i++) {
		free(notices->items[i].name);
		free(notices->items[i].text);
	}
	free(notices->items);
	*notices = (struct notices)NOTICES_INIT;
}

/* Names come from the file system, and texts from CAs and programs. */
static void add_notice(struct notices *notices, const struct notice_row *row, const char *name,
		       const char *text)
{
	AUTO(strbuf) struct strbuf safe_name = STRBUF_INIT, safe_text = STRBUF_INIT;

	strbuf_add_printable(&safe_name, name, strlen(name));
	strbuf_add_printable(&safe_text, text, strlen(text));
	ARRAY_GROW(notices->items, notices->count, notices->capacity);
	notices->items[notices->count++] = (struct notice){
		.row = row,
		.name = strbuf_detach(&safe_name),
		.text = strbuf_detach(&safe_text),
	};
}

/* ---- Rules: each appends why, if it applies ---- */

struct rule_input {
	const struct status_entry *entry;
	int64_t now, least_days;
};

static void why_unusable(const struct rule_input *input, struct strbuf *why)
{
	if (input->entry->fault)
		strbuf_adds(why, input->entry->fault);
}

struct validity {
	int64_t not_before, not_after;
	const char *second_type; /* NULL: it is the first key's */
};

/* Lists the validity of each certificate that there is, and returns their number. */
static size_t list_validities(const struct status_entry *entry, struct validity ret[2])
{
	size_t count = 0;

	if (entry->has_cert)
		ret[count++] = (struct validity){entry->not_before, entry->not_after, NULL};
	if (entry->second_not_after)
		ret[count++] = (struct validity){entry->second_not_before, entry->second_not_after,
						 entry->second_type};
	return count;
}

/* Appends "expired " or "expires in " and the distance, and which of two certificates it is. */
static void add_end(const struct validity *validity, const char *verb, int64_t left,
		    struct strbuf *why)
{
	if (why->len)
		strbuf_adds(why, "; ");
	if (validity->second_type)
		strbuf_addf(why, "the certificate for its %s key ", validity->second_type);
	strbuf_adds(why, verb);
	status_text_add_distance(why, left);
}

static void why_expired(const struct rule_input *input, struct strbuf *why)
{
	struct validity validities[2];
	size_t count = list_validities(input->entry, validities);

	for (size_t i = 0; i < count; i++)
		if (validities[i].not_after <= input->now)
			add_end(&validities[i], "expired ", validities[i].not_after - input->now,
				why);
}

static void why_revoked(const struct rule_input *input, struct strbuf *why)
{
	const struct status_entry *entry = input->entry;

	if (entry->state != STATUS_REVOKED) /* expired: another rule tells that */
		return;
	if (entry->is_revoked)
		strbuf_adds(why, "is revoked, and not replaced yet");
	if (!entry->is_second_revoked)
		return;
	if (why->len)
		strbuf_adds(why, "; ");
	strbuf_addf(why, "the certificate for its %s key is revoked, and not replaced yet",
		    entry->second_type);
}

static void why_renewal_fails(const struct rule_input *input, struct strbuf *why)
{
	if (input->entry->failure.count >= FAILURES)
		status_text_add_failure(why, &input->entry->failure);
}

static void why_expires(const struct rule_input *input, struct strbuf *why)
{
	struct validity validities[2];
	size_t count = list_validities(input->entry, validities);

	if (count && status_entry_end(input->entry) <= input->now)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct validity *validity = &validities[i];
		int64_t left = validity->not_after - input->now;
		int64_t lifetime = validity->not_after - validity->not_before;

		if (left < (input->least_days ? input->least_days * DAY : lifetime / LIFETIME_PART))
			add_end(validity, "expires in ", left, why);
	}
}

static void why_not_served(const struct rule_input *input, struct strbuf *why)
{
	if (input->entry->debts & 1U << STATUS_DEBT_PROOF)
		strbuf_adds(why, status_debt_texts[STATUS_DEBT_PROOF]);
}

static void why_left_to_do(const struct rule_input *input, struct strbuf *why)
{
	for (int debt = 0; debt < STATUS_DEBT__COUNT; debt++)
		if (debt != STATUS_DEBT_PROOF && input->entry->debts & 1U << debt)
			strbuf_addf(why, "%s%s", why->len ? "; " : "", status_debt_texts[debt]);
}

static const struct rule {
	struct notice_row row;
	void (*add_why)(const struct rule_input *input, struct strbuf *why);
} rules[] = {
	{{"unusable", true, "its files can be used again"}, why_unusable},
	{{"expired", true, "is valid again"}, why_expired},
	{{"revoked", true, "is replaced"}, why_revoked},
	{{"renewal-fails", false, "its renewals do not fail any more"}, why_renewal_fails},
	{{"expires", false, "is not close to its end any more"}, why_expires},
	{{"not-served", true, "it was seen where it should be served"}, why_not_served},
	{{"left-to-do", false, "nothing is left to do"}, why_left_to_do},
};

void notices_of_list(const struct status_list *list, int64_t least_days, struct notices *ret)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rule_input input = {list->entries[i], list->now, least_days};

		for (size_t k = 0; k < ARRAY_LEN(rules); k++) {
			AUTO(strbuf) struct strbuf why = STRBUF_INIT;

			rules[k].add_why(&input, &why);
			if (why.len)
				add_notice(ret, &rules[k].row, list->entries[i]->name, why.text);
		}
	}
}

void notices_of_runs(const struct notified *record, int64_t now, int64_t late_s,
		     struct notices *ret)
{
	int64_t last = notified_last_run(record, now);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (late_s < CATCH_UP)
		return;
	strbuf_adds(&text, "certbot renew has not run");
	if (last) {
		strbuf_adds(&text, " since ");
		status_text_add_time(&text, last);
	}
	strbuf_adds(&text, ": look at its timer or cron line");
	add_notice(ret, &silent_row, "", text.text);
}

/* At the first failure: one that is not on record would never be the third. */
void notices_of_unrecorded(const struct map *unrecorded, struct notices *ret)
{
	for (size_t i = 0; i < unrecorded->count; i++)
		add_notice(ret, &unrecorded_row, unrecorded->entries[i].key,
			   unrecorded->entries[i].value);
}

void notices_add_test(struct notices *ret)
{
	add_notice(ret, &test_row, "", "this is a test: messages of certbot arrive here");
}

const struct notice_row *notices_find_row(const char *id)
{
	if (strcmp(id, silent_row.id) == 0)
		return &silent_row;
	if (strcmp(id, unrecorded_row.id) == 0)
		return &unrecorded_row;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(id, rules[i].row.id) == 0)
			return &rules[i].row;
	return NULL;
}
