/*
 * The recorder of a run (see changes.h). What it knows is written into each change, so that each
 * can be read alone.
 */
#include "store/journal/changes.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "codec/shell.h"
#include "os/users.h"
#include "store/journal/journal.h"
#include "store/journal/old_files.h"

#define DAY 86400
/* The characters that need no quotes in a shell. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@+%"

struct changes {
	struct changes_options options;
	struct journal *journal;
	pthread_mutex_t lock; /* of all below, and the journal: threads store certificates */
	char *user;           /* NULL: not looked up yet */
	/* Certificate -> number of its newest change in this run: the value is the number itself,
	 * since there may be a hundred thousand. */
	struct map numbers;
	bool was_warned;
};

struct changes *changes_new(const struct changes_options *options)
{
	struct changes *changes = XNEW(struct changes);

	changes->options = *options;
	changes->journal = journal_new(options->work_dir);
	changes->numbers = (struct map)MAP_INIT(NULL);
	pthread_mutex_init(&changes->lock, NULL);
	return changes;
}

/* Once in a run: a thousand certificates on a full disk are one piece of news. */
static void warn_of_failure(struct changes *changes, struct error *err)
{
	if (error_is_set(err) && !changes->was_warned)
		log_warning("The change is not on record ('certbot log'): %s", err->text);
	changes->was_warned |= error_is_set(err);
	error_release(err);
}

/* At the end of a run, when its own changes are durable. */
static void prune_journal(struct changes *changes, struct error *err)
{
	int64_t keep = changes->options.keep_days;

	if (keep)
		(void)!journal_prune(changes->journal,
				     clock_now_seconds(changes->options.clock) - keep * DAY, err);
}

void changes_free(struct changes *changes)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!changes)
		return;
	if (journal_sync(changes->journal, &err) == 0)
		prune_journal(changes, &err);
	warn_of_failure(changes, &err);
	journal_free(changes->journal);
	map_release(&changes->numbers);
	free(changes->user);
	pthread_mutex_destroy(&changes->lock);
	free(changes);
}

struct journal *changes_journal(const struct changes *changes)
{
	return changes ? changes->journal : NULL;
}

/* As it could be typed again. */
static char *join_command(const struct strvec *words)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	strbuf_adds(&line, "certbot");
	for (size_t i = 0; words && i < words->count; i++) {
		strbuf_addc(&line, ' ');
		if (words->items[i][0] && !words->items[i][strspn(words->items[i], PLAIN)])
			strbuf_adds(&line, words->items[i]);
		else
			shell_add_word(&line, words->items[i]);
	}
	return strbuf_detach(&line);
}

/* Once, and not by several threads at a time: getpwuid() has one buffer. Not when the run starts,
 * since most runs change nothing. */
static char *copy_user(struct changes *changes)
{
	char *user;

	pthread_mutex_lock(&changes->lock);
	if (!changes->user)
		changes->user = users_own_name();
	user = xstrdup(changes->user);
	pthread_mutex_unlock(&changes->lock);
	return user;
}

struct change *changes_begin(struct changes *changes, const char *title, ...)
{
	struct change *change;
	va_list args;

	if (!changes)
		return NULL;
	change = change_new();
	change->time = clock_now_seconds(changes->options.clock);
	change->uid = (int64_t)getuid();
	change->user = copy_user(changes);
	change->verb = xstrdup(changes->options.verb);
	change->command = join_command(changes->options.words);
	va_start(args, title);
	change->title = xvasprintf(title, args);
	va_end(args);
	return change;
}

void changes_keep(struct changes *changes, const struct file_state *before, struct span bytes)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!changes)
		return;
	pthread_mutex_lock(&changes->lock);
	(void)!old_files_keep(journal_dir(changes->journal), before, bytes, &err);
	warn_of_failure(changes, &err);
	pthread_mutex_unlock(&changes->lock);
}

/* Of several changes in one run the newest is what the outputs are written for. */
void changes_follow(struct changes *changes, const struct change *change)
{
	for (size_t i = 0; i < change->lineages.count; i++)
		map_set(&changes->numbers, change->lineages.items[i],
			(void *)(intptr_t)change->number);
}

int64_t changes_add(struct changes *changes, struct change *own_change)
{
	AUTO(change) struct change *change = own_change;
	AUTO(error) struct error err = ERROR_INIT;
	int rc;

	if (!changes || !change)
		return 0;
	pthread_mutex_lock(&changes->lock);
	rc = journal_append(changes->journal, change, &err);
	if (rc == 0)
		changes_follow(changes, change);
	warn_of_failure(changes, &err);
	pthread_mutex_unlock(&changes->lock);
	return rc < 0 ? 0 : change->number;
}

/* By the path, which is all after the first blank: it may have blanks itself. */
static const char *find_record(const struct strvec *records, const char *path)
{
	for (size_t i = 0; i < records->count; i++) {
		const char *blank = strchr(records->items[i], ' ');

		if (blank && strcmp(blank + 1, path) == 0)
			return records->items[i];
	}
	return NULL;
}

/* Files that came out the same did not change. */
static void compare_outputs(const struct strvec *before, const struct strvec *after,
			    struct strvec *ret_outputs)
{
	for (size_t i = 0; i < after->count; i++) {
		const char *record = after->items[i], *blank = strchr(record, ' ');
		const char *old = blank ? find_record(before, blank + 1) : NULL;

		if (blank && (!old || strcmp(old, record) != 0))
			strvec_pushf(ret_outputs, "%.*s %s", old ? (int)strcspn(old, " ") : 1,
				     old ? old : "-", record);
	}
}

/* A run before this one was killed, or its disk was full, between the switch and the outputs. */
static void add_owed_outputs(struct changes *changes, const char *lineage,
			     const struct strvec *outputs)
{
	struct change *change = changes_begin(changes, "wrote the outputs of %s", lineage);

	strvec_push(&change->lineages, lineage);
	strvec_extend(&change->outputs, outputs);
	change->obstacle = xstrdup("outputs follow the certificate: undo the change before it");
	changes_add(changes, change);
}

void changes_add_outputs(struct changes *changes, const char *lineage, const struct strvec *before,
			 const struct strvec *after)
{
	AUTO(strvec) struct strvec outputs = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t number;

	compare_outputs(before, after, &outputs);
	if (!changes || !outputs.count)
		return;
	number = (intptr_t)map_get(&changes->numbers, lineage);
	if (!number) {
		add_owed_outputs(changes, lineage, &outputs);
		return;
	}
	pthread_mutex_lock(&changes->lock);
	(void)!journal_append_outputs(changes->journal, number, &outputs, &err);
	warn_of_failure(changes, &err);
	pthread_mutex_unlock(&changes->lock);
}

void changes_add_final(struct changes *changes, const char *obstacle, const char *title, ...)
{
	AUTO_FREE char *text = NULL;
	struct change *change;
	va_list args;

	va_start(args, title);
	text = xvasprintf(title, args);
	va_end(args);
	change = changes_begin(changes, "%s", text);
	if (change)
		change->obstacle = xstrdup(obstacle);
	changes_add(changes, change);
}

/* By another record: the journal is only appended to, or a crash could tear what was whole. */
void changes_drop(struct changes *changes, int64_t number)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!changes || !number)
		return;
	pthread_mutex_lock(&changes->lock);
	(void)!journal_append_void(changes->journal, number, &err);
	warn_of_failure(changes, &err);
	pthread_mutex_unlock(&changes->lock);
}
