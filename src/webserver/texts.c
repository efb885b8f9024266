/*
 * Configurations as texts (see texts.h).
 */
#include "webserver/texts.h"

#include "base/alloc.h"
#include "webserver/staging.h"

struct texts {
	struct server_text **items;
	size_t count, capacity;
};

static struct texts *texts_of(const struct webserver *server)
{
	return server->model;
}

int texts_load(struct webserver *server, const char *path, bool may_be_missing, struct error *err)
{
	struct texts *texts = server->model ? texts_of(server) : XNEW(struct texts);
	struct server_text *text = XNEW(struct server_text);

	server->model = texts;
	text->path = xstrdup(path);
	strbuf_init(&text->bytes);
	ARRAY_GROW(texts->items, texts->count, texts->capacity);
	texts->items[texts->count++] = text;
	if (may_be_missing && !webserver_has_file(server, path))
		return 0;
	if (webserver_read(server, path, &text->bytes, err) < 0) {
		texts_unload(server);
		return err->code;
	}
	return 0;
}

struct server_text *texts_at(const struct webserver *server, size_t index)
{
	return texts_of(server)->items[index];
}

size_t texts_count(const struct webserver *server)
{
	return server->model ? texts_of(server)->count : 0;
}

struct span texts_span(const struct webserver *server, size_t index)
{
	const struct server_text *text = texts_at(server, index);

	return span_make(text->bytes.text, text->bytes.len);
}

bool texts_set(struct webserver *server, size_t index, struct span bytes)
{
	struct server_text *text = texts_at(server, index);

	if (span_same(texts_span(server, index), bytes))
		return false;
	strbuf_clear(&text->bytes);
	strbuf_add(&text->bytes, bytes.ptr, bytes.len);
	text->is_changed = true;
	return true;
}

/* Called on failure, too, so it takes what there is. */
void texts_unload(struct webserver *server)
{
	struct texts *texts = STEAL(server->model);

	for (size_t i = 0; texts && i < texts->count; i++) {
		free(texts->items[i]->path);
		strbuf_release(&texts->items[i]->bytes);
		free(texts->items[i]);
	}
	if (texts)
		free(texts->items);
	free(texts);
}

void texts_stage(struct webserver *server)
{
	for (size_t i = texts_count(server); i-- > 0;) {
		struct server_text *text = texts_at(server, i);

		if (text->is_changed)
			webserver_stage(server, text->path, texts_span(server, i));
		text->is_changed = false;
	}
}
