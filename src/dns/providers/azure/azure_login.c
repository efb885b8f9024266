/*
 * Identities at Azure (see azure_login.h): a service principal with a secret or a certificate
 * (https://learn.microsoft.com/entra/identity-platform/certificate-credentials), a workload of
 * Kubernetes, and the managed identity of a machine or an app service
 * (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources). Keys of the
 * credentials file are those of the plugin certbot-dns-azure.
 */
#include "dns/providers/azure/azure_login.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/cert/cert.h"
#include "crypto/digest.h"
#include "crypto/key/jws.h"
#include "crypto/key/key.h"
#include "dns/api/call.h"
#include "dns/provider.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum {
	ASSERTION_SECONDS = 600,
};

static const struct azure_cloud clouds[] = {
	{"AzurePublicCloud", "https://login.microsoftonline.com", "https://management.azure.com"},
	{"AzureUSGovernmentCloud", "https://login.microsoftonline.us",
	 "https://management.usgovcloudapi.net"},
	{"AzureChinaCloud", "https://login.partner.microsoftonline.cn",
	 "https://management.chinacloudapi.cn"},
};

struct azure_identity {
	const char *key; /* of the credentials file, that chooses it */
	bool is_switch;  /* whose value is true or false */
	bool needs_principal;
	int (*fetch)(struct dns_session *session, struct azure *azure, struct error *err);
	/* Looks for what fetch() needs, before the CA is asked. NULL: nothing to look for. */
	int (*check)(const struct dns_session *session, const struct azure *azure,
		     struct error *err);
};

/* A value of the environment; NULL: not set, or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static const char *tenant(const struct dns_session *session)
{
	return dns_credential(session, "tenant_id") ?: variable("AZURE_TENANT_ID");
}

static const char *client(const struct dns_session *session)
{
	return dns_credential(session, "sp_client_id") ?: variable("AZURE_CLIENT_ID");
}

/* Where a service principal gets its tokens. Heap. */
static char *token_url(const struct dns_session *session, const struct azure *azure)
{
	const char *authority = variable("AZURE_AUTHORITY_HOST") ?: azure->cloud->authority;
	size_t len = strlen(authority);

	len -= authority[len - 1] == '/';
	return xasprintf("%.*s/%s/oauth2/v2.0/token", (int)len, authority, tenant(session));
}

/* Sends the fields that all service principals have, and the proof of this one. */
static int fetch_for(struct dns_session *session, struct azure *azure, const char *secret,
		     const char *assertion, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	AUTO_FREE char *url = token_url(session, azure);
	AUTO_FREE char *scope = xasprintf("%s/.default", azure->cloud->management);

	url_add_field(&form, "grant_type", "client_credentials");
	url_add_field(&form, "client_id", client(session));
	url_add_field(&form, "client_secret", secret);
	url_add_field(&form, "client_assertion_type", assertion ? ASSERTION_TYPE : NULL);
	url_add_field(&form, "client_assertion", assertion);
	url_add_field(&form, "scope", scope);
	return dns_token_fetch(session, url, &form, &azure->token, err);
}

static int fetch_by_secret(struct dns_session *session, struct azure *azure, struct error *err)
{
	return fetch_for(session, azure, dns_credential(session, "sp_client_secret"), NULL, err);
}

/* Claims of an assertion. Heap JSON text. */
static char *make_claims(const struct dns_session *session, const struct azure *azure)
{
	AUTO(json) struct json *claims = json_object_new();
	AUTO_FREE char *url = token_url(session, azure);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, id = STRBUF_INIT;
	int64_t now = dns_now(session);
	AUTO_FREE char *moment = xasprintf("%s %lld", client(session), (long long)now);

	digest_hex(DIGEST_SHA1, moment, strlen(moment), &id);
	json_set_string(claims, "aud", url);
	json_set_string(claims, "iss", client(session));
	json_set_string(claims, "sub", client(session));
	json_set_string(claims, "jti", id.text);
	json_set_int(claims, "nbf", now);
	json_set_int(claims, "exp", now + ASSERTION_SECONDS);
	json_print(claims, JSON_COMPACT, &text);
	return strbuf_detach(&text);
}

