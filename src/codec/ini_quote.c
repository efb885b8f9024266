/*
 * Spellings of texts in the ConfigObj dialect (see ini_parts.h). The first attempt is ConfigObj's
 * own choice; the others are for texts that would not read back from it, such as "a=b" as a key.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "codec/ini_parts.h"

enum form {
	FORM_PLAIN,
	FORM_DOUBLE,
	FORM_SINGLE,
	FORM_TRIPLE_SINGLE,
	FORM_TRIPLE_DOUBLE,
	FORM__COUNT,
};

static const char *const quotes[FORM__COUNT] = {
	[FORM_PLAIN] = "",
	[FORM_DOUBLE] = "\"",
	[FORM_SINGLE] = "'",
	[FORM_TRIPLE_SINGLE] = "'''",
	[FORM_TRIPLE_DOUBLE] = "\"\"\"",
};

/* strchr() also finds the NUL, which makes an empty text unsafe. */
static bool is_edge_unsafe(char c)
{
	return strchr(" \r\n\v\t'\"", c) != NULL;
}

/* ConfigObj's choice on one line. */
static enum form choose_short(const char *text)
{
	size_t len = strlen(text);
	bool plain = len && !is_edge_unsafe(text[0]) && !is_edge_unsafe(text[len - 1]) &&
		     !strpbrk(text, ",#");

	if (plain)
		return FORM_PLAIN;
	return strchr(text, '"') ? FORM_SINGLE : FORM_DOUBLE;
}

/* Triple quotes only where nothing else works, as in ConfigObj: they span lines. */
static enum form choose_long(const char *text)
{
	bool has_both = strchr(text, '\'') && strchr(text, '"');

	if (!has_both && !strchr(text, '\n'))
		return choose_short(text);
	return strstr(text, "'''") ? FORM_TRIPLE_DOUBLE : FORM_TRIPLE_SINGLE;
}

/* The attempt-th form when `first` comes first and the others follow in order. */
static enum form form_of_attempt(enum form first, size_t attempt)
{
	if (attempt == 0)
		return first;
	return attempt <= first ? (enum form)(attempt - 1) : (enum form)attempt;
}

static void add_quoted(struct strbuf *out, const char *text, enum form form)
{
	strbuf_adds(out, quotes[form]);
	strbuf_adds(out, text);
	strbuf_adds(out, quotes[form]);
}

char *ini_spell_text(const char *text, size_t attempt)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (attempt >= FORM__COUNT)
		return NULL;
	add_quoted(&out, text, form_of_attempt(choose_long(text), attempt));
	return strbuf_detach(&out);
}

char *ini_spell_name(const char *name, size_t attempt)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (attempt > FORM_SINGLE)
		return NULL;
	add_quoted(&out, name, form_of_attempt(choose_short(name), attempt));
	return strbuf_detach(&out);
}

/* Items are on one line, so triple quotes do not help here. */
char *ini_spell_list(const struct strvec *items, size_t attempt)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (attempt > FORM_SINGLE)
		return NULL;
	for (size_t i = 0; i < items->count; i++) {
		if (i)
			strbuf_adds(&out, ", ");
		add_quoted(&out, items->items[i],
			   form_of_attempt(choose_short(items->items[i]), attempt));
	}
	/* A comma at the end tells a list of one from a string, and the empty list from an empty
	 * string. */
	if (items->count < 2)
		strbuf_addc(&out, ',');
	return strbuf_detach(&out);
}
