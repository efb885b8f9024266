/*
 * Header fields of a reply, a line each ("Name: value"): what is read from them is a URL that the
 * URL parser judges, or a time that is not in the past.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "codec/headers.h"
#include "codec/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { NOW = 1764000000 };

static void add_line(struct headers *headers, struct span line)
{
	AUTO_FREE char *name = NULL, *value = NULL;
	struct span head = span_make("", 0);

	span_take_until(&line, ':', &head);
	name = xstrndup(head.ptr, head.len);
	value = xstrndup(line.ptr, line.len);
	headers_add(headers, name, value + strspn(value, " "));
}

/* A URL that is accepted is printable and has the path of an account directory. */
static void use_url(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT, path_err = ERROR_INIT;
	AUTO(url) struct url url = {.port = -1};
	AUTO_FREE char *path = NULL;

	if (url_parse(text, &url, &err) < 0)
		return;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			abort();
	path = url_server_path(text, &path_err);
	if (path && (str_starts(path, "/") || strstr(path, "/../")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strvec) struct strvec links = STRVEC_INIT;
	struct span rest = span_make((const char *)bytes, len), line;
	const char *location;
	int64_t until;

	while (span_take_until(&rest, '\n', &line))
		add_line(&headers, line);
	until = headers_retry_after(&headers, NOW);
	if (until && until < NOW)
		abort();
	headers_links(&headers, "https://ca.test/cert/1", "alternate", &links);
	for (size_t i = 0; i < links.count; i++)
		use_url(links.items[i]);
	location = headers_get(&headers, "Location");
	if (location)
		use_url(location);
	return 0;
}
