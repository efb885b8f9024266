/*
 * Reading and writing the files below fleet/ (see member_files.h). A secret that others can read is
 * refused, since it is no longer secret.
 */
#include "app/fleet/member/member_files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "crypto/aead.h"
#include "fleet/etcd/etcd.h"
#include "os/file/file.h"
#include "os/host.h"

enum { MAX_STATE = 1024 * 1024, MAX_PASSWORD = 4096, MAX_PREFIX = 200 };

#define KEY "key"
#define NEXT_KEY "key.next"

char *member_files_path(const struct settings *settings, const char *name)
{
	return xasprintf("%s/fleet/%s", settings_config_dir(settings), name);
}

char *member_files_node_name(const struct settings *settings)
{
	const char *given = settings_string(settings, "fleet_node");

	return given ? xstrdup(given) : host_name();
}

static bool is_owner_trusted(const struct stat *found)
{
	return found->st_uid == 0 || found->st_uid == geteuid();
}

/* Refuses a folder that others can write to: they could replace the key. */
static int check_folder(const struct settings *settings, struct error *err)
{
	AUTO_FREE char *dir = xasprintf("%s/fleet", settings_config_dir(settings));
	struct stat found;

	if (stat(dir, &found) < 0 || (!(found.st_mode & 022) && is_owner_trusted(&found)))
		return 0;
	error_set(err, ERR_CONFIG, "'%s' can be written to by others than its owner", dir);
	return error_hint(err, "chown root '%s'; chmod 700 '%s'", dir, dir);
}

/* Reads a file that only its owner may read: root, or the user who runs this. */
static int read_private(const char *path, size_t max_len, struct secret *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct stat found;
	int rc = file_read_whole(path, max_len, &text, &found, err);

	if (rc == 0 && (found.st_mode & 077 || !is_owner_trusted(&found)))
		rc = error_set(err, ERR_CONFIG, "'%s' can be read by others than its owner", path);
	if (rc == 0)
		secret_set(ret, text.text, text.len);
	else if (rc == ERR_CONFIG)
		error_hint(err, "chown root '%s'; chmod 600 '%s'", path, path);
	secret_wipe(text.text, text.len);
	return rc;
}

static int read_key_file(const struct settings *settings, const char *name, struct secret *ret_key,
			 struct error *err)
{
	AUTO_FREE char *path = member_files_path(settings, name);

	if (check_folder(settings, err) < 0 || read_private(path, AEAD_KEY_LEN, ret_key, err) < 0)
		return err->code;
	if (ret_key->len != AEAD_KEY_LEN)
		return error_set(err, ERR_CONFIG,
				 "'%s' is not a fleet's key: it must have %d bytes", path,
				 AEAD_KEY_LEN);
	return 0;
}

int member_files_read_key(const struct settings *settings, struct secret *ret_key,
			  struct error *err)
{
	if (read_key_file(settings, KEY, ret_key, err) < 0 && err->code == ERR_NOT_FOUND)
		error_hint(err, "certbot fleet init makes it on the first machine; copy it from "
				"there to this one, then: certbot fleet join");
	return err->code;
}

int member_files_read_next_key(const struct settings *settings, struct secret *ret_key,
			       struct error *err)
{
	AUTO_FREE char *path = member_files_path(settings, NEXT_KEY);

	return file_exists(path) ? read_key_file(settings, NEXT_KEY, ret_key, err) : 0;
}

static int make_folder(const struct settings *settings, struct error *err)
{
	AUTO_FREE char *dir = xasprintf("%s/fleet", settings_config_dir(settings));

	return dir_make(dir, 0700, err);
}

static int write_key_file(const struct settings *settings, const char *name,
			  const struct secret *key, struct error *err)
{
	static const struct file_attributes private = {.mode = 0600};
	AUTO_FREE char *path = member_files_path(settings, name);

	if (make_folder(settings, err) < 0)
		return err->code;
	/* Never half a key at the final name: an empty one would block all commands. */
	if (file_exists(path))
		return error_set(err, ERR_EXISTS, "'%s' exists already", path);
	return file_replace(path, secret_peek(key), key->len, &private, err);
}

int member_files_write_key(const struct settings *settings, const struct secret *key,
			   struct error *err)
{
	return write_key_file(settings, KEY, key, err);
}

int member_files_write_next_key(const struct settings *settings, const struct secret *key,
				struct error *err)
{
	return write_key_file(settings, NEXT_KEY, key, err);
}

/* Read again here: people copy the file at any time, and a copy that has only begun would take the
 * place of the only key. */
