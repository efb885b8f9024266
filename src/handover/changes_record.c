/*
 * The record of a handover on disk (see changes.h): JSON, with contents in base64 because a crontab
 * need not be UTF-8. A digest of the whole record proves that we wrote it and that it is complete;
 * without it, handback would write into /etc whatever somebody has put there.
 */
#include <stdlib.h>
#include <string.h>

#include "handover/changes.h"
#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "os/file/file.h"

#define RECORD_VERSION 1
/* Room for many crontabs of the largest size; anything larger is not one of our records. */
#define MAX_RECORD (64 * 1024 * 1024)

static const char what[] = "record of the handover";

/* In the order of enum stamp_kind. */
static const char *const kinds[] = {
	[STAMP_ABSENT] = "absent", [STAMP_FILE] = "file", [STAMP_LINK] = "link"};

/* ---- Writing ---- */

static struct json *json_of_state(const struct entry_state *state)
{
	struct json *object = json_object_new();
	AUTO(strbuf) struct strbuf contents = STRBUF_INIT;

	base64_encode(&contents, state->contents.text, state->contents.len);
	json_set_string(object, "kind", kinds[state->stamp.kind]);
	json_set_int(object, "mode", state->stamp.mode);
	json_set_int(object, "uid", state->stamp.uid);
	json_set_int(object, "gid", state->stamp.gid);
	json_set_int(object, "mtime", state->stamp.mtime_s);
	json_set_int(object, "mtime_ns", state->stamp.mtime_ns);
	json_set_string(object, "contents", contents.text);
	return object;
}

static struct json *json_of_changes(const struct changes *changes)
{
	struct json *whole = json_object_new();
	struct json *list = json_array_new();

	for (size_t i = 0; i < changes->count; i++) {
		struct json *object = json_object_new();

		json_set_string(object, "path", changes->items[i].path);
		json_set(object, "before", json_of_state(&changes->items[i].before));
		json_set(object, "after", json_of_state(&changes->items[i].after));
		json_push(list, object);
	}
	json_set_int(whole, "certbot_handover", RECORD_VERSION);
	json_set_text(whole, "own_timer", changes->own_timer);
	json_set(whole, "stopped", json_strings_new(&changes->stopped));
	json_set(whole, "disabled", json_strings_new(&changes->disabled));
	json_set(whole, "enabled", json_strings_new(&changes->enabled));
	json_set(whole, "made_dirs", json_strings_new(&changes->made_dirs));
	json_set(whole, "changes", list);
	return whole;
}

/* Over the compact form without the digest itself. */
static char *digest_of(const struct json *whole)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	json_print(whole, JSON_COMPACT, &text);
	digest_hex(DIGEST_SHA256, text.text, text.len, &hex);
	return strbuf_detach(&hex);
}

/* Readable by root only: it contains users' crontabs. */
int changes_save(const struct changes *changes, const char *path, struct error *err)
{
	static const struct file_attributes private = {.mode = 0600};
	AUTO(json) struct json *whole = json_of_changes(changes);
	AUTO_FREE char *digest = digest_of(whole);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_set_string(whole, "sha256", digest);
	json_print(whole, JSON_PRETTY, &text);
	strbuf_addc(&text, '\n');
	return file_replace(path, text.text, text.len, &private, err);
}

/* ---- Reading ---- */

static int get_int(const struct json *object, const char *name, int64_t *ret, struct error *err)
{
	if (json_int(json_member(object, name), ret))
		return 0;
	return error_set(err, ERR_PARSE, "%s: '%s' is not a number", what, name);
}

static int read_kind(const struct json *object, enum stamp_kind *ret, struct error *err)
{
	const char *name;

	if (json_get_string(object, what, "kind", &name, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i], name) == 0) {
			*ret = (enum stamp_kind)i;
			return 0;
		}
	return error_set(err, ERR_PARSE, "%s: unknown kind '%s'", what, name);
}

