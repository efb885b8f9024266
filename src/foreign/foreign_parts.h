/*
 * What the readers of these clients share. Used in foreign/ only.
 */
#ifndef FOREIGN_FOREIGN_PARTS_H
#define FOREIGN_FOREIGN_PARTS_H

#include "base/map.h"
#include "base/strbuf.h"
#include "foreign/foreign.h"

int foreign_acme_sh_read(const char *dir, struct foreign_state *ret, struct error *err);
int foreign_dehydrated_read(const char *dir, struct foreign_state *ret, struct error *err);
int foreign_lego_read(const char *dir, struct foreign_state *ret, struct error *err);

/* Appends a certificate with that name; the pointer is valid until the next one is added. */
struct foreign_cert *foreign_add_cert(struct foreign_state *state, const char *name);
/* Appends an account; takes ownership of the texts. */
void foreign_add_account(struct foreign_state *state, char *own_server, char *own_key_path,
			 char *own_uri);

/* Reads a file of shell assignments (codec/shell.h) with foreign_read_trusted(). */
int foreign_read_assignments(const char *path, struct map *values, struct strvec *ret_unread,
			     struct error *err) WARN_UNUSED;
/* Returns a value from such a file, borrowed; NULL if it is missing or empty. */
const char *foreign_value(const struct map *values, const char *name);

/* Returns a string member of a JSON file, which the caller frees: the outermost member of that
 * name. NULL if there is none, or no such file. */
char *foreign_json_text(const char *path, const char *member);

#endif
