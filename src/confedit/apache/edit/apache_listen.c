/*
 * Listen (see apache_listen.h).
 */
#include "confedit/apache/edit/apache_listen.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/apache/edit/apache_edit.h"

size_t apache_listen_addresses(const struct apache_model *model,
			       struct apache_address **ret_addresses)
{
	const struct apache_item *item = NULL;
	size_t count = 0, capacity = 0;

	*ret_addresses = NULL;
	while ((item = apache_items_find(&model->items, "Listen", item))) {
		if (!apache_item_argument(item, 0))
			continue;
		ARRAY_GROW(*ret_addresses, count, capacity);
		apache_address_of_listen(apache_item_argument(item, 0), &(*ret_addresses)[count++]);
	}
	return count;
}

static void free_addresses(struct apache_address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		apache_address_release(&addresses[i]);
	free(addresses);
}

/* True when there is a Listen with that port. */
static bool listens_on(const struct apache_model *model, const char *port)
{
	struct apache_address *addresses;
	size_t count = apache_listen_addresses(model, &addresses);
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found |= strcmp(addresses[i].port, port) == 0;
	free_addresses(addresses, count);
	return found;
}

/* The lines that make httpd listen on the port too. */
static void compose_lines(const struct apache_model *model, const char *port,
			  enum apache_listen_kind kind, struct strvec *ret_lines)
{
	/* Port 443 means HTTPS without being told. */
	const char *protocol = kind == APACHE_LISTEN_HTTPS && strcmp(port, "443") != 0 ? " https"
										       : "";
	struct apache_address *addresses;
	size_t count = apache_listen_addresses(model, &addresses);
	bool all = count == 0;

	for (size_t i = 0; i < count; i++)
		all |= strcmp(addresses[i].host, "*") == 0;
	if (all)
		strvec_pushf(ret_lines, "Listen %s%s", port, protocol);
	for (size_t i = 0; i < count && !all; i++) {
		AUTO_FREE char *line = xasprintf("Listen %s:%s%s", addresses[i].host, port,
						 protocol);

		strvec_push_unique(ret_lines, line);
	}
	free_addresses(addresses, count);
}

int apache_add_listen(struct apache_model *model, const char *port, enum apache_listen_kind kind,
		      const char *path, struct strvec *ret_lines, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	const struct apache_file *file = apache_model_find_file(model, path);

	apache_changes_init(&changes, model);
	if (listens_on(model, port))
		return 0;
	if (!file || !file->enabled)
		file = &model->files[0]->shown;
	compose_lines(model, port, kind, ret_lines);
	if (kind == APACHE_LISTEN_HTTPS)
		apache_add_lines_if_ssl(&changes, file, ret_lines);
	for (size_t i = 0; kind == APACHE_LISTEN_HTTP && i < ret_lines->count; i++)
		apache_add_last_line(&changes, file, ret_lines->items[i]);
	return apache_changes_apply(&changes, err);
}
