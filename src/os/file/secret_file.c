/*
 * Reads a file with secrets (see secret_file.h). Rights of others are only a warning, as in
 * Certbot: an error would stop what has worked so far.
 */
#include "os/file/secret_file.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "os/file/file.h"

/* Any more are warned of at each reading. */
#define MAX_WARNED 32

/* The files that this process has warned of. One run reads a file several times: for its checks,
 * for the rehearsal, and for each certificate. */
static struct {
	pthread_mutex_t lock;
	struct {
		dev_t device;
		ino_t inode;
	} files[MAX_WARNED];
	size_t count;
} warned = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Returns true the first time that it is called for the file. */
static bool note_file(const struct stat *status)
{
	bool is_new = true;

	pthread_mutex_lock(&warned.lock);
	for (size_t i = 0; i < warned.count && is_new; i++)
		is_new = warned.files[i].device != status->st_dev ||
			 warned.files[i].inode != status->st_ino;
	if (is_new && warned.count < MAX_WARNED) {
		warned.files[warned.count].device = status->st_dev;
		warned.files[warned.count++].inode = status->st_ino;
	}
	pthread_mutex_unlock(&warned.lock);
	return is_new;
}

int secret_file_read(const char *path, size_t max_len, struct secret *ret_text, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	struct stat status;
	size_t len;

	if (file_read(path, max_len, &text, err) < 0)
		return err->code;
	len = text.len;
	secret_give(ret_text, strbuf_detach(&text), len);
	if (stat(path, &status) == 0 && status.st_mode & S_IRWXO && note_file(&status))
		log_warning("Unsafe permissions on credentials configuration file: %s", path);
	return 0;
}
