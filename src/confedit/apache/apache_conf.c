/*
 * The lossless tree of a file (see apache_conf.h), built line by line. Directives, words and
 * decoded text lie in three arrays in the order of the file; while these grow, nodes refer to their
 * parent by index, and the pointers are set at the end.
 */
#include "confedit/apache/apache_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_lex.h"

/* No real configuration is nested deeper, and walkers of the tree may recurse. */
enum { MAX_DEPTH = 100 };
#define NO_PARENT SIZE_MAX

/* Sections whose body is a program: mod_perl's and mod_lua's. */
static const char *const raw_sections[] = {"Perl", "LuaHook*", "LuaQuickHandler",
					   "LuaAuthzProvider"};

struct apache_conf {
	struct span bytes;
	char *own_bytes;
	struct apache_directive *directives;
	size_t directive_count, directive_capacity;
	size_t *parents; /* of each directive: its number, or NO_PARENT */
	struct apache_word *words;
	size_t word_count, word_capacity;
	struct strbuf decoded; /* texts of all words, each with its NUL */
	const struct apache_directive *first, *last;
};

struct parser {
	struct apache_conf *conf;
	struct apache_lexer lexer;
	size_t open[MAX_DEPTH];  /* sections around the place being read */
	size_t names[MAX_DEPTH]; /* where their names are in `decoded` */
	size_t depth;
	size_t line;          /* number of the current line */
	struct strbuf closer; /* name in the current "</name>" */
};

void apache_conf_free(struct apache_conf *conf)
{
	if (!conf)
		return;
	free(conf->own_bytes);
	free(conf->directives);
	free(conf->parents);
	free(conf->words);
	strbuf_release(&conf->decoded);
	free(conf);
}

static int refuse_syntax(const struct parser *p, struct error *err, const char *format, ...)
	PRINTF_LIKE(3, 4);

static int refuse_syntax(const struct parser *p, struct error *err, const char *format, ...)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_addv(&text, format, args);
	va_end(args);
	strbuf_add_printable(&printable, text.text, text.len);
	return error_set(err, ERR_PARSE, "line %zu: %s", p->line, printable.text);
}

/* While parsing, word->text is not set: the texts follow each other in `decoded`. */
static bool add_word(struct parser *p, size_t limit)
{
	struct apache_conf *conf = p->conf;
	struct apache_token token;

	if (!apache_lex_word(&p->lexer, limit, &token, &conf->decoded))
		return false;
	strbuf_addc(&conf->decoded, '\0');
	ARRAY_GROW(conf->words, conf->word_count, conf->word_capacity);
	conf->words[conf->word_count++] =
		(struct apache_word){.start = token.start, .end = token.end, .quote = token.quote};
	return true;
}

static struct apache_directive *add_directive(struct parser *p)
{
	struct apache_conf *conf = p->conf;
	struct apache_directive *directive;

	if (conf->directive_count == conf->directive_capacity)
		conf->parents = xreallocarray(conf->parents,
					      conf->directive_count ? conf->directive_count * 2 : 8,
					      sizeof(*conf->parents));
	ARRAY_GROW(conf->directives, conf->directive_count, conf->directive_capacity);
	conf->parents[conf->directive_count] = p->depth ? p->open[p->depth - 1] : NO_PARENT;
	directive = &conf->directives[conf->directive_count++];
	*directive = (struct apache_directive){
		.start = apache_lex_offset(&p->lexer, p->lexer.at),
		.end = apache_lex_offset(&p->lexer, p->lexer.line.len),
		.line = p->line,
	};
	return directive;
}

static void read_line(struct parser *p)
{
	struct apache_directive *directive = add_directive(p);

	while (add_word(p, p->lexer.line.len))
		directive->word_count++;
}

/* Their lines may have '<' where a section would start. */
static bool is_raw(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(raw_sections); i++) {
		size_t len = strlen(raw_sections[i]);
		bool prefix = raw_sections[i][len - 1] == '*';

		if (prefix ? strncasecmp(name, raw_sections[i], len - 1) == 0
			   : str_eq_nocase(name, raw_sections[i]))
			return true;
	}
	return false;
}

