/*
 * The TLS options file for nginx: Mozilla's intermediate profile, as far as the server supports it.
 */
#ifndef PLUGINS_NGINX_NGINX_TLS_H
#define PLUGINS_NGINX_NGINX_TLS_H

#include "plugins/nginx/nginx_program.h"
#include "webserver/tls_files.h"

/* The variant for a build of nginx, static; `ret_current` is true for the variant for current
 * versions. */
const struct tls_file *nginx_tls_options(const struct nginx_build *build, bool *ret_current);

#endif
