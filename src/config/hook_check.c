/*
 * Checks hooks when they are given (see hook_check.h). It does not parse shell syntax: like Certbot
 * it takes the first word up to white space as a program, unless the whole text is one.
 * --disable-hook-validation is for other cases.
 */
#include "config/hook_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "os/file/file.h"
#include "os/process/program.h"

int hook_check(const char *name, const char *command, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;
	struct span text = span_trim(span_of(command));
	AUTO_FREE char *program = xstrndup(text.ptr, strcspn(text.ptr, " \t\r\n\v\f"));
	AUTO_FREE char *path = program[0] ? program_find(program) : xstrdup("");
	const char *search_path = getenv("PATH");

	if (path || file_is_executable(command))
		return 0;
	strbuf_add_printable(&shown, program, strlen(program));
	if (file_exists(program))
		return error_set(err, ERR_CONFIG,
				 "%s-hook command %s exists, but is not executable", name,
				 shown.text);
	error_set(err, ERR_CONFIG, "Unable to find %s-hook command %s in the PATH.\n(PATH is %s)",
		  name, shown.text, search_path ? search_path : "not set");
	return error_hint(err, "if the command is correct, use --disable-hook-validation");
}
