/*
 * Reads what Certbot prints (see certbot_output.h). Unknown lines are skipped, since each version
 * has some of its own.
 */
#include "foreign/certbot_output.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

static bool span_starts(struct span text, const char *prefix)
{
	return span_skip_prefix(&text, prefix);
}

/* The text after the first occurrence of the words; false if they do not occur. */
static bool skip_past(struct span *text, const char *words)
{
	const char *found = text->len ? memmem(text->ptr, text->len, words, strlen(words)) : NULL;

	if (!found)
		return false;
	*text = span_drop(*text, (size_t)(found - text->ptr) + strlen(words));
	return true;
}

/* Takes ownership of own_value. */
static void set_value(struct map *values, struct span key, char *own_value)
{
	AUTO_FREE char *name = span_dup(key);

	map_set(values, name, own_value);
}

/* ---- The log ---- */

/* A log entry begins with the time, "2026-11-30 09:51:14,347:DEBUG:". */
static bool begins_entry(struct span line)
{
	static const char form[] = "0000-00-00 00:00:00,000:";

	if (line.len < strlen(form))
		return false;
	for (size_t i = 0; i < strlen(form); i++)
		if (form[i] == '0' ? !ascii_is_digit(line.ptr[i]) : line.ptr[i] != form[i])
			return false;
	return true;
}

/* Both programs log what they print there; an entry spans several lines if they were printed
 * together. */
void certbot_output_from_log(struct span log, struct strbuf *out)
{
	bool was_said = false;
	struct span line;

	while (span_take_line(&log, &line)) {
		if (begins_entry(line))
			was_said = skip_past(&line, ":Notifying user: ");
		if (!was_said)
			continue;
		strbuf_add(out, line.ptr, line.len);
		strbuf_addc(out, '\n');
	}
}

/* ---- renew ---- */

/* "  /etc/letsencrypt/live/a.example/fullchain.pem expires on 2027-02-27 (skipped)" */
void certbot_output_plan(struct span text, struct map *ret_words)
{
	struct span line;

	while (span_take_line(&text, &line)) {
		struct span rest = span_trim(line), path;
		size_t open = rest.len;

		if (!span_starts(line, "  /") || rest.ptr[rest.len - 1] != ')' ||
		    span_has_nul(line))
			continue;
		while (open > 0 && rest.ptr[open - 1] != '(')
			open--;
		if (open == 0)
			continue;
		line = span_make(rest.ptr + open, rest.len - open - 1);
		span_take_until(&rest, ' ', &path);
		set_value(ret_words, path, span_dup(line));
	}
}

/* Joins the lines from the first that names the conf to the one that ends with "Skipping." into
 * one. They have the form "Renewal configuration file PATH ...". */
char *certbot_output_fault(struct span text, const char *conf_path)
{
	static const char end[] = "Skipping.";
	AUTO_FREE char *begin = xasprintf("Renewal configuration file %s", conf_path);
	AUTO(strbuf) struct strbuf fault = STRBUF_INIT;
	struct span line;

	if (!skip_past(&text, begin))
		return NULL;
	for (int lines = 0; lines < 4 && span_take_line(&text, &line); lines++) {
		line = span_trim(line);
		if (fault.len && line.len)
			strbuf_addc(&fault, ' ');
		strbuf_add_printable(&fault, line.ptr, line.len);
		if (!str_ends(fault.text, end))
			continue;
		strbuf_truncate(&fault, fault.len - strlen(end));
		break;
	}
	strbuf_trim(&fault);
	return strbuf_detach(&fault);
}

/* Certbot's log says "Processing PATH" and later "Should renew, REASON"; ours says "NAME is due for
 * renewal: REASON", in the order in which lineages become ready. */
char *certbot_output_reason(struct span log, const char *name, const char *conf_path)
{
	AUTO_FREE char *ours = xasprintf("%s is due for renewal: ", name);
	AUTO_FREE char *begin = xasprintf("Processing %s\n", conf_path);
	AUTO(strbuf) struct strbuf reason = STRBUF_INIT;
	struct span rest = log, line = span_of(""), part;

	if (skip_past(&rest, ours)) {
		span_take_line(&rest, &line);
	} else {
		rest = log;
		if (!skip_past(&rest, begin))
			return NULL;
		part = rest;
		if (skip_past(&part, "Processing "))
			rest.len -= part.len;
		if (!skip_past(&rest, "Should renew, "))
			return NULL;
		span_take_line(&rest, &line);
	}
	line = span_trim(line);
	strbuf_add_printable(&reason, line.ptr, line.len);
	if (str_ends(reason.text, "."))
		strbuf_truncate(&reason, reason.len - 1);
	return strbuf_detach(&reason);
}