int member_files_accept_next_key(const struct settings *settings, const struct secret *key,
				 struct error *err)
{
	AUTO_FREE char *next = member_files_path(settings, NEXT_KEY);
	AUTO_FREE char *path = member_files_path(settings, KEY);
	AUTO(secret) struct secret found = SECRET_INIT;

	if (read_key_file(settings, NEXT_KEY, &found, err) < 0)
		return err->code;
	if (!span_same(span_make(secret_peek(&found), found.len),
		       span_make(secret_peek(key), key->len))) {
		error_set(err, ERR_BUSY, "somebody has just put another key into '%s'", next);
		return error_hint(err, "run the command again, which then goes on with that key");
	}
	return file_rename(next, path, err);
}

int member_files_read_state(const struct settings *settings, struct ini **ret_state,
			    struct error *err)
{
	AUTO_FREE char *path = member_files_path(settings, "state");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!file_exists(path)) {
		*ret_state = ini_new();
		return 0;
	}
	if (file_read(path, MAX_STATE, &text, err) < 0)
		return err->code;
	return ini_parse(text.text, text.len, path, ret_state, err);
}

int member_files_write_state(const struct settings *settings, const struct ini *state,
			     struct error *err)
{
	static const struct file_attributes private = {.mode = 0600};
	AUTO_FREE char *path = member_files_path(settings, "state");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	ini_print(state, &text);
	/* A longer one could not be read by later runs. */
	if (text.len > MAX_STATE)
		return error_set(err, ERR_REFUSED, "'%s' would have more than %d bytes", path,
				 MAX_STATE);
	if (make_folder(settings, err) < 0)
		return err->code;
	return file_replace(path, text.text, text.len, &private, err);
}

int member_files_read_password(const struct settings *settings, struct secret *ret_password,
			       struct error *err)
{
	const char *path = settings_string(settings, "fleet_password_file");
	AUTO(secret) struct secret text = SECRET_INIT;
	struct span line;

	if (!settings_string(settings, "fleet_user"))
		return 0;
	if (!path)
		return error_set(err, ERR_CONFIG, "--fleet-user needs --fleet-password-file");
	if (read_private(path, MAX_PASSWORD, &text, err) < 0)
		return err->code;
	line = span_trim(span_make(secret_peek(&text), text.len));
	secret_set(ret_password, line.ptr, line.len);
	return 0;
}

/* etcd does not know the paths that a final slash would lead to. */
static int check_endpoint(const char *endpoint, struct error *err)
{
	const char *host = strstr(endpoint, "://");

	if ((str_starts_nocase(endpoint, "https://") || str_starts_nocase(endpoint, "http://")) &&
	    host[3] && !strpbrk(host + 3, "/?# "))
		return 0;
	error_set(err, ERR_CONFIG, "--fleet-endpoints: '%s' is not the URL of an etcd member",
		  endpoint);
	return error_hint(err, "such as https://etcd1.example:2379, without anything behind it");
}

/* A password must not be sent where others can read it. */
static int check_way(const struct settings *settings, const char *endpoint, struct error *err)
{
	if (!settings_string(settings, "fleet_user") || etcd_is_private(endpoint))
		return 0;
	error_set(err, ERR_CONFIG, "--fleet-user: the password is not sent to '%s' without TLS",
		  endpoint);
	return error_hint(err, "let etcd use TLS, and name it by https://");
}

int member_files_check_endpoints(const struct settings *settings, struct error *err)
{
	const struct strvec *endpoints = settings_list(settings, "fleet_endpoints");
	const char *prefix = settings_string(settings, "fleet_prefix");
	const char *node = settings_string(settings, "fleet_node");

	if (!endpoints->count) {
		error_set(err, ERR_CONFIG, "no fleet is configured");
		return error_hint(err, "name the members of an etcd cluster by --fleet-endpoints, "
				       "best in cli.ini");
	}
	for (size_t i = 0; i < endpoints->count; i++)
		if (check_endpoint(endpoints->items[i], err) < 0 ||
		    check_way(settings, endpoints->items[i], err) < 0)
			return err->code;
	if (node && (strlen(node) > MAX_PREFIX || strchr(node, '/') ||
		     !ascii_is_printable_text(node) || !node[0]))
		return error_set(
			err, ERR_CONFIG,
			"--fleet-node must be printable text without slashes, of at most %d "
			"bytes",
			MAX_PREFIX);
	if (strlen(prefix) > MAX_PREFIX || !ascii_is_printable_text(prefix))
		return error_set(err, ERR_CONFIG,
				 "--fleet-prefix must be printable text of at most %d bytes",
				 MAX_PREFIX);
	return 0;
}
