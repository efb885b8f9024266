/*
 * Reassembles a parsed configuration file from the nodes of its tree and the text between them.
 * That it equals the input shows that all positions are in order and within the file, which is what
 * edits rely on. Shared by the unit tests and the fuzz harnesses.
 */
#ifndef TESTS_UNIT_CONFEDIT_REPRINT_H
#define TESTS_UNIT_CONFEDIT_REPRINT_H

#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "confedit/apache/apache_conf.h"
#include "confedit/nginx/nginx_conf.h"

struct reprint {
	struct span bytes;
	size_t at;
	struct strbuf text;
};

/* Appends the bytes up to `end`. */
static inline void reprint_until(struct reprint *reprint, size_t end)
{
	if (end < reprint->at || end > reprint->bytes.len)
		BUG("a position is out of order");
	strbuf_add(&reprint->text, reprint->bytes.ptr + reprint->at, end - reprint->at);
	reprint->at = end;
}

static inline bool reprint_ends_equal(struct reprint *reprint)
{
	bool is_equal;

	reprint_until(reprint, reprint->bytes.len);
	is_equal = reprint->text.len == reprint->bytes.len &&
		   memcmp(reprint->text.text, reprint->bytes.ptr, reprint->bytes.len) == 0;
	strbuf_release(&reprint->text);
	return is_equal;
}

static inline void reprint_nginx_block(struct reprint *reprint, const struct nginx_directive *d)
{
	for (; d; d = d->next) {
		for (size_t i = 0; i < d->word_count; i++) {
			reprint_until(reprint, d->words[i].start);
			reprint_until(reprint, d->words[i].end);
		}
		if (d->body != NGINX_BODY_NONE) {
			reprint_until(reprint, d->body_start);
			reprint_nginx_block(reprint, d->first_child);
			reprint_until(reprint, d->body_end);
		}
		reprint_until(reprint, d->end);
	}
}

/* True when the tree of the file, printed, is the file. */
static inline bool reprint_nginx_equals(const struct nginx_conf *conf)
{
	struct reprint reprint = {.bytes = nginx_conf_bytes(conf), .text = STRBUF_INIT};

	reprint_nginx_block(&reprint, nginx_conf_first(conf));
	return reprint_ends_equal(&reprint);
}

/* As reprint_nginx_equals(). */
static inline bool reprint_apache_equals(const struct apache_conf *conf)
{
	struct reprint reprint = {.bytes = apache_conf_bytes(conf), .text = STRBUF_INIT};
	const struct apache_directive *d = NULL;

	while ((d = apache_conf_next(conf, d))) {
		reprint_until(&reprint, d->start);
		for (size_t i = 0; i < d->word_count; i++) {
			reprint_until(&reprint, d->words[i].start);
			reprint_until(&reprint, d->words[i].end);
		}
		reprint_until(&reprint, d->body == APACHE_BODY_NONE ? d->end : d->body_start);
	}
	return reprint_ends_equal(&reprint);
}

#endif
