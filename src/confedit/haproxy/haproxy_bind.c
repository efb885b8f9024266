/*
 * Reads and edits bind lines (see haproxy_bind.h).
 */
#include "confedit/haproxy/haproxy_bind.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/layout.h"

/* ---- Keywords ---- */

/* Keywords of a bind line that take no value; all others take one. */
static const char *const plain_keywords[] = {
	"accept-proxy",
	"allow-0rtt",
	"default",
	"defer-accept",
	"force-sslv3",
	"force-tlsv10",
	"force-tlsv11",
	"force-tlsv12",
	"force-tlsv13",
	"generate-certificates",
	"no-alpn",
	"no-ca-names",
	"no-sslv3",
	"no-strict-sni",
	"no-tls-tickets",
	"no-tlsv10",
	"no-tlsv11",
	"no-tlsv12",
	"no-tlsv13",
	"prefer-client-ciphers",
	"quic-force-retry",
	"ssl",
	"strict-sni",
	"tfo",
	"tls-tickets",
	"transparent",
	"v4v6",
	"v6only",
};

bool haproxy_is_bind(const struct haproxy_line *line)
{
	return haproxy_line_is(line, "bind", NULL) && line->count > 1;
}

/* A later HAProxy may have a keyword without a value that is missing here: the word after it is
 * then taken for its value. HAProxy tests each edit before it is used. */
bool haproxy_bind_next(const struct haproxy_line *line, size_t *at,
		       const struct haproxy_word **ret_keyword,
		       const struct haproxy_word **ret_value)
{
	if (*at == 0)
		*at = 2;
	if (*at >= line->count)
		return false;
	*ret_keyword = &line->words[(*at)++];
	*ret_value = NULL;
	for (size_t i = 0; i < ARRAY_LEN(plain_keywords); i++)
		if (strcmp((*ret_keyword)->text, plain_keywords[i]) == 0)
			return true;
	if (*at < line->count)
		*ret_value = &line->words[(*at)++];
	return true;
}

bool haproxy_bind_has(const struct haproxy_line *line, const char *keyword)
{
	const struct haproxy_word *found, *value;

	for (size_t at = 0; haproxy_bind_next(line, &at, &found, &value);)
		if (strcmp(found->text, keyword) == 0)
			return true;
	return false;
}

void haproxy_bind_values(const struct haproxy_line *line, const char *keyword,
			 struct strvec *ret_values)
{
	const struct haproxy_word *found, *value;

	for (size_t at = 0; haproxy_bind_next(line, &at, &found, &value);)
		if (value && strcmp(found->text, keyword) == 0)
			strvec_push(ret_values, value->text);
}

/* ---- Addresses ---- */

/* "8000-8010" is a range. */
static bool read_ports(struct span text, struct haproxy_address *ret)
{
	struct span first;
	AUTO_FREE char *from = NULL;
	AUTO_FREE char *to = NULL;
	int64_t first_port, last_port;

	if (!span_take_until(&text, '-', &first))
		return false;
	from = span_dup(first);
	to = span_dup(text.len ? text : first);
	if (!str_to_int64(from, 1, UINT16_MAX, &first_port) ||
	    !str_to_int64(to, first_port, UINT16_MAX, &last_port))
		return false;
	ret->first_port = (unsigned)first_port;
	ret->last_port = (unsigned)last_port;
	return true;
}

/* "[::1]" without its brackets. */
static struct span without_brackets(struct span host)
{
	if (host.len > 1 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		return span_make(host.ptr + 1, host.len - 2);
	return host;
}

/* Sockets of the file system, other families and variables are not addresses that a browser could
 * use. */
static bool read_address(struct span text, struct haproxy_address *ret)
{
	static const char *const families[] = {"ipv4@", "ipv6@", "tcp@", "tcp4@", "tcp6@"};
	size_t colon = text.len;

	ret->whole = text;
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (span_skip_prefix(&text, families[i]))
			break;
	colon = text.len;
	while (colon && text.ptr[colon - 1] != ':')
		colon--;
	if (!colon || memchr(text.ptr, '@', text.len) || memchr(text.ptr, '$', text.len) ||
	    text.ptr[0] == '/')
		return false;
	ret->host = without_brackets(span_make(text.ptr, colon - 1));
	return read_ports(span_drop(text, colon), ret);
}

bool haproxy_bind_next_address(struct span *rest, struct haproxy_address *ret)
{
	struct span part;

	while (span_take_until(rest, ',', &part))
		if (read_address(part, ret))
			return true;
	return false;
}

static bool has_port(const struct haproxy_address *address, unsigned port)
{
	return address->first_port <= port && port <= address->last_port;
}

bool haproxy_bind_has_port(const struct haproxy_line *line, unsigned port)
{
	struct span rest = span_of(line->words[1].text);
	struct haproxy_address address;

	while (haproxy_bind_next_address(&rest, &address))
		if (has_port(&address, port))
			return true;
	return false;
}

/* ---- Edits ---- */

/* The addresses of a plain line that have the port, with the port for TLS. */
static void print_addresses(const struct haproxy_line *line, unsigned from_port, unsigned to_port,
			    struct strbuf *out)
{
	struct span rest = span_of(line->words[1].text);
	struct haproxy_address address;
	bool is_first = true;

