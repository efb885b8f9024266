/*
 * Chooses virtual hosts (see apache_choose.h). httpd's rule: the hosts with the most specific
 * address for a connection are candidates; among them the first with the name in ServerName or
 * ServerAlias, else the first of all.
 */
#include "confedit/apache/apache_choose.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/names.h"

void apache_choice_release(struct apache_choice *choice)
{
	free(choice->items);
	*choice = (struct apache_choice)APACHE_CHOICE_INIT;
}

static bool is_chosen(const struct apache_choice *choice, const struct apache_vhost *vhost)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->items[i] == vhost)
			return true;
	return false;
}

static void add_choice(struct apache_choice *choice, const struct apache_vhost *vhost)
{
	if (is_chosen(choice, vhost))
		return;
	ARRAY_GROW(choice->items, choice->count, choice->capacity);
	choice->items[choice->count++] = vhost;
}

/* A macro's host has arguments for names. A host that is read twice is edited by its first one. */
static bool is_usable(const struct apache_vhost *vhost)
{
	return !vhost->is_macro && !vhost->is_repeated;
}

static bool has_exact_name(const struct apache_vhost *vhost, const char *name)
{
	if (vhost->name && str_eq_nocase(vhost->name, name))
		return true;
	for (size_t i = 0; i < vhost->aliases.count; i++)
		if (str_eq_nocase(vhost->aliases.items[i], name))
			return true;
	return false;
}

static bool has_address_name(const struct apache_vhost *vhost, const char *name)
{
	for (size_t i = 0; i < vhost->address_count; i++)
		if (str_eq_nocase(vhost->addresses[i].host, name))
			return true;
	return false;
}

/* The best place for a certificate: where TLS clients look for the name, else a copy of what plain
 * clients get, else a TLS host on another port. */
static int score_sockets(const struct apache_vhost *vhost, const char *https_port)
{
	if (!vhost->tls)
		return 3;
	return apache_vhost_has_port(vhost, https_port) ? 6 : 0;
}

/* 0: it does not answer for the name. The points for names are Certbot's, so that both choose the
 * same host. */
static int score(const struct apache_vhost *vhost, const char *name, const char *https_port)
{
	int points = has_exact_name(vhost, name)          ? 3
		     : apache_vhost_has_name(vhost, name) ? 2
		     : has_address_name(vhost, name)      ? 1
							  : 0;

	return points ? points + score_sockets(vhost, https_port) : 0;
}

/* Debian's default-ssl site is such a host; it belongs to no name. */
static bool is_default_only(const struct apache_vhost *vhost)
{
	for (size_t i = 0; i < vhost->address_count; i++)
		if (!vhost->addresses[i].is_default)
			return false;
	return true;
}

/* Certbot too takes the only host there is for a name that it does not have. */
static const struct apache_vhost *only_vhost(const struct apache_model *model)
{
	const struct apache_vhost *only = NULL;

	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		if (!is_usable(vhost) || is_default_only(vhost))
			continue;
		if (only)
			return NULL;
		only = vhost;
	}
	return only;
}

bool apache_vhost_has_port(const struct apache_vhost *vhost, const char *port)
{
	for (size_t i = 0; i < vhost->address_count; i++)
		if (apache_address_has_port(&vhost->addresses[i], port))
			return true;
	return false;
}

/* Among equals the first wins, as in httpd. */
const struct apache_vhost *apache_choose(const struct apache_model *model, const char *name,
					 const char *https_port)
{
	const struct apache_vhost *best = NULL;
	int best_score = 0;

	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);
		int points = is_usable(vhost) ? score(vhost, name, https_port) : 0;

		if (points > best_score) {
			best = vhost;
			best_score = points;
		}
	}
	return best ? best : only_vhost(model);
}

/* The host that serves `name` among the chosen, or NULL. */
static size_t find_by_name(const struct apache_choice *choice, const char *name)
{
	for (size_t i = 0; i < choice->count; i++)
		if (has_exact_name(choice->items[i], name))
			return i;
	return choice->count;
}

/* Of a plain host and its TLS twin only the twin gets the certificate. */
static void consider_for_wildcard(const struct apache_vhost *vhost, const char *name,
				  const char *wildcard, struct apache_choice *choice)
{
	size_t at;

	if (!names_covered_by(name, wildcard) && !str_eq_nocase(name, wildcard))
		return;
	at = find_by_name(choice, name);
	if (at == choice->count)
		add_choice(choice, vhost);
	else if (vhost->tls && !choice->items[at]->tls && !is_chosen(choice, vhost))
		choice->items[at] = vhost;
}

void apache_choose_for_wildcard(const struct apache_model *model, const char *wildcard,
				struct apache_choice *ret_choice)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		if (!is_usable(vhost))
			continue;
		if (vhost->name)
			consider_for_wildcard(vhost, vhost->name, wildcard, ret_choice);
		for (size_t j = 0; j < vhost->aliases.count; j++)
			consider_for_wildcard(vhost, vhost->aliases.items[j], wildcard, ret_choice);
	}
}