/* ---- certificates ---- */

/* Certbot 5.2 renamed "Domains", and lists addresses there as well. */
static const char *label_of(struct span label)
{
	static const char *const labels[][2] = {
		{"Serial Number", "serial number"},
		{"Key Type", "key type"},
		{"Domains", "names"},
		{"Identifiers", "names"},
		{"Certificate Path", "certificate path"},
		{"Private Key Path", "private key path"},
	};

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (span_eq(label, labels[i][0]))
			return labels[i][1];
	return NULL;
}

static void set_labelled(struct map *values, const char *name, const char *label, struct span value)
{
	AUTO_FREE char *key = xasprintf("%s, %s", name, label);

	map_set(values, key, span_dup(value));
}

/* Some versions list names in the certificate's order, others alphabetically. */
static void set_names(struct map *values, const char *name, struct span value)
{
	AUTO_FREE char *text = span_dup(value);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	strvec_split(&names, text, " ,");
	strvec_sort(&names);
	joined = strvec_join(&names, " ");
	set_labelled(values, name, "names", span_of(joined));
}

/* "2027-02-27 08:19:10+00:00 (VALID: 89 days)": the number of days may change between the two
 * runs. */
static void set_expiry(struct map *values, const char *name, struct span value)
{
	/* After a line that was cut short, nothing follows to be read. */
	struct span rest = value, date = span_of(""), status = span_of("");

	span_take_until(&rest, '(', &date);
	set_labelled(values, name, "expiry date", span_trim(date));
	span_take_until(&rest, ')', &status);
	if (span_starts(status, "VALID"))
		status.len = strlen("VALID");
	set_labelled(values, name, "status", status);
}

static void take_labelled(struct map *values, char **name, struct span line)
{
	struct span value = line, label;
	const char *known;

	if (!span_take_until(&value, ':', &label) || label.len == line.len)
		return;
	value = span_trim(value);
	if (span_eq(label, "Certificate Name"))
		REPLACE(*name, span_dup(value));
	if (!*name)
		return;
	known = label_of(label);
	if (span_eq(label, "Expiry Date"))
		set_expiry(values, *name, value);
	else if (known && strcmp(known, "names") == 0)
		set_names(values, *name, value);
	else if (known)
		set_labelled(values, *name, known, value);
}

void certbot_output_certificates(struct span text, struct map *ret_values)
{
	AUTO_FREE char *name = NULL;
	bool are_invalid = false;
	struct span line;

	while (span_take_line(&text, &line)) {
		if (span_has_nul(line))
			continue;
		if (span_starts(line, "The following renewal configurations were invalid"))
			are_invalid = true;
		else if (are_invalid && span_starts(line, "  /"))
			set_value(ret_values, span_trim(line), xstrdup("invalid"));
		else
			take_labelled(ret_values, &name, span_trim(line));
	}
}

/* ---- plugins and options ---- */

void certbot_output_plugins(struct span text, struct strvec *ret_names)
{
	struct span line;

	while (span_take_line(&text, &line))
		if (span_skip_prefix(&line, "* "))
			strvec_give(ret_names, span_dup(span_trim(line)));
}

/* If only the beginning of a name matches, it is another option. */
bool certbot_output_has_option(struct span help, const char *name)
{
	while (skip_past(&help, name))
		if (!help.len || (!ascii_is_alnum(help.ptr[0]) && help.ptr[0] != '-'))
			return true;
	return false;
}

/* argparse names an option by all its spellings: "argument -t/--text: ..." */
static bool objects_to(struct span text, const char *option)
{
	struct span spellings, one;

	if (!skip_past(&text, "error: argument ") || !span_take_until(&text, ':', &spellings))
		return false;
	while (span_take_until(&spellings, '/', &one))
		if (span_eq(one, option))
			return true;
	return false;
}

bool certbot_output_usage(struct span text, const struct strvec *options,
			  struct strvec *ret_unknown, size_t *ret_known)
{
	struct span unknown = text;

	for (size_t i = 0; i < options->count; i++)
		if (objects_to(text, options->items[i])) {
			*ret_known = i;
			return true;
		}
	if (!skip_past(&unknown, "error: unrecognized arguments:"))
		return false;
	for (size_t i = 0; i < options->count; i++) {
		AUTO_FREE char *given = xasprintf(" %s=", options->items[i]);
		struct span rest = unknown;

		if (skip_past(&rest, given))
			strvec_push(ret_unknown, options->items[i]);
	}
	return true;
}
