/*
 * Trees and models as text, for expected files and for comparison with other programs.
 */
#ifndef TESTS_CONFEDIT_DUMP_H
#define TESTS_CONFEDIT_DUMP_H

#include "base/strbuf.h"

struct nginx_conf;
struct nginx_model;

/* One line per directive, indented by depth: position, words in quotes, kind of body. */
void dump_nginx_conf(const struct nginx_conf *conf, struct strbuf *out);
/* One paragraph per server, then the problems. */
void dump_nginx_model(const struct nginx_model *model, struct strbuf *out);

#endif
