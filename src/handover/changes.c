/*
 * Changes of a handover (see changes.h): planning them, and carrying them out one by one. The
 * entries themselves show whether a change has been made, so progress need not be recorded.
 */
#include "handover/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "confedit/timers/crontab.h"
#include "confedit/timers/shell_script.h"
#include "os/file/file.h"
#include "os/file/rewrite.h"

/* Large enough for any crontab or unit; the record holds the contents twice. */
#define MAX_CONTENTS (1024 * 1024)

void changes_release(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->items[i].path);
		strbuf_release(&changes->items[i].before.contents);
		strbuf_release(&changes->items[i].after.contents);
	}
	free(changes->items);
	strvec_release(&changes->made_dirs);
	strvec_release(&changes->stopped);
	strvec_release(&changes->disabled);
	strvec_release(&changes->enabled);
	free(changes->own_timer);
}

static int read_state(const char *path, struct entry_state *ret, struct error *err)
{
	AUTO_FREE char *target = NULL;

	if (stamp_read(path, &ret->stamp, err) < 0)
		return err->code;
	switch (ret->stamp.kind) {
	case STAMP_FILE:
		return file_read(path, MAX_CONTENTS, &ret->contents, err);
	case STAMP_LINK:
		if (file_read_link(path, &target, err) < 0)
			return err->code;
		strbuf_adds(&ret->contents, target);
		return 0;
	case STAMP_ABSENT:
		return 0;
	case STAMP_OTHER:
		break;
	}
	return error_set(err, ERR_REFUSED, "'%s' is neither a file nor a link", path);
}

/* Symbolic links have no meaningful mode. */
static bool is_same_state(const struct entry_state *a, const struct entry_state *b)
{
	return a->stamp.kind == b->stamp.kind && a->contents.len == b->contents.len &&
	       memcmp(a->contents.text, b->contents.text, a->contents.len) == 0 &&
	       (a->stamp.kind != STAMP_FILE || a->stamp.mode == b->stamp.mode);
}

/* ---- Planning ---- */

static struct change *new_change(struct changes *changes, const char *path)
{
	struct change *change;

	ARRAY_GROW(changes->items, changes->count, changes->capacity);
	change = &changes->items[changes->count++];
	*change = (struct change){.path = xstrdup(path)};
	strbuf_init(&change->before.contents);
	strbuf_init(&change->after.contents);
	return change;
}

static struct change *find_change(const struct changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->count; i++)
		if (strcmp(changes->items[i].path, path) == 0)
			return &changes->items[i];
	return NULL;
}

/* If a crontab is a symbolic link, its target is what is changed and recorded. */
static int plan_line_off(struct changes *changes, const char *path, size_t line,
			 void (*put_off)(struct span text, size_t line, struct strbuf *out),
			 struct error *err)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct change *change = find_change(changes, real ? real : path);

	if (!change) {
		change = new_change(changes, real ? real : path);
		if (read_state(change->path, &change->before, err) < 0)
			return err->code;
		change->after.stamp = change->before.stamp;
		strbuf_add(&change->after.contents, change->before.contents.text,
			   change->before.contents.len);
	}
	put_off(span_make(change->after.contents.text, change->after.contents.len), line, &text);
	strbuf_clear(&change->after.contents);
	strbuf_add(&change->after.contents, text.text, text.len);
	return 0;
}

int changes_comment_out(struct changes *changes, const char *path, size_t line, struct error *err)
{
	return plan_line_off(changes, path, line, crontab_comment_out, err);
}

int changes_silence_line(struct changes *changes, const char *path, size_t line, struct error *err)
{
	return plan_line_off(changes, path, line, shell_script_silence, err);
}

int changes_remove_link(struct changes *changes, const char *path, struct error *err)
{
	struct change *change = new_change(changes, path);

	return read_state(path, &change->before, err);
}

/* Never overwrite: a file of that name belongs to somebody else. */
static int plan_new(struct changes *changes, const char *path, struct change **ret,
		    struct error *err)
{
	struct change *change = new_change(changes, path);
	AUTO_FREE char *dir = path_dirname(path);

	if (read_state(path, &change->before, err) < 0)
		return err->code;
	if (change->before.stamp.kind != STAMP_ABSENT) {
		error_set(err, ERR_EXISTS, "there is a '%s' already", path);
		return error_hint(err, "look where it comes from, and remove it");
	}
	if (!file_is_dir(dir))
		strvec_push_unique(&changes->made_dirs, dir);
	*ret = change;
	return 0;
}

int changes_add_file(struct changes *changes, const char *path, const char *text, struct error *err)
{
	struct change *change = NULL;

	if (plan_new(changes, path, &change, err) < 0)
		return err->code;
	change->after.stamp = (struct stamp){.kind = STAMP_FILE, .mode = 0644};
	strbuf_adds(&change->after.contents, text);
	return 0;
}

