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

/* Appends `source` with answers for the tokens (token -> key authorization) right after "vcl 4.x;".
 * `whole`: the same with what it includes, in which no number may be the status code that marks our
 * answers. ERR_PARSE: it does not begin with "vcl 4.x;". ERR_REFUSED: no number is left. */
int vcl_add_answers(struct span source, struct span whole, const struct map *answers,
		    struct strbuf *ret_vcl, struct error *err) WARN_UNUSED;

#endif
