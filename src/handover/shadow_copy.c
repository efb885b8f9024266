/*
 * Makes private copies (see shadow_copy.h). What is broken is copied as it is: confs as text, and
 * links with their targets, even if these do not exist.
 */
#include "handover/shadow_copy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "os/file/file.h"
#include "store/paths.h"

#define MAX_CONF (1024 * 1024)

struct copying {
	const char *from, *to; /* configuration directories */
};

/* ---- Confs ---- */

/* Lines with paths of a lineage. Other values may be paths too, but neither program writes
 * there. */
static bool names_place(struct span line)
{
	static const char *const keys[] = {"archive_dir", "cert", "privkey", "chain", "fullchain"};
	struct span key;

	if (!span_take_until(&line, '=', &key))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (span_eq(span_trim(key), keys[i]))
			return true;
	return false;
}

/* Copies it as text: if this program reads a conf differently from Certbot, both must still see the
 * original. */
static void move_places(const struct copying *copying, struct span text, struct strbuf *out)
{
	AUTO_FREE char *prefix = xasprintf("%s/", copying->from);
	struct span rest = text, line;

	while (span_take_line(&rest, &line)) {
		/* With its line end, of whichever kind. */
		size_t len = (size_t)((rest.len ? rest.ptr : text.ptr + text.len) - line.ptr);
		const char *place = names_place(line)
					    ? memmem(line.ptr, line.len, prefix, strlen(prefix))
					    : NULL;
		size_t before = place ? (size_t)(place - line.ptr) : 0;

		if (place) {
			strbuf_add(out, line.ptr, before);
			strbuf_adds(out, copying->to);
			before += strlen(copying->from);
		}
		strbuf_add(out, line.ptr + before, len - before);
	}
}

static int copy_conf(const struct copying *copying, const char *from, const char *to,
		     struct error *err)
{
	static const struct file_attributes private = {.mode = 0600};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strbuf) struct strbuf moved = STRBUF_INIT;

	if (file_read(from, MAX_CONF, &text, err) < 0)
		return err->code;
	move_places(copying, span_make(text.text, text.len), &moved);
	return file_create(to, moved.text, moved.len, &private, err);
}

/* ---- live/ and archive/ ---- */

static int copy_link(const struct copying *copying, const char *from, const char *to,
		     struct error *err)
{
	AUTO_FREE char *prefix = xasprintf("%s/", copying->from);
	AUTO_FREE char *target = NULL, *moved = NULL;

	if (file_read_link(from, &target, err) < 0)
		return err->code;
	if (str_starts(target, prefix))
		moved = xasprintf("%s/%s", copying->to, target + strlen(prefix));
	return file_symlink(moved ? moved : target, to, err);
}

/* If there is a regular file in place of a link, only that fact matters, not its contents. */
static int copy_live_entry(const struct copying *copying, const char *from, const char *to,
			   struct error *err)
{
	static const struct file_attributes private = {.mode = 0600};

	if (file_is_symlink(from))
		return copy_link(copying, from, to, err);
	return file_create(to, "", 0, &private, err);
}

static int copy_archive_entry(const struct copying *copying, const char *from, const char *to,
			      struct error *err)
{
	(void)copying;
	return file_symlink(from, to, err);
}

typedef int copy_entry_fn(const struct copying *copying, const char *from, const char *to,
			  struct error *err);

/* A missing directory stays missing in the copy. */
static int copy_entries(const struct copying *copying, const char *from, const char *to,
			const char *suffix, copy_entry_fn *copy_entry, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	if (dir_list(from, suffix, &names, &missing) < 0)
		return missing.code == ERR_NOT_FOUND ? 0 : error_move(err, &missing);
	if (dir_make(to, 0700, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *source = path_join(from, names.items[i]);
		AUTO_FREE char *target = path_join(to, names.items[i]);

		if (copy_entry(copying, source, target, err) < 0)
			return err->code;
	}
	return 0;
}

static int copy_live_dir(const struct copying *copying, const char *from, const char *to,
			 struct error *err)
{
	return file_is_dir(from) ? copy_entries(copying, from, to, "", copy_live_entry, err) : 0;
}

static int copy_archive_dir(const struct copying *copying, const char *from, const char *to,
			    struct error *err)
{
	return file_is_dir(from) ? copy_entries(copying, from, to, "", copy_archive_entry, err) : 0;
}

int shadow_copy(const char *config_dir, const char *copy, struct error *err)
{
	static const struct {
		char *(*path)(const char *config_dir);
		const char *suffix;
		copy_entry_fn *copy_entry;
	} parts[] = {
		{store_renewal_dir, ".conf", copy_conf},
		{store_live_base, "", copy_live_dir},
		{store_archive_base, "", copy_archive_dir},
	};
	const struct copying copying = {config_dir, copy};

	if (dir_make(copy, 0700, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		AUTO_FREE char *from = parts[i].path(config_dir);
		AUTO_FREE char *to = parts[i].path(copy);

		if (copy_entries(&copying, from, to, parts[i].suffix, parts[i].copy_entry, err) < 0)
			return error_wrap(err, "cannot copy '%s'", from);
	}
	return 0;
}
