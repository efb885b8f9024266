/*
 * What httpd serves, collected from its main file and everything it includes: virtual hosts with
 * their names and addresses, Listen, modules and defines. Conditions are evaluated as httpd does
 * while it reads.
 *
 * The model also takes edits (apache_deploy.h, apache_enhance.h, apache_challenge.h). Each is all
 * or nothing; afterwards the changed files are parsed again and the virtual hosts rebuilt. Pointers
 * to hosts, files and directives are borrowed until the next edit; a host's id stays.
 *
 * Nothing here touches a file: the model reads through a struct apache_source, and the caller
 * writes the files that apache_model_changed() lists.
 */
#ifndef CONFEDIT_APACHE_APACHE_MODEL_H
#define CONFEDIT_APACHE_APACHE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "confedit/apache/apache_include.h"
#include "confedit/apache/apache_vhost.h"

struct apache_model;

/* Reads the configuration, starting at its main file (an absolute path). The caller frees the
 * model. An unusable main file is an error; an unusable included file is left out and becomes a
 * problem of the model. */
int apache_model_load(const struct apache_source *source, const struct apache_program *program,
		      const char *path, struct apache_model **ret_model,
		      struct error *err) WARN_UNUSED;
void apache_model_free(struct apache_model *model);
DEFINE_AUTO_PTR(apache_model, apache_model_free);

/* Number of virtual hosts. */
size_t apache_model_vhost_count(const struct apache_model *model);
/* A virtual host, borrowed, in the order in which httpd reads them. */
const struct apache_vhost *apache_model_vhost(const struct apache_model *model, size_t index);
/* The host with that id, borrowed, or NULL. */
const struct apache_vhost *apache_model_find(const struct apache_model *model, size_t id);

/* Number of files that could not be used. */
size_t apache_model_problem_count(const struct apache_model *model);
/* Why a file could not be used, borrowed. */
const struct apache_problem *apache_model_problem(const struct apache_model *model, size_t index);

/* Directives outside of all virtual hosts, borrowed. */
const struct apache_items *apache_model_items(const struct apache_model *model);
/* True when the module with that identifier ("ssl_module") is loaded or compiled in. */
bool apache_model_has_module(const struct apache_model *model, const char *identifier);
/* The defines, borrowed: NAME → value ("" for one without). */
const struct map *apache_model_defines(const struct apache_model *model);
/* The file that LoadModule names for the module, as an absolute path; the caller frees it. NULL
 * when the module is not loaded from a file. */
char *apache_model_module_path(const struct apache_model *model, const char *identifier);

/* Appends every name that can be looked up, but not wildcards. */
void apache_model_names(const struct apache_model *model, struct strvec *ret_names);

/* The file with that path or real path, borrowed; NULL when the file is not part of the model. */
const struct apache_file *apache_model_find_file(const struct apache_model *model,
						 const char *path);
/* Appends the real paths of files that edits changed or created. */
void apache_model_changed(const struct apache_model *model, struct strvec *ret_paths);

/* Appends the real paths of files that edits put hosts into and that httpd does not read yet. */
void apache_model_added(const struct apache_model *model, struct strvec *ret_paths);

#endif
