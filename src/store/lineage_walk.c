/*
 * Walking over lineages (see lineage.h), opened in parallel. Nearly all of that work is done by the
 * kernel, looking up paths, and it does that for several threads at once.
 *
 * The threads exist only while a block is opened, with all signals blocked. They share nothing but
 * the index of the next name; what needs repair is left to the caller's thread.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/lineage_parts.h"

/* Lineages in memory at a time. */
#define BLOCK 256
#define MAX_HELPERS 3
/* Fewer names than this are not worth a thread. */
#define NAMES_PER_HELPER 16

struct block {
	const char *config_dir;
	struct lineage_opened opened[BLOCK];
	size_t count;
	atomic_size_t next;
};

static void block_release(struct block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		lineage_free(block->opened[i].lineage);
		error_release(&block->opened[i].error);
	}
	block->count = 0;
}
DEFINE_AUTO(block, block_release);

static void open_one(const char *config_dir, struct lineage_opened *opened)
{
	AUTO(error) struct error unread = ERROR_INIT;
	const struct cert *cert;

	if (lineage_open_clean(config_dir, opened->name, &opened->lineage, &opened->error) < 0 ||
	    !opened->lineage)
		return;
	/* Who asks for a certificate that cannot be read gets the reason then. */
	if (lineage_cert(opened->lineage, &cert, &unread) < 0)
		return;
}

static void *work(void *context)
{
	struct block *block = context;
	size_t index;

	while ((index = atomic_fetch_add(&block->next, 1)) < block->count)
		open_one(block->config_dir, &block->opened[index]);
	return NULL;
}

static size_t helpers_for(size_t count)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t helpers = count / NAMES_PER_HELPER;

	if (helpers > MAX_HELPERS)
		helpers = MAX_HELPERS;
	if (processors < 1)
		processors = 1;
	return helpers < (size_t)processors ? helpers : (size_t)processors - 1;
}

static void open_together(struct block *block)
{
	pthread_t helpers[MAX_HELPERS];
	size_t wanted = helpers_for(block->count), count = 0;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (count < wanted && pthread_create(&helpers[count], NULL, work, block) == 0)
		count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	work(block);
	while (count-- > 0)
		pthread_join(helpers[count], NULL);
}

static int visit_block(struct block *block, lineage_visit_fn *visit, void *context,
		       struct error *err)
{
	for (size_t i = 0; i < block->count; i++) {
		struct lineage_opened *opened = &block->opened[i];

		if (!opened->lineage && !error_is_set(&opened->error) &&
		    lineage_open(block->config_dir, opened->name, &opened->lineage,
				 &opened->error) < 0)
			opened->lineage = NULL;
		if (visit(context, opened, err) < 0)
			return err->code;
	}
	return 0;
}

static void fill(struct block *block, const struct strvec *names, size_t from)
{
	block_release(block);
	atomic_store(&block->next, 0);
	while (block->count < BLOCK && from + block->count < names->count) {
		block->opened[block->count] = (struct lineage_opened){
			.name = names->items[from + block->count],
			.error = ERROR_INIT,
		};
		block->count++;
	}
}

int lineage_walk(const char *config_dir, const struct strvec *names, lineage_visit_fn *visit,
		 void *context, struct error *err)
{
	AUTO(block) struct block block = {.config_dir = config_dir};

	for (size_t from = 0; from < names->count; from += BLOCK) {
		fill(&block, names, from);
		open_together(&block);
		if (visit_block(&block, visit, context, err) < 0)
			return err->code;
	}
	return 0;
}
