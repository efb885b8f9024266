/*
 * Reads values from the tree (see ini.h), with ConfigObj's interpolation: "%(name)s" is replaced by
 * the value of `name` in the same section, else in its sub-section DEFAULT, else in the same two
 * places one section up. Any other "%" is literal.
 *
 * References inside a replacement are looked up from the section where reading began, and the
 * result is not expanded a second time.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/ini_parts.h"

enum {
	MAX_VALUE_LEN = 1 << 20, /* of an expanded value */
	MAX_STEPS = 10000,       /* references followed for one value */
};

/* The chain of values that are being expanded, innermost first. */
struct step {
	const char *key;
	const char *section_name;
	const struct step *outer;
};

struct expansion {
	const struct ini_section *section; /* where reading began */
	struct strbuf out;
	int steps;
};

static void expansion_release(struct expansion *expansion)
{
	strbuf_release(&expansion->out);
}
DEFINE_AUTO(expansion, expansion_release);

/* ConfigObj's rule: a section's own sub-section DEFAULT has values for its references. */
static const struct ini_entry *find_in_section(const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find_entry(section, key);
	const struct ini_section *fallback = ini_find_section(section, "DEFAULT");

	return entry || !fallback ? entry : ini_find_entry(fallback, key);
}

/* The entry that a reference means, and the section at whose level it was found. */
static const struct ini_entry *find_reference(const struct ini_section *section, const char *key,
					      const struct ini_section **ret_found_in)
{
	for (; section; section = section->parent) {
		const struct ini_entry *entry = find_in_section(section, key);

		if (entry) {
			*ret_found_in = section;
			return entry;
		}
	}
	return NULL;
}

/* By section, too: a key may well refer to one of the same name further up. */
static bool is_in_chain(const struct step *chain, const char *key, const char *section_name)
{
	for (; chain; chain = chain->outer)
		if (strcmp(chain->key, key) == 0 && strcmp(chain->section_name, section_name) == 0)
			return true;
	return false;
}

/* The next "%(name)s" in the text; one without its end is plain text. */
static const char *find_pattern(const char *text, struct span *ret_name)
{
	while ((text = strstr(text, "%("))) {
		size_t len = strcspn(text + 2, ")");

		if (text[2 + len] == ')' && text[2 + len + 1] == 's') {
			*ret_name = span_make(text + 2, len);
			return text;
		}
		text++;
	}
	return NULL;
}

static int expand_value(struct expansion *expansion, const char *text, const struct step *chain,
			struct error *err);

static int expand_reference(struct expansion *expansion, const char *key, const struct step *chain,
			    struct error *err)
{
	const struct ini_section *found_in = NULL;
	const struct ini_entry *entry = find_reference(expansion->section, key, &found_in);
	struct step step = {.key = key, .outer = chain};

	if (!entry)
		return error_set(err, ERR_PARSE, "'%%(%s)s' is not defined", key);
	if (entry->is_list)
		return error_set(err, ERR_PARSE, "'%%(%s)s' is a list", key);
	step.section_name = found_in->name;
	if (is_in_chain(chain, key, found_in->name) || ++expansion->steps > MAX_STEPS)
		return error_set(err, ERR_PARSE, "'%%(%s)s' refers to itself", key);
	return expand_value(expansion, entry->text, &step, err);
}

static int expand_value(struct expansion *expansion, const char *text, const struct step *chain,
			struct error *err)
{
	struct span name;
	const char *pattern;

	while ((pattern = find_pattern(text, &name))) {
		AUTO_FREE char *key = span_dup(name);
		int rc;

		strbuf_add(&expansion->out, text, (size_t)(pattern - text));
		rc = expand_reference(expansion, key, chain, err);
		if (rc < 0)
			return rc;
		text = name.ptr + name.len + 2;
	}
	strbuf_adds(&expansion->out, text);
	if (strbuf_overflowed(&expansion->out))
		return error_set(err, ERR_PARSE,
				 "the value expands to more than %d "
				 "bytes",
				 MAX_VALUE_LEN);
	return 0;
}

/* The text with its references replaced; heap. */
static int interpolate(const struct ini_section *section, const char *key, const char *text,
		       char **ret_text, struct error *err)
{
	AUTO(expansion) struct expansion expansion = {
		.section = section,
		.out = STRBUF_INIT_CAPPED(MAX_VALUE_LEN),
	};
	struct step step = {.key = key, .section_name = section->name};
	int rc = expand_value(&expansion, text, &step, err);

	if (rc < 0)
		return error_wrap(err, "cannot read value of '%s'", key);
	*ret_text = strbuf_detach(&expansion.out);
	return 0;
}

bool ini_is_cut(const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find_entry(section, key);
	size_t end = entry ? entry->value_at + entry->value_len : 0;

	/* A value in quotes was meant to end there. */
	return entry && entry->value_len && end < entry->line.len && entry->line.ptr[end] == '#' &&
	       !ini_is_quote(entry->line.ptr[end - 1]);
}

/* Without a wrapping text: the caller knows which file it is. */
static int find_or_fail(const struct ini_section *section, const char *key,
			const struct ini_entry **ret_entry, struct error *err)
{
	*ret_entry = ini_find_entry(section, key);
	return *ret_entry ? 0 : error_set(err, ERR_NOT_FOUND, "no key '%s'", key);
}

int ini_get(const struct ini_section *section, const char *key, char **ret_text, struct error *err)
{
	const struct ini_entry *entry;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	int rc = find_or_fail(section, key, &entry, err);

	if (rc < 0)
		return rc;
	if (!entry->is_list)
		return interpolate(section, key, entry->text, ret_text, err);
	rc = ini_get_list(section, key, &items, err);
	if (rc == 0)
		*ret_text = strvec_join(&items, ", ");
	return rc;
}

/* Most values have no reference, and a conf is searched for every option: no copy is made of
 * them. */
const char *ini_peek(const struct ini_section *section, const char *key)
{
	const struct ini_entry *entry = ini_find_entry(section, key);
	struct span name;

	return entry && !entry->is_list && !find_pattern(entry->text, &name) ? entry->text : NULL;
}

int ini_get_list(const struct ini_section *section, const char *key, struct strvec *ret_items,
		 struct error *err)
{
	const struct ini_entry *entry;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	int rc = find_or_fail(section, key, &entry, err);
	size_t count;

	if (rc < 0)
		return rc;
	count = entry->is_list ? entry->items.count : 1;
	for (size_t i = 0; i < count; i++) {
		const char *raw = entry->is_list ? entry->items.items[i] : entry->text;
		char *text = NULL;

		rc = interpolate(section, key, raw, &text, err);
		if (rc < 0)
			return rc;
		strvec_give(&items, text);
	}
	/* Only after all were read: on error the caller's list is as it was. */
	strvec_extend(ret_items, &items);
	return 0;
}
