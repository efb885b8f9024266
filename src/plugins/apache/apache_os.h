/*
 * Where distributions keep httpd's configuration and how they control it.
 */
#ifndef PLUGINS_APACHE_APACHE_OS_H
#define PLUGINS_APACHE_APACHE_OS_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/span.h"

enum apache_os_flags {
	APACHE_OS_MODULES = 1 << 0, /* modules are enabled by a program (a2enmod) */
	APACHE_OS_SITES = 1 << 1,   /* files in sites-available are enabled by links */
};

struct apache_os {
	const char *ids; /* IDs of os-release, lower case, separated by '|'; "" for all others */
	const char *server_root, *vhost_root, *logs_root, *challenge_location;
	const char *ctl;            /* tests and reloads */
	const char *query;          /* says version and configuration; NULL: ctl does */
	const char *restart;        /* argument of ctl when "graceful" fails; NULL: none */
	const char *enmod, *dismod; /* NULL: none */
	const char *binary;         /* holds the OpenSSL version where mod_ssl is built in */
	int min_version;            /* of the distribution, for rows that share an id */
	unsigned flags;             /* enum apache_os_flags */
};

/* The row for the text of os-release: found by ID and NAME, else by the words of ID_LIKE (the last
 * that is known), else the row for all other systems. Static. */
const struct apache_os *apache_os_for(struct span os_release);
/* The row for this machine. Static. */
const struct apache_os *apache_os_here(void);

#endif
