/*
 * The record of challenge files and directories (see webroot_record.h): a JSON object that says
 * what it is, with one element for each file and one for each directory.
 */
#include "plugins/webroot/webroot_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file/file.h"

#define RECORD_NAME "webroot-challenges.json"
/* A thousand names need about 300 KiB. */
#define MAX_RECORD (16 << 20)
#define PURPOSE "challenges in webroots"
/* base64url (RFC 8555 section 8.3). */
#define TOKEN_ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static void release_answer(struct webroot_answer *answer)
{
	free(answer->root);
	free(answer->token);
	free(answer->content);
}

static void release_lists(struct webroot_record *record)
{
	for (size_t i = 0; i < record->count; i++)
		release_answer(&record->answers[i]);
	free(record->answers);
	record->answers = NULL;
	record->count = record->capacity = 0;
	webroot_made_release(&record->made);
}

void webroot_record_release(struct webroot_record *record)
{
	release_lists(record);
	free(record->path);
	record->path = NULL;
}

static void push_answer(struct webroot_record *record, const char *root, const char *token,
			const char *content)
{
	ARRAY_GROW(record->answers, record->count, record->capacity);
	record->answers[record->count++] = (struct webroot_answer){xstrdup(root), xstrdup(token),
								   xstrdup(content)};
}

/* --- as JSON --- */

/* A path that leads out of the challenge directory is not a token. The record is read by root, who
 * removes what it names. */
static bool is_answer(const char *root, const char *token, const char *content)
{
	size_t len = strlen(token);

	return root[0] == '/' && len && strspn(token, TOKEN_ALPHABET) == len &&
	       strncmp(content, token, len) == 0 && content[len] == '.';
}

static int parse_answer(const struct json *item, struct webroot_record *record, struct error *err)
{
	const char *root, *token, *content;

	if (json_get_string(item, "file", "root", &root, err) < 0 ||
	    json_get_string(item, "file", "token", &token, err) < 0 ||
	    json_get_string(item, "file", "content", &content, err) < 0)
		return err->code;
	if (!is_answer(root, token, content))
		return error_set(err, ERR_PARSE, "'%s' is not the file of a challenge", token);
	push_answer(record, root, token, content);
	return 0;
}

static int parse_step(const struct json *item, struct webroot_record *record, struct error *err)
{
	int64_t depth, device, inode;
	const char *root;

	if (json_get_string(item, "directory", "root", &root, err) < 0)
		return err->code;
	if (root[0] != '/' || !json_int(json_member(item, "depth"), &depth) || depth < 0 ||
	    depth >= WEBROOT_DEPTH || !json_int(json_member(item, "device"), &device) ||
	    !json_int(json_member(item, "inode"), &inode))
		return error_set(err, ERR_PARSE, "a directory below '%s' is not known", root);
	webroot_made_add(&record->made, &(struct webroot_step){(char *)root, (size_t)depth,
							       (dev_t)device, (ino_t)inode});
	return 0;
}

static int parse_list(const struct json *document, const char *name,
		      int (*parse)(const struct json *, struct webroot_record *, struct error *),
		      struct webroot_record *record, struct error *err)
{
	struct json *list;

	if (json_get_array(document, "record", name, &list, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(list); i++)
		if (parse(json_at(list, i), record, err) < 0)
			return err->code;
	return 0;
}

/* The purpose is checked so that another program's JSON is not mistaken for a record. */
static int parse_record(const struct strbuf *text, struct webroot_record *record, struct error *err)
{
	AUTO(json) struct json *document = NULL;
	const char *purpose;

	if (json_parse(text->text, text->len, "record", &document, err) < 0 ||
	    json_get_string(document, "record", "certbot", &purpose, err) < 0)
		return err->code;
	if (strcmp(purpose, PURPOSE) != 0)
		return error_set(err, ERR_PARSE, "it is a record of '%s'", purpose);
	if (parse_list(document, "files", parse_answer, record, err) < 0)
		return err->code;
	return parse_list(document, "directories", parse_step, record, err);
}

static struct json *print_answer(const struct webroot_answer *answer)
{
	struct json *item = json_object_new();

	json_set_string(item, "root", answer->root);
	json_set_string(item, "token", answer->token);
	json_set_string(item, "content", answer->content);
	return item;
}

static struct json *print_step(const struct webroot_step *step)
{
	struct json *item = json_object_new();

