/*
 * Names of httpd's modules. A module has an identifier ("ssl_module", in LoadModule) and a source
 * file ("mod_ssl.c"); <IfModule> takes either. Distributions that enable modules by name say "ssl".
 */
#ifndef CONFEDIT_APACHE_APACHE_MODULES_H
#define CONFEDIT_APACHE_APACHE_MODULES_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/strvec.h"

/* The identifier for either form of the name; the caller frees it. */
char *apache_module_identifier(const char *name) WARN_UNUSED;
/* Appends the names of the modules ("setenvif") that must be loaded before this one. */
void apache_module_needs(const char *name, struct strvec *ret_names);

#endif
