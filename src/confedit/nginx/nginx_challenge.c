/*
 * Challenge edits (see nginx_challenge.h). In every server that has the name, a "rewrite … break"
 * at the top bypasses the server's own rewrites and returns, and an exact location answers before
 * nginx gets to access rules.
 *
 * nginx chooses the server by socket first and name second. If the servers of a name listen on some
 * addresses only, a server of ours answers on the others.
 */
#include "confedit/nginx/nginx_challenge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_deploy.h"
#include "confedit/nginx/nginx_edit.h"
#include "confedit/nginx/nginx_lex.h"
#include "confedit/nginx/nginx_changes.h"
#include "confedit/nginx/nginx_own.h"

#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/* A server block to be edited. */
struct target {
	const struct nginx_file *file;
	const struct nginx_directive *block;
	struct strbuf locations;
};

struct publication {
	struct nginx_model *model;
	const struct nginx_challenge_plan *plan;
	struct target *targets;
	size_t target_count, target_capacity;
	struct strbuf include; /* text of the include file */
};

static void release(struct publication *p)
{
	strbuf_release(&p->include);
	for (size_t i = 0; i < p->target_count; i++)
		strbuf_release(&p->targets[i].locations);
	free(p->targets);
}

static bool consists_of(const char *text, const char *punctuation)
{
	for (const char *at = text; *at; at++)
		if (!ascii_is_alnum(*at) && !strchr(punctuation, *at))
			return false;
	return *text;
}

/* Tokens come from the CA: one with "; }" in it would be configuration that runs as root. */
static int check_challenge(const struct nginx_challenge *challenge, struct error *err)
{
	if (consists_of(challenge->token, "-_") &&
	    consists_of(challenge->key_authorization, "-_.") &&
	    consists_of(challenge->name, "-_.:[]"))
		return 0;
	return error_set(err, ERR_REFUSED,
			 "cannot publish the challenge for '%s': it has bytes that "
			 "must not reach a configuration file",
			 challenge->name);
}

/* Once per token: nginx refuses a second location of the same name, and one lineage may have a name
 * in several challenges. */
static void add_location(const struct nginx_challenge *challenge, struct strbuf *lines)
{
	AUTO_FREE char *opening = xasprintf("location = " CHALLENGE_PATH "%s {", challenge->token);

	if (strstr(lines->text, opening))
		return;
	strbuf_addf(lines, "%s%s\n\tdefault_type text/plain;\n\treturn 200 %s;\n}" NGINX_MANAGED,
		    lines->len ? "\n" : "", opening, challenge->key_authorization);
}

/* The target for the server's block; a file that is included twice has one for both. */
static struct target *target_for(struct publication *p, const struct nginx_server *server)
{
	struct target *target;

	for (size_t i = 0; i < p->target_count; i++)
		if (p->targets[i].block == server->directive)
			return &p->targets[i];
	ARRAY_GROW(p->targets, p->target_count, p->target_capacity);
	target = &p->targets[p->target_count++];
	*target = (struct target){.file = server->file, .block = server->directive};
	strbuf_init(&target->locations);
	return target;
}

/* Plain servers on the http port that have the name. An expression that cannot be read does not
 * match: the exact name of a server of ours comes before it. */
static void find_servers(const struct publication *p, const char *name, enum nginx_sockets sockets,
			 struct nginx_candidates *ret_candidates)
{
	const struct nginx_ports ports = {p->plan->http_port, p->plan->https_port};
	AUTO(error) struct error ignored = ERROR_INIT;

	if (nginx_rank_servers(p->model, name, sockets, &ports, ret_candidates, &ignored) < 0)
		nginx_candidates_release(ret_candidates);
}

/* Copies the default server of the port for all names that no server has. The copy answers as the
 * default did for everything but the challenge, so visitors of the name notice nothing. */
static int copy_default_server(struct publication *p, const struct nginx_challenge *challenges,
			       size_t count, struct error *err)
{
	const struct nginx_server *server = nginx_find_default(p->model, p->plan->http_port,
							       NGINX_DEFAULT_ON_PORT);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t copy_id;

	if (!server || !nginx_server_has_socket(server, NGINX_SOCKETS_PLAIN, p->plan->http_port))
		return 0;
	for (size_t i = 0; i < count; i++) {
		AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;

		find_servers(p, challenges[i].name, NGINX_SOCKETS_PLAIN, &found);
		if (!found.count)
			strvec_push_unique(&names, challenges[i].name);
	}
	if (!names.count)
		return 0;
	if (nginx_duplicate_server(p->model, server->id, &names, &copy_id, err) == ERR_REFUSED)
		error_release(err); /* cannot be copied: a server of ours will do */
	return err->code;
}

