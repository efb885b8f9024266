/*
 * The lossless tree of a file (see nginx_conf.h), built from the tokens in one pass. Directives,
 * words and decoded text lie in three arrays in the order of the file; while these grow, nodes
 * refer to each other by index, and the pointers are set at the end.
 */
#include "confedit/nginx/nginx_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/layout.h"
#include "confedit/nginx/nginx_lex.h"

/* No real configuration is nested deeper, and walkers of the tree may recurse. */
enum { MAX_DEPTH = 100 };

struct nginx_conf {
	struct span bytes;
	char *own_bytes;
	struct nginx_directive *directives;
	size_t directive_count, directive_capacity;
	struct nginx_word *words;
	size_t word_count, word_capacity;
	struct strbuf decoded; /* texts of all words, each with its NUL */
	const struct nginx_directive *first, *last;
};

struct parser {
	struct nginx_conf *conf;
	struct nginx_lexer lexer;
	size_t *parents; /* of each directive: number, or NO_PARENT */
	size_t parent_capacity;
	size_t open[MAX_DEPTH]; /* blocks around the place being read */
	size_t depth;
	size_t words_done; /* words of finished directives */
};

#define NO_PARENT SIZE_MAX

void nginx_conf_free(struct nginx_conf *conf)
{
	if (!conf)
		return;
	free(conf->own_bytes);
	free(conf->directives);
	free(conf->words);
	strbuf_release(&conf->decoded);
	free(conf);
}

/* While parsing, word->text is not set: the texts follow each other in `decoded`. `decoded` may
 * move while it grows. */
static void add_word(struct parser *p, const struct nginx_token *token)
{
	struct nginx_conf *conf = p->conf;

	ARRAY_GROW(conf->words, conf->word_count, conf->word_capacity);
	conf->words[conf->word_count++] = (struct nginx_word){
		.start = token->start, .end = token->end, .quote = token->quote};
	nginx_lex_decode(conf->bytes, token, &conf->decoded);
	strbuf_addc(&conf->decoded, '\0');
}

/* Makes a directive of the words read since the last one. For a block the end is set when it
 * closes. */
static struct nginx_directive *add_directive(struct parser *p)
{
	struct nginx_conf *conf = p->conf;
	struct nginx_directive *directive;
	size_t count = conf->directive_count;

	if (count == conf->directive_capacity)
		p->parents = xreallocarray(p->parents, count ? count * 2 : 8, sizeof(*p->parents));
	ARRAY_GROW(conf->directives, conf->directive_count, conf->directive_capacity);
	p->parents[count] = p->depth ? p->open[p->depth - 1] : NO_PARENT;
	directive = &conf->directives[conf->directive_count++];
	*directive = (struct nginx_directive){
		.word_count = conf->word_count - p->words_done,
		.start = conf->words[p->words_done].start,
		.end = p->lexer.at,
	};
	return directive;
}

/* Their bodies are another language, with other quotes and comments. They are known by the name
 * alone because a parser does not see modules. */
static bool is_lua_block(const struct parser *p)
{
	const struct nginx_word *name = &p->conf->words[p->words_done];
	static const char suffix[] = "_by_lua_block";
	size_t len = strlen(suffix);

	return name->end - name->start > len &&
	       memcmp(p->conf->bytes.ptr + name->end - len, suffix, len) == 0;
}

/* The lexer has already refused a block without a name. */
static int open_block(struct parser *p, const struct nginx_token *token, struct error *err)
{
	bool lua = is_lua_block(p);
	struct nginx_directive *directive = add_directive(p);

	directive->body = lua ? NGINX_BODY_LUA : NGINX_BODY_DIRECTIVES;
	directive->body_start = token->end;
	if (p->depth == MAX_DEPTH)
		return nginx_lex_error(&p->lexer, token->start, err, "blocks nested too deeply");
	p->open[p->depth++] = p->conf->directive_count - 1;
	return lua ? nginx_lex_skip_lua(&p->lexer, err) : 0;
}

