/*
 * The output of "httpd -t -D DUMP_VHOSTS -D DUMP_MODULES -D DUMP_RUN_CFG -D DUMP_INCLUDES": what
 * httpd itself read. If it differs from the model, httpd serves something other than what we see.
 */
#ifndef CONFEDIT_APACHE_APACHE_DUMP_H
#define CONFEDIT_APACHE_APACHE_DUMP_H

#include <stdbool.h>

#include "confedit/apache/apache_model.h"

struct apache_dump_vhost {
	char *path, *name;
	size_t line;
};

struct apache_dump {
	struct strvec modules;          /* identifiers of all */
	struct strvec compiled_modules; /* of those that no file loads */
	struct strvec defines;        /* "NAME" or "NAME=VALUE", without those of the dump itself */
	struct strvec includes;       /* paths */
	char *server_root, *pid_file; /* NULL: not said */
	struct apache_dump_vhost *vhosts; /* one per address; those of macros are left out */
	size_t vhost_count, vhost_capacity;
};

void apache_dump_init(struct apache_dump *dump);
void apache_dump_release(struct apache_dump *dump);
DEFINE_AUTO(apache_dump, apache_dump_release);

/* Parses the output; unknown lines are skipped. ERR_PARSE when it has none of the lists. */
int apache_dump_parse(struct span output, struct apache_dump *ret_dump,
		      struct error *err) WARN_UNUSED;

/* True when httpd has the virtual hosts (by place and name) and modules of the model; otherwise
 * describes the difference in `ret_difference`. */
bool apache_dump_agrees(const struct apache_dump *dump, const struct apache_model *model,
			struct strbuf *ret_difference);

/* Appends the defines that do not come from the files, but from the command line. */
void apache_dump_foreign_defines(const struct apache_dump *dump, const struct apache_model *model,
				 struct strvec *ret_defines);

#endif
