/*
 * Chooses servers for a name (see nginx_choose.h). nginx's order for one socket is exact name,
 * longest leading wildcard, longest trailing wildcard, first regular expression; of equal names the
 * first server wins. For a certificate, servers on any socket are considered, those with TLS first.
 */
#include "confedit/nginx/nginx_choose.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/regex.h"

void nginx_candidates_release(struct nginx_candidates *candidates)
{
	free(candidates->items);
	*candidates = (struct nginx_candidates)NGINX_CANDIDATES_INIT;
}

/* ".example.org" is "example.org" and "*.example.org" in one. nginx counts ".example.org" as exact
 * for the name itself. */
static enum nginx_match match_leading(const char *pattern, const char *name)
{
	const char *suffix = pattern[0] == '*' ? pattern + 1 : pattern;
	size_t name_len = strlen(name), len = strlen(suffix);

	if (pattern[0] == '.' && str_eq_nocase(pattern + 1, name))
		return NGINX_MATCH_EXACT;
	return name_len > len && str_eq_nocase(name + name_len - len, suffix)
		       ? NGINX_MATCH_WILDCARD_START
		       : NGINX_MATCH_NONE;
}

static enum nginx_match match_trailing(const char *pattern, const char *name)
{
	size_t len = strlen(pattern) - 1; /* with the dot */
	AUTO_FREE char *start = strlen(name) > len ? xstrndup(name, len) : NULL;
	AUTO_FREE char *prefix = xstrndup(pattern, len);

	return start && str_eq_nocase(start, prefix) ? NGINX_MATCH_WILDCARD_END : NGINX_MATCH_NONE;
}

/* A wildcard of a certificate is matched by a server that has the same one, not by names below
 * it. */
static int match_name(const char *pattern, const char *name, enum nginx_match *ret_match,
		      struct error *err)
{
	bool matches = false, wildcard = name[0] == '*';
	int rc = 0;

	*ret_match = NGINX_MATCH_NONE;
	if (str_eq_nocase(pattern, name)) {
		*ret_match = NGINX_MATCH_EXACT;
	} else if (wildcard) {
		return 0;
	} else if (pattern[0] == '~') {
		rc = regex_search(pattern + 1, name, REGEX_CASELESS, &matches, err);
		*ret_match = matches ? NGINX_MATCH_REGEX : NGINX_MATCH_NONE;
	} else if (pattern[0] == '*' || pattern[0] == '.') {
		*ret_match = match_leading(pattern, name);
	} else if (str_ends(pattern, ".*")) {
		*ret_match = match_trailing(pattern, name);
	}
	return rc;
}

/* QUIC sockets are UDP, where no CA connects and no redirect starts. */
static bool is_such_socket(const struct nginx_listen *listen, enum nginx_sockets sockets,
			   unsigned port)
{
	if (sockets == NGINX_SOCKETS_ANY)
		return true;
	return nginx_listen_has_port(listen, port) && !(listen->flags & NGINX_LISTEN_QUIC) &&
	       listen->tls == (sockets == NGINX_SOCKETS_TLS);
}

bool nginx_server_has_socket(const struct nginx_server *server, enum nginx_sockets sockets,
			     unsigned port)
{
	if (sockets == NGINX_SOCKETS_ANY)
		return true;
	for (size_t i = 0; i < server->listen_count; i++)
		if (is_such_socket(&server->listens[i], sockets, port))
			return true;
	return false;
}

bool nginx_candidate_serves(const struct nginx_candidates *candidates, size_t at,
			    const struct nginx_listen *socket)
{
	for (size_t i = 0; i < at; i++) {
		const struct nginx_server *server = candidates->items[i].server;

		for (size_t j = 0; j < server->listen_count; j++)
			if (nginx_listen_same_socket(&server->listens[j], socket))
				return false;
	}
	return true;
}

/* Only the best server of a socket gets requests for the name, so the others need no location. */
void nginx_keep_served(struct nginx_candidates *candidates, enum nginx_sockets sockets,
		       unsigned port)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct nginx_server *server = candidates->items[i].server;
		bool wins = false;

		for (size_t j = 0; j < server->listen_count && !wins; j++)
			wins = is_such_socket(&server->listens[j], sockets, port) &&
			       nginx_candidate_serves(candidates, kept, &server->listens[j]);
		if (wins)
			candidates->items[kept++] = candidates->items[i];
	}
	candidates->count = kept;
}

/* The best place for a certificate: where TLS clients look for the name, else next to what plain
 * clients get. TLS on an unusual port (behind another program, or for administrators) comes after
 * those, and blocks that have neither come last. */
