/*
 * The output of "nginx -T": the configuration as nginx itself read it. If its model differs from
 * that of the files, nginx serves something other than what we see.
 */
#ifndef CONFEDIT_NGINX_NGINX_DUMP_H
#define CONFEDIT_NGINX_NGINX_DUMP_H

#include <stdbool.h>

#include "confedit/nginx/nginx_model.h"

struct nginx_dump;

/* Splits the output into files; the caller frees the result. ERR_PARSE when there is no "#
 * configuration file" line. */
int nginx_dump_parse(struct span output, struct nginx_dump **ret_dump,
		     struct error *err) WARN_UNUSED;
void nginx_dump_free(struct nginx_dump *dump);
DEFINE_AUTO_PTR(nginx_dump, nginx_dump_free);

/* Sets the host's name for "$hostname"; borrowed. */
void nginx_dump_set_hostname(struct nginx_dump *dump, const char *hostname);
/* Makes the model of the dumped files, which the caller frees before the dump. */
int nginx_model_from_dump(struct nginx_dump *dump, struct nginx_model **ret_model,
			  struct error *err) WARN_UNUSED;

/* True when both models have the same servers in the same order, with the same names, sockets and
 * certificates. Otherwise appends the first difference to `ret_difference`: `a` is what we read,
 * `b` what nginx reads. */
bool nginx_model_equal(const struct nginx_model *a, const struct nginx_model *b,
		       struct strbuf *ret_difference);

#endif
