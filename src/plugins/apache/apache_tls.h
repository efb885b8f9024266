/*
 * The TLS options file that hosts include; it depends on the versions of httpd and its OpenSSL.
 */
#ifndef PLUGINS_APACHE_APACHE_TLS_H
#define PLUGINS_APACHE_APACHE_TLS_H

#include <stdbool.h>

#include "plugins/apache/apache_program.h"
#include "webserver/tls_files.h"

/* The variant for these versions, static. `ret_current` is false for a variant that will not change
 * any more. */
const struct tls_file *apache_tls_options(const char *version, enum apache_openssl openssl,
					  bool *ret_current);

#endif
