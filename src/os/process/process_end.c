/*
 * How a program ended, in words (see process.h). "status 139" sends people to the program's manual,
 * which knows of no such status: it was a crash.
 */
#include "os/process/process.h"

#include <signal.h>

#include "base/alloc.h"

enum {
	SHELL_BASE = 128, /* what a shell adds to the signal that killed its command */
};

/* Signals that end programs in practice; sigabbrev_np() is too new. */
static const struct {
	int number;
	const char *name;
} signal_names[] = {
	{SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
	{SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
	{SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}, {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"},
	{SIGTERM, "SIGTERM"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"},
};

static const char *name_of_signal(int number)
{
	for (size_t i = 0; i < ARRAY_LEN(signal_names); i++)
		if (signal_names[i].number == number)
			return signal_names[i].name;
	return NULL;
}

char *process_signal_text(const struct process_result *result)
{
	int number = result->signal ? result->signal : result->exit_status - SHELL_BASE;
	const char *name = name_of_signal(number);

	if (name)
		return xasprintf("signal %d (%s)", number, name);
	return result->signal ? xasprintf("signal %d", number) : NULL;
}

/* Such a status, if nothing killed the program itself, is most often a script's whose command died;
 * the number stays in the words, because a program may mean something else by it. */
char *process_end_text(const struct process_result *result)
{
	AUTO_FREE char *killer = process_signal_text(result);

	if (result->signal)
		return xasprintf("was killed by %s", killer);
	if (killer)
		return xasprintf("ended with status %d, as a shell does whose command was killed "
				 "by %s",
				 result->exit_status, killer);
	return xasprintf("ended with status %d", result->exit_status);
}
