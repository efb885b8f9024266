/*
 * Composes a message (see digest.h). Subject and text are for people; programs get the document,
 * which has both.
 */
#include "app/notify/digest.h"

#include <stdlib.h>
#include <string.h>

#include "app/status/status_text.h"
#include "base/alloc.h"
#include "base/map.h"

enum {
	/* A notice that lasts is told again after a week: the first message may have been
	 * overlooked. */
	TELL_AGAIN = 7 * 86400,
	/* Nobody reads more lines, and a mail of ten thousand may be refused. */
	MOST_LINES = 100,
};

const char *const digest_state_ids[] = {
	[DIGEST_NEW] = "new",
	[DIGEST_KNOWN] = "known",
	[DIGEST_OVER] = "over",
};
STATIC_ASSERT(ARRAY_LEN(digest_state_ids) == DIGEST_STATE__COUNT, "an id for each state");

void digest_release(struct digest *digest)
{
	for (size_t i = 0; i < digest->count; i++) {
		free(digest->items[i].name);
		free(digest->items[i].text);
	}
	free(digest->items);
	strvec_release(&digest->told);
	strvec_release(&digest->over);
}

static void add_item(struct digest *digest, enum digest_state state, const struct notice_row *row,
		     const char *name, const char *text)
{
	ARRAY_GROW(digest->items, digest->count, digest->capacity);
	digest->counts[state]++;
	digest->items[digest->count++] = (struct digest_item){
		.row = row, .state = state, .name = xstrdup(name), .text = xstrdup(text)};
}

/* The record of a notice and a target. */
struct known {
	enum digest_state state;
	bool is_again;
	bool is_under_way; /* another process is telling it */
};

static struct known find_known(const struct notified *record, const char *target, const char *key,
			       int64_t now)
{
	int64_t told = record ? notified_told_at(record, target, key) : 0;

	if (record && notified_is_under_way(record, target, key, now))
		return (struct known){.state = DIGEST_KNOWN, .is_under_way = true};
	/* A time in the future comes from a clock that was wrong. */
	if (!told || told > now)
		return (struct known){.state = DIGEST_NEW};
	return (struct known){.state = DIGEST_KNOWN, .is_again = now - told >= TELL_AGAIN};
}

/* A notice is in the record by its row and its certificate: a text changes with each failure. */
static char *key_of(const struct notice *notice)
{
	return xasprintf("%s %s", notice->row->id, notice->name);
}

/* The sender of a notice that is under way records it, if it does not fail. */
static void add_notices(struct digest *digest, enum digest_state state,
			const struct notices *notices, const struct notified *record,
			const char *target)
{
	for (size_t i = 0; i < notices->count; i++) {
		const struct notice *notice = &notices->items[i];
		AUTO_FREE char *key = key_of(notice);
		struct known known = find_known(record, target, key, digest->now);

		if (known.state != state)
			continue;
		add_item(digest, state, notice->row, notice->name, notice->text);
		digest->items[digest->count - 1].is_again = known.is_again;
		digest->is_reminder |= known.is_again;
		if (!known.is_under_way)
			strvec_push(&digest->told, key);
	}
}

/* True when there is no lineage of that name. The record has names as they were printed. */
static bool is_name_gone(const struct digest *digest, const char *name)
{
	if (!digest->list || !name[0])
		return false;
	for (size_t i = 0; i < digest->list->count; i++) {
		const char *present = digest->list->entries[i]->name;
		AUTO(strbuf) struct strbuf printed = STRBUF_INIT;

		strbuf_add_printable(&printed, present, strlen(present));
		if (strcmp(printed.text, name) == 0)
			return false;
	}
	return true;
}

/* Of a deleted certificate nothing else is true: it is neither replaced nor valid again. */
static void add_end_of(struct digest *digest, const struct notice_row *row, const char *name)
{
	bool is_gone = is_name_gone(digest, name);

	digest->has_deleted |= is_gone;
	add_item(digest, DIGEST_OVER, row, name,
		 is_gone ? "there is no such certificate any more" : row->over);
}

/* Adds the notices that were told and no longer hold, also those of deleted certificates. */
static void add_over(struct digest *digest, const struct notices *notices,
		     const struct notified *record, const char *target)
{
	AUTO(strvec) struct strvec told = STRVEC_INIT;
	AUTO(map) struct map present = MAP_INIT(NULL);

	for (size_t i = 0; i < notices->count; i++) {
		AUTO_FREE char *key = key_of(&notices->items[i]);

		map_set(&present, key, digest);
	}
	notified_list_told(record, target, &told);
	for (size_t i = 0; i < told.count; i++) {
		const char *key = told.items[i], *blank = strchr(key, ' ');
		AUTO_FREE char *id = blank ? xstrndup(key, (size_t)(blank - key)) : xstrdup("");
		const struct notice_row *row = notices_find_row(id);

		if (!row || map_contains(&present, key) || (row->is_of_run && !digest->is_of_run) ||
		    notified_is_under_way(record, target, key, digest->now))
			continue;
		add_end_of(digest, row, blank + 1);
		strvec_push(&digest->over, key);
	}
}

