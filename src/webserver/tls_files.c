/*
 * TLS files and their digests (see tls_files.h). The digest file belongs to Certbot's own protocol:
 * it holds the SHA-256 of the shipped text that was last installed or announced.
 */
#include "webserver/tls_files.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "crypto/digest.h"
#include "os/file/file.h"

#include <string.h>

#define MAX_FILE (1024 * 1024)

/* Digests of all versions that were ever shipped: a file with one of them was not changed by
 * anybody and may be replaced. */
static const char *const known_dhparams[] = {
	"9ba6429597aeed2d8617a7705b56e96d044f64b07971659382e426675105654b",
};

const struct tls_file tls_dhparams = {
	.name = "ssl-dhparams.pem",
	.digest_name = ".updated-ssl-dhparams-pem-digest.txt",
	.text = "-----BEGIN DH PARAMETERS-----\n"
		"MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
		"+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
		"87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
		"YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
		"7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
		"ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
		"-----END DH PARAMETERS-----\n",
	.known = known_dhparams,
	.known_count = ARRAY_LEN(known_dhparams),
};

char *tls_file_path(const struct tls_file *file, const char *config_dir)
{
	return path_join(config_dir, file->name);
}

static int write_text(const char *path, const char *text, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0644};

	return file_replace(path, text, strlen(text), &attributes, err);
}

static bool is_known(const struct tls_file *file, const char *hash)
{
	for (size_t i = 0; i < file->known_count; i++)
		if (strcmp(file->known[i], hash) == 0)
			return true;
	return false;
}

static void hash_text(const char *text, size_t len, struct strbuf *out)
{
	digest_hex(DIGEST_SHA256, text, len, out);
}

static int install_file(const struct tls_file *file, const char *path, const char *digest_path,
			const char *shipped, struct error *err)
{
	if (write_text(path, file->text, err) < 0)
		return err->code;
	return write_text(digest_path, shipped, err);
}

/* Tells the administrator of a changed file once that there is a newer version. Once for each new
 * version, or a timer would repeat it for years. */
static int announce_change(const struct tls_file *file, const char *path, const char *digest_path,
			   const char *shipped, struct error *err)
{
	AUTO(strbuf) struct strbuf announced = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (file_read(digest_path, MAX_FILE, &announced, &ignored) == 0 &&
	    strcmp(announced.text, shipped) == 0)
		return 0;
	log_warning("'%s' was changed by hand and is left alone; to get the current version of "
		    "%s, move it away and run certbot again",
		    path, file->name);
	return write_text(digest_path, shipped, err);
}

/* An administrator's own text is never overwritten. */
int tls_file_install(const struct tls_file *file, const char *config_dir, struct error *err)
{
	AUTO_FREE char *path = tls_file_path(file, config_dir);
	AUTO_FREE char *digest_path = path_join(config_dir, file->digest_name);
	AUTO(strbuf) struct strbuf present = STRBUF_INIT;
	AUTO(strbuf) struct strbuf present_hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf shipped_hash = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	hash_text(file->text, strlen(file->text), &shipped_hash);
	if (file_read(path, MAX_FILE, &present, &missing) < 0) {
		if (missing.code != ERR_NOT_FOUND)
			return error_move(err, &missing);
		return install_file(file, path, digest_path, shipped_hash.text, err);
	}
	hash_text(present.text, present.len, &present_hash);
	if (strcmp(present_hash.text, shipped_hash.text) == 0)
		return 0;
	if (is_known(file, present_hash.text))
		return install_file(file, path, digest_path, shipped_hash.text, err);
	return announce_change(file, path, digest_path, shipped_hash.text, err);
}