static int read_entry(const struct json *change, const char *member, struct entry_state *ret,
		      struct error *err)
{
	struct json *object = NULL;
	const char *contents;
	int64_t mode, uid, gid;

	if (json_get_object(change, what, member, &object, err) < 0 ||
	    read_kind(object, &ret->stamp.kind, err) < 0 ||
	    get_int(object, "mode", &mode, err) < 0 || get_int(object, "uid", &uid, err) < 0 ||
	    get_int(object, "gid", &gid, err) < 0 ||
	    get_int(object, "mtime", &ret->stamp.mtime_s, err) < 0 ||
	    get_int(object, "mtime_ns", &ret->stamp.mtime_ns, err) < 0 ||
	    json_get_string(object, what, "contents", &contents, err) < 0)
		return err->code;
	ret->stamp.mode = (mode_t)mode;
	ret->stamp.uid = (uid_t)uid;
	ret->stamp.gid = (gid_t)gid;
	return base64_decode(&ret->contents, span_of(contents), err);
}

static int read_change(const struct json *object, struct changes *changes, struct error *err)
{
	struct change *change;
	const char *path;

	if (json_get_string(object, what, "path", &path, err) < 0)
		return err->code;
	ARRAY_GROW(changes->items, changes->count, changes->capacity);
	change = &changes->items[changes->count++];
	*change = (struct change){.path = xstrdup(path)};
	strbuf_init(&change->before.contents);
	strbuf_init(&change->after.contents);
	if (read_entry(object, "before", &change->before, err) < 0)
		return err->code;
	return read_entry(object, "after", &change->after, err);
}

static int read_texts(const struct json *whole, const char *name, struct strvec *ret,
		      struct error *err)
{
	struct json *array = NULL;

	if (json_get_array(whole, what, name, &array, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(array); i++) {
		const char *text = json_text(json_at(array, i));

		if (text)
			strvec_push(ret, text);
	}
	return 0;
}

static int read_whole(const struct json *whole, struct changes *ret, struct error *err)
{
	struct json *list = NULL;
	const char *own_timer;

	if (json_opt_string(whole, what, "own_timer", &own_timer, err) < 0 ||
	    read_texts(whole, "stopped", &ret->stopped, err) < 0 ||
	    read_texts(whole, "disabled", &ret->disabled, err) < 0 ||
	    read_texts(whole, "enabled", &ret->enabled, err) < 0 ||
	    read_texts(whole, "made_dirs", &ret->made_dirs, err) < 0 ||
	    json_get_array(whole, what, "changes", &list, err) < 0)
		return err->code;
	ret->own_timer = xstrdup_or_null(own_timer);
	for (size_t i = 0; i < json_count(list); i++)
		if (read_change(json_at(list, i), ret, err) < 0)
			return err->code;
	return 0;
}

static int check_digest(struct json *whole, struct error *err)
{
	const char *member = json_text(json_member(whole, "sha256"));
	AUTO_FREE char *stored = xstrdup_or_null(member), *digest = NULL;
	int64_t version = 0;

	if (!json_int(json_member(whole, "certbot_handover"), &version) || !stored)
		return error_set(err, ERR_PARSE, "it is no %s", what);
	if (version != RECORD_VERSION)
		return error_set(err, ERR_PARSE, "a later version of this program has written it");
	json_remove(whole, "sha256");
	digest = digest_of(whole);
	return strcmp(stored, digest) == 0
		       ? 0
		       : error_set(err, ERR_PARSE, "it is not as this program wrote it");
}

int changes_load(const char *path, struct changes *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(json) struct json *whole = NULL;

	if (file_read(path, MAX_RECORD, &text, err) < 0)
		return err->code;
	if (json_parse(text.text, text.len, what, &whole, err) == 0 &&
	    check_digest(whole, err) == 0 && read_whole(whole, ret, err) == 0)
		return 0;
	error_wrap(err, "cannot use '%s'", path);
	return error_hint(err, "nothing was changed. If it is not what a handover left, remove it; "
			       "timers are listed by: systemctl list-timers --all");
}
