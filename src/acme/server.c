/*
 * What all machines of one CA share (see server.h): directory, nonces, account. Decisions about
 * requests are made in call.c.
 */
#include "acme/server.h"

#include <string.h>

#include "acme/problem.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "crypto/key/jws.h"

enum {
	/* More than ever circulate (see pace.c). The oldest go first: CAs forget them first. */
	MAX_NONCES = 64,
	MAX_NONCE_LEN = 500,
	/* So long all machines share one failure to read the directory. */
	DIRECTORY_ERROR_MS = 30 * 1000,
};

int acme_server_new(const char *directory_url, struct acme_server **ret_server, struct error *err)
{
	struct acme_server *server;

	if (url_check_https(directory_url, "ACME server", err) < 0)
		return error_recode(err, ERR_CONFIG);
	server = XNEW(struct acme_server);
	server->url = xstrdup(directory_url);
	server->pace = (struct acme_pace)ACME_PACE_INIT;
	acme_directory_init(&server->directory);
	strvec_init(&server->nonces);
	*ret_server = server;
	return 0;
}

void acme_server_free(struct acme_server *server)
{
	if (!server)
		return;
	free(server->url);
	free(server->thumbprint);
	free(server->account_url);
	acme_directory_release(&server->directory);
	error_release(&server->directory_error);
	strvec_release(&server->nonces);
	free(server);
}

void acme_server_set_key(struct acme_server *server, const struct key *key)
{
	server->key = key;
	REPLACE(server->thumbprint, NULL);
}

/* Computed once: every challenge of every name needs it. */
const char *acme_server_thumbprint(struct acme_server *server)
{
	if (!server->thumbprint)
		server->thumbprint = jwk_thumbprint(server->key);
	return server->thumbprint;
}

void acme_server_set_account_url(struct acme_server *server, const char *url)
{
	REPLACE(server->account_url, xstrdup_or_null(url));
}

const char *acme_server_account_url(const struct acme_server *server)
{
	return server->account_url;
}

/* Asked by the driver about each parked machine after a reply, so it only looks. */
bool acme_parking_is_over(const struct acme_parking *parking, int64_t now_ms)
{
	const struct acme_server *server = parking->server;

	if (!server)
		return false;
	if (!server->has_directory)
		return !server->directory_fetcher;
	if (parking->for_distance && acme_pace_knows_distance(&server->pace))
		return true;
	if (parking->for_order)
		return !server->pace.orderer;
	return server->nonces.count > 0 || acme_pace_may_fetch_nonce(&server->pace, now_ms);
}

bool acme_server_is_v1(const struct acme_server *server)
{
	return server->directory.is_v1;
}

int acme_server_check_identifiers(const struct acme_server *server,
				  const struct acme_identifiers *identifiers, struct error *err)
{
	for (size_t i = 0; acme_server_is_v1(server) && i < identifiers->count; i++) {
		const struct acme_identifier *identifier = &identifiers->items[i];
		bool is_ip = identifier->kind == ACME_IDENTIFIER_IP;

		if (!is_ip && !str_starts(identifier->value, "*."))
			continue;
		error_set(err, ERR_CONFIG,
			  "'%s' cannot be in the certificate: the CA speaks ACME v1, which has no "
			  "certificates for %s",
			  identifier->value, is_ip ? "IP addresses" : "wildcard names");
		return error_hint(err, "if the CA also has a server for ACME v2, give its address "
				       "with --server");
	}
	return 0;
}

bool acme_server_offers_profile(const struct acme_server *server, const char *profile)
{
	return strvec_contains(&server->directory.meta.profiles, profile);
}

int acme_server_check_profile(const struct acme_server *server, const char *profile,
			      struct error *err)
{
	const struct strvec *profiles = &server->directory.meta.profiles;
	AUTO_FREE char *offered = strvec_join(profiles, ", ");

	if (acme_server_offers_profile(server, profile))
		return 0;
	return error_set(err, ERR_CONFIG, "the CA has no profile '%s'; it offers %s", profile,
			 profiles->count ? offered : "none");
}

const char *acme_server_new_authz_url(const struct acme_server *server)
{
	return server->directory.urls[ACME_NEW_AUTHZ];
}

