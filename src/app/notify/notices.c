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
	/* The packaged timer is persistent, and fires within an hour of the start. */
	CATCH_UP = 3 * 3600,
};

static const struct notice_row silent_row = {"renew-does-not-run", true, "it runs again"};
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

static void why_expired(const struct rule_input *input, struct strbuf *why)
{
	int64_t left = input->entry->not_after - input->now;

	if (!input->entry->has_cert || left > 0)
		return;
	strbuf_adds(why, "expired ");
	status_text_add_distance(why, left);
}

static void why_revoked(const struct rule_input *input, struct strbuf *why)
{
	if (input->entry->state == STATUS_REVOKED)
		strbuf_adds(why, "is revoked, and not replaced yet");
}

static void why_renewal_fails(const struct rule_input *input, struct strbuf *why)
{
	if (input->entry->failure.count >= FAILURES)
		status_text_add_failure(why, &input->entry->failure);
}

static void why_expires(const struct rule_input *input, struct strbuf *why)
{
	const struct status_entry *entry = input->entry;
	int64_t left = entry->not_after - input->now;
	int64_t least = input->least_days ? input->least_days * DAY
					  : (entry->not_after - entry->not_before) / LIFETIME_PART;

	if (!entry->has_cert || left <= 0 || left >= least)
		return;
	strbuf_adds(why, "expires in ");
	status_text_add_distance(why, left);
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

void notices_of_runs(const struct notified *record, int64_t now, int64_t awake_s,
		     struct notices *ret)
{
	int64_t last = notified_last_run(record), overdue = notified_overdue_at(record);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!overdue || now < overdue || awake_s < CATCH_UP)
		return;
	strbuf_adds(&text, "certbot renew has not run");
	if (last) {
		strbuf_adds(&text, " since ");
		status_text_add_time(&text, last);
	}
	strbuf_adds(&text, ": look at its timer or cron line");
	add_notice(ret, &silent_row, "", text.text);
}

void notices_add_test(struct notices *ret)
{
	add_notice(ret, &test_row, "", "this is a test: messages of certbot arrive here");
}

const struct notice_row *notices_find_row(const char *id)
{
	if (strcmp(id, silent_row.id) == 0)
		return &silent_row;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(id, rules[i].row.id) == 0)
			return &rules[i].row;
	return NULL;
}
