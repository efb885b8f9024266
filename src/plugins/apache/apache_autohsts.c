/*
 * HSTS with a lifetime that grows by steps (--auto-hsts). Which step a host has reached is kept in
 * Certbot's own file (spec: state.md 14), under an id that a comment in the host repeats, so that
 * either program goes on where the other stopped.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "confedit/apache/apache_enhance.h"
#include "os/file.h"
#include "os/random.h"
#include "plugins/apache/apache_site.h"

#define STORAGE_NAME ".pluginstorage.json"
#define MAX_STORAGE (16 << 20)
#define STEP_SECONDS (48 * 3600)
#define PERMANENT_AGE 31536000

static const int steps[] = {60, 300, 900, 3600, 21600, 43200, 86400};

/* The document, and in it the object of this plugin's entries. */
struct storage {
	char *path;
	struct json *document;
	struct json *entries; /* id → {"laststep", "timestamp"}; borrowed */
};

static void storage_release(struct storage *storage)
{
	json_free(storage->document);
	free(storage->path);
}
DEFINE_AUTO(storage, storage_release);

/* The member, made when it is not there. */
static struct json *need_object(struct json *parent, const char *name)
{
	if (!json_is_object(json_member(parent, name)))
		json_set(parent, name, json_object_new());
	return json_member(parent, name);
}

static int storage_read(const struct webserver *server, struct storage *ret_storage,
			struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	ret_storage->path = path_join(webserver_config_dir(server), STORAGE_NAME);
	if (file_read(ret_storage->path, MAX_STORAGE, &text, &missing) < 0 &&
	    missing.code != ERR_NOT_FOUND)
		return error_move(err, &missing);
	if (!text.len)
		ret_storage->document = json_object_new();
	else if (json_parse(text.text, text.len, "plugin storage", &ret_storage->document, err) < 0)
		return error_wrap(err, "cannot read '%s'", ret_storage->path);
	if (!json_is_object(ret_storage->document))
		return error_set(err, ERR_PARSE, "cannot read '%s': it holds no JSON object",
				 ret_storage->path);
	ret_storage->entries = need_object(need_object(ret_storage->document, "apache"),
					   "autohsts");
	return 0;
}

static int storage_write(const struct storage *storage, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_print(storage->document, JSON_PYTHON, &text);
	return file_replace(storage->path, text.text, text.len, &attributes, err);
}

static void set_entry(const struct webserver *server, struct storage *storage, const char *id,
		      size_t step)
{
	const struct clock *clock = server->host->clock;
	struct json *entry = json_object_new();

	json_set_int(entry, "laststep", (int64_t)step);
	json_set_real(entry, "timestamp", (double)clock->now_ms(clock->context) / 1000);
	json_set(storage->entries, id, entry);
}

static char *make_id(void)
{
	unsigned char bytes[16];
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	random_bytes(bytes, sizeof(bytes));
	strbuf_add_hex(&text, bytes, sizeof(bytes));
	return strbuf_detach(&text);
}

static struct apache_header header_of(const char *value)
{
	return (struct apache_header){
		.name = "Strict-Transport-Security",
		.value = value,
		.mark = "Strict-Transport-Security",
	};
}

/* The first step for one host. */
static int begin_host(struct webserver *server, struct storage *storage, size_t vhost_id,
		      struct error *err)
{
	AUTO_FREE char *value = xasprintf("\"max-age=%d\"", steps[0]);
	const struct apache_header header = header_of(value);
	const struct apache_vhost *vhost = apache_model_find(server->model, vhost_id);
	AUTO_FREE char *path = xstrdup(vhost->file->path);
	AUTO_FREE char *mark = apache_vhost_mark(vhost);
	bool done;

	/* It is under way already. */
	if (mark && json_member(storage->entries, mark))
		return 0;
	if (apache_add_header(server->model, vhost_id, &header, &done, err) < 0)
		return err->code;
	if (!done)
		return error_set(err, ERR_EXISTS,
				 "the virtual host in '%s' has a Strict-Transport-Security header "
				 "already; remove it to let --auto-hsts manage one",
				 path);
	if (!mark) {
		mark = make_id();
		if (apache_mark_vhost(server->model, vhost_id, mark, err) < 0)
			return err->code;
		webserver_note(server, "Adding unique ID %s to VirtualHost in %s", mark, path);
	}
	webserver_note(server,
		       "Adding gradually increasing HSTS header with initial value of %d to "
		       "VirtualHost in %s",
		       steps[0], path);
	set_entry(server, storage, mark, 0);
	return 0;
}

