/*
 * Dovecot's configuration as it is read: the statements of all files, in the order in which they
 * count. Internal to dovecot*.c.
 */
#ifndef PLUGINS_DOVECOT_DOVECOT_VIEW_H
#define PLUGINS_DOVECOT_DOVECOT_VIEW_H

#include "confedit/dovecot/dovecot_conf.h"
#include "webserver/webserver.h"

/* A statement and the file of the model that it is in. */
struct dovecot_place {
	size_t text, statement;
	const char *block; /* type of the block that includes its file, or NULL */
};

struct dovecot_view {
	const struct webserver *server;
	struct dovecot_conf *confs; /* one for each text of the model */
	size_t conf_count, conf_capacity;
	struct dovecot_place *items;
	size_t count, capacity;
	size_t target; /* the text that new blocks go into */
};

/* For declarations. */
#define DOVECOT_VIEW_INIT                                                                          \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void dovecot_view_release(struct dovecot_view *view);
DEFINE_AUTO(dovecot_view, dovecot_view_release);

/* Reads the model, loading the files that it does not have yet. `ret` is DOVECOT_VIEW_INIT, and the
 * caller releases it. An edit makes it obsolete. */
int dovecot_view_read(struct webserver *server, const char *main_path, struct dovecot_view *ret,
		      struct error *err) WARN_UNUSED;

/* The statement at a place, borrowed. */
const struct dovecot_statement *dovecot_view_at(const struct dovecot_view *view, size_t place);
/* The block around it in its file, borrowed, or NULL. */
const struct dovecot_statement *dovecot_view_parent(const struct dovecot_view *view,
						    const struct dovecot_place *place,
						    const struct dovecot_statement *statement);
/* The whole name of the setting at a place, which the caller frees: "cert_file" in a block
 * "ssl_server" stands for "ssl_server_cert_file" (Dovecot 2.4). */
char *dovecot_view_name(const struct dovecot_view *view, size_t place) WARN_UNUSED;
/* The block around the setting at a place, unless the block is such a prefix; borrowed, or NULL. */
const struct dovecot_statement *dovecot_view_around(const struct dovecot_view *view, size_t place);
/* The setting of that name that counts outside of blocks, or NULL; `ret_text` is its text. */
const struct dovecot_statement *dovecot_view_global(const struct dovecot_view *view,
						    const char *name, size_t *ret_text);
/* The setting of that name directly in the block at a place, or NULL. */
const struct dovecot_statement *dovecot_view_in_block(const struct dovecot_view *view, size_t place,
						      const char *name);
/* True for a block "local_name" outside of other blocks. */
bool dovecot_view_is_name_block(const struct dovecot_view *view, size_t place);

#endif
