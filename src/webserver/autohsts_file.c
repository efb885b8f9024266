/*
 * The file with the steps of --auto-hsts, in Certbot's format (see autohsts_file.h).
 */
#include "webserver/autohsts_file.h"

#include "base/alloc.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "webserver/server_parts.h"

#define STORAGE_NAME ".pluginstorage.json"
#define MAX_STORAGE (16 << 20)

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

/* Certbot keeps other plugins' data in the same file, so the whole document is kept and written
 * back. */
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
		return error_set(err, ERR_PARSE, "cannot read '%s': not a JSON object", out->path);
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

void autohsts_set(const struct webserver *server, struct autohsts *autohsts, const char *id,
		  size_t step)
{
	const struct clock *clock = server->host->clock;
	struct json *entry = json_object_new();

	json_set_int(entry, "laststep", (int64_t)step);
	json_set_real(entry, "timestamp", (double)clock_now_ms(clock) / 1000);
	json_set(autohsts->entries, id, entry);
}

void autohsts_begin(const struct webserver *server, struct autohsts *autohsts, const char *id)
{
	autohsts_set(server, autohsts, id, 0);
}

void autohsts_forget(struct webserver *server)
{
	if (server->run->aging)
		autohsts_release(server->run->aging);
	free(STEAL(server->run->aging));
}

int autohsts_save(struct webserver *server, struct error *err)
{
	int rc = server->run->aging ? autohsts_write(server->run->aging, err) : 0;

	autohsts_forget(server);
	return rc;
}