int apache_autohsts_begin(struct webserver *server, const struct apache_hosts *hosts,
			  struct error *err)
{
	AUTO(storage) struct storage storage = {.path = NULL};

	if (storage_read(server, &storage, err) < 0)
		return err->code;
	for (size_t i = 0; i < hosts->count; i++)
		if (begin_host(server, &storage, hosts->ids[i], err) < 0)
			return err->code;
	return storage_write(&storage, err);
}

static const struct apache_vhost *find_marked(const struct apache_model *model, const char *id)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);
		AUTO_FREE char *mark = apache_vhost_mark(vhost);

		if (str_eq_or_null(mark, id))
			return vhost;
	}
	return NULL;
}

static bool uses_key(const struct apache_vhost *vhost, const char *key_path)
{
	const struct apache_item *item = NULL;

	while ((item = apache_items_find(&vhost->items, "SSLCertificateKeyFile", item)))
		if (str_eq_or_null(apache_item_argument(item, 0), key_path))
			return true;
	return false;
}

/* One pass over the entries. */
struct pass {
	struct webserver *server;
	struct storage *storage;
	const struct deploy_task *task;
	bool renewed;
	bool is_storage_changed;
	struct strvec finished; /* ids that got their last value */
	size_t changed;         /* hosts */
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

static int change_age(struct pass *pass, const char *id, int age, size_t step, struct error *err)
{
	const struct apache_vhost *vhost = find_marked(pass->server->model, id);
	AUTO_FREE char *value = xasprintf("\"max-age=%d\"", age);
	const struct apache_header header = header_of(value);
	AUTO_FREE char *path = NULL;

	pass->is_storage_changed = true;
	if (!vhost) {
		log_error("Could not find VirtualHost with ID %s, disabling AutoHSTS for this "
			  "VirtualHost",
			  id);
		strvec_push(&pass->finished, id);
		return 0;
	}
	if (age == PERMANENT_AGE && !uses_key(vhost, pass->task->key_path))
		return 0;
	path = xstrdup(vhost->file->path);
	if (apache_change_header(pass->server->model, vhost->id, &header, err) < 0)
		return err->code;
	webserver_note(pass->server, "Changing HSTS max-age value to %d for VirtualHost in %s", age,
		       path);
	pass->changed++;
	if (age == PERMANENT_AGE)
		strvec_push(&pass->finished, id);
	else
		set_entry(pass->server, pass->storage, id, step);
	return 0;
}

static int run_pass(struct pass *pass, struct error *err)
{
	AUTO(strvec) struct strvec ids = STRVEC_INIT;
	struct json *entries = pass->storage->entries;

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
	const char *title = pass->finished.count == pass->changed ? "Made HSTS max-age permanent"
								  : "Increased HSTS max-age values";
	AUTO(error) struct error undo_error = ERROR_INIT;
	size_t undone;

	if (webserver_write(pass->server, err) < 0 || webserver_save(instance, title, err) < 0)
		return err->code;
	if (webserver_config_test(instance, err) == 0 && webserver_reload(instance, err) == 0)
		return 0;
	if (webserver_rollback(instance, 1, &undone, &undo_error) < 0)
		error_hint(err, "run 'certbot rollback -i apache' to undo the last change");
	return err->code;
}

int apache_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, bool renewed, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(storage) struct storage storage = {.path = NULL};
		struct pass pass = {
			.server = webserver_of(instance),
			.storage = &storage,
			.task = &tasks[i],
			.renewed = renewed,
			.finished = STRVEC_INIT,
		};
		int status = storage_read(pass.server, &storage, err);

		if (status == 0)
			status = run_pass(&pass, err);
		if (status == 0 && pass.changed)
			status = write_pass(instance, &pass, err);
		if (status == 0 && pass.is_storage_changed)
			status = storage_write(&storage, err);
		strvec_release(&pass.finished);
		if (status < 0)
			return status;
	}
	return 0;
}
