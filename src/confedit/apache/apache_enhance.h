/*
 * Enhancements of virtual hosts: redirects, headers, OCSP stapling. As in apache_deploy.h each is
 * one edit. `ret_done` is false when everything was there already.
 */
#ifndef CONFEDIT_APACHE_APACHE_ENHANCE_H
#define CONFEDIT_APACHE_APACHE_ENHANCE_H

#include "confedit/apache/apache_model.h"

enum apache_redirect_found {
	APACHE_REDIRECT_NEW,     /* there was none */
	APACHE_REDIRECT_RENEWED, /* an older form of ours was replaced */
	APACHE_REDIRECT_PRESENT, /* it was there */
	APACHE_REDIRECT_BESIDES, /* new, beside other rewrite rules: these may clash */
};

/* Sends requests of the plain host for the TLS host's names to https. */
int apache_redirect(struct apache_model *model, size_t plain_id, size_t tls_id,
		    enum apache_redirect_found *ret_found, struct error *err) WARN_UNUSED;

struct apache_redirect_host {
	const char *path;     /* of its file, which is made */
	const char *port;     /* of its addresses */
	const char *logs_dir; /* where redirect.error.log goes */
};

/* Makes a host that only redirects to the TLS host. ERR_REFUSED: its addresses would take requests
 * from other hosts. */
int apache_add_redirect_host(struct apache_model *model, size_t tls_id,
			     const struct apache_redirect_host *host,
			     struct error *err) WARN_UNUSED;

/* A response header of the host. `mark` is a text that shows that one is there: its name, or a
 * value. */
struct apache_header {
	const char *name, *value, *mark;
};

/* Adds "Header always set NAME VALUE", unless a Header has the mark. */
int apache_add_header(struct apache_model *model, size_t vhost_id,
		      const struct apache_header *header, bool *ret_done,
		      struct error *err) WARN_UNUSED;
/* Gives the host's header another value. ERR_NOT_FOUND: it has none. */
int apache_change_header(struct apache_model *model, size_t vhost_id,
			 const struct apache_header *header, struct error *err) WARN_UNUSED;

/* Switches OCSP stapling on, with a cache where the configuration has none. */
int apache_staple(struct apache_model *model, size_t vhost_id, const char *cache, bool *ret_done,
		  struct error *err) WARN_UNUSED;

/* Finds the id in the comment by which Certbot knows the host again; heap, or NULL. */
char *apache_vhost_mark(const struct apache_vhost *vhost) WARN_UNUSED;
/* Writes such a comment. */
int apache_mark_vhost(struct apache_model *model, size_t vhost_id, const char *mark,
		      struct error *err) WARN_UNUSED;

#endif
