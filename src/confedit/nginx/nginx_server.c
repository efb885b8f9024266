/*
 * Servers and their directives (see nginx_server.h).
 */
#include "confedit/nginx/nginx_server.h"

#include <stdlib.h>

void nginx_server_release(struct nginx_server *server)
{
	free(server->items.items);
	strvec_release(&server->names);
	for (size_t i = 0; i < server->listen_count; i++)
		nginx_listen_release(&server->listens[i]);
	free(server->listens);
	strvec_release(&server->certificates);
	strvec_release(&server->keys);
}

const struct nginx_item *nginx_items_find(const struct nginx_items *items, const char *name,
					  const struct nginx_item *after)
{
	for (size_t i = after ? (size_t)(after - items->items) + 1 : 0; i < items->count; i++)
		if (nginx_directive_is(items->items[i].directive, name))
			return &items->items[i];
	return NULL;
}

void nginx_place(const struct nginx_file *file, const struct nginx_directive *directive,
		 struct strbuf *out)
{
	strbuf_addf(out, "%s:%zu", file->path, directive->line);
}

/* With the place, because a name may be in several blocks. */
char *nginx_server_title(const struct nginx_server *server)
{
	AUTO(strbuf) struct strbuf title = STRBUF_INIT;

	if (server->names.count)
		strbuf_addf(&title, "server '%s' (", server->names.items[0]);
	else
		strbuf_adds(&title, "server without a name (");
	nginx_place(server->file, server->directive, &title);
	strbuf_addc(&title, ')');
	return strbuf_detach(&title);
}
