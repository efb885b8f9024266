/*
 * What nginx serves, gathered from its main file and everything that one includes: servers with
 * their names, sockets and certificates, across files, as nginx puts them together.
 *
 * The model also takes edits (nginx_deploy.h, nginx_enhance.h, nginx_challenge.h). Each is all or
 * nothing; afterwards the changed files are parsed again and the servers rebuilt. Pointers to
 * servers, files and directives are borrowed until the next edit; a server's id stays.
 *
 * Nothing here touches a file: what is to be read comes through a struct nginx_source, and the
 * caller writes what nginx_model_changed() lists.
 */
#ifndef CONFEDIT_NGINX_NGINX_MODEL_H
#define CONFEDIT_NGINX_NGINX_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "confedit/nginx/nginx_server.h"

struct nginx_model;

/* Reads the configuration from its main file on (an absolute path). An unusable main file is an
 * error; an unusable included file is a problem of the model, and is left out. */
int nginx_model_load(const struct nginx_source *source, const char *path,
		     struct nginx_model **ret_model, struct error *err) WARN_UNUSED;
void nginx_model_free(struct nginx_model *model);
DEFINE_AUTO_PTR(nginx_model, nginx_model_free);

/* Servers in the order in which nginx reads them. */
size_t nginx_model_server_count(const struct nginx_model *model);
const struct nginx_server *nginx_model_server(const struct nginx_model *model, size_t index);
/* The server with that id, or NULL. */
const struct nginx_server *nginx_model_find(const struct nginx_model *model, size_t id);

size_t nginx_model_problem_count(const struct nginx_model *model);
const struct nginx_problem *nginx_model_problem(const struct nginx_model *model, size_t index);

/* Appends every name that can be looked up: no regular expressions, no empty or "_" names. */
void nginx_model_names(const struct nginx_model *model, struct strvec *ret_names);
/* True when any server listens on IPv6. */
bool nginx_model_uses_ipv6(const struct nginx_model *model);
/* The argument of a directive outside of all blocks ("pid"), whichever file it is in; borrowed,
 * NULL: there is none. */
const char *nginx_model_main_value(const struct nginx_model *model, const char *name);

/* Files read so far, the main file first. */
const struct nginx_file *nginx_model_file(const struct nginx_model *model, size_t index);
/* Appends the paths of files that edits changed or created. */
void nginx_model_changed(const struct nginx_model *model, struct strvec *ret_paths);
/* The file's present bytes, borrowed; an empty span for a path that is not part of the model. */
struct span nginx_model_bytes(const struct nginx_model *model, const char *path);

#endif
