/*
 * The recorder of a run (see changes.h). What it knows is written into each change, so that each
 * can be read alone.
 */
#include "store/journal/changes.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "codec/shell.h"
#include "os/users.h"
#include "store/journal/journal.h"
#include "store/journal/old_files.h"

#define DAY 86400
/* What needs no quotes in a shell. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@+%"

struct changes {
	struct changes_options options;
	struct journal *journal;
	pthread_mutex_t lock; /* of the journal and of was_warned: threads store certificates */
	bool was_warned;
};

struct changes *changes_new(const struct changes_options *options)
{
	struct changes *changes = XNEW(struct changes);

	changes->options = *options;
	changes->journal = journal_new(options->work_dir);
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

struct change *changes_begin(const struct changes *changes, const char *title, ...)
{
	struct change *change;
	va_list args;

	if (!changes)
		return NULL;
	change = change_new();
	change->time = clock_now_seconds(changes->options.clock);
	change->uid = (int64_t)getuid();
	change->user = users_own_name();
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

int64_t changes_add(struct changes *changes, struct change *own_change)
{
	AUTO(change) struct change *change = own_change;
	AUTO(error) struct error err = ERROR_INIT;
	int rc;

	if (!changes || !change)
		return 0;
	pthread_mutex_lock(&changes->lock);
	rc = journal_append(changes->journal, change, &err);
	warn_of_failure(changes, &err);
	pthread_mutex_unlock(&changes->lock);
	return rc < 0 ? 0 : change->number;
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
