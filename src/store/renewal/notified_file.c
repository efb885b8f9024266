/*
 * The record's file (see notified_file.h).
 */
#include "store/renewal/notified_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "crypto/digest.h"
#include "os/file/file.h"
#include "os/file/flock_file.h"

enum {
	MAX_FILE = 16 * 1024 * 1024,
	/* The lock is held for a few milliseconds at a time: who waits longer waits for a process
	 * that is stopped, or for a dead disk. */
	LOCK_WAIT_MS = 5000,
	NAME_LEN = 16, /* hexadecimal digits */
	MOST_WRITES = 1000 * 1000 * 1000,
};

/* The spare record is named by a digest of the work directory's path: that directory may be one
 * that cannot even be made. */
void notified_place_init(struct notified_place *place, const char *work_dir,
			 const char *runtime_dir)
{
	AUTO_FREE char *absolute = path_absolute(work_dir);
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;

	*place = (struct notified_place){
		.path = path_join(work_dir, "notified.json"),
		.lock_path = path_join(work_dir, "notified.lock"),
	};
	if (!runtime_dir)
		return;
	digest_hex(DIGEST_SHA256, absolute, strlen(absolute), &name);
	strbuf_truncate(&name, NAME_LEN);
	place->spare_path = xasprintf("%s/notified-%s.json", runtime_dir, name.text);
	place->spare_lock_path = xasprintf("%s/notified-%s.lock", runtime_dir, name.text);
}

void notified_place_release(struct notified_place *place)
{
	free(place->path);
	free(place->lock_path);
	free(place->spare_path);
	free(place->spare_lock_path);
}

/* A file that cannot be read now may be whole: as an empty one it would be overwritten. What is not
 * a file, or cannot be reached, cannot be overwritten either, which is said when it is tried. */
static int parse_record(const char *path, struct json **ret_root, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(json) struct json *root = NULL;

	if (file_read(path, MAX_FILE, &text, &unreadable) == 0 &&
	    json_parse(text.text, text.len, path, &root, &unreadable) == 0 &&
	    json_is_object(root)) {
		*ret_root = STEAL(root);
		return 0;
	}
	if (unreadable.code == ERR_IO && file_is_regular(path))
		return error_move(err, &unreadable);
	if (unreadable.code != ERR_NOT_FOUND)
		log_info("beginning a new record of notifications in place of '%s': %s", path,
			 unreadable.text ? unreadable.text : "it is not an object");
	*ret_root = json_object_new();
	return 0;
}

int64_t notified_file_writes(const struct json *root)
{
	int64_t count = 0;

	/* One more must not overflow; in a number that stands still nobody would see a change. */
	if (!json_int(json_member(root, "writes"), &count) || count < 0 || count > MOST_WRITES)
		return 0;
	return count;
}

/* A process that was killed between writing the first record and removing the spare one has left an
 * older one there. */
int notified_file_read(const struct notified_place *place, struct json **ret_root,
		       struct error *err)
{
	AUTO(json) struct json *root = NULL, *spare = NULL;

	if (parse_record(place->path, &root, err) < 0)
		return err->code;
	if (place->spare_path && file_exists(place->spare_path) &&
	    parse_record(place->spare_path, &spare, err) < 0)
		return err->code;
	if (spare && notified_file_writes(spare) > notified_file_writes(root))
		*ret_root = STEAL(spare);
	else
		*ret_root = STEAL(root);
	return 0;
}

static int make_own_dir(const char *path, mode_t mode, struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);

	return dir_make(dir, mode, err);
}

/* Only its owner reads it: it quotes errors, and says whom to mail. That is the owner of the
 * directory, who may run this program in turn with root. */
static int write_text(const char *path, mode_t dir_mode, const struct strbuf *text,
		      struct error *err)
{
	if (make_own_dir(path, dir_mode, err) < 0)
		return err->code;
	return file_publish_for_dir(path, text->text, text->len, 0600, err);
}

static void remove_spare(const struct notified_place *place)
{
	AUTO(error) struct error stuck = ERROR_INIT;

	if (place->spare_path && file_exists(place->spare_path) &&
	    file_remove(place->spare_path, &stuck) < 0)
		log_debug("%s", stuck.text);
}

int notified_file_write(const struct notified_place *place, struct json *root, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unwritten = ERROR_INIT, no_spare = ERROR_INIT;

	json_set_int(root, "version", 1);
	json_set_int(root, "writes", notified_file_writes(root) + 1);
	json_print(root, JSON_PRETTY, &text);
	strbuf_addc(&text, '\n');
	if (write_text(place->path, 0755, &text, &unwritten) == 0) {
		remove_spare(place);
		return 0;
	}
	if (!place->spare_path)
		return error_move(err, &unwritten);
	if (write_text(place->spare_path, 0700, &text, &no_spare) < 0) {
		log_debug("%s", no_spare.text);
		return error_move(err, &unwritten);
	}
	log_info("%s: what is told is on record in '%s' meanwhile", unwritten.text,
		 place->spare_path);
	return 0;
}

static int wait_for_lock(const char *path, mode_t dir_mode, const struct clock *clock, int *ret_fd,
			 struct error *err)
{
	if (make_own_dir(path, dir_mode, err) < 0)
		return err->code;
	return flock_file_wait(path, clock, LOCK_WAIT_MS, ret_fd, err);
}

static bool is_lock_missing(const struct error *err)
{
	return err->code && err->code != ERR_BUSY && err->code != ERR_CANCELLED;
}

int notified_file_lock(const struct notified_place *place, const struct clock *clock, int *ret_fd,
		       struct error *err)
{
	AUTO(error) struct error unlocked = ERROR_INIT;

	*ret_fd = -1;
	if (wait_for_lock(place->lock_path, 0755, clock, ret_fd, &unlocked) < 0 &&
	    is_lock_missing(&unlocked) && place->spare_lock_path) {
		error_release(&unlocked);
		if (wait_for_lock(place->spare_lock_path, 0700, clock, ret_fd, &unlocked) == 0)
			return 0;
	}
	if (!is_lock_missing(&unlocked))
		return error_move(err, &unlocked);
	log_debug("%s", unlocked.text);
	return 0;
}
