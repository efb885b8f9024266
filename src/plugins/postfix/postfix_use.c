/*
 * Whether any instance of Postfix uses the renewed certificates. postconf prints all that main.cf
 * and master.cf set, with parameters expanded, so nothing of the administrator's is overlooked:
 * another parameter, the certificate of a client, a service with its own. Names may also be in
 * maps.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/file.h"
#include "plugins/postfix/postfix_site.h"
#include "webserver/loaded.h"

#define MAX_MAP (16 << 20)

/* Adds what an instance's maps contain. False: one of them is in a database, or cannot be read. */
static bool add_maps(const struct webserver *server, const char *root, struct strbuf *out)
{
	AUTO(strvec) struct strvec maps = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (postfix_list_maps(server, root, &maps, &err) < 0)
		return false;
	for (size_t i = 0; i < maps.count; i++) {
		const char *path = postfix_map_file(maps.items[i]);

		if (!path || file_read(path, MAX_MAP, out, &err) < 0)
			return false;
		strbuf_addc(out, '\n');
	}
	return true;
}

/* Adds all that an instance's configuration says. False: that cannot be found out. */
static bool add_instance(const struct webserver *server, const char *root, struct strbuf *out)
{
	static const char *const flags[] = {"-nx", "-Px"};
	static const char *const all[] = {NULL};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		AUTO(strvec) struct strvec lines = STRVEC_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		if (postfix_ask_instance(server, root, flags[i], all, &lines, &err) < 0) {
			log_debug("%s", err.text);
			return false;
		}
		for (size_t j = 0; j < lines.count; j++)
			strbuf_addf(out, "%s\n", lines.items[j]);
	}
	return add_maps(server, root, out);
}

void postfix_refuse_unused(const struct webserver *server, const struct strvec *roots,
			   struct deploy_task *tasks, size_t count)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < roots->count; i++)
		if (file_exists(roots->items[i]) && !add_instance(server, roots->items[i], &text))
			return;
	for (size_t i = 0; i < count; i++)
		if (!loaded_names_live(text.text, &tasks[i]))
			loaded_refuse(server, &tasks[i], tasks[i].fullchain_path, NULL);
}