/* The SHA-1 thumbprint of the certificate in a PEM text, in base64url. */
static int add_thumbprint(const struct secret *pem, struct strbuf *out, struct error *err)
{
	AUTO(cert) struct cert *cert = NULL;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT, hash = STRBUF_INIT;

	if (cert_from_pem(secret_peek(pem), pem->len, &cert, err) < 0)
		return err->code;
	cert_to_der(cert, &der);
	digest(DIGEST_SHA1, der.text, der.len, &hash);
	base64url_encode(out, hash.text, hash.len);
	return 0;
}

static int sign_assertion(const struct dns_session *session, const struct azure *azure,
			  struct strbuf *out, struct error *err)
{
	const char *path = dns_credential(session, "sp_certificate_path");
	AUTO(secret) struct secret pem = SECRET_INIT;
	AUTO(strbuf) struct strbuf thumbprint = STRBUF_INIT;
	AUTO_FREE char *claims = make_claims(session, azure);
	AUTO(key) struct key *key = NULL;
	int rc = dns_read_secret_file(path, &pem, err);

	if (rc == 0)
		rc = key_from_pem(secret_peek(&pem), pem.len, &key, err);
	if (rc == 0)
		rc = add_thumbprint(&pem, &thumbprint, err);
	if (rc == 0)
		rc = jws_sign_token(key, (struct jws_key_name){.x5t = thumbprint.text}, claims, out,
				    err);
	if (rc == 0)
		return 0;
	error_recode(err, ERR_CONFIG);
	error_wrap(err, "cannot use '%s'", path);
	return error_hint(err,
			  "dns_azure_sp_certificate_path names a file with the certificate and "
			  "its RSA key, both PEM");
}

static int check_certificate(const struct dns_session *session, const struct azure *azure,
			     struct error *err)
{
	AUTO(strbuf) struct strbuf unused = STRBUF_INIT;

	return sign_assertion(session, azure, &unused, err);
}

static int fetch_by_certificate(struct dns_session *session, struct azure *azure, struct error *err)
{
	AUTO(strbuf) struct strbuf assertion = STRBUF_INIT;

	if (sign_assertion(session, azure, &assertion, err) < 0)
		return err->code;
	return fetch_for(session, azure, NULL, assertion.text, err);
}

/* Kubernetes puts a token into a file, and replaces it from time to time. */
static int read_workload_token(const struct dns_session *session, struct secret *ret_token,
			       struct error *err)
{
	const char *path = variable("AZURE_FEDERATED_TOKEN_FILE");

	if (path && client(session) && tenant(session))
		return dns_read_file(path, ret_token, err) < 0
			       ? error_wrap(err, "cannot log in at Azure")
			       : 0;
	error_set(err, ERR_CONFIG, "cannot log in at Azure: there is no workload identity");
	return error_hint(err, "the webhook of Azure in Kubernetes sets "
			       "AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and "
			       "AZURE_TENANT_ID; it is for pods that have the label "
			       "azure.workload.identity/use");
}

static int check_workload(const struct dns_session *session, const struct azure *azure,
			  struct error *err)
{
	AUTO(secret) struct secret token = SECRET_INIT;

	return read_workload_token(session, &token, err);
}

static int fetch_by_workload(struct dns_session *session, struct azure *azure, struct error *err)
{
	AUTO(secret) struct secret token = SECRET_INIT;

	if (read_workload_token(session, &token, err) < 0)
		return err->code;
	dns_hide(session, secret_peek(&token));
	return fetch_for(session, azure, NULL, secret_peek(&token), err);
}

