/*
 * Servers that show one certificate to clients that send no name, and others by the name that is
 * sent (mail servers). Most mail servers that deliver to another send none, so the certificate for
 * the server's own name should be the default one, whichever came first.
 */
#ifndef WEBSERVER_DEFAULT_CERT_H
#define WEBSERVER_DEFAULT_CERT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct deploy_task;
struct webserver;

enum default_cert {
	DEFAULT_CERT_TAKES, /* it becomes the default, or is it */
	DEFAULT_CERT_JOINS, /* it is shown for its names */
	DEFAULT_CERT_SWAPS, /* it becomes the default, and the present one is shown for its names */
};

/* Decides whether a new certificate becomes the default. `has_other`: the present default is that
 * of another lineage. `own_name` is the server's own name, or NULL. */
enum default_cert default_cert_choose(const struct deploy_task *task, bool has_other,
				      const char *own_name);

/* True when the path leads into live/. */
bool default_cert_is_live(const struct webserver *server, const char *path);
/* Appends the names that the first certificate of a file is for. */
int default_cert_names(const char *chain_path, struct strvec *ret_names,
		       struct error *err) WARN_UNUSED;

#endif
