/*
 * Steps of HSTS lifetimes and where they are kept (see autohsts.h).
 */
#include "webserver/autohsts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file.h"

#define STORAGE_NAME ".pluginstorage.json"
#define MAX_STORAGE (16 << 20)
#define STEP_SECONDS (48 * 3600)
#define PERMANENT_AGE 31536000

static const int steps[] = {AUTOHSTS_FIRST_AGE, 300, 900, 3600, 21600, 43200, 86400};

void autohsts_release(struct autohsts *autohsts)
{
	json_free(autohsts->document);
	free(autohsts->path);
	*autohsts = (struct autohsts)AUTOHSTS_INIT;
}

/* The member, made when it is not there. */
static struct json *need_object(struct json *parent, const char *name)
{
	if (!json_is_object(json_member(parent, name)))
		json_set(parent, name, json_object_new());
	return json_member(parent, name);
}

int autohsts_read(const struct webserver *server, const char *plugin, struct autohsts *ret_autohsts,
		  struct error *err)
{
	struct autohsts *out = ret_autohsts;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	out->path = path_join(webserver_config_dir(server), STORAGE_NAME);
	if (file_read(out->path, MAX_STORAGE, &text, &missing) < 0 && missing.code != ERR_NOT_FOUND)
		return error_move(err, &missing);
	if (!text.len)
		out->document = json_object_new();
	else if (json_parse(text.text, text.len, "plugin storage", &out->document, err) < 0)
		return error_wrap(err, "cannot read '%s'", out->path);
	if (!json_is_object(out->document))
		return error_set(err, ERR_PARSE, "cannot read '%s': it holds no JSON object",
				 out->path);
	out->entries = need_object(need_object(out->document, plugin), "autohsts");
	return 0;
}

int autohsts_write(const struct autohsts *autohsts, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_print(autohsts->document, JSON_PYTHON, &text);
	return file_replace(autohsts->path, text.text, text.len, &attributes, err);
}

bool autohsts_has(const struct autohsts *autohsts, const char *id)
{
	return json_member(autohsts->entries, id) != NULL;
}

static void set_entry(const struct webserver *server, struct autohsts *autohsts, const char *id,
		      size_t step)
{
	const struct clock *clock = server->host->clock;
	struct json *entry = json_object_new();

	json_set_int(entry, "laststep", (int64_t)step);
	json_set_real(entry, "timestamp", (double)clock->now_ms(clock->context) / 1000);
	json_set(autohsts->entries, id, entry);
}

void autohsts_begin(const struct webserver *server, struct autohsts *autohsts, const char *id)
{
	set_entry(server, autohsts, id, 0);
}

/* One pass over the entries. */
struct pass {
	struct webserver *server;
	const struct autohsts_kind *kind;
	struct autohsts *autohsts;
	const struct deploy_task *task;
	bool renewed;
	bool is_storage_changed;
	struct strvec finished; /* ids that need no entry any more */
	size_t changed, made_permanent;
};

/* What the entry's header should become now: seconds, or 0 for no change. */
static int next_age(const struct pass *pass, const struct json *entry, size_t *ret_step)
{
	int64_t last = -1;
	double timestamp = 0;

	if (!json_int(json_member(entry, "laststep"), &last) ||
	    !json_number(json_member(entry, "timestamp"), &timestamp) || last < 0)
		return 0;
	*ret_step = (size_t)last + 1;
	if (*ret_step >= ARRAY_LEN(steps))
		return pass->renewed ? PERMANENT_AGE : 0;
	return timestamp + STEP_SECONDS <= (double)clock_now_seconds(pass->server->host->clock)
		       ? steps[*ret_step]
		       : 0;
}

static void note_change(struct pass *pass, const char *id, int age, size_t step)
{
	pass->is_storage_changed = true;
	pass->changed++;
	webserver_note(pass->server, "Changing HSTS max-age value to %d for %s with ID %s", age,
		       pass->kind->block, id);
	if (age != PERMANENT_AGE) {
		set_entry(pass->server, pass->autohsts, id, step);
		return;
	}
	pass->made_permanent++;
	strvec_push(&pass->finished, id);
}

static int change_age(struct pass *pass, const char *id, int age, size_t step, struct error *err)
{
	if (!pass->kind->has_block(pass->server, id, NULL)) {
		log_error("Could not find %s with ID %s, disabling AutoHSTS for this %s",
			  pass->kind->block, id, pass->kind->block);
		pass->is_storage_changed = true;
		strvec_push(&pass->finished, id);
		return 0;
	}
	if (age == PERMANENT_AGE && !pass->kind->has_block(pass->server, id, pass->task->key_path))
		return 0;
	if (pass->kind->change(pass->server, id, age, err) < 0)
		return err->code;
	note_change(pass, id, age, step);
	return 0;
}

static int run_pass(struct pass *pass, struct error *err)
{
	AUTO(strvec) struct strvec ids = STRVEC_INIT;
	struct json *entries = pass->autohsts->entries;

	for (size_t i = 0; i < json_count(entries); i++)
		strvec_push(&ids, json_member_name(entries, i));
	for (size_t i = 0; i < ids.count; i++) {
		size_t step = 0;
		int age = next_age(pass, json_member(entries, ids.items[i]), &step);

		if (age && webserver_load(pass->server, err) < 0)
			return err->code;
		if (age && change_age(pass, ids.items[i], age, step, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < pass->finished.count; i++)
		json_remove(entries, pass->finished.items[i]);
	return 0;
}

static int write_pass(struct plugin_instance *instance, const struct pass *pass, struct error *err)
{
	const char *title = pass->made_permanent == pass->changed ? "Made HSTS max-age permanent"
								  : "Increased HSTS max-age values";
	AUTO(error) struct error undo_error = ERROR_INIT;
	size_t undone;

	if (webserver_write(pass->server, err) < 0 || webserver_save(instance, title, err) < 0)
		return err->code;
	if (webserver_config_test(instance, err) == 0 && webserver_reload(instance, err) == 0)
		return 0;
	if (webserver_rollback(instance, 1, &undone, &undo_error) < 0)
		error_hint(err, "run 'certbot rollback -i %s' to undo the last change",
			   pass->kind->plugin);
	return err->code;
}

int autohsts_update(struct plugin_instance *instance, const struct autohsts_kind *kind,
		    const struct deploy_task *task, bool renewed, struct error *err)
{
	AUTO(autohsts) struct autohsts autohsts = AUTOHSTS_INIT;
	struct pass pass = {
		.server = webserver_of(instance),
		.kind = kind,
		.autohsts = &autohsts,
		.task = task,
		.renewed = renewed,
		.finished = STRVEC_INIT,
	};
	int status = autohsts_read(pass.server, kind->plugin, &autohsts, err);

	if (status == 0)
		status = run_pass(&pass, err);
	if (status == 0 && pass.changed)
		status = write_pass(instance, &pass, err);
	if (status == 0 && pass.is_storage_changed)
		status = autohsts_write(&autohsts, err);
	strvec_release(&pass.finished);
	return status;
}