/* The service of the machine, or that of an app service, which the environment names. */
static int fetch_from_machine(struct dns_session *session, struct azure *azure, struct error *err)
{
	const char *endpoint = variable("IDENTITY_ENDPOINT"), *proof = variable("IDENTITY_HEADER");
	const char *id = dns_credential(session, "msi_client_id");
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_session alone = *session;
	struct dns_call call = {.what = "ask for the managed identity's token",
				.method = HTTP_GET,
				.headers = &headers,
				.flags = DNS_CALL_ANONYMOUS | DNS_CALL_PLAIN_HTTP};
	bool is_app = endpoint && proof;

	strbuf_addf(&url, "%s?api-version=%s&resource=%s/",
		    is_app ? endpoint : "http://169.254.169.254/metadata/identity/oauth2/token",
		    is_app ? "2019-08-01" : "2018-02-01", azure->cloud->management);
	if (id)
		strbuf_addf(&url, "&client_id=%s", id);
	headers_add(&headers, is_app ? "X-IDENTITY-HEADER" : "Metadata", is_app ? proof : "true");
	call.url = url.text;
	alone.zone = NULL;
	if (dns_call(&alone, &call, &reply, err) < 0)
		return err->code;
	return dns_token_take(&alone, call.what, reply.json, &azure->token, err);
}

static const struct azure_identity identities[] = {
	{"sp_client_secret", false, true, fetch_by_secret, NULL},
	{"sp_certificate_path", false, true, fetch_by_certificate, check_certificate},
	{"use_workload_identity_credentials", true, false, fetch_by_workload, check_workload},
	{"msi_system_assigned", true, false, fetch_from_machine, NULL},
	{"msi_client_id", false, false, fetch_from_machine, NULL},
};

static bool is_chosen(const struct dns_session *session, const struct azure_identity *identity)
{
	const char *value = dns_credential(session, identity->key);

	return identity->is_switch ? dns_says_yes(value) : value != NULL;
}

static int choose_identity(const struct dns_session *session, struct azure *azure,
			   struct error *err)
{
	const char *path = dns_credentials_path(session);

	for (size_t i = 0; i < ARRAY_LEN(identities); i++) {
		const struct azure_identity *identity = &identities[i];

		if (!is_chosen(session, identity))
			continue;
		if (azure->identity)
			return error_set(err, ERR_CONFIG,
					 "%s: dns_azure_%s is not needed when dns_azure_%s is used",
					 path, identity->key, azure->identity->key);
		azure->identity = identity;
	}
	if (azure->identity &&
	    (!azure->identity->needs_principal ||
	     (dns_credential(session, "tenant_id") && dns_credential(session, "sp_client_id"))))
		return azure->identity->check ? azure->identity->check(session, azure, err) : 0;
	error_set(err, ERR_CONFIG, "%s does not say which identity to log in with", path);
	return error_hint(err, "set dns_azure_tenant_id, dns_azure_sp_client_id and either "
			       "dns_azure_sp_client_secret or dns_azure_sp_certificate_path; or "
			       "one of dns_azure_msi_system_assigned = true, "
			       "dns_azure_msi_client_id, and "
			       "dns_azure_use_workload_identity_credentials = true");
}

int azure_login_choose(const struct dns_session *session, struct azure *azure, struct error *err)
{
	const char *name = dns_credential(session, "environment") ?: variable("AZURE_ENVIRONMENT");

	for (size_t i = 0; i < ARRAY_LEN(clouds); i++)
		if (!azure->cloud && (!name || str_eq_nocase(name, clouds[i].name)))
			azure->cloud = &clouds[i];
	if (azure->cloud)
		return choose_identity(session, azure, err);
	error_set(err, ERR_CONFIG, "%s: unknown dns_azure_environment '%s'",
		  dns_credentials_path(session), name);
	return error_hint(err, "use one of AzurePublicCloud, AzureUSGovernmentCloud, "
			       "AzureChinaCloud");
}

int azure_login(struct dns_session *session, struct error *err)
{
	struct azure *azure = session->state;

	if (!dns_token_ends(session, &azure->token))
		return 0;
	return azure->identity->fetch(session, azure, err);
}
