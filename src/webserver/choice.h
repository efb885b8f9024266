/*
 * Which block of a configuration serves a name, where only a person can tell. Answers are
 * remembered for the run, so that deployment and enhancements of one certificate ask once.
 */
#ifndef WEBSERVER_CHOICE_H
#define WEBSERVER_CHOICE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "webserver/webserver.h"

struct choice_block {
	size_t id;   /* of the model */
	char *label; /* "shop.example | /etc/nginx/conf.d/shop.conf:12 | HTTPS" */
};

struct choice_blocks {
	struct choice_block *items;
	size_t count, capacity;
};

#define CHOICE_BLOCKS_INIT                                                                         \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void choice_blocks_release(struct choice_blocks *blocks);
DEFINE_AUTO(choice_blocks, choice_blocks_release);
/* The label becomes the list's. */
void choice_blocks_add(struct choice_blocks *blocks, size_t id, char *own_label);

/* What is to be answered. `purpose` keeps questions apart ("redirect"). */
struct choice_question {
	const char *purpose;
	const char *name; /* domain name or wildcard */
	const char *text; /* shown above the blocks */
};

/* One of several: a menu. Where nobody can be asked ERR_REFUSED; see choice_first(). */
int choice_one(struct webserver *server, const struct choice_question *question,
	       const struct choice_blocks *blocks, size_t *ret_id, struct error *err) WARN_UNUSED;
/* Same, but without a person the first block is taken: all are as good as each other. */
int choice_first(struct webserver *server, const struct choice_question *question,
		 const struct choice_blocks *blocks, size_t *ret_id, struct error *err) WARN_UNUSED;
/* Any number of them: a checklist, for wildcard certificates. ERR_REFUSED: nobody to ask, or
 * none chosen. `ret_ids` has room for all blocks. */
int choice_many(struct webserver *server, const struct choice_question *question,
		const struct choice_blocks *blocks, size_t *ret_ids, size_t *ret_count,
		struct error *err) WARN_UNUSED;

#endif