void digest_fill(struct digest *digest, const struct notices *notices,
		 const struct notified *record, const char *target)
{
	add_notices(digest, DIGEST_NEW, notices, record, target);
	add_notices(digest, DIGEST_KNOWN, notices, record, target);
	if (record)
		add_over(digest, notices, record, target);
}

bool digest_is_news(const struct digest *digest)
{
	return digest->counts[DIGEST_NEW] || digest->counts[DIGEST_OVER] || digest->is_reminder;
}

/* A notice that is known and not due again has had its urgent message. */
bool digest_is_urgent(const struct digest *digest)
{
	for (size_t i = 0; i < digest->count; i++) {
		const struct digest_item *item = &digest->items[i];

		if (item->row->is_urgent && (item->state == DIGEST_NEW || item->is_again))
			return true;
	}
	return false;
}

/* A message that says nothing of the present must not look like trouble in a list of subjects. */
char *digest_subject(const struct digest *digest)
{
	size_t fresh = digest->counts[DIGEST_NEW], known = digest->counts[DIGEST_KNOWN];
	size_t over = digest->counts[DIGEST_OVER];
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_addf(&out, "certbot on %s: ", digest->host);
	if (!fresh && !known && !digest->has_deleted)
		strbuf_adds(&out, "all is well again");
	else if (fresh == 1 && digest->items[0].name[0])
		strbuf_addf(&out, "1 new problem (%s)", digest->items[0].name);
	else if (fresh == 1)
		strbuf_adds(&out, digest->items[0].row->id);
	else if (fresh)
		strbuf_addf(&out, "%zu new problems", fresh);
	if (over && (fresh || known || digest->has_deleted))
		strbuf_addf(&out, "%s%zu problem%s over", fresh ? ", " : "", over,
			    over == 1 ? "" : "s");
	if (known && (fresh || over))
		strbuf_addf(&out, ", %zu known already", known);
	else if (known)
		strbuf_addf(&out, "%zu problem%s known already", known, known == 1 ? "" : "s");
	return strbuf_detach(&out);
}

static void add_lines(const struct digest *digest, enum digest_state state, struct strbuf *out)
{
	static const char *const titles[] = {
		[DIGEST_NEW] = "New",
		[DIGEST_KNOWN] = "Known already",
		[DIGEST_OVER] = "Over",
	};
	size_t lines = 0;

	if (!digest->counts[state])
		return;
	strbuf_addf(out, "\n%s:\n", titles[state]);
	for (size_t i = 0; i < digest->count && lines < MOST_LINES; i++) {
		const struct digest_item *item = &digest->items[i];

		if (item->state != state)
			continue;
		strbuf_addf(out, "  %s%s%s\n", item->name, item->name[0] ? ": " : "", item->text);
		lines++;
	}
	if (lines < digest->counts[state])
		strbuf_addf(out, "  and %zu more\n", digest->counts[state] - lines);
}

char *digest_text(const struct digest *digest, size_t most)
{
	static const char cut[] = "...";
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_addf(&out, "On %s, ", digest->host);
	status_text_add_time(&out, digest->now);
	strbuf_adds(&out, " UTC\n");
	for (int state = 0; state < DIGEST_STATE__COUNT; state++)
		add_lines(digest, state, &out);
	strbuf_adds(&out,
		    "\ncertbot status shows all certificates, certbot why looks for causes.\n");
	if (most && out.len > most) {
		size_t end = most - strlen(cut);

		/* Do not cut a UTF-8 character in two. */
		while (end && ((unsigned char)out.text[end] & 0xc0) == 0x80)
			end--;
		strbuf_truncate(&out, end);
		strbuf_adds(&out, cut);
	}
	return strbuf_detach(&out);
}

struct json *digest_document(const struct digest *digest)
{
	struct json *document = json_object_new(), *notices = json_array_new();
	AUTO_FREE char *subject = digest_subject(digest);
	AUTO_FREE char *text = digest_text(digest, 0);

	for (size_t i = 0; i < digest->count; i++) {
		const struct digest_item *item = &digest->items[i];
		struct json *notice = json_object_new();

		json_set_string(notice, "kind", item->row->id);
		json_set_string(notice, "state", digest_state_ids[item->state]);
		json_set_bool(notice, "urgent", item->row->is_urgent);
		json_set_text(notice, "certificate", item->name[0] ? item->name : NULL);
		json_set_string(notice, "text", item->text);
		json_push(notices, notice);
	}
	json_set_int(document, "version", 1);
	json_set_string(document, "host", digest->host);
	json_set_time(document, "time", digest->now);
	json_set_string(document, "subject", subject);
	json_set_string(document, "text", text);
	json_set(document, "notices", notices);
	return document;
}
