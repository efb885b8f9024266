/*
 * Enhancements of virtual hosts: redirects, headers, OCSP stapling. As in apache_deploy.h, each is
 * one edit. `ret_done` is false when nothing had to be changed.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_ENHANCE_H
#define CONFEDIT_APACHE_EDIT_APACHE_ENHANCE_H

#include "confedit/apache/apache_model.h"

enum apache_redirect_found {
	APACHE_REDIRECT_NEW,     /* there was none */
	APACHE_REDIRECT_RENEWED, /* an older form of ours was replaced */
	APACHE_REDIRECT_PRESENT, /* it was there */
	APACHE_REDIRECT_BESIDES, /* new, but there are other rewrite rules that may conflict */
};

/* Makes the plain host redirect requests for the TLS host's names to https. */
int apache_redirect(struct apache_model *model, size_t plain_id, size_t tls_id,
		    enum apache_redirect_found *ret_found, struct error *err) WARN_UNUSED;

struct apache_redirect_host {
	const char *path;     /* of its file, which is created */
	const char *port;     /* of its addresses */
	const char *logs_dir; /* where redirect.error.log goes */
};

/* Adds a host that only redirects to the TLS host. ERR_REFUSED when its addresses would take
 * requests from other hosts. */
int apache_add_redirect_host(struct apache_model *model, size_t tls_id,
			     const struct apache_redirect_host *host,
			     struct error *err) WARN_UNUSED;

/* A response header of the host. `mark` is a text that identifies an existing one: its name, or a
 * value. */
struct apache_header {
	const char *name, *value, *mark;
};

/* Adds "Header always set NAME VALUE", unless there is a Header with the mark. */
int apache_add_header(struct apache_model *model, size_t vhost_id,
		      const struct apache_header *header, bool *ret_done,
		      struct error *err) WARN_UNUSED;
/* Changes the value of the host's header. ERR_NOT_FOUND when it has none. */
int apache_change_header(struct apache_model *model, size_t vhost_id,
			 const struct apache_header *header, struct error *err) WARN_UNUSED;

/* Switches on OCSP stapling, and adds a cache if the configuration has none. */
int apache_staple(struct apache_model *model, size_t vhost_id, const char *cache, bool *ret_done,
		  struct error *err) WARN_UNUSED;

/* The id in the comment by which Certbot recognises the host; the caller frees it. NULL when there
 * is none. */
char *apache_vhost_mark(const struct apache_vhost *vhost) WARN_UNUSED;
/* Writes such a comment. */
int apache_mark_vhost(struct apache_model *model, size_t vhost_id, const char *mark,
		      struct error *err) WARN_UNUSED;

#endif
