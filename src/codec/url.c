/*
 * URLs (see url.h): checked against the grammar of RFC 3986 and split into parts. Nothing is
 * decoded or normalised. User information is refused: no server needs it, and it can be
 * used to deceive people.
 */
#include "codec/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strvec.h"

/* Longer ones are not accepted by some servers and proxies, so no CA uses them. */
enum { MAX_URL_LEN = 2000 };

void url_release(struct url *url)
{
	free(url->scheme);
	free(url->host);
	free(url->path);
	*url = (struct url){.port = -1};
}

static bool is_unreserved(char c)
{
	return ascii_is_alnum(c) || (c && strchr("-._~", c));
}

/* Every byte is one that RFC 3986 allows somewhere, and every % starts an escape. */
static bool has_url_characters(const char *text)
{
	for (; *text; text++) {
		if (*text == '%' && (ascii_hex_value(text[1]) < 0 || ascii_hex_value(text[2]) < 0))
			return false;
		if (!is_unreserved(*text) && !strchr(":/?#[]@!$&'()*+,;=%", *text))
			return false;
	}
	return true;
}

static bool take_scheme(struct span *rest, char **ret_scheme)
{
	static const char *const allowed[] = {"https", "http"};

	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		size_t len = strlen(allowed[i]);

		if (rest->len > len + 3 && memcmp(rest->ptr + len, "://", 3) == 0 &&
		    span_eq_nocase(span_make(rest->ptr, len), allowed[i])) {
			*ret_scheme = xstrdup(allowed[i]);
			rest->ptr += len + 3;
			rest->len -= len + 3;
			return true;
		}
	}
	return false;
}

/* Unreserved characters only: an escaped or delimiting one in a host name is used to deceive. */
static bool is_host_name(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!is_unreserved(*c))
			return false;
	return host[0] != '\0';
}

/* A zone ("%eth0") is refused with it: it means something on one machine only. */
static bool is_ipv6_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, host, &address) == 1;
}

static bool parse_port(struct span text, int *ret_port)
{
	AUTO_FREE char *digits = span_dup(text);
	int64_t port;

	if (!str_to_int64(digits, 1, 65535, &port))
		return false;
	*ret_port = (int)port;
	return true;
}

/* "host", "host:port", "[address]" or "[address]:port". */
static bool parse_authority(struct span authority, struct url *url)
{
	struct span rest = authority, host;
	bool bracketed = span_skip_prefix(&rest, "[");

	if (bracketed && !memchr(rest.ptr, ']', rest.len))
		return false;
	host = span_make(rest.ptr, 0);
	while (host.len < rest.len && rest.ptr[host.len] != (bracketed ? ']' : ':'))
		host.len++;
	url->host = span_dup(host);
	if (bracketed ? !is_ipv6_address(url->host) : !is_host_name(url->host))
		return false;
	rest.ptr += host.len + bracketed;
	rest.len -= host.len + bracketed;
	if (!rest.len)
		return true;
	return span_skip_prefix(&rest, ":") && parse_port(rest, &url->port);
}

static const char *split_url(const char *text, struct url *url)
{
	struct span rest = span_of(text);
	size_t authority_len;
	const char *path;

	if (rest.len > MAX_URL_LEN)
		return "longer than 2000 bytes";
	if (!has_url_characters(text))
		return "a character that is not allowed in a URL";
	if (!take_scheme(&rest, &url->scheme))
		return "not an absolute http or https URL";
	/* The authority ends at the first of these (RFC 3986 section 3.2). Looking for '@' in it
	 * only: a path may contain one. */
	authority_len = strcspn(rest.ptr, "/?#");
	if (memchr(rest.ptr, '@', authority_len))
		return "it contains a user name";
	if (!parse_authority(span_make(rest.ptr, authority_len), url))
		return "bad host or port";
	path = rest.ptr + authority_len;
	/* Brackets are for IPv6 addresses; elsewhere they must be escaped. */
	if (strpbrk(path, "[]"))
		return "a character that is not allowed in a URL";
	url->path = path[0] == '/' ? xstrdup(path) : xasprintf("/%s", path);
	return NULL;
}

