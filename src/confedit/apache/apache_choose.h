/*
 * Chooses the virtual host for a name: by Certbot's rules for installing, by httpd's own for
 * answering requests.
 */
#ifndef CONFEDIT_APACHE_APACHE_CHOOSE_H
#define CONFEDIT_APACHE_APACHE_CHOOSE_H

#include "confedit/apache/apache_model.h"

/* Borrowed virtual hosts. */
struct apache_choice {
	const struct apache_vhost **items;
	size_t count, capacity;
};

#define APACHE_CHOICE_INIT                                                                         \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void apache_choice_release(struct apache_choice *choice);
DEFINE_AUTO(apache_choice, apache_choice_release);

/* The best host for a name in a certificate, borrowed. Hosts with TLS on the port come before plain
 * ones, and those before TLS on other ports; then a name comes before a wildcard and that before an
 * address. If nothing matches, the only host there is. NULL when the user must be asked. */
const struct apache_vhost *apache_choose(const struct apache_model *model, const char *name,
					 const char *https_port);
/* True when one of the host's addresses has the port (or any port). */
bool apache_vhost_has_port(const struct apache_vhost *vhost, const char *port);

/* Adds the hosts with a name that the wildcard "*.example.org" covers. Of several with the same
 * name, the one with TLS, else the first. */
void apache_choose_for_wildcard(const struct apache_model *model, const char *wildcard,
				struct apache_choice *ret_choice);

/* Adds the hosts that httpd may pick for requests for `name` on the port: from each group of hosts
 * that share an address, the one with the name, else the first. If it adds none, the main server
 * answers. */
void apache_choose_answering(const struct apache_model *model, const char *name, const char *port,
			     struct apache_choice *ret_choice);

/* The plain host whose requests should go to the TLS host: one with the same names, else one
 * without a name on the same addresses. Borrowed; NULL when there is none. */
const struct apache_vhost *apache_choose_counterpart(const struct apache_model *model,
						     const struct apache_vhost *tls_vhost);

/* True when an enabled host has an address that overlaps one of this host's addresses if that had
 * `port` instead. */
bool apache_has_conflict(const struct apache_model *model, const struct apache_vhost *vhost,
			 const char *port);

#endif