	while (haproxy_bind_next_address(&rest, &address)) {
		size_t len = address.whole.len;

		if (!has_port(&address, from_port))
			continue;
		while (address.whole.ptr[len - 1] != ':')
			len--;
		strbuf_addf(out, "%s%.*s%u", is_first ? "" : ",", (int)len, address.whole.ptr,
			    to_port);
		is_first = false;
	}
}

/* The keywords of a plain line that its twin has too: all but its name and number. */
static void print_keywords(const struct haproxy_line *line, struct strbuf *out)
{
	const struct haproxy_word *keyword, *value;

	for (size_t at = 0; haproxy_bind_next(line, &at, &keyword, &value);) {
		if (strcmp(keyword->text, "name") == 0 || strcmp(keyword->text, "id") == 0)
			continue;
		strbuf_addc(out, ' ');
		haproxy_quote(keyword->text, out);
		if (!value)
			continue;
		strbuf_addc(out, ' ');
		haproxy_quote(value->text, out);
	}
}

/* Inserts lines before the one at `offset`, or at the end of the text, after a line without a
 * newline. */
static void insert_lines(struct edit *edit, size_t offset, const char *lines)
{
	if (offset == edit->base.len && offset && edit->base.ptr[offset - 1] != '\n')
		edit_insert(edit, offset, layout_newline(edit->base));
	edit_insert(edit, offset, lines);
}

void haproxy_bind_add_tls(struct edit *edit, const struct haproxy_line *line, unsigned from_port,
			  unsigned to_port, const char *crt)
{
	struct span indent = layout_indent(edit->base, line->start);
	AUTO(strbuf) struct strbuf twin = STRBUF_INIT;

	strbuf_add(&twin, indent.ptr, indent.len);
	strbuf_adds(&twin, "bind ");
	print_addresses(line, from_port, to_port, &twin);
	print_keywords(line, &twin);
	strbuf_adds(&twin, " ssl crt ");
	haproxy_quote(crt, &twin);
	/* Browsers speak HTTP/2 over TLS only, and HAProxy offers it by ALPN only. */
	strbuf_adds(&twin, " alpn h2,http/1.1");
	strbuf_adds(&twin, layout_newline(edit->base));
	insert_lines(edit, layout_next_line(edit->base, line->start), twin.text);
}

void haproxy_bind_set_crt(struct edit *edit, const struct haproxy_word *value, const char *path)
{
	AUTO(strbuf) struct strbuf word = STRBUF_INIT;

	haproxy_quote(path, &word);
	edit_replace(edit, value->start, value->end, word.text);
}

void haproxy_bind_add_crt(struct edit *edit, const struct haproxy_line *line, const char *path,
			  enum haproxy_crt_place place)
{
	const struct haproxy_word *keyword, *value;
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	strbuf_adds(&words, place == HAPROXY_CRT_FIRST ? "crt " : " crt ");
	haproxy_quote(path, &words);
	for (size_t at = 0;
	     place == HAPROXY_CRT_FIRST && haproxy_bind_next(line, &at, &keyword, &value);) {
		if (strcmp(keyword->text, "crt") != 0)
			continue;
		strbuf_addc(&words, ' ');
		edit_insert(edit, keyword->start, words.text);
		return;
	}
	edit_insert(edit, line->words[line->count - 1].end, words.text);
}

/* The indentation of a section's lines. */
static struct span section_indent(const struct haproxy_conf *conf,
				  const struct haproxy_section *section)
{
	if (section->first + 1 < section->end)
		return layout_indent(conf->text, conf->lines[section->first + 1].start);
	return span_of(layout_indent_step(conf->text));
}

void haproxy_section_insert(struct edit *edit, const struct haproxy_conf *conf,
			    const struct haproxy_section *section, const char *lines)
{
	struct span indent = section_indent(conf, section), rest = span_of(lines), line;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	while (span_take_line(&rest, &line)) {
		strbuf_add(&text, indent.ptr, indent.len);
		strbuf_add(&text, line.ptr, line.len);
		strbuf_adds(&text, layout_newline(conf->text));
	}
	insert_lines(edit, layout_next_line(conf->text, conf->lines[section->first].start),
		     text.text);
}