const struct acme_meta *acme_server_meta(const struct acme_server *server)
{
	return &server->directory.meta;
}

const char *acme_server_resource(const struct acme_server *server, enum acme_resource resource,
				 struct error *err)
{
	const char *url = server->directory.urls[resource];

	if (!url)
		error_set(err, ERR_NOT_FOUND, "the server at '%s' does not support this",
			  server->url);
	return url;
}

static int read_directory(const struct acme_reply *reply, struct acme_directory *directory,
			  struct error *err)
{
	if (!reply->json) {
		error_set(err, ERR_PROTOCOL, "cannot read directory: %s",
			  reply->fault.text ? reply->fault.text : "it is empty");
		acme_reply_hint(reply, err);
		return err->code;
	}
	return acme_directory_read(reply->json, directory, err);
}

/* True when signed requests go where the directory came from: it may lie in a cache nearby. Only
 * then does the time of the directory's reply tell the way to the CA; a cache in between would make
 * a distant CA seem near. */
static bool is_on_directory_host(const struct acme_server *server)
{
	AUTO(url) struct url own = {.port = -1}, other = {.port = -1};
	AUTO(error) struct error ignored = ERROR_INIT;

	return url_parse(server->url, &own, &ignored) == 0 &&
	       url_parse(server->directory.urls[ACME_NEW_ACCOUNT], &other, &ignored) == 0 &&
	       strcmp(own.host, other.host) == 0 && own.port == other.port;
}

void acme_server_set_directory(struct acme_server *server, const struct acme_reply *reply,
			       int64_t now_ms)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (read_directory(reply, &server->directory, &err) < 0)
		return acme_server_set_directory_error(server, &err, now_ms);
	server->has_directory = true;
	acme_pace_recognize(&server->pace, server->directory.meta.terms_of_service);
	if (reply->round_trip_us && is_on_directory_host(server))
		acme_pace_take_way(&server->pace, reply->round_trip_us);
}

void acme_server_set_directory_error(struct acme_server *server, struct error *own_error,
				     int64_t now_ms)
{
	error_wrap(own_error, "cannot read the directory of '%s'", server->url);
	error_release(&server->directory_error);
	error_move(&server->directory_error, own_error);
	server->directory_error_until_ms = now_ms + DIRECTORY_ERROR_MS;
}

/* RFC 8555 section 6.5.1: base64url; anything else must be ignored. */
static bool is_nonce(const char *text)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (!ascii_is_alnum(text[len]) && text[len] != '-' && text[len] != '_')
			return false;
	return len > 0 && len <= MAX_NONCE_LEN;
}

/* A first server object reads the directory before the account is chosen, to know whether the CA
 * wants an external binding. What it learned is not asked for a second time. The nonces move over:
 * each may be used once only. */
void acme_server_learn(struct acme_server *server, struct acme_server *other)
{
	if (!other->has_directory)
		return;
	acme_directory_copy(&server->directory, &other->directory);
	server->has_directory = true;
	acme_pace_recognize(&server->pace, server->directory.meta.terms_of_service);
	server->pace.way_ms = other->pace.way_ms;
	server->pace.new_nonces_paid_ms = other->pace.new_nonces_paid_ms;
	strvec_extend(&server->nonces, &other->nonces);
	strvec_release(&other->nonces);
}

bool acme_server_keep_nonce(struct acme_server *server, const struct acme_reply *reply)
{
	const char *nonce = headers_get(&reply->headers, "Replay-Nonce");

	if (!nonce || !is_nonce(nonce))
		return false;
	if (server->nonces.count == MAX_NONCES)
		strvec_remove(&server->nonces, 0);
	strvec_push(&server->nonces, nonce);
	return true;
}

/* The last one came with the rejection and is good. */
void acme_server_drop_old_nonces(struct acme_server *server)
{
	while (server->nonces.count > 1)
		strvec_remove(&server->nonces, 0);
}

/* The newest first: it is the one that the CA is least likely to have forgotten. */
char *acme_server_take_nonce(struct acme_server *server)
{
	char *nonce;

	if (!server->nonces.count)
		return NULL;
	nonce = xstrdup(server->nonces.items[server->nonces.count - 1]);
	strvec_remove(&server->nonces, server->nonces.count - 1);
	return nonce;
}
