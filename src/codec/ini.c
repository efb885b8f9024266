/*
 * The document tree of the ConfigObj dialect (see ini.h): look-up, removal, printing.
 *
 * Printing concatenates: each section header and each setting keeps its own line and the comments
 * above it, so unchanged parts come out exactly as they were read.
 */
#include "codec/ini.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "codec/ini_parts.h"

/* FNV-1a: a conf is searched for each of a hundred options, and `renew` reads thousands of
 * confs. */
struct ini_name ini_name_of(const char *text)
{
	struct ini_name name = {.text = text, .hash = 2166136261u};

	for (; *text; text++)
		name.hash = (name.hash ^ (unsigned char)*text) * 16777619u;
	return name;
}

struct ini *ini_new(void)
{
	struct ini *ini = XNEW(struct ini);

	ini->newline = "\n";
	ini->root = XNEW(struct ini_section);
	ini->root->ini = ini;
	ini->root->name = "";
	return ini;
}

static void entry_release(struct ini_entry *entry)
{
	free(entry->own_key);
	free(entry->own_text);
	free(entry->own_line);
	strvec_release(&entry->items);
}

/* Recursion is bounded: the parser refuses sections that are nested too deeply. */
static void section_free(struct ini_section *section)
{
	for (size_t i = 0; i < section->entry_count; i++)
		entry_release(&section->entries[i]);
	for (size_t i = 0; i < section->section_count; i++)
		section_free(section->sections[i]);
	free(section->entries);
	free(section->sections);
	free(section->own_name);
	free(section->own_line);
	free(section);
}

void ini_free(struct ini *ini)
{
	if (!ini)
		return;
	section_free(ini->root);
	free(ini->text);
	free(ini->cells);
	free(ini);
}

/* Appends a line; the one before it gets a line end if it was the last of its document. */
static void print_part(const struct ini *ini, struct span part, struct strbuf *out, size_t start)
{
	if (!part.len)
		return;
	if (out->len > start && out->text[out->len - 1] != '\n')
		strbuf_adds(out, ini->newline);
	strbuf_add(out, part.ptr, part.len);
}

static void print_section(const struct ini_section *section, struct strbuf *out, size_t start)
{
	print_part(section->ini, section->lead, out, start);
	print_part(section->ini, section->line, out, start);
	for (size_t i = 0; i < section->entry_count; i++) {
		print_part(section->ini, section->entries[i].lead, out, start);
		print_part(section->ini, section->entries[i].line, out, start);
	}
	for (size_t i = 0; i < section->section_count; i++)
		print_section(section->sections[i], out, start);
}

void ini_print(const struct ini *ini, struct strbuf *out)
{
	size_t start;

	if (ini->has_mark)
		strbuf_adds(out, INI_BYTE_ORDER_MARK);
	start = out->len;
	print_part(ini, ini->head, out, start);
	print_section(ini->root, out, start);
	print_part(ini, ini->tail, out, start);
	/* Only after a change: an unchanged document prints back to the byte, even without a final
	 * newline. */
	if (ini->changed && out->len > start && out->text[out->len - 1] != '\n')
		strbuf_adds(out, ini->newline);
}

void ini_mark_secret(struct ini_section *section)
{
	section->ini->has_secret = true;
}

bool ini_has_secret(const struct ini *ini)
{
	return ini->has_secret;
}

struct ini_section *ini_root(const struct ini *ini)
{
	return ini->root;
}

struct ini_section *ini_find_section_named(const struct ini_section *parent,
					   const struct ini_name *name)
{
	for (size_t i = 0; i < parent->section_count; i++)
		if (parent->sections[i]->name_hash == name->hash &&
		    strcmp(parent->sections[i]->name, name->text) == 0)
			return parent->sections[i];
	return NULL;
}

struct ini_section *ini_find_section(const struct ini_section *parent, const char *name)
{
	const struct ini_name hashed = ini_name_of(name);

	return ini_find_section_named(parent, &hashed);
}

const char *ini_section_name(const struct ini_section *section)
{
	return section->name;
}

size_t ini_section_count(const struct ini_section *parent)
{
	return parent->section_count;
}

struct ini_section *ini_section_at(const struct ini_section *parent, size_t index)
{
	return index < parent->section_count ? parent->sections[index] : NULL;
}

struct ini_entry *ini_find_entry_named(const struct ini_section *section,
				       const struct ini_name *key)
{
	for (size_t i = 0; i < section->entry_count; i++)
		if (section->entries[i].key_hash == key->hash &&
		    strcmp(section->entries[i].key, key->text) == 0)
			return &section->entries[i];
	return NULL;
}

struct ini_entry *ini_find_entry(const struct ini_section *section, const char *key)
{
	const struct ini_name hashed = ini_name_of(key);

	return ini_find_entry_named(section, &hashed);
}

size_t ini_key_count(const struct ini_section *section)
{
	return section->entry_count;
}

const char *ini_key_at(const struct ini_section *section, size_t index)
{
	return index < section->entry_count ? section->entries[index].key : NULL;
}

bool ini_has(const struct ini_section *section, const char *key)
{
	return ini_find_entry(section, key) != NULL;
}

bool ini_is_list(const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find_entry(section, key);

	return entry && entry->is_list;
}

/* An array of pointers, unlike the entries: callers keep pointers to sections while they add
 * others. */
struct ini_section *ini_append_section(struct ini_section *parent)
{
	struct ini_section *section = XNEW(struct ini_section);

	section->ini = parent->ini;
	section->parent = parent;
	section->depth = parent->depth + 1;
	ARRAY_GROW(parent->sections, parent->section_count, parent->section_capacity);
	parent->sections[parent->section_count++] = section;
	return section;
}

/* Pointers to entries are invalid after it. */
struct ini_entry *ini_append_entry(struct ini_section *section)
{
	struct ini_entry *entry;

	ARRAY_GROW(section->entries, section->entry_count, section->entry_capacity);
	entry = &section->entries[section->entry_count++];
	*entry = (struct ini_entry){.items = STRVEC_INIT};
	return entry;
}

void ini_remove_section(struct ini_section *parent, const char *name)
{
	struct ini_section *section = ini_find_section(parent, name);
	size_t index = 0;

	if (!section)
		return;
	while (parent->sections[index] != section)
		index++;
	memmove(&parent->sections[index], &parent->sections[index + 1],
		(parent->section_count - index - 1) * sizeof(struct ini_section *));
	parent->section_count--;
	parent->ini->changed = true;
	section_free(section);
}

void ini_remove(struct ini_section *section, const char *key)
{
	struct ini_entry *entry = ini_find_entry(section, key);
	size_t index;

	if (!entry)
		return;
	index = (size_t)(entry - section->entries);
	entry_release(entry);
	memmove(entry, entry + 1, (section->entry_count - index - 1) * sizeof(*entry));
	section->entry_count--;
	section->ini->changed = true;
}

/* A section that this program made goes with its last key. */
void ini_drop(struct ini *ini, const char *section_name, const char *key)
{
	struct ini_section *section = ini_find_section(ini_root(ini), section_name);

	if (!section)
		return;
	ini_remove(section, key);
	if (!ini_key_count(section) && !ini_section_count(section))
		ini_remove_section(ini_root(ini), section_name);
}
