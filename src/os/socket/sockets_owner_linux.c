/*
 * Owners of listening sockets from /proc (see proc(5)): the tables of TCP sockets give the inode,
 * and the descriptors of some process lead to that inode. Without rights only our own processes are
 * seen.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strvec.h"
#include "os/file/file.h"
#include "os/file/proc_linux.h"
#include "os/socket/sockets.h"
#include "os/socket/sockets_parts.h"

enum {
	MAX_TABLE_LEN = 64 << 20,
	/* Fields of a line of /proc/net/tcp. */
	FIELD_LOCAL_ADDRESS = 1,
	FIELD_STATE = 3,
	FIELD_INODE = 9,
};

static const char state_listen[] = "0A";

/* The inode in a line of the table when it listens on the port, as the text of a descriptor's link;
 * heap, or NULL. */
static char *link_of_line(struct span line, int port)
{
	AUTO_FREE char *text = span_dup(line);
	AUTO_FREE char *suffix = xasprintf(":%04X", (unsigned)port);
	AUTO(strvec) struct strvec fields = STRVEC_INIT;

	strvec_split(&fields, text, " ");
	if (fields.count <= FIELD_INODE || strcmp(fields.items[FIELD_STATE], state_listen) != 0 ||
	    !str_ends(fields.items[FIELD_LOCAL_ADDRESS], suffix))
		return NULL;
	return xasprintf("socket:[%s]", fields.items[FIELD_INODE]);
}

static void find_links(const char *table, int port, struct strvec *ret_links)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span rest, line;

	if (file_read(table, MAX_TABLE_LEN, &text, &ignored) < 0)
		return;
	rest = span_make(text.text, text.len);
	while (span_take_line(&rest, &line)) {
		char *link = link_of_line(line, port);

		if (link)
			strvec_give(ret_links, link);
	}
}

static bool has_one_of(const char *pid, const struct strvec *links)
{
	AUTO_FREE char *dir = xasprintf("/proc/%s/fd", pid);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (dir_list(dir, "", &names, &ignored) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);
		AUTO_FREE char *target = NULL;
		AUTO(error) struct error gone = ERROR_INIT;

		if (file_read_link(path, &target, &gone) == 0 && strvec_contains(links, target))
			return true;
	}
	return false;
}

/* Heap; NULL when the process is gone. */
static char *name_of_process(int pid)
{
	AUTO(strbuf) struct strbuf name = STRBUF_INIT, shown = STRBUF_INIT;

	if (!proc_read(pid, "comm", &name))
		return NULL;
	strbuf_trim(&name);
	strbuf_add_printable(&shown, name.text, name.len);
	return strbuf_detach(&shown);
}

/* Calls `visit` with each process that listens on the port, until it returns false. */
static void visit_owners(int port, bool (*visit)(void *context, int pid), void *context)
{
	AUTO(strvec) struct strvec links = STRVEC_INIT, pids = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	int64_t pid;

	find_links("/proc/net/tcp6", port, &links);
	find_links("/proc/net/tcp", port, &links);
	if (!links.count || dir_list("/proc", "", &pids, &ignored) < 0)
		return;
	for (size_t i = 0; i < pids.count; i++)
		if (str_to_int64(pids.items[i], 1, INT32_MAX, &pid) &&
		    has_one_of(pids.items[i], &links) && !visit(context, (int)pid))
			return;
}

static bool describe_first(void *context, int pid)
{
	char **description = context;
	AUTO_FREE char *name = name_of_process(pid);

	*description = name ? xasprintf("%s (pid %d)", name, pid) : xasprintf("pid %d", pid);
	return false;
}

char *sockets_port_owner(int port)
{
	char *description = NULL;

	visit_owners(port, describe_first, &description);
	return description;
}

static bool take_listener(void *context, int pid)
{
	AUTO_FREE char *name = name_of_process(pid);

	if (name)
		strvec_push_unique(context, name);
	return true;
}

void sockets_listeners(int port, struct strvec *ret_names)
{
	visit_owners(port, take_listener, ret_names);
}
