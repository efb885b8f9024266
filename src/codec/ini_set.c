/*
 * Adds and changes sections and values in a document of the ConfigObj dialect (see ini.h).
 *
 * A changed value replaces only its own spelling in the line. A spelling is used only after the
 * parser has read it back as the same value, so this file needs no quoting rules.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "codec/ini_parts.h"

/* The document's own step, so that additions look like their neighbours. */
static void add_indent(const struct ini_section *section, struct strbuf *line)
{
	for (size_t i = 0; i < section->depth; i++)
		strbuf_add(line, section->ini->indent.ptr, section->ini->indent.len);
}

/* A document of one section header reads back as a section of that name. */
static bool is_header_of(const char *spelling, const char *name)
{
	AUTO_FREE char *text = xasprintf("[%s]", spelling);
	AUTO(ini) struct ini *ini = NULL;
	AUTO(error) struct error ignored = ERROR_INIT;

	return ini_parse(text, strlen(text), "", &ini, &ignored) == 0 &&
	       ini_find_section(ini->root, name);
}

static char *spell_header(const struct ini_section *parent, const char *name)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO_FREE char *spelling = ini_spell_name(name, 0);

	for (size_t attempt = 1; spelling && !is_header_of(spelling, name); attempt++)
		REPLACE(spelling, ini_spell_name(name, attempt));
	if (!spelling)
		BUG("'%s' cannot be the name of a section", name);
	add_indent(parent, &line);
	for (size_t i = 0; i <= parent->depth; i++)
		strbuf_addc(&line, '[');
	strbuf_adds(&line, spelling);
	for (size_t i = 0; i <= parent->depth; i++)
		strbuf_addc(&line, ']');
	strbuf_adds(&line, parent->ini->newline);
	return strbuf_detach(&line);
}

/* ConfigObj has keys and sections in one dictionary, so a key of that name goes. */
struct ini_section *ini_add_section(struct ini_section *parent, const char *name)
{
	struct ini_section *section = ini_find_section(parent, name);

	if (section)
		return section;
	ini_remove(parent, name);
	section = ini_append_section(parent);
	section->own_name = xstrdup(name);
	section->name = section->own_name;
	section->name_hash = ini_name_of(name).hash;
	section->own_line = spell_header(parent, name);
	section->line = span_of(section->own_line);
	section->ini->changed = true;
	return section;
}

/* The value as it must read back: a string, or a list when text is NULL. */
struct wanted {
	const char *key;
	const char *text;
	const struct strvec *items;
};

