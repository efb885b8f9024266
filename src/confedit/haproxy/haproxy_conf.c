/*
 * Reads HAProxy's configuration (see haproxy_conf.h).
 */
#include "confedit/haproxy/haproxy_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/layout.h"

void haproxy_conf_release(struct haproxy_conf *conf)
{
	for (size_t i = 0; i < conf->line_count; i++) {
		for (size_t j = 0; j < conf->lines[i].count; j++)
			free(conf->lines[i].words[j].text);
		free(conf->lines[i].words);
	}
	free(conf->lines);
	free(conf->sections);
	*conf = (struct haproxy_conf)HAPROXY_CONF_INIT;
}

/* ---- Words ---- */

static bool separates_words(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes one byte of a word, with what protects it, and says how many bytes that were. `quote` is
 * the quote that is open, or 0. */
static size_t take_byte(struct span rest, char *quote, struct strbuf *word)
{
	char c = rest.ptr[0];

	if (c == '\\' && *quote != '\'' && rest.len > 1) {
		strbuf_addc(word, rest.ptr[1]);
		return 2;
	}
	if ((c == '"' || c == '\'') && (!*quote || *quote == c))
		*quote = *quote ? 0 : c;
	else
		strbuf_addc(word, c);
	return 1;
}

/* Reads the word at `at` up to the blank, comment or line end after it. */
static size_t read_word(struct span text, size_t at, size_t end, char **ret_word)
{
	AUTO(strbuf) struct strbuf word = STRBUF_INIT;
	char quote = 0;

	while (at < end && (quote || (!separates_words(text.ptr[at]) && text.ptr[at] != '#')))
		at += take_byte(span_make(text.ptr + at, end - at), &quote, &word);
	*ret_word = strbuf_detach(&word);
	return at;
}

static void read_words(struct span text, size_t at, size_t end, struct haproxy_line *ret)
{
	while (at < end && text.ptr[at] != '#') {
		struct haproxy_word *word;

		if (separates_words(text.ptr[at])) {
			at++;
			continue;
		}
		ARRAY_GROW(ret->words, ret->count, ret->capacity);
		word = &ret->words[ret->count++];
		word->start = at;
		at = read_word(text, at, end, &word->text);
		word->end = at;
	}
	ret->start = ret->count ? ret->words[0].start : at;
}

void haproxy_quote(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		if (strchr(" \t\\\"'#$", *text))
			strbuf_addc(out, '\\');
		strbuf_addc(out, *text);
	}
}

/* ---- Lines ---- */

bool haproxy_line_is(const struct haproxy_line *line, const char *first, const char *second)
{
	return strcmp(line->words[0].text, first) == 0 &&
	       (!second || (line->count > 1 && strcmp(line->words[1].text, second) == 0));
}

const char *haproxy_line_value(const struct haproxy_line *line, const char *keyword)
{
	for (size_t i = 0; i + 1 < line->count; i++)
		if (strcmp(line->words[i].text, keyword) == 0)
			return line->words[i + 1].text;
	return NULL;
}

/* ---- Sections ---- */

/* All keywords that begin a section, up to version 3. */
static const struct {
	const char *keyword;
	enum haproxy_section_kind kind;
} kinds[] = {
	{"global", HAPROXY_GLOBAL},     {"defaults", HAPROXY_DEFAULTS},
	{"frontend", HAPROXY_FRONTEND}, {"listen", HAPROXY_LISTEN},
	{"backend", HAPROXY_BACKEND},   {"acme", HAPROXY_OTHER},
	{"cache", HAPROXY_OTHER},       {"crt-store", HAPROXY_OTHER},
	{"fcgi-app", HAPROXY_OTHER},    {"http-errors", HAPROXY_OTHER},
	{"log-forward", HAPROXY_OTHER}, {"log-profile", HAPROXY_OTHER},
	{"mailers", HAPROXY_OTHER},     {"peers", HAPROXY_OTHER},
	{"program", HAPROXY_OTHER},     {"resolvers", HAPROXY_OTHER},
	{"ring", HAPROXY_OTHER},        {"traces", HAPROXY_OTHER},
	{"userlist", HAPROXY_OTHER},
};

static bool begins_section(const struct haproxy_line *line, enum haproxy_section_kind *ret_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!haproxy_line_is(line, kinds[i].keyword, NULL))
			continue;
		*ret_kind = kinds[i].kind;
		return true;
	}
	return false;
}

static void add_section(struct haproxy_conf *conf, enum haproxy_section_kind kind)
{
	const struct haproxy_line *line = &conf->lines[conf->line_count - 1];
	struct haproxy_section *section;

	ARRAY_GROW(conf->sections, conf->section_count, conf->section_capacity);
	section = &conf->sections[conf->section_count++];
	*section = (struct haproxy_section){
		.kind = kind,
		.name = line->count > 1 ? line->words[1].text : "",
		.first = conf->line_count - 1,
		.end = conf->line_count,
	};
}

bool haproxy_section_listens(const struct haproxy_section *section)
{
	return section->kind == HAPROXY_FRONTEND || section->kind == HAPROXY_LISTEN;
}

/* The last value of the keyword in a section, or NULL. */
static const char *value_in_section(const struct haproxy_conf *conf,
				    const struct haproxy_section *section, const char *keyword)
{
	const char *value = NULL;

	for (size_t i = section->first + 1; i < section->end; i++)
		if (haproxy_line_is(&conf->lines[i], keyword, NULL) && conf->lines[i].count > 1)
			value = conf->lines[i].words[1].text;
	return value;
}

/* A section has the mode of its defaults: those that it names, else the last ones before it.
 * `defaults` sections themselves inherit nothing. */
static void find_mode(const struct haproxy_conf *conf, struct haproxy_modes *modes,
		      struct haproxy_section *section)
{
	const char *own = value_in_section(conf, section, "mode");
	const char *from = haproxy_line_value(&conf->lines[section->first], "from");

	if (own)
		section->is_http = strcmp(own, "http") == 0;
	else if (from)
		section->is_http = map_contains(&modes->http, from);
	else
		section->is_http = section->kind != HAPROXY_DEFAULTS && modes->last_is_http;
	if (section->kind != HAPROXY_DEFAULTS)
		return;
	modes->last_is_http = section->is_http;
	if (section->is_http)
		map_set(&modes->http, section->name, NULL);
	else
		(void)!map_remove(&modes->http, section->name);
}

void haproxy_conf_read(struct span text, struct haproxy_modes *modes, struct haproxy_conf *ret)
{
	ret->text = text;
	for (size_t at = 0; at < text.len; at = layout_next_line(text, at)) {
		struct haproxy_line line = {.words = NULL};
		enum haproxy_section_kind kind;

		read_words(text, at, layout_line_end(text, at), &line);
		if (!line.count)
			continue;
		ARRAY_GROW(ret->lines, ret->line_count, ret->line_capacity);
		ret->lines[ret->line_count++] = line;
		if (begins_section(&line, &kind))
			add_section(ret, kind);
		else if (ret->section_count)
			ret->sections[ret->section_count - 1].end = ret->line_count;
	}
	for (size_t i = 0; i < ret->section_count; i++)
		find_mode(ret, modes, &ret->sections[i]);
}

const char *haproxy_conf_value(const struct haproxy_conf *conf, enum haproxy_section_kind kind,
			       const char *keyword)
{
	const char *value = NULL;

	for (size_t i = 0; i < conf->section_count; i++) {
		const char *found = conf->sections[i].kind == kind
					    ? value_in_section(conf, &conf->sections[i], keyword)
					    : NULL;

		if (found)
			value = found;
	}
	return value;
}