/* Cuts "<Name" or "<Name>", just decoded from `from` on, down to the name. "<Name>" without a blank
 * is one word for the lexer. */
static void trim_section_name(struct strbuf *decoded, size_t from)
{
	size_t len = decoded->len - from - 2; /* without '<' and NUL */

	strbuf_splice(decoded, from, 1, "", 0);
	if (len && decoded->text[from + len - 1] == '>')
		strbuf_splice(decoded, from + len - 1, 1, "", 0);
}

/* httpd takes everything up to the last '>' of the line as arguments and ignores the rest. */
static size_t end_of_arguments(const struct apache_lexer *lexer)
{
	for (size_t i = lexer->line.len; i > lexer->at; i--)
		if (lexer->line.text[i - 1] == '>')
			return i - 1;
	return lexer->line.len;
}

/* Where the arguments end is known only now that the name is read. */
static int open_section(struct parser *p, struct error *err)
{
	struct apache_conf *conf = p->conf;
	struct apache_directive *directive = add_directive(p);
	size_t name_at = conf->decoded.len, limit;

	add_word(p, p->lexer.line.len);
	trim_section_name(&conf->decoded, name_at);
	limit = end_of_arguments(&p->lexer);
	directive->word_count = 1;
	while (add_word(p, limit))
		directive->word_count++;
	directive->body = is_raw(conf->decoded.text + name_at) ? APACHE_BODY_RAW
							       : APACHE_BODY_DIRECTIVES;
	directive->body_start = p->lexer.next;
	if (p->depth == MAX_DEPTH)
		return refuse_syntax(p, err, "sections are nested too deeply");
	p->names[p->depth] = name_at;
	p->open[p->depth++] = conf->directive_count - 1;
	return 0;
}

/* Name of the innermost open section. */
static const char *open_name(const struct parser *p)
{
	return p->conf->decoded.text + p->names[p->depth - 1];
}

static void finish_section(struct parser *p)
{
	struct apache_directive *section = &p->conf->directives[p->open[p->depth - 1]];

	section->body_end = p->lexer.start;
	section->end = apache_lex_offset(&p->lexer, p->lexer.line.len);
	p->depth--;
}

/* Reads "</Name>" into p->closer, "Name"; false when the line is something else or has no '>'. */
static bool read_closer(struct parser *p)
{
	struct apache_token token;

	strbuf_clear(&p->closer);
	apache_lex_word(&p->lexer, p->lexer.line.len, &token, &p->closer);
	if (p->closer.len < 3 || p->closer.text[p->closer.len - 1] != '>')
		return false;
	strbuf_truncate(&p->closer, p->closer.len - 1);
	strbuf_splice(&p->closer, 0, 2, "", 0);
	return true;
}

/* httpd looks at the first word only: in "</VirtualHost> </IfModule>" the second one has no
 * effect. */
static int close_section(struct parser *p, struct error *err)
{
	if (!read_closer(p))
		return refuse_syntax(p, err, "'%s' has no '>' after the name", p->lexer.line.text);
	if (!p->depth)
		return refuse_syntax(p, err, "'</%s>' does not close any section", p->closer.text);
	if (!str_eq_nocase(p->closer.text, open_name(p)))
		return refuse_syntax(p, err, "'</%s>' does not close '<%s>' of line %zu",
				     p->closer.text, open_name(p),
				     p->conf->directives[p->open[p->depth - 1]].line);
	finish_section(p);
	return 0;
}

/* In a program everything but its own "</Name>" is text. */
static void skip_raw_line(struct parser *p)
{
	if (read_closer(p) && str_eq_nocase(p->closer.text, open_name(p)))
		finish_section(p);
}

static bool line_starts(const struct parser *p, const char *prefix)
{
	return str_starts(p->lexer.line.text + p->lexer.at, prefix);
}

static int parse_line(struct parser *p, struct error *err)
{
	const struct apache_directive *around =
		p->depth ? &p->conf->directives[p->open[p->depth - 1]] : NULL;

	if (around && around->body == APACHE_BODY_RAW) {
		if (line_starts(p, "</"))
			skip_raw_line(p);
		return 0;
	}
	if (p->lexer.at == p->lexer.line.len || line_starts(p, "#"))
		return 0;
	if (line_starts(p, "</"))
		return close_section(p, err);
	if (line_starts(p, "<"))
		return open_section(p, err);
	read_line(p);
	return 0;
}

