/*
 * Edits of an nginx configuration by words, for case folders and the tool:
 *
 *	deploy NAME            certificate of lineage NAME into the server that ranks best
 *	redirect NAME…         of the plain server on port 80 that ranks best for the first name
 *	hsts NAME / uir NAME / staple NAME
 *	max-age NAME SECONDS   changes the HSTS header
 *	challenge NAME TOKEN …
 *
 * An error ends its step only.
 */
#ifndef TESTS_CONFEDIT_NGINX_STEPS_H
#define TESTS_CONFEDIT_NGINX_STEPS_H

#include "base/span.h"
#include "base/strbuf.h"

/* Runs the steps on a configuration in the form of "nginx -T"; appends errors, changed files in the
 * same form, and what the model finds missing at the end. */
void nginx_steps_run(struct span input, struct span steps, struct strbuf *out);

#endif