static unsigned rank_sockets(const struct nginx_server *server, const struct nginx_ports *ports)
{
	if (nginx_server_has_socket(server, NGINX_SOCKETS_TLS, ports->https))
		return 0;
	if (nginx_server_has_socket(server, NGINX_SOCKETS_PLAIN, ports->http))
		return 1;
	return server->tls ? 2 : 3;
}

static bool is_better(const struct nginx_candidate *a, const struct nginx_candidate *b)
{
	if (a->sockets_rank != b->sockets_rank)
		return a->sockets_rank < b->sockets_rank;
	if (a->match != b->match)
		return a->match < b->match;
	if (a->match == NGINX_MATCH_WILDCARD_START || a->match == NGINX_MATCH_WILDCARD_END)
		return a->length > b->length;
	return false;
}

/* Keeps the order of those that are no better than each other. */
static void add_candidate(struct nginx_candidates *candidates, struct nginx_candidate candidate)
{
	size_t at = candidates->count;

	ARRAY_GROW(candidates->items, candidates->count, candidates->capacity);
	for (; at > 0 && is_better(&candidate, &candidates->items[at - 1]); at--)
		candidates->items[at] = candidates->items[at - 1];
	candidates->items[at] = candidate;
	candidates->count++;
}

/* The best match among the server's names. The first regular expression that cannot be read goes to
 * `unreadable`; the names after it still count. Patterns are nginx's own matter (PCRE with named
 * groups, say), so one that our engine does not take only stops us if it decides. */
static struct nginx_candidate match_server(const struct nginx_server *server, const char *name,
					   struct error *unreadable)
{
	struct nginx_candidate best = {.server = server, .match = NGINX_MATCH_NONE};

	for (size_t i = 0; i < server->names.count; i++) {
		struct nginx_candidate one = {.server = server};
		struct error err = ERROR_INIT;

		one.length = strlen(server->names.items[i]);
		if (match_name(server->names.items[i], name, &one.match, &err) < 0 &&
		    !error_is_set(unreadable))
			error_move(unreadable, &err);
		error_release(&err);
		if (is_better(&one, &best))
			best = one;
	}
	return best;
}

/* If a better match than any expression was found, the unreadable one could not have won. */
int nginx_rank_servers(const struct nginx_model *model, const char *name,
		       enum nginx_sockets sockets, const struct nginx_ports *ports,
		       struct nginx_candidates *ret_candidates, struct error *err)
{
	unsigned port = sockets == NGINX_SOCKETS_TLS ? ports->https : ports->http;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO_FREE char *title = NULL;

	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);
		struct nginx_candidate candidate;

		if (server->kind != NGINX_SERVER_HTTP ||
		    !nginx_server_has_socket(server, sockets, port))
			continue;
		candidate = match_server(server, name, &unreadable);
		if (sockets == NGINX_SOCKETS_ANY)
			candidate.sockets_rank = rank_sockets(server, ports);
		if (candidate.match != NGINX_MATCH_NONE)
			add_candidate(ret_candidates, candidate);
		if (error_is_set(&unreadable) && !title)
			title = nginx_server_title(server);
	}
	if (!title || (ret_candidates->count && ret_candidates->items[0].match < NGINX_MATCH_REGEX))
		return 0;
	error_wrap(&unreadable, "%s", title);
	error_recode(&unreadable, ERR_REFUSED);
	return error_move(err, &unreadable);
}

static bool is_default(const struct nginx_server *server, unsigned port)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (server->listens[i].flags & NGINX_LISTEN_DEFAULT &&
		    (!port || nginx_listen_has_port(&server->listens[i], port)))
			return true;
	return false;
}

/* Port 0 means any. With several the choice would be ours and not the user's. */
static const struct nginx_server *only_default(const struct nginx_model *model, unsigned port)
{
	const struct nginx_server *found = NULL;

	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		if (server->kind != NGINX_SERVER_HTTP || !is_default(server, port))
			continue;
		if (found)
			return NULL;
		found = server;
	}
	return found;
}

const struct nginx_server *nginx_find_default(const struct nginx_model *model, unsigned port,
					      enum nginx_default_search search)
{
	const struct nginx_server *found = only_default(model, port);

	return found || search == NGINX_DEFAULT_ON_PORT ? found : only_default(model, 0);
}

/* Without "default_server" nginx takes the first one of the socket. */
bool nginx_server_is_default(const struct nginx_model *model, const struct nginx_server *server,
			     const struct nginx_listen *socket)
{
	const struct nginx_server *first = NULL;

	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *other = nginx_model_server(model, i);

		for (size_t j = 0; other->kind == NGINX_SERVER_HTTP && j < other->listen_count;
		     j++) {
			if (!nginx_listen_same_socket(&other->listens[j], socket))
				continue;
			if (other->listens[j].flags & NGINX_LISTEN_DEFAULT)
				return other == server;
			if (!first)
				first = other;
		}
	}
	return first == server;
}
