/*
 * Walks over lineages (see lineage_walk.h) and opens them in parallel. Nearly all the time is spent
 * in the kernel, which looks up paths for several threads at once.
 *
 * The threads exist only while a block is opened. They share nothing but their progress; repairs
 * are left to the caller's thread.
 */
#include "store/lineage/lineage_walk.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "os/thread.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"
#include "store/lineage/lineage_verify.h"

/* Lineages in memory at a time. */
#define BLOCK 128
#define MAX_HELPERS 3
/* Fewer names than this are not worth a thread. */
#define NAMES_PER_HELPER 16

struct block {
	const struct lineage_walk *walk;
	struct lineage_opened opened[BLOCK]; /* of this block, or left of the one before */
	size_t first, count;                 /* which names */
	struct worker {
		struct block *block;
		atomic_size_t taken; /* of its share */
		struct lineage_verifier verifier;
	} workers[MAX_HELPERS + 1]; /* the first is the caller's thread */
	size_t worker_count;
};

static void opened_release(const struct lineage_walk *walk, struct lineage_opened *opened)
{
	if (opened->prepared)
		walk->discard(opened->prepared);
	lineage_free(opened->lineage);
	strvec_release(&opened->faults);
	error_release(&opened->error);
}

static void block_release(struct block *block)
{
	for (size_t i = 0; i < BLOCK; i++)
		opened_release(block->walk, &block->opened[i]);
	for (size_t i = 0; i < ARRAY_LEN(block->workers); i++)
		lineage_verifier_release(&block->workers[i].verifier);
}
DEFINE_AUTO(block, block_release);

/* Reads the data that visitors use; returns false if there was something wrong. */
static bool look_into(struct worker *worker, struct lineage_opened *opened)
{
	AUTO(error) struct error unread = ERROR_INIT;
	const struct cert *cert;

	if (!worker->block->walk->verifies) /* who asks for it gets the reason then */
		return lineage_cert(opened->lineage, &cert, &unread) == 0;
	lineage_verify(&worker->verifier, opened->lineage, &opened->faults);
	return !opened->faults.count;
}

/* A file that will be read need not be looked for first, and who repairs nothing need not know
 * whether something could be repaired. A lineage with anything unusual is opened again by
 * open_carefully(), one at a time: repairs write, and reasons for errors take a closer look. */
static void open_one(struct worker *worker, struct lineage_opened *opened)
{
	const struct lineage_walk *walk = worker->block->walk;
	unsigned unchecked = walk->verifies ? (1U << STORE_KIND__COUNT) - 1 : 1U << STORE_CERT;

	if (!walk->repairs)
		unchecked |= LINEAGE_AS_IT_IS;
	if (lineage_open_clean(walk->config_dir, opened->name, unchecked, &opened->lineage,
			       &opened->error) == 0 &&
	    opened->lineage && !look_into(worker, opened) &&
	    lineage_read_links(opened->lineage, &opened->error) < 0)
		lineage_free(STEAL(opened->lineage));
	if (!opened->lineage) {
		error_release(&opened->error);
		strvec_release(&opened->faults);
		return;
	}
	folder_release(&opened->lineage->live);
	if (walk->prepare)
		walk->prepare(walk->context, opened);
}

/* Freeing is a good part of the work, and is shared too. */
static void renew_slot(struct worker *worker, size_t index)
{
	const struct lineage_walk *walk = worker->block->walk;
	struct lineage_opened *opened = &worker->block->opened[index];

	opened_release(walk, opened);
	*opened = (struct lineage_opened){
		.name = walk->names->items[worker->block->first + index],
		.faults = STRVEC_INIT,
		.error = ERROR_INIT,
	};
	open_one(worker, opened);
}

/* Takes one of the share of a worker, which is every second, third ... slot; false at its end.
 * Interleaved shares rather than ranges, so that a stretch of slow ones (files that are not in
 * memory) is spread over all. */
static bool take_slot(struct block *block, size_t owner, size_t *ret_index)
{
	*ret_index = owner +
		     block->worker_count * atomic_fetch_add(&block->workers[owner].taken, 1);
	return *ret_index < block->count;
}

/* Each thread works through its own share first, so that it frees what it allocated in the previous
 * block and malloc's arenas do not contend; then through what the others have left. */
static void *open_share(void *context)
{
	struct worker *worker = context;
	struct block *block = worker->block;
	size_t self = (size_t)(worker - block->workers), index;

	for (size_t i = 0; i < block->worker_count; i++)
		while (take_slot(block, (self + i) % block->worker_count, &index))
			renew_slot(worker, index);
	return NULL;
}

static size_t helpers_for(size_t count)
{
	size_t helpers = count / NAMES_PER_HELPER;

	return thread_spare_processors(helpers < MAX_HELPERS ? helpers : MAX_HELPERS);
}

/* With one processor, or few names, no thread is started, and the same code runs in the
 * caller's. */
static void open_together(struct block *block)
{
	pthread_t helpers[MAX_HELPERS];
	size_t wanted = helpers_for(block->count), count = 0;

	block->worker_count = wanted + 1;
	for (size_t i = 0; i < block->worker_count; i++)
		atomic_store(&block->workers[i].taken, 0);
	while (count < wanted &&
	       thread_start(&helpers[count], open_share, &block->workers[count + 1]) == 0)
		count++;
	open_share(&block->workers[0]);
	while (count-- > 0)
		pthread_join(helpers[count], NULL);
}

/* Opens the lineages that the threads have left because they may need repair. */
static void open_carefully(struct block *block, struct lineage_opened *opened)
{
	const struct lineage_walk *walk = block->walk;
	int (*open)(const char *config_dir, const char *name, struct lineage **ret_lineage,
		    struct error *err) = walk->repairs ? lineage_open : lineage_look;

	if (open(walk->config_dir, opened->name, &opened->lineage, &opened->error) < 0) {
		opened->lineage = NULL;
		return;
	}
	look_into(&block->workers[0], opened);
	if (walk->prepare)
		walk->prepare(walk->context, opened);
}

static int visit_block(struct block *block, struct error *err)
{
	for (size_t i = 0; i < block->count; i++) {
		struct lineage_opened *opened = &block->opened[i];

		if (!opened->lineage && !opened->prepared && !error_is_set(&opened->error))
			open_carefully(block, opened);
		if (block->walk->visit(block->walk->context, opened, err) < 0)
			return err->code;
	}
	return 0;
}

int lineage_walk(const struct lineage_walk *walk, struct error *err)
{
	AUTO(block) struct block block = {.walk = walk};

	for (size_t i = 0; i < ARRAY_LEN(block.workers); i++)
		block.workers[i].block = &block;
	for (size_t first = 0; first < walk->names->count; first += BLOCK) {
		size_t left = walk->names->count - first;

		block.first = first;
		block.count = left < BLOCK ? left : BLOCK;
		open_together(&block);
		if (visit_block(&block, err) < 0)
			return err->code;
	}
	return 0;
}
