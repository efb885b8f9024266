/*
 * HSTS with a lifetime that grows step by step (--auto-hsts), for virtual hosts;
 * webserver/autohsts.h has the steps. As in Certbot, a comment in the host records its id.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "os/random.h"
#include "plugins/apache/apache_site.h"
#include "webserver/autohsts.h"

#define PLUGIN "apache"

/* As long as Certbot's, which takes a UUID. */
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

/* The first step for one host. A header that somebody else has set is left alone: it may be longer
 * on purpose. */
static int begin_host(struct webserver *server, struct autohsts *autohsts, size_t vhost_id,
		      struct error *err)
{
	AUTO_FREE char *value = xasprintf("\"max-age=%d\"", AUTOHSTS_FIRST_AGE);
	const struct apache_header header = header_of(value);
	const struct apache_vhost *vhost = apache_model_find(server->model, vhost_id);
	AUTO_FREE char *path = xstrdup(vhost->file->path);
	AUTO_FREE char *mark = apache_vhost_mark(vhost);
	bool done;

	/* It is under way already. */
	if (mark && autohsts_has(autohsts, mark))
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
		       AUTOHSTS_FIRST_AGE, path);
	autohsts_begin(server, autohsts, mark);
	return 0;
}

int apache_autohsts_begin(struct webserver *server, const struct apache_hosts *hosts,
			  struct error *err)
{
	AUTO(autohsts) struct autohsts autohsts = AUTOHSTS_INIT;

	if (autohsts_read(server, PLUGIN, &autohsts, err) < 0)
		return err->code;
	for (size_t i = 0; i < hosts->count; i++)
		if (begin_host(server, &autohsts, hosts->ids[i], err) < 0)
			return err->code;
	return autohsts_write(&autohsts, err);
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

static bool find_host_keys(struct webserver *server, const char *id, struct strvec *ret_keys)
{
	const struct apache_vhost *vhost = find_marked(server->model, id);
	const struct apache_item *item = NULL;

	while (vhost && (item = apache_items_find(&vhost->items, "SSLCertificateKeyFile", item)))
		if (apache_item_argument(item, 0))
			strvec_push(ret_keys, apache_item_argument(item, 0));
	return vhost != NULL;
}

static int change_age(struct webserver *server, const char *id, int age, struct error *err)
{
	const struct apache_vhost *vhost = find_marked(server->model, id);
	AUTO_FREE char *value = xasprintf("\"max-age=%d\"", age);
	const struct apache_header header = header_of(value);

	return apache_change_header(server->model, vhost->id, &header, err);
}

int apache_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, const char **ret_title, struct error *err)
{
	static const struct autohsts_kind kind = {PLUGIN, "VirtualHost", find_host_keys,
						  change_age};

	return autohsts_update(instance, &kind, tasks, count, ret_title, err);
}
