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

/* Does one thing to each task, whose error it sets. */
typedef int single_copy_each_fn(struct plugin_instance *instance, struct deploy_task *task,
				struct error *err);
void single_copy_each(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      single_copy_each_fn *each);

#endif
