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
	const struct lineage_walk *walk;
	struct lineage_opened opened[BLOCK];
	size_t count;
	atomic_size_t next;
	struct worker {
		struct block *block;
		struct lineage_verifier verifier;
	} workers[MAX_HELPERS + 1]; /* the first is the caller's thread */
};

static void block_clear(struct block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		lineage_free(block->opened[i].lineage);
		strvec_release(&block->opened[i].faults);
		error_release(&block->opened[i].error);
	}
	block->count = 0;
}

static void block_release(struct block *block)
{
	block_clear(block);
	for (size_t i = 0; i < ARRAY_LEN(block->workers); i++)
		lineage_verifier_release(&block->workers[i].verifier);
}
DEFINE_AUTO(block, block_release);

/* Reads what visitors look at. */
static void look_into(struct worker *worker, struct lineage_opened *opened)
{
	AUTO(error) struct error unread = ERROR_INIT;
	const struct cert *cert;

	if (worker->block->walk->verifies)
		lineage_verify(&worker->verifier, opened->lineage, &opened->faults);
	else if (lineage_cert(opened->lineage, &cert, &unread) < 0)
		return; /* who asks for it gets the reason then */
}

static void open_one(struct worker *worker, struct lineage_opened *opened)
{
	if (lineage_open_clean(worker->block->walk->config_dir, opened->name, &opened->lineage,
			       &opened->error) < 0 ||
	    !opened->lineage)
		return;
	look_into(worker, opened);
	folder_release(&opened->lineage->live);
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct block *block = worker->block;
	size_t index;

	while ((index = atomic_fetch_add(&block->next, 1)) < block->count)
		open_one(worker, &block->opened[index]);
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
	while (count < wanted &&
	       pthread_create(&helpers[count], NULL, work, &block->workers[count + 1]) == 0)
		count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	work(&block->workers[0]);
	while (count-- > 0)
		pthread_join(helpers[count], NULL);
}

/* Opens what the threads have left: what may need repair. */
static void open_carefully(struct block *block, struct lineage_opened *opened)
{
	if (lineage_open(block->walk->config_dir, opened->name, &opened->lineage, &opened->error) <
	    0)
		opened->lineage = NULL;
	else
		look_into(&block->workers[0], opened);
}

static int visit_block(struct block *block, struct error *err)
{
	for (size_t i = 0; i < block->count; i++) {
		struct lineage_opened *opened = &block->opened[i];

		if (!opened->lineage && !error_is_set(&opened->error))
			open_carefully(block, opened);
		if (block->walk->visit(block->walk->context, opened, err) < 0)
			return err->code;
	}
	return 0;
}

static void fill(struct block *block, size_t from)
{
	const struct strvec *names = block->walk->names;

	block_clear(block);
	atomic_store(&block->next, 0);
	while (block->count < BLOCK && from + block->count < names->count) {
		block->opened[block->count] = (struct lineage_opened){
			.name = names->items[from + block->count],
			.faults = STRVEC_INIT,
			.error = ERROR_INIT,
		};
		block->count++;
	}
}

int lineage_walk(const struct lineage_walk *walk, struct error *err)
{
	AUTO(block) struct block block = {.walk = walk};

	for (size_t i = 0; i < ARRAY_LEN(block.workers); i++)
		block.workers[i].block = &block;
	for (size_t from = 0; from < walk->names->count; from += BLOCK) {
		fill(&block, from);
		open_together(&block);
		if (visit_block(&block, err) < 0)
			return err->code;
	}
	return 0;
}
