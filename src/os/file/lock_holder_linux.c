/*
 * Command line and start of a process from /proc (see proc(5)).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "os/file/lock_parts.h"
#include "os/file/proc_linux.h"

enum {
	MAX_SHOWN_LEN = 200,
	START_FIELD = 22, /* of /proc/PID/stat, in clock ticks since the boot */
};

/* The arguments, each followed by a NUL, as one printable line. */
static char *find_command(int pid)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT, shown = STRBUF_INIT;

	if (!proc_read(pid, "cmdline", &raw) || !raw.len)
		return NULL;
	for (size_t i = 0; i < raw.len; i++)
		if (!raw.text[i])
			raw.text[i] = ' ';
	strbuf_trim(&raw);
	strbuf_add_printable(&shown, raw.text, raw.len < MAX_SHOWN_LEN ? raw.len : MAX_SHOWN_LEN);
	if (raw.len > MAX_SHOWN_LEN)
		strbuf_adds(&shown, "...");
	return strbuf_detach(&shown);
}

static bool find_start_ticks(int pid, int64_t *ret_ticks)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	const char *name_end;

	if (!proc_read(pid, "stat", &raw))
		return false;
	/* The second field is the program's name in parentheses, with anything inside. */
	name_end = strrchr(raw.text, ')');
	if (!name_end)
		return false;
	strvec_split(&fields, name_end + 1, " \n");
	return fields.count > START_FIELD - 3 &&
	       str_to_int64(fields.items[START_FIELD - 3], 0, INT64_MAX, ret_ticks);
}

static int64_t find_start(int pid)
{
	struct timespec now, since_boot;
	int64_t ticks, ticks_per_second = sysconf(_SC_CLK_TCK);

	if (!find_start_ticks(pid, &ticks) || ticks_per_second <= 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &since_boot) < 0)
		return 0;
	return now.tv_sec - since_boot.tv_sec + ticks / ticks_per_second;
}

void lock_holder_find(struct lock_holder *holder)
{
	holder->command = find_command(holder->pid);
	holder->since_seconds = find_start(holder->pid);
}
