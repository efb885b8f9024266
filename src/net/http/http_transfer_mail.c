/*
 * Options of a transfer that is a mail: libcurl speaks SMTP (RFC 5321), with dots and all, here in
 * the process without rights.
 */
#include "net/http/http_transfer_parts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

enum {
	MAX_REPLY = 500, /* bytes that messages quote */
	/* Codes of RFC 5321 section 4.2. */
	SERVICE_CLOSING = 221,
	START_MAIL_INPUT = 354,
};

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

static void set_response_limit(struct http_transfer *transfer, const struct curl_library *library,
			       long seconds)
{
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
}

/* libcurl waits in its own code for the answers to the message and to QUIT, so the limit for these
 * is set as soon as the answer before them is here. After a refusal there is only QUIT. */
static void follow_dialogue(struct http_transfer *transfer)
{
	struct mail_reply *reply = &transfer->reply;

	if (reply->took_end || reply->code >= 400) {
		reply->has_decided = reply->took_end;
		set_response_limit(transfer, reply->library, MAIL_QUIT_S);
	} else if (reply->code == START_MAIL_INPUT) {
		reply->took_end = true;
		set_response_limit(transfer, reply->library, MAIL_END_S);
	}
}

/* A line of a reply, "250-words" or "250 words" for the last one (RFC 5321 section 4.2.1). The
 * words are kept for messages: which address is unknown, or why a mail is not wanted, only the
 * server can say. What it says to QUIT is not about the mail. */
static size_t take_reply_line(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *transfer = context;
	struct mail_reply *reply = &transfer->reply;
	struct span line = span_trim(span_make(bytes, size * count));
	AUTO_FREE char *digits = span_dup(span_make(line.ptr, line.len < 3 ? line.len : 3));
	int64_t code = 0;

	str_to_int64(digits, 0, 999, &code);
	if (code == SERVICE_CLOSING)
		return size * count;
	if (reply->is_whole || !reply->count) {
		strbuf_clear(&reply->text);
		strbuf_adds(&reply->text, digits);
		reply->count++;
	}
	reply->code = (int)code;
	reply->is_whole = line.len <= 3 || line.ptr[3] == ' ';
	line = line.len > 4 ? span_trim(span_make(line.ptr + 4, line.len - 4)) : span_make("", 0);
	if (line.len && reply->text.len + line.len < MAX_REPLY) {
		strbuf_addc(&reply->text, ' ');
		strbuf_add_printable(&reply->text, line.ptr, line.len);
	}
	if (reply->is_whole)
		follow_dialogue(transfer);
	return size * count;
}

/* A server may make a stranger wait before it greets, and look at a message for minutes; no data
 * comes meanwhile. */
static void set_patience(struct http_transfer *transfer, const struct curl_library *library)
{
	transfer->reply.library = library;
	SET(CURLOPT_HEADERFUNCTION, take_reply_line);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)MAIL_STEP_S * 1000);
	SET(CURLOPT_LOW_SPEED_TIME, 0L);
	set_response_limit(transfer, library, MAIL_STEP_S);
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

	set_patience(transfer, library);
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
