/*
 * Files of /proc (see proc_linux.h). They may be gone at any moment, with their process.
 */
#include "os/file/proc_linux.h"

#include "base/alloc.h"
#include "os/file/file.h"

enum { MAX_LEN = 65536 };

bool proc_read(int pid, const char *name, struct strbuf *ret_text)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/%s", pid, name);
	AUTO(error) struct error ignored = ERROR_INIT;

	return file_read(path, MAX_LEN, ret_text, &ignored) == 0;
}
