/*
 * The output of "nginx -T": the configuration as nginx itself read it. Where its model differs from
 * the one of the files, nginx serves something else than we see.
 */
#ifndef CONFEDIT_NGINX_NGINX_DUMP_H
#define CONFEDIT_NGINX_NGINX_DUMP_H

#include <stdbool.h>

#include "confedit/nginx/nginx_model.h"

struct nginx_dump;

/* Takes the output apart into files. ERR_PARSE: there is no "# configuration file" line. */
int nginx_dump_parse(struct span output, struct nginx_dump **ret_dump,
		     struct error *err) WARN_UNUSED;
void nginx_dump_free(struct nginx_dump *dump);
DEFINE_AUTO_PTR(nginx_dump, nginx_dump_free);

/* The host's name, for "$hostname"; borrowed. */
void nginx_dump_set_hostname(struct nginx_dump *dump, const char *hostname);
/* The model of the dumped files; the dump must outlive it. */
int nginx_model_from_dump(struct nginx_dump *dump, struct nginx_model **ret_model,
			  struct error *err) WARN_UNUSED;

/* True when both models have the same servers in the same order, with the same names, sockets and
 * certificates. Otherwise the first difference is appended to `ret_difference`: `a` is what we
 * read, `b` what nginx reads. */
bool nginx_model_equal(const struct nginx_model *a, const struct nginx_model *b,
		       struct strbuf *ret_difference);

#endif