/* It needs a root for any other requests that it gets meanwhile. */
static int add_own_server(struct publication *p, const struct nginx_challenge *challenge,
			  const struct strbuf *listens, struct error *err)
{
	strbuf_addf(&p->include, "server {\n%s\tserver_name %s;\n\troot ", listens->text,
		    challenge->name);
	if (nginx_lex_quote(p->plan->root_path, &p->include, err) < 0)
		return err->code;
	strbuf_addf(&p->include,
		    ";\n\tlocation = " CHALLENGE_PATH
		    "%s {\n\t\tdefault_type text/plain;\n\t\treturn 200 %s;\n\t}\n}\n",
		    challenge->token, challenge->key_authorization);
	return 0;
}

/* TLS servers get the location too, since a redirect may lead the CA there. ipv6only is written
 * once per socket, or nginx refuses the second "listen". */
static int publish_challenge(struct publication *p, const struct nginx_challenge *challenge,
			     struct error *err)
{
	const struct nginx_own_sockets sockets = {p->plan->http_port, false};
	AUTO(nginx_candidates) struct nginx_candidates plain = NGINX_CANDIDATES_INIT;
	AUTO(nginx_candidates) struct nginx_candidates tls = NGINX_CANDIDATES_INIT;
	AUTO(strbuf) struct strbuf listens = STRBUF_INIT;

	find_servers(p, challenge->name, NGINX_SOCKETS_PLAIN, &plain);
	find_servers(p, challenge->name, NGINX_SOCKETS_TLS, &tls);
	for (size_t i = 0; i < plain.count; i++)
		add_location(challenge, &target_for(p, plain.items[i].server)->locations);
	for (size_t i = 0; i < tls.count; i++)
		add_location(challenge, &target_for(p, tls.items[i].server)->locations);
	nginx_own_listens(p->model, &sockets, &plain, &listens);
	if (!nginx_own_has_socket(p->model, &sockets))
		nginx_own_new_listens(p->model, &sockets, &p->include, &listens);
	return listens.len ? add_own_server(p, challenge, &listens, err) : 0;
}

/* The rewrite comes first because directives of that module run in the order of the file, before
 * locations are chosen. */
static void edit_target(struct nginx_changes *changes, const struct target *target)
{
	struct edit *edit = nginx_changes_edit(changes, target->file);

	nginx_edit_insert_first(edit, target->file->conf, target->block,
				"rewrite ^(" CHALLENGE_PATH ".*) $1 break;" NGINX_MANAGED);
	nginx_edit_insert_last(edit, target->file->conf, target->block, target->locations.text);
}

/* The include exists in the model before the edits that name it, so the walk over the result finds
 * it. */
static int publish_all(struct publication *p, const struct nginx_challenge *challenges,
		       size_t count, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = p->model};

	for (size_t i = 0; i < count; i++)
		if (publish_challenge(p, &challenges[i], err) < 0)
			return err->code;
	if (nginx_model_create(p->model, p->plan->include_path,
			       span_make(p->include.text, p->include.len), err) < 0)
		return err->code;
	nginx_changes_init(&changes, p->model);
	for (size_t i = 0; i < p->target_count; i++)
		edit_target(&changes, &p->targets[i]);
	if (nginx_own_include(&changes, p->plan->include_path, err) < 0)
		return err->code;
	return nginx_changes_apply(&changes, err);
}

/* All are checked before any is published. */
int nginx_publish_challenges(struct nginx_model *model, const struct nginx_challenge *challenges,
			     size_t count, const struct nginx_challenge_plan *plan,
			     struct error *err)
{
	struct publication publishing = {.model = model, .plan = plan, .include = STRBUF_INIT};
	int rc;

	for (size_t i = 0; i < count; i++)
		if (check_challenge(&challenges[i], err) < 0)
			return err->code;
	if (!model->http)
		return error_set(err, ERR_CONFIG,
				 "cannot publish challenges: nginx has no http block");
	if (copy_default_server(&publishing, challenges, count, err) < 0)
		return err->code;
	strbuf_adds(&publishing.include, NGINX_OWN_HEADER);
	rc = publish_all(&publishing, challenges, count, err);
	release(&publishing);
	return rc;
}
