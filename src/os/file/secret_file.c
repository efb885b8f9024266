/*
 * Reads a file with secrets (see secret_file.h). Rights of others are only a warning, as in
 * Certbot: an error would stop what has worked so far.
 */
#include "os/file/secret_file.h"

#include <sys/stat.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "os/file/file.h"

int secret_file_read(const char *path, size_t max_len, struct secret *ret_text, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	struct stat status;
	size_t len;

	if (file_read(path, max_len, &text, err) < 0)
		return err->code;
	len = text.len;
	secret_give(ret_text, strbuf_detach(&text), len);
	if (stat(path, &status) == 0 && status.st_mode & S_IRWXO)
		log_warning("Unsafe permissions on credentials configuration file: %s", path);
	return 0;
}