int url_parse(const char *text, struct url *ret_url, struct error *err)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT_CAPPED(4 * MAX_URL_LEN);
	const char *reason = split_url(text, &url);

	if (reason) {
		size_t len = strlen(text);

		/* The URL may come from a peer, and the message goes to a terminal. */
		strbuf_add_printable(&shown, text, len < 100 ? len : 100);
		return error_set(err, ERR_PARSE, "cannot use URL '%s%s': %s", shown.text,
				 len < 100 ? "" : "...", reason);
	}
	*ret_url = url;
	url = (struct url){.port = -1};
	return 0;
}

/* By the text alone, as a client reads it: 127.evil.example is not this machine. */
bool url_host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return str_eq_nocase(host, "localhost");
}

/* Even for loopback hosts: RFC 8555 section 6.1 has no exception, and test CAs use TLS as well. */
int url_check_https(const char *text, const char *what, struct error *err)
{
	AUTO(url) struct url url = {.port = -1};

	if (url_parse(text, &url, err) < 0)
		return error_wrap(err, "%s", what);
	if (strcmp(url.scheme, "https") != 0)
		return error_set(err, ERR_PARSE, "%s: cannot use URL '%s': it is not https", what,
				 text);
	return 0;
}

char *url_resolve(const char *base, const char *reference)
{
	const char *authority = strstr(base, "://");

	/* "//host/path" would leave the server, which no CA does: it fails as a URL. */
	if (!authority || reference[0] != '/' || reference[1] == '/')
		return xstrdup(reference);
	return xasprintf("%.*s%s", url_server_length(base), base, reference);
}

/* Names of the path, without query and fragment. A dot name would leave the accounts directory. */
static bool split_path(const char *path, struct strvec *ret_names)
{
	AUTO_FREE char *plain = xstrndup(path, strcspn(path, "?#"));

	strvec_split(ret_names, plain, "/");
	return !strvec_contains(ret_names, ".") && !strvec_contains(ret_names, "..");
}

char *url_server_path(const char *url_text, struct error *err)
{
	AUTO(url) struct url url = {.port = -1};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strbuf) struct strbuf server = STRBUF_INIT;

	if (url_parse(url_text, &url, err) < 0)
		return NULL;
	strbuf_addf(&server, strchr(url.host, ':') ? "[%s]" : "%s", url.host);
	if (url.port >= 0)
		strbuf_addf(&server, ":%d", url.port);
	if (!split_path(url.path, &names)) {
		error_set(err, ERR_PARSE, "cannot use URL '%s': path with dot segments", url_text);
		return NULL;
	}
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&server, "/%s", names.items[i]);
	return strbuf_detach(&server);
}

char *url_lower_scheme(const char *url)
{
	char *copy = xstrdup(url);
	const char *end = strstr(copy, "://");

	for (char *c = copy; end && c < end; c++)
		*c = ascii_lower(*c);
	return copy;
}

/* Capital hex digits, which RFC 3986 section 2.1 asks for and signatures of requests rely on. */
void url_add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (is_unreserved(*text))
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "%%%02X", (unsigned char)*text);
	}
}

int url_shown_length(const char *url)
{
	return (int)strcspn(url, "?");
}

int url_server_length(const char *url)
{
	const char *authority = strstr(url, "://");
	size_t start = authority ? (size_t)(authority - url) + 3 : 0;

	return (int)(start + strcspn(url + start, "/?#"));
}

void url_add_field(struct strbuf *form, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_addf(form, "%s%s=", form->len ? "&" : "", name);
	url_add_escaped(form, value);
}

char *url_unescape_form(const char *text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	while (*text) {
		int high = *text == '%' ? ascii_hex_value(text[1]) : -1;
		int low = high >= 0 ? ascii_hex_value(text[2]) : -1;

		if (low >= 0 && (high || low)) {
			strbuf_addc(&out, (char)(high << 4 | low));
			text += 3;
		} else {
			strbuf_addc(&out, *text == '+' ? ' ' : *text);
			text++;
		}
	}
	return strbuf_detach(&out);
}
