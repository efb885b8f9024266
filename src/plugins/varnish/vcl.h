/*
 * The VCL that answers challenges: a copy of the one that Varnish uses, with subroutines of ours in
 * front. Varnish runs subroutines of one name in the order of the source, so ours decide first.
 */
#ifndef PLUGINS_VARNISH_VCL_H
#define PLUGINS_VARNISH_VCL_H

#include "base/error.h"
#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Appends `source` with answers for the tokens (token -> key authorization) right after its version
 * line. ERR_PARSE: it has no line "vcl 4.x;". ERR_REFUSED: it uses the status code that marks our
 * answers. */
int vcl_add_answers(struct span source, const struct map *answers, struct strbuf *ret_vcl,
		    struct error *err) WARN_UNUSED;

#endif