int changes_add_link(struct changes *changes, const char *path, const char *target,
		     struct error *err)
{
	struct change *change = NULL;

	if (plan_new(changes, path, &change, err) < 0)
		return err->code;
	change->after.stamp = (struct stamp){.kind = STAMP_LINK};
	strbuf_adds(&change->after.contents, target);
	return 0;
}

/* ---- Carrying out ---- */

enum progress { IS_BEFORE, IS_AFTER, IS_FOREIGN };

static int judge_change(const struct change *change, enum progress *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf contents = STRBUF_INIT;
	struct entry_state now = {.contents = contents};
	int rc = read_state(change->path, &now, err);

	contents = now.contents;
	if (rc < 0)
		return rc;
	*ret = is_same_state(&now, &change->after)    ? IS_AFTER
	       : is_same_state(&now, &change->before) ? IS_BEFORE
						      : IS_FOREIGN;
	return 0;
}

int changes_find_foreign(const struct changes *changes, struct strvec *ret_paths, struct error *err)
{
	for (size_t i = 0; i < changes->count; i++) {
		enum progress progress;

		if (judge_change(&changes->items[i], &progress, err) < 0)
			return err->code;
		if (progress == IS_FOREIGN)
			strvec_push(ret_paths, changes->items[i].path);
	}
	return 0;
}

/* Each of these is one step to an observer: a rename, a link, an unlink. An existing file is
 * rewritten in place, which keeps its access lists. */
static int put_state(const char *path, enum stamp_kind kind_now, const struct entry_state *wanted,
		     struct error *err)
{
	const struct file_attributes attributes = {
		.mode = wanted->stamp.mode,
		.set_owner = true,
		.uid = wanted->stamp.uid,
		.set_group = true,
		.gid = wanted->stamp.gid,
	};
	struct span bytes = span_make(wanted->contents.text, wanted->contents.len);

	switch (wanted->stamp.kind) {
	case STAMP_FILE:
		return kind_now == STAMP_FILE
			       ? file_rewrite(path, bytes, err)
			       : file_replace(path, bytes.ptr, bytes.len, &attributes, err);
	case STAMP_LINK:
		return file_symlink(wanted->contents.text, path, err);
	case STAMP_ABSENT:
	case STAMP_OTHER:
		break;
	}
	return file_remove(path, err);
}

/* Restoring the old time is a step of its own, after the contents: if the run is killed in between,
 * the time still differs, and the next run sees that it has to go on. Entries that handover creates
 * keep the time of their creation. */
static int carry_out_one(const struct change *change, enum changes_direction direction,
			 struct error *err)
{
	bool makes = direction == CHANGES_MAKE;
	const struct entry_state *wanted = makes ? &change->after : &change->before;
	const struct entry_state *other = makes ? &change->before : &change->after;
	enum progress progress;

	file_remove_leftovers(change->path);
	if (judge_change(change, &progress, err) < 0)
		return err->code;
	if (progress == IS_FOREIGN)
		return 0;
	if (progress == (makes ? IS_BEFORE : IS_AFTER) &&
	    put_state(change->path, other->stamp.kind, wanted, err) < 0)
		return err->code;
	if (makes || wanted->stamp.kind == STAMP_ABSENT)
		return 0;
	return stamp_apply(change->path, &wanted->stamp, err);
}

static int make_dirs(const struct changes *changes, struct error *err)
{
	for (size_t i = 0; i < changes->made_dirs.count; i++)
		if (dir_make(changes->made_dirs.items[i], 0755, err) < 0)
			return err->code;
	return 0;
}

/* A directory that somebody else uses by now is not empty and stays. */
static void remove_dirs(const struct changes *changes)
{
	for (size_t i = changes->made_dirs.count; i-- > 0;) {
		AUTO(error) struct error in_use = ERROR_INIT;

		if (dir_remove(changes->made_dirs.items[i], &in_use) < 0)
			continue;
	}
}

/* When handing over, the old timers are disabled before ours is added; when handing back, ours goes
 * first. In between nothing renews, which does no harm for so short a time. */
int changes_carry_out(const struct changes *changes, enum changes_direction direction,
		      struct error *err)
{
	if (direction == CHANGES_MAKE && make_dirs(changes, err) < 0)
		return err->code;
	for (size_t i = 0; i < changes->count; i++) {
		size_t at = direction == CHANGES_MAKE ? i : changes->count - 1 - i;

		if (carry_out_one(&changes->items[at], direction, err) < 0)
			return err->code;
	}
	if (direction == CHANGES_TAKE_BACK)
		remove_dirs(changes);
	return 0;
}
