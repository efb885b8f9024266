/*
 * Options of a transfer that is a mail: libcurl speaks SMTP (RFC 5321), with dots and all, here in
 * the process without rights.
 */
#include "net/http/http_transfer_parts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

static size_t give_mail(char *buffer, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;
	size_t left = transfer->job->request.body_len - transfer->body_sent;
	size_t len = size * count < left ? size * count : left;

	if (len)
		memcpy(buffer, transfer->job->body + transfer->body_sent, len);
	transfer->body_sent += len;
	return len;
}

/* The host's name in the path is what libcurl greets the server with. */
static void set_server(struct http_transfer *transfer, const struct curl_library *library)
{
	bool by_starttls = transfer->job->request.starttls == STARTTLS_SMTP;
	const char *scheme = by_starttls ? "smtp" : "smtps";
	const char *place = transfer->job->url;
	AUTO_FREE char *url = NULL;

	if (!str_starts(place, "https://")) {
		http_transfer_note(transfer, CURLE_URL_MALFORMAT);
		return;
	}
	url = xasprintf("%s%s", scheme, place + strlen("https"));
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, scheme);
	SET(CURLOPT_PROXY, "");
	/* Without STARTTLS no mail: a password, or what is wrong here, is for nobody on the way. */
	SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	/* Half a mail cannot be taken back to be sent on another connection. */
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
}

/* Within TLS a password needs no further cover, and these two every server knows. Others would
 * have libcurl look for files and libraries that this process may not open. */
static void set_login(struct http_transfer *transfer, const struct curl_library *library)
{
	const char *user = headers_get(&transfer->job->headers, "User");
	const char *password = headers_get(&transfer->job->headers, "Password");

	if (!user || !password)
		return;
	SET(CURLOPT_USERNAME, user);
	SET(CURLOPT_PASSWORD, password);
	SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

void http_transfer_set_mail(struct http_transfer *transfer, const struct curl_library *library)
{
	const struct headers *headers = &transfer->job->headers;
	const char *from = headers_get(headers, "From"), *to = headers_get(headers, "To");

	set_server(transfer, library);
	set_login(transfer, library);
	transfer->fields = to ? library->slist_append(NULL, to) : NULL;
	SET(CURLOPT_MAIL_FROM, from ? from : "");
	SET(CURLOPT_MAIL_RCPT, transfer->fields);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->job->request.body_len);
	SET(CURLOPT_READFUNCTION, give_mail);
	SET(CURLOPT_READDATA, (void *)transfer);
}
