/*
 * Mail through a mail server of the administrator's, where this machine has no sendmail. The file
 * has server (HOST, smtp://HOST:PORT for STARTTLS, smtps://HOST:PORT), from, to, and maybe user and
 * password. There is TLS in any case.
 */
#include "app/notify/ways.h"

#include <stdlib.h>
#include <string.h>

#include "app/notify/mail_text.h"
#include "app/notify/way_file.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "codec/base64.h"
#include "codec/url.h"
#include "net/http/http.h"

enum {
	TIMEOUT_MS = NOTIFY_SMTP_S * 1000,
	MAX_ANSWER = 64 * 1024,
	PORT_SUBMISSION = 587,  /* RFC 6409 */
	PORT_SUBMISSIONS = 465, /* RFC 8314 */
};

/* The server as the network client wants it. Its path is what we call ourselves. */
static int find_server(const char *given, const char *host, struct http_request *request,
		       char **ret_url, struct error *err)
{
	bool is_tls = str_starts_nocase(given, "smtps://");
	const char *place = is_tls                                ? given + strlen("smtps://")
			    : str_starts_nocase(given, "smtp://") ? given + strlen("smtp://")
								  : given;
	AUTO_FREE char *parsed = xasprintf("https://%s", place);
	AUTO(url) struct url url = {.port = -1};
	int port;

	if (url_parse(parsed, &url, err) < 0 || strcmp(url.path, "/") != 0) {
		error_release(err);
		error_set(err, ERR_CONFIG, "'%s' is not a mail server", given);
		return error_hint(err, "server = smtp://mail.example.com:587");
	}
	port = url.port >= 0 ? url.port : is_tls ? PORT_SUBMISSIONS : PORT_SUBMISSION;
	*ret_url = xasprintf(strchr(url.host, ':') ? "https://[%s]:%d/%s" : "https://%s:%d/%s",
			     url.host, port, host);
	request->starttls = is_tls ? STARTTLS_NONE : STARTTLS_SMTP;
	return 0;
}

/* Both or neither: half a login is a mistake, not a wish for none. */
static int add_login(const struct way_file *file, struct headers *headers, struct error *err)
{
	const char *user = way_file_get(file, "user"), *password = way_file_get(file, "password");

	if (!user != !password)
		return error_set(err, ERR_CONFIG,
				 "user and password belong together: one is missing");
	if (user) {
		headers_add(headers, "User", user);
		headers_add(headers, "Password", password);
	}
	return 0;
}

static int fill_envelope(const struct way_file *file, struct headers *headers, struct error *err)
{
	const char *from = way_file_get(file, "from"), *to = way_file_get(file, "to");

	if (way_mail_check(from, err) < 0 || way_mail_check(to, err) < 0)
		return err->code;
	headers_add(headers, "From", from);
	headers_add(headers, "To", to);
	return add_login(file, headers, err);
}

/* A name that would mean something in a URL is replaced; the server knows our address. */
static const char *plain_host(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!ascii_is_alnum(*c) && *c != '-' && *c != '.')
			return "localhost";
	return host;
}

static int send_mail(const struct way_file *file, struct notify_round *round,
		     const struct digest *digest, struct error *err)
{
	AUTO(headers) struct headers headers;
	AUTO(http_response) struct http_response answer;
	AUTO(strbuf) struct strbuf mail = STRBUF_INIT;
	AUTO_FREE char *url = NULL;
	struct http_request request = {
		.method = HTTP_MAIL,
		.headers = &headers,
		.max_body = MAX_ANSWER,
		.timeout_ms = TIMEOUT_MS,
	};

	headers_init(&headers);
	http_response_init(&answer);
	if (find_server(way_file_get(file, "server"), plain_host(digest->host), &request, &url,
			err) < 0 ||
	    fill_envelope(file, &headers, err) < 0 || notify_round_http(round, err) < 0)
		return err->code;
	mail_text_add(digest, way_file_get(file, "from"), way_file_get(file, "to"), "\r\n", &mail);
	request.url = url;
	request.body = mail.text;
	request.body_len = mail.len;
	if (http_perform(round->http, &request, &answer, err) == 0)
		return 0;
	round->may_have_arrived = answer.maybe_sent;
	return err->code;
}

/* A server that repeats what it was told gives a login away in the form in which it is sent. */
static void mask_login(const struct way_file *file, struct error *err)
{
	const char *user = way_file_get(file, "user"), *password = way_file_get(file, "password");
	AUTO(strbuf) struct strbuf plain = STRBUF_INIT, sent = STRBUF_INIT, text = STRBUF_INIT;

	if (!user || !password)
		return;
	strbuf_adds(&text, err->text);
	strbuf_addc(&plain, '\0');
	strbuf_adds(&plain, user);
	strbuf_addc(&plain, '\0');
	strbuf_adds(&plain, password);
	base64_encode(&sent, plain.text, plain.len);
	strbuf_mask(&text, sent.text);
	strbuf_clear(&sent);
	base64_encode(&sent, password, strlen(password));
	strbuf_mask(&text, sent.text);
	REPLACE(err->text, strbuf_detach(&text));
	secret_wipe(plain.text, plain.len);
	secret_wipe(sent.text, sent.len);
}

int way_smtp_send(const struct notify_target *target, struct notify_round *round,
		  const struct digest *digest, struct error *err)
{
	static const struct way_keys keys = {"server from to", "user password"};
	AUTO(way_file) struct way_file file = {.values = MAP_INIT(NULL)};

	if (way_file_read(target->value, &keys, &file, err) == 0 &&
	    send_mail(&file, round, digest, err) == 0)
		return 0;
	mask_login(&file, err);
	way_file_mask(&file, err);
	return err->code;
}
