/*
 * The HTTP side of the responder (see responder_protocol.h). It behaves like Certbot's standalone
 * server: HTTP/1.0 answers, the key authorization without a Content-Type, and no answer at all for
 * an unknown token. Only the request line is examined; header fields are skipped.
 */
#include <string.h>

#include "base/ascii.h"
#include "net/responder/responder_protocol.h"

#define CHALLENGE_PATH "/.well-known/acme-challenge/"
#define BANNER "ACME client standalone challenge solver"

/* Requests of CAs are far below 1 KiB. */
enum { MAX_HEAD = 16 * 1024 };

enum reading {
	READ_WHOLE,
	READ_MORE,
	READ_BROKEN,
};

/* HTTP/1.0, like Python's http.server, so that no client waits for a second answer. */
static void add_answer(struct strbuf *out, const char *status, const char *type, const char *body)
{
	strbuf_addf(out, "HTTP/1.0 %s\r\nServer: certbot\r\n", status);
	if (type)
		strbuf_addf(out, "Content-Type: %s\r\n", type);
	strbuf_addf(out, "Content-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(body), body);
}

/* Takes the request line out of a head that ends with an empty line. Empty lines in front of it are
 * passed over (RFC 9112 section 2.2). The whole head is awaited: an answer before it would come as
 * a surprise to proxies. */
static enum reading read_head(struct span request, struct span *ret_line)
{
	struct span rest = request, line;

	*ret_line = span_make("", 0);
	while (memchr(rest.ptr, '\n', rest.len) && span_take_line(&rest, &line)) {
		if (!ret_line->len)
			*ret_line = line;
		else if (!line.len)
			return span_has_nul(*ret_line) ? READ_BROKEN : READ_WHOLE;
	}
	return request.len < MAX_HEAD ? READ_MORE : READ_BROKEN;
}

static bool is_version(struct span text)
{
	static const char shape[] = "HTTP/";

	return text.len == strlen(shape) + 3 && memcmp(text.ptr, shape, strlen(shape)) == 0 &&
	       ascii_is_digit(text.ptr[5]) && text.ptr[6] == '.' && ascii_is_digit(text.ptr[7]);
}

/* "GET /path HTTP/1.1": three words with one space between them. */
static bool split_line(struct span line, struct span *ret_method, struct span *ret_target)
{
	struct span rest = line;

	return span_take_until(&rest, ' ', ret_method) && ret_method->len &&
	       span_take_until(&rest, ' ', ret_target) && ret_target->len && is_version(rest);
}

/* Path of a target in absolute form ("http://host/path"), which a proxy would send. Servers must
 * accept that form (RFC 9112 section 3.2.2). */
static struct span path_of(struct span target)
{
	const char *slash;

	if (!span_skip_prefix(&target, "http://"))
		return target;
	slash = memchr(target.ptr, '/', target.len);
	return slash ? span_make(slash, target.len - (size_t)(slash - target.ptr)) : span_of("/");
}

/* "/" tells a person with a browser what is listening there. */
static int answer_get(struct span path, responder_lookup_fn *lookup, void *context,
		      struct strbuf *out)
{
	const char *key_authorization;

	if (span_eq(path, "/")) {
		add_answer(out, "200 OK", "text/html", BANNER);
	} else if (span_skip_prefix(&path, CHALLENGE_PATH)) {
		key_authorization = lookup(context, path);
		if (!key_authorization)
			return -1;
		add_answer(out, "200 OK", NULL, key_authorization);
	} else {
		add_answer(out, "404 Not Found", "text/html", "404");
	}
	return 1;
}

int responder_answer_http(struct span request, responder_lookup_fn *lookup, void *context,
			  struct strbuf *out)
{
	struct span line, method, target;
	enum reading reading = read_head(request, &line);

	if (reading != READ_WHOLE)
		return reading == READ_MORE ? 0 : -1;
	if (!split_line(line, &method, &target)) {
		add_answer(out, "400 Bad Request", "text/html", "400");
		return 1;
	}
	if (!span_eq(method, "GET")) {
		add_answer(out, "501 Not Implemented", "text/html", "501");
		return 1;
	}
	return answer_get(path_of(target), lookup, context, out);
}
