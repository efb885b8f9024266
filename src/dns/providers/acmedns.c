/*
 * acme-dns (https://github.com/joohoi/acme-dns): a name server that serves challenges only. Each
 * domain has a registration there, and a CNAME of its _acme-challenge leads to it. Registrations
 * are kept in a JSON file in the form of goacmedns, so that lego's file can be used.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/call.h"
#include "dns/provider.h"

static const struct dns_credential credentials[] = {
	{"url", "the URL of the acme-dns server, such as https://auth.example.org", false, true,
	 .theirs = "api_url"},
	{"registrations", "the path of the file that keeps the registrations", false, true,
	 .theirs = "registration_file", .is_path = true},
};

static const struct option options[] = {
	DNS_OPTIONS("acmedns", "acmedns", "acme-dns", "60"),
};

static void close_session(struct dns_session *session)
{
	json_free(session->state);
}

/* Reads the registrations: {"a.example": {"username": ..., "password": ..., "fulldomain": ...}}. */
static int open_session(struct dns_session *session, struct error *err)
{
	const char *path = dns_credential(session, "registrations");
	AUTO(secret) struct secret text = SECRET_INIT;
	AUTO(error) struct error reason = ERROR_INIT;
	struct json *all = NULL;

	if (dns_read_secret_file(path, &text, &reason) < 0) {
		if (reason.code != ERR_NOT_FOUND)
			return error_move(err, &reason);
		all = json_object_new();
	} else if (json_parse(secret_peek(&text), text.len, path, &all, err) < 0) {
		return err->code;
	}
	session->state = all;
	for (size_t i = 0; i < json_count(all); i++) {
		const struct json *item = json_member(all, json_member_name(all, i));
		const char *password = json_text(json_member(item, "password"));

		if (password)
			dns_hide(session, password);
	}
	return 0;
}

static int save_registration(struct dns_session *session, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int rc;

	json_print(session->state, JSON_PRETTY, &text);
	rc = dns_write_secret_file(dns_credential(session, "registrations"), text.text, err);
	secret_wipe(text.text, text.len);
	return rc;
}

static char *url_of(const struct dns_session *session, const char *path)
{
	const char *base = dns_credential(session, "url");
	size_t len = strlen(base);

	return xasprintf("%.*s%s", (int)(len - (len && base[len - 1] == '/')), base, path);
}

/* Registers the domain and keeps the answer. */
static int enroll(struct dns_session *session, const char *domain, struct error *err)
{
	static const char *const members[] = {"username", "password", "fulldomain", "subdomain"};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *kept = json_object_new();
	AUTO_FREE char *url = url_of(session, "/register");
	/* The answer is a log-in, which is not for the log. */
	const struct dns_call call = {.what = "register",
				      .method = HTTP_POST,
				      .url = url,
				      .flags = DNS_CALL_PLAIN_HTTP | DNS_CALL_ANONYMOUS};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char *text = json_text(json_member(reply.json, members[i]));

		if (!text)
			return dns_bad_answer(session, call.what, "a member is missing", err);
		json_set_string(kept, members[i], text);
	}
	dns_hide(session, json_text(json_member(kept, "password")));
	json_set_string(kept, "server_url", dns_credential(session, "url"));
	json_set(session->state, domain, STEAL(kept));
	return save_registration(session, err);
}

static int update_record(struct dns_session *session, const struct json *registration,
			 const struct dns_record *record, struct error *err)
{
	const char *user = json_text(json_member(registration, "username"));
	const char *password = json_text(json_member(registration, "password"));
	const char *subdomain = json_text(json_member(registration, "subdomain"));
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_object_new();
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO_FREE char *url = url_of(session, "/update");
	const struct dns_call call = {.what = "update the record",
				      .method = HTTP_POST,
				      .url = url,
				      .headers = &headers,
				      .json = body,
				      .flags = DNS_CALL_PLAIN_HTTP | DNS_CALL_REPEATABLE};

	if (!user || !password || !subdomain)
		return error_set(err, ERR_CONFIG, "the registration of '%s' in '%s' is damaged",
				 record->domain, dns_credential(session, "registrations"));
	headers_add(&headers, "X-Api-User", user);
	headers_add(&headers, "X-Api-Key", password);
	json_set_string(body, "subdomain", subdomain);
	json_set_string(body, "txt", record->value);
	return dns_call(session, &call, &reply, err);
}

/* A domain that is new to the server cannot be validated yet: its CNAME is for the person to
 * add. */
static int present_one(struct dns_session *session, const struct dns_record *record,
		       struct error *err)
{
	const struct json *registration = json_member(session->state, record->domain);
	const char *target;

	if (registration)
		return update_record(session, registration, record, err);
	if (enroll(session, record->domain, err) < 0)
		return err->code;
	registration = json_member(session->state, record->domain);
	target = json_text(json_member(registration, "fulldomain"));
	error_set(err, ERR_CONFIG,
		  "'%s' is now registered at the acme-dns server and needs a DNS record",
		  record->domain);
	return error_hint(err, "add this record, then try again: %s. CNAME %s.", record->name,
			  target);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->record_count; i++)
		if (present_one(session, batch->records[i], &batch->records[i]->error) ==
		    ERR_CANCELLED)
			return error_copy(err, &batch->records[i]->error);
	return 0;
}

/* The server keeps the two latest values and has no way to remove one. */
static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return 0;
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"`registrations` is the path of a JSON file with one registration for each "
		 "domain, in the form that lego uses too. A domain that has none is registered "
		 "at the first attempt, which then fails and prints the CNAME record to add; the "
		 "next attempt succeeds."},
	.credentials = "dns_acmedns_url = https://auth.example.org\n"
		       "dns_acmedns_registrations = /etc/letsencrypt/acme-dns.json",
};

const struct dns_provider dns_acmedns = {
	.plugin = DNS_PLUGIN("acmedns", "an acme-dns server",
			     "Obtain certificates using a DNS TXT record (served by an "
			     "acme-dns server).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "acme-dns",
	.title = "acme-dns",
	.credentials_source = "a server of your own",
	.flags = DNS_NO_ZONES,
	.ttl = 1,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.error_shape = {.message = "error"},
	.login_hint = "the registration in dns_acmedns_registrations is not one of this server",
	.open = open_session,
	.close = close_session,
	.present = present,
	.cleanup = cleanup,
};
