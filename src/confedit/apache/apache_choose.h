/*
 * Which virtual host is meant by a name: Certbot's choice for installing, and httpd's own for
 * answering.
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

/* The best host for a certificate's name: TLS on the port before plain, that before TLS on others;
 * then a name before a wildcard before an address; without any of these the only host that there
 * is. NULL: it has to be asked. */
const struct apache_vhost *apache_choose(const struct apache_model *model, const char *name,
					 const char *https_port);
/* True when one of its addresses has the port (or any). */
bool apache_vhost_has_port(const struct apache_vhost *vhost, const char *port);

/* Hosts with a name that the wildcard "*.example.org" covers; of several with the same name the one
 * with TLS, else the first. */
void apache_choose_for_wildcard(const struct apache_model *model, const char *wildcard,
				struct apache_choice *ret_choice);

/* Hosts that httpd may pick for requests for `name` on the port: in each group of hosts that share
 * an address the one with the name, else the first. Empty: the main server answers. */
void apache_choose_answering(const struct apache_model *model, const char *name, const char *port,
			     struct apache_choice *ret_choice);

/* The plain host whose requests the TLS host should get: same names, else one without a name on the
 * same addresses. NULL: none. */
const struct apache_vhost *apache_choose_counterpart(const struct apache_model *model,
						     const struct apache_vhost *tls_vhost);

/* True when an enabled host has an address that overlaps one of this host with `port` in place of
 * its own. */
bool apache_has_conflict(const struct apache_model *model, const struct apache_vhost *vhost,
			 const char *port);

#endif