static void link_words(struct apache_conf *conf)
{
	const char *text = conf->decoded.text;
	size_t word = 0;

	for (size_t i = 0; i < conf->word_count; i++) {
		conf->words[i].text = text;
		text += strlen(text) + 1;
	}
	for (size_t i = 0; i < conf->directive_count; i++) {
		conf->directives[i].words = conf->words + word;
		word += conf->directives[i].word_count;
	}
}

static void link_directives(struct apache_conf *conf)
{
	for (size_t i = 0; i < conf->directive_count; i++) {
		struct apache_directive *node = &conf->directives[i], *parent = NULL;
		const struct apache_directive **first = &conf->first, **last = &conf->last;

		if (conf->parents[i] != NO_PARENT) {
			parent = &conf->directives[conf->parents[i]];
			first = &parent->first_child;
			last = &parent->last_child;
		}
		node->parent = parent;
		node->previous = *last;
		if (*last)
			conf->directives[*last - conf->directives].next = node;
		else
			*first = node;
		*last = node;
	}
}

/* Conditions, which httpd decides while it reads. One that holds may be left open: the end of the
 * file closes it. (Where it does not hold, httpd refuses the file.) */
static bool is_condition(const char *name)
{
	static const char *const names[] = {"IfModule", "IfDefine",    "IfVersion",
					    "IfFile",   "IfDirective", "IfSection"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, names[i]))
			return true;
	return false;
}

/* Handles sections that are still open at the end of the file. */
static int close_conditions(struct parser *p, struct error *err)
{
	while (p->depth) {
		struct apache_directive *section = &p->conf->directives[p->open[p->depth - 1]];

		if (!is_condition(open_name(p))) {
			p->line = section->line;
			return refuse_syntax(p, err, "section '<%s>' is not closed", open_name(p));
		}
		section->body_end = section->end = p->conf->bytes.len;
		p->depth--;
	}
	return 0;
}

static int parse_lines(struct parser *p, struct error *err)
{
	size_t counted = 0;

	while (apache_lex_line(&p->lexer)) {
		for (; counted < p->lexer.start; counted++)
			p->line += p->conf->bytes.ptr[counted] == '\n';
		if (parse_line(p, err) < 0)
			return err->code;
	}
	return close_conditions(p, err);
}

int apache_conf_parse(struct span bytes, struct apache_conf **ret_conf, struct error *err)
{
	AUTO(apache_conf) struct apache_conf *conf = XNEW(struct apache_conf);
	struct parser parser = {.conf = conf, .line = 1};
	int rc;

	strbuf_init(&conf->decoded);
	strbuf_init(&parser.closer);
	conf->own_bytes = span_dup(bytes);
	conf->bytes = span_make(conf->own_bytes, bytes.len);
	apache_lexer_init(&parser.lexer, conf->bytes);
	rc = parse_lines(&parser, err);
	apache_lexer_release(&parser.lexer);
	strbuf_release(&parser.closer);
	if (rc < 0)
		return rc;
	link_words(conf);
	link_directives(conf);
	*ret_conf = STEAL(conf);
	return 0;
}

struct span apache_conf_bytes(const struct apache_conf *conf)
{
	return conf->bytes;
}

const struct apache_directive *apache_conf_first(const struct apache_conf *conf)
{
	return conf->first;
}

const struct apache_directive *apache_conf_next(const struct apache_conf *conf,
						const struct apache_directive *directive)
{
	size_t next = directive ? (size_t)(directive - conf->directives) + 1 : 0;

	return next < conf->directive_count ? &conf->directives[next] : NULL;
}

bool apache_directive_is(const struct apache_directive *directive, const char *name)
{
	return str_eq_nocase(directive->words[0].text, name);
}

bool apache_directive_is_section(const struct apache_directive *directive, const char *name)
{
	return directive->body != APACHE_BODY_NONE && apache_directive_is(directive, name);
}
