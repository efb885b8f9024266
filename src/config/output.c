/*
 * Reads the text of one output (see output.h): a form, a path, and settings by name, each read by
 * the function of its row.
 */
#include "config/output.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

/* Leaves room for what the name of a draft has in addition. */
#define MAX_NAME 200

/* So that one --output in a cli.ini serves all lineages. */
#define PLACEHOLDER "{name}"

static const struct {
	const char *name;
	mode_t mode; /* unless the text gives one */
	enum output_part parts[OUTPUT_PART__COUNT];
	size_t part_count; /* 0: not text */
} forms[] = {
	[OUTPUT_PEM] = {"pem", 0600, {OUTPUT_KEY_PART, OUTPUT_CERT_PART, OUTPUT_CHAIN_PART}, 3},
	[OUTPUT_CERT] = {"cert", 0644, {OUTPUT_CERT_PART}, 1},
	[OUTPUT_CHAIN] = {"chain", 0644, {OUTPUT_CHAIN_PART}, 1},
	[OUTPUT_FULLCHAIN] = {"fullchain", 0644, {OUTPUT_CERT_PART, OUTPUT_CHAIN_PART}, 2},
	[OUTPUT_PRIVKEY] = {"privkey", 0600, {OUTPUT_KEY_PART}, 1},
	[OUTPUT_DER] = {.name = "der", .mode = 0644},
	[OUTPUT_PFX] = {.name = "pfx", .mode = 0600},
};
STATIC_ASSERT(ARRAY_LEN(forms) == OUTPUT_FORM__COUNT, "every form has a row");

static const char *const part_names[] = {
	[OUTPUT_KEY_PART] = "key",
	[OUTPUT_CERT_PART] = "cert",
	[OUTPUT_CHAIN_PART] = "chain",
};
STATIC_ASSERT(ARRAY_LEN(part_names) == OUTPUT_PART__COUNT, "every part has a name");

void output_release(struct output *output)
{
	free(output->path);
	free(output->owner);
	free(output->group);
	free(output->password_file);
	*output = (struct output)OUTPUT_INIT;
}

/* A PKCS #12 file always holds the key. */
bool output_is_secret(const struct output *output)
{
	for (size_t i = 0; i < output->part_count; i++)
		if (output->parts[i] == OUTPUT_KEY_PART)
			return true;
	return output->form == OUTPUT_PFX;
}

/* All forms are named, for the page that lists them is far from a shell. */
static int find_form(struct span word, enum output_form *ret_form, struct error *err)
{
	AUTO(strbuf) struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (span_eq(word, forms[i].name)) {
			*ret_form = (enum output_form)i;
			return 0;
		}
		strbuf_addf(&known, "%s%s", i ? ", " : "", forms[i].name);
	}
	return error_set(err, ERR_CONFIG, "unknown form '%.*s' (known: %s)", (int)word.len,
			 word.ptr, known.text);
}

/* Replaces {name}. Other braces are refused rather than kept: they may mean something one day, and
 * a typo such as {nmae} would make a file of that name. */
static int fill_in(struct span text, const char *lineage_name, struct strbuf *out,
		   struct error *err)
{
	struct span rest = text;

	while (rest.len) {
		if (span_skip_prefix(&rest, PLACEHOLDER)) {
			strbuf_adds(out, lineage_name);
			continue;
		}
		if (rest.ptr[0] == '{' || rest.ptr[0] == '}')
			return error_set(err, ERR_CONFIG,
					 "the only placeholder in a path is " PLACEHOLDER);
		strbuf_addc(out, rest.ptr[0]);
		rest = span_drop(rest, 1);
	}
	return 0;
}

/* Each component is a name: what the path says is where the file goes. With ".." in it, {name}
 * could lead out of the directory that the user had in mind. */
static int check_path(const char *path, struct error *err)
{
	struct span rest, name = {.ptr = NULL};

	if (path[0] != '/')
		return error_set(err, ERR_CONFIG, "the path '%s' is not absolute", path);
	rest = span_of(path + 1);
	while (span_take_until(&rest, '/', &name))
		if (span_eq(name, ".") || span_eq(name, ".."))
			return error_set(err, ERR_CONFIG, "the path must not contain '%.*s'",
					 (int)name.len, name.ptr);
	if (!name.len || path[strlen(path) - 1] == '/')
		return error_set(err, ERR_CONFIG, "the path '%s' does not end with a file name",
				 path);
	if (name.len > MAX_NAME || strlen(path) >= PATH_MAX)
		return error_set(err, ERR_CONFIG, "the path is too long");
	return 0;
}

static int read_path(struct span text, const char *lineage_name, char **ret_path, struct error *err)
{
	AUTO(strbuf) struct strbuf path = STRBUF_INIT;

	if (fill_in(text, lineage_name, &path, err) < 0 || check_path(path.text, err) < 0)
		return err->code;
	REPLACE(*ret_path, strbuf_detach(&path));
	return 0;
}

/* Where a setting is stored. */
struct setting_target {
	struct output *output;
	const char *lineage_name;
	struct span value;
};

