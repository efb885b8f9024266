/*
 * Looks at the certificates of a server (see looks.h).
 */
#include "webserver/looks.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "crypto/cert/cert.h"
#include "net/http/http_message.h"
#include "os/socket/sockets.h"
#include "os/system_files.h"
#include "plugin/installer.h"
#include "webserver/default_cert.h"
#include "webserver/proof.h"
#include "webserver/webserver.h"

struct looks looks_make(const struct webserver_certificates *which, struct probes *probes)
{
	struct looks looks = {.which = which, .probes = probes};

	strvec_init(&looks.seen);
	return looks;
}

void looks_release(struct looks *looks)
{
	probes_release(&looks->sockets);
	strvec_release(&looks->seen);
}

void looks_connect(struct looks *looks)
{
	for (size_t i = 0; i < looks->sockets.count; i++)
		probes_add(looks->probes, &looks->sockets.items[i]);
}

static void add_look(struct looks *looks, char *name, char *leaf, unsigned key)
{
	for (size_t i = 0; i < looks->sockets.count; i++) {
		struct probe look = looks->sockets.items[i];

		look.host = name;
		look.leaf = leaf;
		look.key = key;
		probes_add(looks->probes, &look);
	}
}

/* The first certificate for a name is the one that the server chooses; those after it are not shown
 * and must not be expected. An administrator may have given it the second of two keys, too, and it
 * may prefer that one, so the first is looked at by a client of its kind. */
void looks_add(struct looks *looks, const char *chain_path, const struct strvec *names)
{
	const struct webserver_certificates *which = looks->which;
	AUTO_FREE char *leaf = NULL;
	unsigned key = 0;

	if (!which || strvec_contains(&which->paths, chain_path))
		leaf = webserver_leaf(chain_path);
	if (which && strvec_contains(&which->firsts, chain_path))
		key = shown_leaf_key(leaf);
	for (size_t i = 0; i < names->count; i++)
		if (strvec_push_unique(&looks->seen, names->items[i]) && leaf &&
		    !strchr(names->items[i], '*'))
			add_look(looks, names->items[i], leaf, key);
}

void looks_add_default(struct looks *looks, const char *chain_path)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (default_cert_names(chain_path, &names, &ignored) == 0)
		looks_add(looks, chain_path, &names);
}

static bool is_every_address(const char *host)
{
	return strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0;
}

static bool is_every_ipv6_address(const char *host)
{
	return strcmp(host, "::") == 0 || strcmp(host, "::0") == 0;
}

char *looks_address(const char *host, int family)
{
	size_t len = strlen(host);
	bool is_bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
	AUTO_FREE char *bare = is_bracketed ? xstrndup(host + 1, len - 2) : xstrdup(host);
	char *own;

	if (is_every_ipv6_address(bare) || (is_every_address(bare) && family == AF_INET6))
		return xstrdup("::1");
	if (is_every_address(bare))
		return xstrdup("127.0.0.1");
	own = sockets_own_address(bare, family);
	return own ? own : STEAL(bare);
}

/* /etc/services may lack a name that the mail server knows by itself. */
unsigned looks_smtp_port(const char *service)
{
	static const struct {
		const char *name;
		unsigned port;
	} known[] = {{"smtp", 25}, {"submission", 587}, {"submissions", 465}, {"smtps", 465}};
	const struct servent *other;
	int64_t port;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(service, known[i].name) == 0)
			return known[i].port;
	if (str_to_int64(service, 1, UINT16_MAX, &port))
		return (unsigned)port;
	if (!system_files_are_usable(SYSTEM_SERVICES))
		return 0;
	other = getservbyname(service, "tcp");
	return other ? ntohs((uint16_t)other->s_port) : 0;
}

/* ---- Servers with several chain files for a name ---- */

/* The files are this machine's own, so they are parsed in this process. */
enum key_kind shown_leaf_kind(const char *pem)
{
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (!pem || cert_from_pem(pem, strlen(pem), &cert, &ignored) < 0)
		return KEY_KIND__COUNT;
	return cert_key_kind(cert);
}

unsigned shown_leaf_key(const char *pem)
{
	static const unsigned keys[] = {
		[KEY_RSA] = HTTP_RSA_ONLY,
		[KEY_EC] = HTTP_ECDSA_ONLY,
		[KEY_KIND__COUNT] = 0,
	};

	return keys[shown_leaf_kind(pem)];
}

void shown_leaves_release(struct shown_leaves *leaves)
{
	for (size_t i = 0; i < ARRAY_LEN(leaves->items); i++)
		free(leaves->items[i].pem);
	*leaves = (struct shown_leaves){.count = 0};
}

static bool is_asked_for(const char *path, const struct webserver_certificates *which)
{
	return !which || strvec_contains(&which->paths, path) ||
	       strvec_contains(&which->seconds, path);
}

static void add_leaf(struct shown_leaves *leaves, char *own_pem, unsigned key)
{
	if (own_pem)
		leaves->items[leaves->count++] = (struct shown_leaf){own_pem, key};
}

struct shown_leaves shown_leaves_of(const struct strvec *chain_paths,
				    const struct webserver_certificates *which)
{
	const char *last[KEY_KIND__COUNT] = {NULL};
	struct shown_leaves leaves = {.count = 0};

	/* Any client gets the only one. */
	if (chain_paths->count == 1 && is_asked_for(chain_paths->items[0], which))
		add_leaf(&leaves, webserver_leaf(chain_paths->items[0]), 0);
	for (size_t i = 0; chain_paths->count > 1 && i < chain_paths->count; i++) {
		AUTO_FREE char *pem = webserver_leaf(chain_paths->items[i]);
		enum key_kind kind = shown_leaf_kind(pem);

		if (kind == KEY_KIND__COUNT)
			return leaves;
		last[kind] = chain_paths->items[i];
	}
	for (size_t kind = 0; kind < ARRAY_LEN(last); kind++) {
		AUTO_FREE char *pem = last[kind] && is_asked_for(last[kind], which)
					      ? webserver_leaf(last[kind])
					      : NULL;
		unsigned key = shown_leaf_key(pem);

		add_leaf(&leaves, STEAL(pem), key);
	}
	return leaves;
}
