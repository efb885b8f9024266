/*
 * Asks which block of a configuration serves a name when only a person can tell. Answers are
 * remembered for the run, so that deployment and enhancements of one certificate ask only once.
 */
#ifndef WEBSERVER_CHOICE_H
#define WEBSERVER_CHOICE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "webserver/server.h"

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
/* Adds a block. The list takes over the label. */
void choice_blocks_add(struct choice_blocks *blocks, size_t id, char *own_label);

/* A question. `purpose` distinguishes questions about the same name ("redirect"). */
struct choice_question {
	const char *purpose;
	const char *name; /* domain name or wildcard */
	const char *text; /* shown above the blocks */
};

/* Asks for one block, with a menu. ERR_REFUSED when nobody can be asked. */
int choice_one(struct webserver *server, const struct choice_question *question,
	       const struct choice_blocks *blocks, size_t *ret_id, struct error *err) WARN_UNUSED;
/* Asks for any number of blocks, with a checklist, for wildcard certificates. `ret_ids` must have
 * room for all blocks. ERR_REFUSED when nobody can be asked, or when nothing was chosen. */
int choice_many(struct webserver *server, const struct choice_question *question,
		const struct choice_blocks *blocks, size_t *ret_ids, size_t *ret_count,
		struct error *err) WARN_UNUSED;

#endif
