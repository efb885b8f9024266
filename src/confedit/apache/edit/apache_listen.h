/*
 * Ports that httpd listens on.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_LISTEN_H
#define CONFEDIT_APACHE_EDIT_APACHE_LISTEN_H

#include "confedit/apache/apache_model.h"

enum apache_listen_kind {
	APACHE_LISTEN_HTTP,
	APACHE_LISTEN_HTTPS,
};

/* Makes httpd listen on the port wherever it listens on another one: on each address that has a
 * Listen, or on all if one has no address. The lines go into `path` if that is a file of the model,
 * else into the main file, and for HTTPS into <IfModule mod_ssl.c>. Appends the added lines, such
 * as "Listen 443", to `ret_lines`; none when it already listens. */
int apache_add_listen(struct apache_model *model, const char *port, enum apache_listen_kind kind,
		      const char *path, struct strvec *ret_lines, struct error *err) WARN_UNUSED;
/* Stores the addresses of all Listens and returns how many. The caller releases each with
 * apache_address_release() and frees the array. */
size_t apache_listen_addresses(const struct apache_model *model,
			       struct apache_address **ret_addresses);

#endif