	json_set_string(item, "root", step->root);
	json_set_int(item, "depth", (int64_t)step->depth);
	json_set_int(item, "device", (int64_t)step->device);
	json_set_int(item, "inode", (int64_t)step->inode);
	return item;
}

/* For root alone: the names of files in webroots are not for everyone. */
int webroot_record_save(const struct webroot_record *record, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(json) struct json *document = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *files = json_array_new(), *directories = json_array_new();

	for (size_t i = 0; i < record->count; i++)
		json_push(files, print_answer(&record->answers[i]));
	for (size_t i = 0; i < record->made.count; i++)
		json_push(directories, print_step(&record->made.steps[i]));
	json_set_string(document, "certbot", PURPOSE);
	json_set(document, "files", files);
	json_set(document, "directories", directories);
	json_print(document, JSON_PRETTY, &text);
	return file_replace(record->path, text.text, text.len, &attributes, err);
}

/* --- a run --- */

static int save_directories(void *context, struct error *err)
{
	return webroot_record_save(context, err);
}

/* A record that cannot be read stops the run: overwriting it would forget what is to be removed. */
int webroot_record_open(struct webroot_record *record, const char *work_dir, struct error *err)
{
	AUTO_FREE char *path = path_join(work_dir, RECORD_NAME);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (record->path)
		return 0;
	if ((file_read(path, MAX_RECORD, &text, &failed) < 0 && failed.code != ERR_NOT_FOUND) ||
	    (text.len && parse_record(&text, record, &failed) < 0)) {
		release_lists(record);
		error_move(err, &failed);
		error_wrap(err, "cannot read '%s'", path);
		return error_hint(err, "it should say which challenge files an interrupted run has "
				       "left; remove it if you do not know it");
	}
	record->path = STEAL(path);
	record->made.save = save_directories;
	record->made.context = record;
	return 0;
}

void webroot_record_add(struct webroot_record *record, const char *root, const char *token,
			const char *content)
{
	webroot_folder_plan(root, &record->made);
	push_answer(record, root, token, content);
}

void webroot_record_forget(struct webroot_record *record, const char *token)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->answers[i].token, token) == 0) {
			release_answer(&record->answers[i]);
			record->answers[i] = record->answers[--record->count];
			return;
		}
}

/* Directories go when no file is left, and the record when nothing is. */
int webroot_record_settle(struct webroot_record *record, struct error *err)
{
	if (!record->path)
		return 0;
	if (record->count)
		return webroot_record_save(record, err);
	if (webroot_made_remove(&record->made, err) < 0)
		return err->code;
	return file_remove(record->path, err);
}

/* --- recovery --- */

/* Returns true if the file is the answer, or the beginning of it that a kill left. Read without
 * following links or blocking on a FIFO, since users may have put anything there. */
static bool has_content(const struct folder *folder, const struct webroot_answer *answer)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	AUTO_CLOSE int fd = openat(folder->fd, answer->token, flags);
	size_t len = strlen(answer->content);
	AUTO_FREE char *found = xmalloc(len + 1);
	struct stat attributes;
	ssize_t count;

	if (fd < 0 || fstat(fd, &attributes) < 0 || !S_ISREG(attributes.st_mode))
		return false;
	count = read(fd, found, len + 1);
	return count >= 0 && (size_t)count <= len &&
	       memcmp(found, answer->content, (size_t)count) == 0;
}

static int remove_answer(const struct webroot_answer *answer, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (webroot_folder_open(answer->root, &folder, err) < 0)
		return err->code;
	if (!folder_has(&folder, answer->token))
		return 0;
	if (!has_content(&folder, answer))
		return error_set(err, ERR_REFUSED, "'%s/%s' is not the file that was created",
				 folder.path, answer->token);
	if (folder_remove(&folder, answer->token, err) < 0)
		return err->code;
	log_info("Removed %s/%s, left over from an interrupted run", folder.path, answer->token);
	return 0;
}

/* An answer that is gone, or behind a link that is not followed, counts as removed. */
static int remove_answers(struct webroot_record *record, struct error *err)
{
	for (size_t i = record->count; i-- > 0;) {
		const struct webroot_answer *answer = &record->answers[i];
		AUTO(error) struct error failed = ERROR_INIT;
		int rc = remove_answer(answer, &failed);

		if (rc == ERR_REFUSED)
			log_info("Not cleaning up a challenge file: %s", failed.text);
		if (rc == 0 || rc == ERR_REFUSED || rc == ERR_NOT_FOUND)
			webroot_record_forget(record, answer->token);
		else if (!error_is_set(err))
			error_move(err, &failed);
	}
	return err->code;
}

/* A file of ours that is not recognised stays and is forgotten: it is not ours any more. */
int webroot_recover(const char *work_dir, struct error *err)
{
	AUTO(webroot_record) struct webroot_record record = {.path = NULL};

	if (webroot_record_open(&record, work_dir, err) < 0)
		return err->code;
	file_remove_leftovers(record.path);
	if (!file_exists(record.path))
		return 0;
	if (remove_answers(&record, err) < 0)
		return err->code;
	return webroot_record_settle(&record, err);
}