static int close_block(struct parser *p, const struct nginx_token *token, struct error *err)
{
	struct nginx_directive *directive;

	if (!p->depth)
		return nginx_lex_error(&p->lexer, token->start, err, "unexpected \"}\"");
	directive = &p->conf->directives[p->open[--p->depth]];
	directive->body_end = token->start;
	directive->end = token->end;
	return 0;
}

/* Handles one token; 1 at the end of the file. */
static int parse_token(struct parser *p, struct error *err)
{
	struct nginx_token token;
	int rc = nginx_lex_next(&p->lexer, &token, err);

	if (rc < 0)
		return rc;
	switch (token.kind) {
	case NGINX_TOKEN_WORD:
		add_word(p, &token);
		return 0;
	case NGINX_TOKEN_SEMICOLON:
		add_directive(p);
		break;
	case NGINX_TOKEN_OPEN:
		rc = open_block(p, &token, err);
		break;
	case NGINX_TOKEN_CLOSE:
		return close_block(p, &token, err);
	case NGINX_TOKEN_END:
		if (p->depth)
			return nginx_lex_error(&p->lexer, token.start, err,
					       "unexpected end of file, expecting \"}\"");
		return 1;
	}
	p->words_done = p->conf->word_count;
	return rc;
}

static void link_words(struct nginx_conf *conf)
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

static void link_directives(struct nginx_conf *conf, const size_t *parents)
{
	for (size_t i = 0; i < conf->directive_count; i++) {
		struct nginx_directive *directive = &conf->directives[i];
		struct nginx_directive *parent = parents[i] == NO_PARENT
							 ? NULL
							 : &conf->directives[parents[i]];
		const struct nginx_directive **first = parent ? &parent->first_child : &conf->first;
		const struct nginx_directive **last = parent ? &parent->last_child : &conf->last;

		directive->parent = parent;
		directive->previous = *last;
		if (*last)
			conf->directives[*last - conf->directives].next = directive;
		else
			*first = directive;
		*last = directive;
	}
}

/* Line and column of every directive, in one walk over the bytes. Counting from the start for each
 * one would take quadratic time, and a list of redirects may have 100,000 lines. */
static void number_lines(struct nginx_conf *conf)
{
	size_t line = 1, line_start = 0, at = 0;

	for (size_t i = 0; i < conf->directive_count; i++) {
		for (; at < conf->directives[i].start; at++) {
			if (conf->bytes.ptr[at] == '\n') {
				line++;
				line_start = at + 1;
			}
		}
		conf->directives[i].line = line;
		conf->directives[i].column = at - line_start + 1;
	}
}

int nginx_conf_parse(struct span bytes, struct nginx_conf **ret_conf, struct error *err)
{
	AUTO(nginx_conf) struct nginx_conf *conf = XNEW(struct nginx_conf);
	struct parser parser = {.conf = conf};
	int rc;

	strbuf_init(&conf->decoded);
	conf->own_bytes = span_dup(bytes);
	conf->bytes = span_make(conf->own_bytes, bytes.len);
	parser.lexer.text = conf->bytes;
	do
		rc = parse_token(&parser, err);
	while (rc == 0);
	if (rc > 0) {
		link_words(conf);
		link_directives(conf, parser.parents);
		number_lines(conf);
		*ret_conf = STEAL(conf);
		rc = 0;
	}
	free(parser.parents);
	return rc;
}

struct span nginx_conf_bytes(const struct nginx_conf *conf)
{
	return conf->bytes;
}

const struct nginx_directive *nginx_conf_first(const struct nginx_conf *conf)
{
	return conf->first;
}

const struct nginx_directive *nginx_conf_last(const struct nginx_conf *conf)
{
	return conf->last;
}

bool nginx_directive_is(const struct nginx_directive *directive, const char *name)
{
	return strcmp(directive->words[0].text, name) == 0;
}

const char *nginx_directive_argument(const struct nginx_directive *directive, size_t index)
{
	return index + 1 < directive->word_count ? directive->words[index + 1].text : NULL;
}

bool nginx_directive_same_words(const struct nginx_directive *a, const struct nginx_directive *b)
{
	if (a->word_count != b->word_count)
		return false;
	for (size_t i = 0; i < a->word_count; i++)
		if (strcmp(a->words[i].text, b->words[i].text) != 0)
			return false;
	return true;
}