static int set_mode(struct setting_target *target, struct error *err)
{
	mode_t mode = 0;

	for (size_t i = 0; i < target->value.len; i++) {
		char c = target->value.ptr[i];

		if (c < '0' || c > '7' || i == 4)
			return error_set(err, ERR_CONFIG, "mode must be octal, such as 0640");
		mode = mode << 3 | (mode_t)(c - '0');
	}
	if (target->value.len < 3 || mode > 0777)
		return error_set(err, ERR_CONFIG, "mode must be octal, such as 0640");
	/* Root could read it all the same, but the service's own user is often the owner. */
	if (!(mode & 0400))
		return error_set(err, ERR_CONFIG, "mode must let the owner read the file");
	target->output->mode = mode;
	return 0;
}

/* Looked up where files are written (output_files.c): this folder only reads texts. */
static int set_owner(struct setting_target *target, struct error *err)
{
	REPLACE(target->output->owner, span_dup(target->value));
	return 0;
}

static int set_group(struct setting_target *target, struct error *err)
{
	REPLACE(target->output->group, span_dup(target->value));
	return 0;
}

static bool find_part(struct span word, enum output_part *ret_part)
{
	for (size_t i = 0; i < ARRAY_LEN(part_names); i++) {
		if (span_eq(word, part_names[i])) {
			*ret_part = (enum output_part)i;
			return true;
		}
	}
	return false;
}

/* "cert+chain+key"; services differ in what they want first. */
static int set_order(struct setting_target *target, struct error *err)
{
	struct output *output = target->output;
	struct span rest = target->value, word;
	unsigned seen = 0;

	output->part_count = 0;
	while (span_take_until(&rest, '+', &word)) {
		enum output_part part;

		if (!find_part(word, &part) || seen & 1u << part)
			return error_set(err, ERR_CONFIG,
					 "order must name key, cert and chain, each once, such as "
					 "cert+chain+key");
		seen |= 1u << part;
		output->parts[output->part_count++] = part;
	}
	if (!(seen & 1u << OUTPUT_KEY_PART) || !(seen & 1u << OUTPUT_CERT_PART))
		return error_set(err, ERR_CONFIG, "order must name at least key and cert");
	return 0;
}

static int set_password_file(struct setting_target *target, struct error *err)
{
	return read_path(target->value, target->lineage_name, &target->output->password_file, err);
}

/* Two words rather than names of ciphers, which would be out of date in some years. */
static int set_encryption(struct setting_target *target, struct error *err)
{
	target->output->is_legacy = span_eq(target->value, "legacy");
	if (!target->output->is_legacy && !span_eq(target->value, "modern"))
		return error_set(err, ERR_CONFIG, "encryption must be modern or legacy");
	return 0;
}

#define ANY_FORM OUTPUT_FORM__COUNT

static const struct {
	const char *name;
	int (*set)(struct setting_target *target, struct error *err);
	enum output_form form; /* that has this setting */
} rows[] = {
	{"mode", set_mode, ANY_FORM},
	{"owner", set_owner, ANY_FORM},
	{"group", set_group, ANY_FORM},
	{"order", set_order, OUTPUT_PEM},
	{"password-file", set_password_file, OUTPUT_PFX},
	{"encryption", set_encryption, OUTPUT_PFX},
};

/* Each once: of two values, one would silently win. */
static int read_setting(struct span text, struct setting_target *target, unsigned *seen,
			struct error *err)
{
	struct span name = span_make(text.ptr, 0);

	span_take_until(&text, '=', &name);
	target->value = text;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!span_eq(name, rows[i].name))
			continue;
		if (rows[i].form != ANY_FORM && rows[i].form != target->output->form)
			return error_set(err, ERR_CONFIG, "%s is for %s only", rows[i].name,
					 forms[rows[i].form].name);
		if (*seen & 1u << i || !target->value.len)
			return error_set(err, ERR_CONFIG, "%s must have one value", rows[i].name);
		*seen |= 1u << i;
		return rows[i].set(target, err);
	}
	/* It may be the rest of a path, which a server's configuration named. */
	return error_set(err, ERR_CONFIG,
			 "unknown setting '%.*s' (a path cannot have a comma: settings follow it)",
			 (int)name.len, name.ptr);
}

static int read_output(struct span text, const char *lineage_name, struct output *ret,
		       struct error *err)
{
	struct setting_target target = {.output = ret, .lineage_name = lineage_name};
	struct span rest = text, word = {.ptr = NULL};
	unsigned seen = 0;

	if (!memchr(text.ptr, ':', text.len))
		return error_set(err, ERR_CONFIG, "it is not of the form FORM:PATH");
	span_take_until(&rest, ':', &word);
	if (find_form(word, &ret->form, err) < 0)
		return err->code;
	ret->mode = forms[ret->form].mode;
	ret->part_count = forms[ret->form].part_count;
	memcpy(ret->parts, forms[ret->form].parts, sizeof(ret->parts));
	word.len = 0;
	span_take_until(&rest, ',', &word);
	if (read_path(word, lineage_name, &ret->path, err) < 0)
		return err->code;
	while (span_take_until(&rest, ',', &word))
		if (read_setting(word, &target, &seen, err) < 0)
			return err->code;
	if (ret->form == OUTPUT_PFX && !ret->password_file)
		return error_set(err, ERR_CONFIG,
				 "pfx needs password-file=PATH, a file with the password");
	return 0;
}

int output_parse(const char *text, const char *lineage_name, struct output *ret, struct error *err)
{
	if (!ascii_is_printable_text(text))
		return error_set(err, ERR_CONFIG,
				 "the output contains control characters or invalid UTF-8");
	if (read_output(span_of(text), lineage_name, ret, err) < 0)
		return error_wrap(err, "output '%s'", text);
	return 0;
}
