/*
 * A file of HAProxy's configuration. Words lie in the text in their order, a quoted word reads
 * back, and edits are insertions: without them the text is as before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "confedit/haproxy/haproxy_bind.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_word(const struct haproxy_word *word)
{
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strbuf) struct strbuf quoted = STRBUF_INIT;

	haproxy_quote(word->text, &quoted);
	if (!word->text[0] || strpbrk(word->text, "\r\n"))
		return;
	haproxy_conf_read(span_make(quoted.text, quoted.len), &modes, &conf);
	map_release(&modes.http);
	if (conf.line_count != 1 || conf.lines[0].count != 1 ||
	    strcmp(conf.lines[0].words[0].text, word->text) != 0)
		abort();
}

static void check_line(struct span text, const struct haproxy_line *line, size_t *at)
{
	for (size_t i = 0; i < line->count; i++) {
		const struct haproxy_word *word = &line->words[i];

		if (word->start < *at || word->end <= word->start || word->end > text.len)
			abort();
		*at = word->end;
		check_word(word);
	}
}

/* The edits of one section: how many bytes they add. */
static void edit_section(const struct haproxy_conf *conf, const struct haproxy_section *section,
			 struct edit *edit)
{
	AUTO(strvec) struct strvec found = STRVEC_INIT;

	haproxy_section_hosts(conf, section, &found);
	haproxy_section_backends(conf, section, "/", &found);
	haproxy_section_insert(edit, conf, section, "one\ntwo\n");
	for (size_t i = section->first; i < section->end; i++) {
		const struct haproxy_line *line = &conf->lines[i];

		if (!haproxy_is_bind(line))
			continue;
		if (haproxy_bind_has(line, "ssl"))
			haproxy_bind_add_crt(edit, line, "/c", HAPROXY_CRT_LAST);
		else if (haproxy_bind_has_port(line, 80))
			haproxy_bind_add_tls(edit, line, 80, 443, "/c");
	}
}

static bool is_subsequence(struct span part, struct span whole)
{
	size_t at = 0;

	for (size_t i = 0; i < whole.len && at < part.len; i++)
		at += whole.ptr[i] == part.ptr[at];
	return at == part.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(edit) struct edit edit = EDIT_INIT(text);
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	size_t at = 0;

	haproxy_conf_read(text, &modes, &conf);
	map_release(&modes.http);
	for (size_t i = 0; i < conf.line_count; i++)
		check_line(text, &conf.lines[i], &at);
	for (size_t i = 0; i < conf.section_count; i++)
		edit_section(&conf, &conf.sections[i], &edit);
	edit_apply(&edit, &changed);
	if (!is_subsequence(text, span_make(changed.text, changed.len)))
		abort();
	return 0;
}
