/*
 * Chooses the server blocks for a name in a certificate, in nginx's own order. Asks the user
 * which blocks a wildcard is for.
 */
#include <string.h>

#include "base/alloc.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/choice.h"

static char *label(const struct nginx_server *server)
{
	AUTO_FREE char *names = strvec_join(&server->names, " ");

	return xasprintf("%s | %s:%zu%s", names[0] ? names : "(no name)", server->file->path,
			 server->directive->line, server->tls ? " | HTTPS" : "");
}

/* Leaves those that are as good as the first. The candidates are in nginx's order of preference:
 * exact names before wildcards, those before expressions. */
static void keep_best(struct nginx_candidates *candidates)
{
	const struct nginx_candidate *first = candidates->items;
	size_t count = 0;

	while (count < candidates->count && first[count].match == first->match &&
	       first[count].length == first->length &&
	       first[count].sockets_rank == first->sockets_rank)
		count++;
	candidates->count = count;
}

/* The sockets by which the blocks of that rank are reached. */
static enum nginx_sockets sockets_of_rank(unsigned rank)
{
	static const enum nginx_sockets rows[] = {NGINX_SOCKETS_TLS, NGINX_SOCKETS_PLAIN};

	return rank < ARRAY_LEN(rows) ? rows[rank] : NGINX_SOCKETS_ANY;
}

/* Blocks that are equally good serve the name on different sockets, and each gets the certificate.
 * Of two on one socket nginx ignores the second. */
static int choose_for_name(struct webserver *server, const char *name, size_t *ret_ids,
			   size_t *ret_count, struct error *err)
{
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;
	const struct nginx_ports ports = nginx_site_ports(server);
	enum nginx_sockets sockets;

	*ret_count = 0;
	if (nginx_rank_servers(server->model, name, NGINX_SOCKETS_ANY, &ports, &found, err) < 0)
		return err->code;
	if (!found.count)
		return 0;
	keep_best(&found);
	sockets = sockets_of_rank(found.items[0].sockets_rank);
	nginx_keep_served(&found, sockets, sockets == NGINX_SOCKETS_TLS ? ports.https : ports.http);
	for (size_t i = 0; i < found.count; i++)
		ret_ids[(*ret_count)++] = found.items[i].server->id;
	return 0;
}

bool nginx_site_share_a_name(const struct nginx_server *a, const struct nginx_server *b)
{
	for (size_t i = 0; i < a->names.count; i++)
		if (strvec_contains(&b->names, a->names.items[i]))
			return true;
	return false;
}

/* True when another block serves one of the plain block's names by TLS already. Offering both would
 * put TLS into the plain one as well. */
static bool has_tls_twin(const struct nginx_model *model, const struct nginx_server *server)
{
	for (size_t i = 0; !server->tls && i < nginx_model_server_count(model); i++) {
		const struct nginx_server *other = nginx_model_server(model, i);

		if (other->kind == NGINX_SERVER_HTTP && other->tls &&
		    nginx_site_share_a_name(server, other))
			return true;
	}
	return false;
}

/* Which of the blocks below a wildcard should get it cannot be guessed: some may have certificates
 * of their own. */
static int choose_for_wildcard(struct webserver *server, const char *name, size_t *ret_ids,
			       size_t *ret_count, struct error *err)
{
	const struct nginx_model *model = server->model;
	AUTO(choice_blocks) struct choice_blocks blocks = CHOICE_BLOCKS_INIT;
	AUTO_FREE char *text = xasprintf(
		"Which server blocks would you like to install the certificate for %s in?", name);
	const struct choice_question question = {"deploy", name, text};

	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *block = nginx_model_server(model, i);

		if (block->kind == NGINX_SERVER_HTTP && block->names.count &&
		    !has_tls_twin(model, block))
			choice_blocks_add(&blocks, block->id, label(block));
	}
	*ret_count = 0;
	return blocks.count ? choice_many(server, &question, &blocks, ret_ids, ret_count, err) : 0;
}

int nginx_site_choose(struct webserver *server, const char *name, size_t *ret_ids,
		      size_t *ret_count, struct error *err)
{
	if (name[0] == '*')
		return choose_for_wildcard(server, name, ret_ids, ret_count, err);
	return choose_for_name(server, name, ret_ids, ret_count, err);
}