static bool same_items(const struct strvec *a, const struct strvec *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool has_value(const struct ini_entry *entry, const struct wanted *wanted)
{
	if (entry->is_list || !wanted->text)
		return entry->is_list && !wanted->text && same_items(&entry->items, wanted->items);
	return strcmp(entry->text, wanted->text) == 0;
}

static char *spell_value(const struct wanted *wanted, size_t attempt)
{
	return wanted->text ? ini_spell_text(wanted->text, attempt)
			    : ini_spell_list(wanted->items, attempt);
}

/* A document of this line alone reads back as what is wanted; fills place and length of the value's
 * spelling. A value with a line break could end the line and begin another setting. */
static bool reads_back(const char *line, const struct wanted *wanted, struct ini_entry *ret_place)
{
	AUTO(ini) struct ini *ini = NULL;
	AUTO(error) struct error ignored = ERROR_INIT;
	const struct ini_entry *entry;

	if (ini_parse(line, strlen(line), "", &ini, &ignored) < 0 || ini->tail.len ||
	    ini->head.len || ini->root->entry_count != 1 || ini->root->section_count)
		return false;
	entry = &ini->root->entries[0];
	ret_place->value_at = entry->value_at;
	ret_place->value_len = entry->value_len;
	return strcmp(entry->key, wanted->key) == 0 && has_value(entry, wanted);
}

/* Finds a spelling of the value that reads back between the two texts, and gives the line to the
 * entry. */
static bool spell_between(struct ini_entry *entry, struct span before, struct span after,
			  const struct wanted *wanted)
{
	for (size_t attempt = 0;; attempt++) {
		AUTO_FREE char *spelling = spell_value(wanted, attempt);
		AUTO(strbuf) struct strbuf line = STRBUF_INIT;

		if (!spelling)
			return false;
		strbuf_add(&line, before.ptr, before.len);
		strbuf_adds(&line, spelling);
		strbuf_add(&line, after.ptr, after.len);
		if (reads_back(line.text, wanted, entry)) {
			REPLACE(entry->own_line, strbuf_detach(&line));
			entry->line = span_of(entry->own_line);
			return true;
		}
	}
}

/* The entry's line with another value. The rest of the line stays, including a comment. */
static bool respell(struct ini_entry *entry, const struct wanted *wanted)
{
	AUTO_FREE char *line = span_dup(entry->line);
	size_t value_end = entry->value_at + entry->value_len;
	AUTO(strbuf) struct strbuf before = STRBUF_INIT;

	strbuf_add(&before, line, entry->value_at);
	/* An empty value may have no blank after its "=". */
	if (!entry->value_len && str_ends(before.text, " ="))
		strbuf_addc(&before, ' ');
	return spell_between(entry, span_make(before.text, before.len), span_of(line + value_end),
			     wanted);
}

/* A line of its own for a new entry. */
static bool spell_new(const struct ini_section *section, struct ini_entry *entry,
		      const struct wanted *wanted)
{
	for (size_t attempt = 0;; attempt++) {
		AUTO_FREE char *spelling = ini_spell_name(wanted->key, attempt);
		AUTO(strbuf) struct strbuf before = STRBUF_INIT;

		if (!spelling)
			return false;
		add_indent(section, &before);
		strbuf_addf(&before, "%s = ", spelling);
		if (spell_between(entry, span_make(before.text, before.len),
				  span_of(section->ini->newline), wanted))
			return true;
	}
}

/* A file with other bytes could not be read back at all. */
static bool is_text_valid(const struct wanted *wanted)
{
	if (!utf8_is_valid(wanted->key, strlen(wanted->key)))
		return false;
	if (wanted->text)
		return utf8_is_valid(wanted->text, strlen(wanted->text));
	for (size_t i = 0; i < wanted->items->count; i++)
		if (!utf8_is_valid(wanted->items->items[i], strlen(wanted->items->items[i])))
			return false;
	return true;
}

/* Keeps the value together with the line that spells it. */
static void store_value(struct ini_entry *entry, const struct wanted *wanted)
{
	AUTO(strvec) struct strvec old_items = entry->items;

	strvec_init(&entry->items);
	entry->is_list = !wanted->text;
	if (entry->is_list)
		strvec_extend(&entry->items, wanted->items);
	REPLACE(entry->own_text, xstrdup_or_null(wanted->text));
	entry->text = entry->own_text;
}

/* Unchanged values keep their line to the byte. */
static bool set_value(struct ini_section *section, const struct wanted *wanted)
{
	struct ini_entry *entry = ini_find_entry(section, wanted->key);
	struct ini_entry made = {.items = STRVEC_INIT};

	if (entry && has_value(entry, wanted))
		return true;
	if (!is_text_valid(wanted))
		return false;
	if (entry) {
		if (!respell(entry, wanted) && !spell_new(section, entry, wanted))
			return false;
	} else {
		if (!spell_new(section, &made, wanted))
			return false;
		/* The reverse of ini_add_section(): the key takes the name from a sub-section. */
		ini_remove_section(section, wanted->key);
		made.own_key = xstrdup(wanted->key);
		made.key = made.own_key;
		made.key_hash = ini_name_of(made.key).hash;
		entry = ini_append_entry(section);
		*entry = made;
	}
	store_value(entry, wanted);
	section->ini->changed = true;
	return true;
}

bool ini_set(struct ini_section *section, const char *key, const char *text)
{
	return set_value(section, &(struct wanted){.key = key, .text = text});
}

bool ini_set_list(struct ini_section *section, const char *key, const struct strvec *items)
{
	return set_value(section, &(struct wanted){.key = key, .items = items});
}
