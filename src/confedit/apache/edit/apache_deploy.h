/*
 * Installs a certificate in a virtual host.
 *
 * Hosts are identified by id. Every function is one edit of the model, which is done completely or,
 * on error, not at all. Repeating it changes nothing.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_DEPLOY_H
#define CONFEDIT_APACHE_EDIT_APACHE_DEPLOY_H

#include "confedit/apache/apache_model.h"

struct apache_deployment {
	const char *certificate_path, *key_path;
	const char *second_certificate_path, *second_key_path; /* of another type; NULL: none */
	/* For httpd before 2.4.8, whose certificate file has no chain; or NULL. */
	const char *chain_path;
	const char *options_path; /* included by the host */
};

/* Makes a host with TLS serve these certificates with their keys, and no others: with no chain file
 * but the requested one, and the options included once. ERR_REFUSED when a directive that must
 * change is in a file that other hosts include too. */
int apache_deploy(struct apache_model *model, size_t vhost_id,
		  const struct apache_deployment *deployment, struct error *err) WARN_UNUSED;

struct apache_twin {
	const char *path;        /* file of the new host; made, or appended to */
	const char *port;        /* of all its addresses */
	size_t id;               /* result: id of the new host */
	bool has_disabled_rules; /* result: redirects to https were commented out in it */
};

/* Copies a plain host to one for TLS, in <IfModule mod_ssl.c>. Rewrite rules (with their
 * conditions) and redirects that would cause a loop are commented out in the copy. ERR_REFUSED when
 * the host comes from a macro. */
int apache_make_twin(struct apache_model *model, size_t vhost_id, struct apache_twin *twin,
		     struct error *err) WARN_UNUSED;

/* Gives the host the name: as ServerName if it has none, else as ServerAlias. */
int apache_add_name(struct apache_model *model, size_t vhost_id, const char *name,
		    struct error *err) WARN_UNUSED;

/* Makes httpd read the file, with a line at the end of the main file. */
int apache_add_include(struct apache_model *model, const char *path, struct error *err) WARN_UNUSED;

#endif
