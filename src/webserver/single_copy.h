/*
 * Services that have a copy of one certificate and its key: what is copied, and whose certificate
 * the present copy is.
 */
#ifndef WEBSERVER_SINGLE_COPY_H
#define WEBSERVER_SINGLE_COPY_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "plugin/installer.h"

struct single_copy {
	struct strbuf fullchain; /* PEM */
	struct secret key;       /* PEM */
};

#define SINGLE_COPY_INIT                                                                           \
	{                                                                                          \
		.fullchain = STRBUF_INIT, .key = SECRET_INIT                                       \
	}
void single_copy_release(struct single_copy *copy);
DEFINE_AUTO(single_copy, single_copy_release);

/* Reads the task's files into `ret`, which is SINGLE_COPY_INIT. ERR_CONFIG: `service` needs a file
 * that the task does not have. */
int single_copy_read(const struct deploy_task *task, const char *service, struct single_copy *ret,
		     struct error *err) WARN_UNUSED;
/* True when the service has a certificate without any name of the task, which a renewal of the task
 * must not replace. Says so. */
bool single_copy_is_of_other(struct span present_pem, const struct deploy_task *task,
			     const char *service);

/* Where a service has its copy: two files in one directory. */
struct single_copy_place {
	const char *service; /* "Proxmox VE" */
	const char *cert, *key;
	const char *group; /* NULL: the file system decides on rights */
};
/* Writes both files, or none. */
int single_copy_write(const struct single_copy *copy, const char *dir,
		      const struct single_copy_place *place, struct error *err) WARN_UNUSED;
/* single_copy_is_of_other() for the certificate in that place. */
bool single_copy_place_is_of_other(const char *dir, const struct single_copy_place *place,
				   const struct deploy_task *task);

#endif
