/*
 * The `bind` lines of HAProxy's configuration: where a section listens, and with which
 * certificates.
 */
#ifndef CONFEDIT_HAPROXY_HAPROXY_BIND_H
#define CONFEDIT_HAPROXY_HAPROXY_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "confedit/edit.h"
#include "confedit/haproxy/haproxy_conf.h"

/* True for "bind ADDRESS...". */
bool haproxy_is_bind(const struct haproxy_line *line);
/* Walks the keywords after the addresses: sets the next one and its value (NULL for a keyword that
 * has none). `*at` is 0 before the first. A keyword's value is never taken for a keyword. */
bool haproxy_bind_next(const struct haproxy_line *line, size_t *at,
		       const struct haproxy_word **ret_keyword,
		       const struct haproxy_word **ret_value);
/* True when the keyword is among them. */
bool haproxy_bind_has(const struct haproxy_line *line, const char *keyword);
/* Appends the values of a keyword, as they are written. */
void haproxy_bind_values(const struct haproxy_line *line, const char *keyword,
			 struct strvec *ret_values);

/* One TCP address of a line. */
struct haproxy_address {
	struct span whole, host; /* host: "", "*", "192.0.2.1", "::" without brackets */
	unsigned first_port, last_port;
};

/* Walks the addresses of a line (a comma list), and steps over what is not TCP or has variables.
 * `*rest` is the line's second word before the first. */
bool haproxy_bind_next_address(struct span *rest, struct haproxy_address *ret);
/* True when one of the line's addresses has the port. */
bool haproxy_bind_has_port(const struct haproxy_line *line, unsigned port);

/* Inserts, after a bind line without TLS, one like it with TLS: the addresses that have `from_port`
 * with `to_port` instead, and the certificates of `crt`, a file or directory. */
void haproxy_bind_add_tls(struct edit *edit, const struct haproxy_line *line, unsigned from_port,
			  unsigned to_port, const char *crt);
/* Of two certificates for one name HAProxy shows the first. */
enum haproxy_crt_place {
	HAPROXY_CRT_FIRST, /* needs a line with a `crt` */
	HAPROXY_CRT_LAST,
};
/* Adds "crt PATH" to a bind line with TLS. */
void haproxy_bind_add_crt(struct edit *edit, const struct haproxy_line *line, const char *path,
			  enum haproxy_crt_place place);
/* Replaces the value of a `crt`. */
void haproxy_bind_set_crt(struct edit *edit, const struct haproxy_word *value, const char *path);

/* Inserts lines, each of which ends with a newline and gets the section's indentation, as the first
 * ones of a section. */
void haproxy_section_insert(struct edit *edit, const struct haproxy_conf *conf,
			    const struct haproxy_section *section, const char *lines);

#endif
