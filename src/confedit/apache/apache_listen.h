/*
 * Ports that httpd listens on.
 */
#ifndef CONFEDIT_APACHE_APACHE_LISTEN_H
#define CONFEDIT_APACHE_APACHE_LISTEN_H

#include "confedit/apache/apache_model.h"

enum apache_listen_kind {
	APACHE_LISTEN_HTTP,
	APACHE_LISTEN_HTTPS,
};

/* True when an address has a Listen for the port. */
bool apache_listens_on(const struct apache_model *model, const char *port);
/* Makes httpd listen on the port wherever it listens on another one: for each address that has a
 * Listen, or for all when one has none. The lines go into `path` where that is one of the model's
 * files, else into the main file; for HTTPS into <IfModule mod_ssl.c>. `ret_lines` gets what was
 * added, "Listen 443"; nothing when it listens already. */
int apache_add_listen(struct apache_model *model, const char *port, enum apache_listen_kind kind,
		      const char *path, struct strvec *ret_lines, struct error *err) WARN_UNUSED;
/* Every address that Listen names. Released by the caller: each with apache_address_release(), the
 * array with free(). */
size_t apache_listen_addresses(const struct apache_model *model,
			       struct apache_address **ret_addresses);

#endif
