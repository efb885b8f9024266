/*
 * The steps of the HSTS lifetime, and the file that records them (see autohsts.h).
 */
#include "webserver/autohsts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "webserver/server_parts.h"
#include "webserver/webserver.h"

/* Certbot's: a mistake in the site shows itself within two days, before the next step makes it
 * harder to go back. */
#define STEP_SECONDS (48 * 3600)
#define PERMANENT_AGE 31536000

static const int steps[] = {AUTOHSTS_FIRST_AGE, 300, 900, 3600, 21600, 43200, 86400};

/* An entry whose next step is due. */
struct due_step {
	const char *id; /* borrowed from the document */
	size_t step;
	size_t owner; /* index of the task whose key the block uses */
	int age;
};

/* One pass over the entries. */
struct pass {
	struct webserver *server;
	const struct autohsts_kind *kind;
	struct autohsts *autohsts;
	struct due_step *due;
	size_t due_count, due_capacity;
	struct strvec finished; /* ids that need no entry any more */
	bool has_increased, has_made_permanent;
};

static void pass_release(struct pass *pass)
{
	free(pass->due);
	strvec_release(&pass->finished);
}
DEFINE_AUTO(pass, pass_release);

static bool entry_state(const struct json *entry, int64_t *ret_last_step, double *ret_timestamp)
{
	return json_int(json_member(entry, "laststep"), ret_last_step) && *ret_last_step >= 0 &&
	       json_number(json_member(entry, "timestamp"), ret_timestamp);
}

/* Returns the new max-age of the entry's header in seconds, or 0 for no change. The last step needs
 * a renewal, which only the owner knows of. An entry that cannot be understood is left alone: it
 * may be from a newer Certbot. */
static int next_age(const struct webserver *server, const struct json *entry, size_t *ret_step)
{
	int64_t last;
	double timestamp;

	if (!entry_state(entry, &last, &timestamp))
		return 0;
	*ret_step = (size_t)last + 1;
	if (*ret_step >= ARRAY_LEN(steps))
		return PERMANENT_AGE;
	return timestamp + STEP_SECONDS <= (double)clock_now_seconds(server->host->clock)
		       ? steps[*ret_step]
		       : 0;
}

/* Notes the entry as due if it belongs to one of the tasks. By the key's path, because names move
 * between blocks and the key of a lineage stays where it is. */
static void find_owner(struct pass *pass, const struct due_step *due,
		       const struct deploy_task *tasks, size_t count)
{
	AUTO(strvec) struct strvec keys = STRVEC_INIT;
	const char *block = pass->kind->block;

	if (!pass->kind->find_keys(pass->server, due->id, &keys)) {
		log_error("Could not find %s with ID %s, disabling AutoHSTS for this %s", block,
			  due->id, block);
		strvec_push(&pass->finished, due->id);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!strvec_contains(&keys, tasks[i].key_path) ||
		    (due->age == PERMANENT_AGE && !tasks[i].renewed))
			continue;
		ARRAY_GROW(pass->due, pass->due_count, pass->due_capacity);
		pass->due[pass->due_count] = *due;
		pass->due[pass->due_count++].owner = i;
		return;
	}
}

static int find_due(struct pass *pass, const struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	const struct json *entries = pass->autohsts->entries;

	for (size_t i = 0; i < json_count(entries); i++) {
		struct due_step due = {.id = json_member_name(entries, i)};

		due.age = next_age(pass->server, json_member(entries, due.id), &due.step);
		if (!due.age)
			continue;
		if (webserver_load(pass->server, err) < 0)
			return err->code;
		find_owner(pass, &due, tasks, count);
	}
	return 0;
}

static int edit_task(struct pass *pass, size_t owner, struct error *err)
{
	for (size_t i = 0; i < pass->due_count; i++) {
		const struct due_step *due = &pass->due[i];

		if (due->owner != owner)
			continue;
		if (pass->kind->change(pass->server, due->id, due->age, err) < 0)
			return err->code;
		webserver_note(pass->server, "Changing HSTS max-age value to %d for %s with ID %s",
			       due->age, pass->kind->block, due->id);
	}
	return 0;
}

/* The entries follow the edits of the task. Only after the edit: an entry that is ahead of the file
 * would skip a step for good. */
static void note_task(struct pass *pass, size_t owner)
{
	for (size_t i = 0; i < pass->due_count; i++) {
		const struct due_step *due = &pass->due[i];

		if (due->owner != owner)
			continue;
		if (due->age != PERMANENT_AGE) {
			pass->has_increased = true;
			autohsts_set(pass->server, pass->autohsts, due->id, due->step);
			continue;
		}
		pass->has_made_permanent = true;
		strvec_push(&pass->finished, due->id);
	}
}

/* A task that fails drops its own edits and nothing else. */
static int edit_all(struct pass *pass, struct deploy_task *tasks, size_t count, struct error *err)
{
	for (size_t i = 0; pass->due_count && i < count; i++) {
		if (webserver_load(pass->server, err) < 0)
			return err->code;
		if (edit_task(pass, i, &tasks[i].error) < 0) {
			webserver_drop_edits(pass->server);
			continue;
		}
		webserver_keep_edits(pass->server);
		note_task(pass, i);
	}
	for (size_t i = 0; i < pass->finished.count; i++)
		json_remove(pass->autohsts->entries, pass->finished.items[i]);
	return pass->due_count ? webserver_write(pass->server, err) : 0;
}

int autohsts_update(struct plugin_instance *instance, const struct autohsts_kind *kind,
		    struct deploy_task *tasks, size_t count, const char **ret_title,
		    struct error *err)
{
	struct webserver *server = webserver_of(instance);
	AUTO(autohsts) struct autohsts autohsts = AUTOHSTS_INIT;
	AUTO(pass) struct pass pass = {
		.server = server,
		.kind = kind,
		.autohsts = &autohsts,
		.finished = STRVEC_INIT,
	};

	/* Another instance may have edited files since they were read. */
	webserver_forget(server);
	if (autohsts_read(server, kind->plugin, &autohsts, err) < 0 ||
	    find_due(&pass, tasks, count, err) < 0 || edit_all(&pass, tasks, count, err) < 0)
		return err->code;
	if (!pass.due_count && !pass.finished.count)
		return 0;
	*ret_title = pass.has_made_permanent && !pass.has_increased
			     ? "Made HSTS max-age permanent"
			     : "Increased HSTS max-age values";
	server->run->aging = XNEW(struct autohsts);
	*server->run->aging = autohsts;
	autohsts = (struct autohsts)AUTOHSTS_INIT;
	return 0;
}
