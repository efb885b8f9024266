/*
 * What nginx serves, collected from its main file and everything it includes: servers with their
 * names, sockets and certificates, across files, as nginx combines them.
 *
 * The model also takes edits (nginx_deploy.h, nginx_enhance.h, nginx_challenge.h). Each is all or
 * nothing; afterwards the changed files are parsed again and the servers rebuilt. Pointers to
 * servers, files and directives are borrowed until the next edit; a server's id stays.
 *
 * Nothing here touches a file: the model reads through a struct nginx_source, and the caller writes
 * the files that nginx_model_changed() lists.
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

/* Reads the configuration, starting at its main file (an absolute path). The caller frees the
 * model. An unusable main file is an error; an unusable included file is left out and becomes a
 * problem of the model. */
int nginx_model_load(const struct nginx_source *source, const char *path,
		     struct nginx_model **ret_model, struct error *err) WARN_UNUSED;
void nginx_model_free(struct nginx_model *model);
DEFINE_AUTO_PTR(nginx_model, nginx_model_free);

/* Number of servers. */
size_t nginx_model_server_count(const struct nginx_model *model);
/* A server, borrowed, in the order in which nginx reads them. */
const struct nginx_server *nginx_model_server(const struct nginx_model *model, size_t index);
/* The server with that id, borrowed, or NULL. */
const struct nginx_server *nginx_model_find(const struct nginx_model *model, size_t id);

/* Number of files that could not be used. */
size_t nginx_model_problem_count(const struct nginx_model *model);
/* Why a file could not be used, borrowed. */
const struct nginx_problem *nginx_model_problem(const struct nginx_model *model, size_t index);

/* Appends every name that can be looked up: no regular expressions, no empty or "_" names. */
void nginx_model_names(const struct nginx_model *model, struct strvec *ret_names);
/* True when any server listens on IPv6. */
bool nginx_model_uses_ipv6(const struct nginx_model *model);
/* The argument of a directive outside of all blocks ("pid"), whichever file it is in. Borrowed;
 * NULL when there is none. */
const char *nginx_model_main_value(const struct nginx_model *model, const char *name);

/* Appends the paths of files that edits changed or created. */
void nginx_model_changed(const struct nginx_model *model, struct strvec *ret_paths);
/* The file's current bytes, borrowed; an empty span for a path that is not part of the model. */
struct span nginx_model_bytes(const struct nginx_model *model, const char *path);

#endif