static bool answers(const struct apache_vhost *vhost)
{
	return vhost->enabled && !vhost->is_macro;
}

/* Picks for one address, as httpd would for connections to it. Only `first` can answer if none has
 * the name: it is httpd's default for the address. */
static void choose_in_group(const struct apache_model *model, const struct apache_address *address,
			    const char *name, struct apache_choice *ret_choice)
{
	const struct apache_vhost *first = NULL;

	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		for (size_t j = 0; answers(vhost) && j < vhost->address_count; j++) {
			if (strcmp(vhost->addresses[j].host, address->host) != 0 ||
			    strcmp(vhost->addresses[j].port, address->port) != 0)
				continue;
			if (!first)
				first = vhost;
			if (!apache_vhost_has_name(vhost, name))
				break;
			add_choice(ret_choice, vhost);
			return;
		}
	}
	if (first)
		add_choice(ret_choice, first);
}

/* Hosts are edited even if they answer on one address only, as nobody knows on which one the CA
 * will connect. */
void apache_choose_answering(const struct apache_model *model, const char *name, const char *port,
			     struct apache_choice *ret_choice)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		for (size_t j = 0; answers(vhost) && j < vhost->address_count; j++)
			if (apache_address_has_port(&vhost->addresses[j], port))
				choose_in_group(model, &vhost->addresses[j], name, ret_choice);
	}
}

static void all_names(const struct apache_vhost *vhost, struct strvec *ret_names)
{
	if (vhost->name)
		strvec_push(ret_names, vhost->name);
	for (size_t i = 0; i < vhost->aliases.count; i++)
		strvec_push_unique(ret_names, vhost->aliases.items[i]);
}

static bool same_names(const struct apache_vhost *a, const struct apache_vhost *b)
{
	AUTO(strvec) struct strvec names_a = STRVEC_INIT;
	AUTO(strvec) struct strvec names_b = STRVEC_INIT;

	all_names(a, &names_a);
	all_names(b, &names_b);
	return strvec_same_set(&names_a, &names_b);
}

static bool has_host(const struct apache_vhost *vhost, const char *host)
{
	for (size_t i = 0; i < vhost->address_count; i++)
		if (strcmp(vhost->addresses[i].host, host) == 0)
			return true;
	return false;
}

static bool same_hosts(const struct apache_vhost *a, const struct apache_vhost *b)
{
	for (size_t i = 0; i < a->address_count; i++)
		if (!has_host(b, a->addresses[i].host))
			return false;
	for (size_t i = 0; i < b->address_count; i++)
		if (!has_host(a, b->addresses[i].host))
			return false;
	return true;
}

/* How well the plain host fits; 0: not at all. The twin of a host may have gained a name. Hosts
 * without names are told apart by address. */
static int fits_counterpart(const struct apache_vhost *vhost, const struct apache_vhost *tls_vhost)
{
	if (!is_usable(vhost) || vhost->tls || !vhost->enabled)
		return 0;
	if (!vhost->name && !vhost->aliases.count)
		return same_hosts(vhost, tls_vhost) ? 1 : 0;
	if (same_names(vhost, tls_vhost))
		return 3;
	return vhost->name && tls_vhost->name && strcmp(vhost->name, tls_vhost->name) == 0 ? 2 : 0;
}

const struct apache_vhost *apache_choose_counterpart(const struct apache_model *model,
						     const struct apache_vhost *tls_vhost)
{
	const struct apache_vhost *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);
		int fit = fits_counterpart(vhost, tls_vhost);

		if (fit > best_fit) {
			best = vhost;
			best_fit = fit;
		}
	}
	return best;
}

static bool overlaps(const struct apache_vhost *other, const struct apache_address *address)
{
	for (size_t i = 0; i < other->address_count; i++)
		if (apache_address_overlaps(&other->addresses[i], address))
			return true;
	return false;
}

/* httpd would choose a new host on that address before its main server, also for names that no host
 * had so far. */
bool apache_has_conflict(const struct apache_model *model, const struct apache_vhost *vhost,
			 const char *port)
{
	for (size_t i = 0; i < vhost->address_count; i++) {
		AUTO_FREE char *text = apache_address_with_port(&vhost->addresses[i], port);
		struct apache_address moved;
		bool found = false;

		apache_address_of_vhost(text, &moved);
		for (size_t j = 0; j < apache_model_vhost_count(model) && !found; j++) {
			const struct apache_vhost *other = apache_model_vhost(model, j);

			found = other->enabled && other->id != vhost->id && overlaps(other, &moved);
		}
		apache_address_release(&moved);
		if (found)
			return true;
	}
	return false;
}
