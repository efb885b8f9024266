/*
 * Prints answers (see answer.h).
 */
#include "app/why/answer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"
#include "webserver/probe.h"

/* The width of a terminal that nobody has widened; longer lines are hard to read. */
#define COLUMNS 80
/* Narrower terminals break lines themselves: ours would be of two words. */
#define LEAST_COLUMNS 40

#define BOLD "1"
#define GREEN "32"
#define RED "31"

/* ---- What was seen ---- */

static const char *outcome_words(const struct fact_probe *probe)
{
	switch (probe->outcome) {
	case PROBE_NONE:
		return NULL;
	case PROBE_REFUSED:
		return "port 80 is closed";
	case PROBE_SILENT:
		return "no answer from port 80";
	case PROBE_UNREACHABLE:
		return "cannot be reached from here";
	case PROBE_BROKEN:
		return "no HTTP on port 80";
	case PROBE_ANSWERED:
		return "answers on port 80";
	}
	return NULL;
}

static void add_probe(const struct fact_name *name, const struct fact_probe *probe,
		      struct strvec *ret_lines)
{
	struct strbuf line = STRBUF_INIT;
	const char *words = outcome_words(probe);

	strbuf_addf(&line, "%s is at %s%s", name->name, probe->address,
		    probe->is_own ? ", this machine" : "");
	if (words)
		strbuf_addf(&line, ": %s", words);
	if (probe->outcome == PROBE_ANSWERED)
		strbuf_addf(&line, " with %d%s%s", probe->status, probe->server ? ", as " : "",
			    probe->server ? probe->server : "");
	if (probe->hops.count > 1)
		strbuf_addf(&line, " after %zu redirects, at %s", probe->hops.count - 1,
			    probe->hops.items[probe->hops.count - 1]);
	strvec_give(ret_lines, strbuf_detach(&line));
}

/* Appends a list as one line, cut after a few values. */
static void add_list(const char *before, const char *name, const struct strvec *values,
		     struct strvec *ret_lines)
{
	AUTO_FREE char *joined = strvec_join(values, ", ");

	if (values->count)
		strvec_pushf(ret_lines, "%s %s: %s", before, name, joined);
}

/* Shows only what was found: a line for each thing that is absent would hide what matters. */
static void add_name_lines(const struct fact_name *name, struct strvec *ret_lines)
{
	if (name->is_missing)
		strvec_pushf(ret_lines, "%s does not exist in DNS", name->name);
	if (name->resolver_error)
		strvec_pushf(ret_lines, "%s: %s", name->name, name->resolver_error);
	for (size_t i = 0; i < name->probe_count; i++)
		add_probe(name, &name->probes[i], ret_lines);
	add_list("aliases of", name->name, &name->aliases, ret_lines);
	if (name->zone)
		add_list("servers of", name->zone, &name->servers, ret_lines);
	if (name->zone)
		add_list("silent servers of", name->zone, &name->silent, ret_lines);
	if (name->disagreement)
		strvec_pushf(ret_lines, "they differ: %s", name->disagreement);
	if (name->cached)
		strvec_pushf(ret_lines, "resolvers have: %s", name->cached);
	if (name->caa.owner)
		add_list("CAA of", name->caa.owner, &name->caa.records, ret_lines);
	if (name->challenge_alias)
		strvec_pushf(ret_lines, "_acme-challenge.%s leads to %s", name->name,
			     name->challenge_alias);
}

/* Describes what a service shows in a few words, or returns NULL. */
static const char *service_words(const struct fact_service *service)
{
	switch (service->shows) {
	case SERVICE_SHOWS_NOTHING:
		return service->outcome == PROBE_SILENT ? "no answer in time" : service->error;
	case SERVICE_SHOWS_CURRENT:
		return "shows this certificate";
	case SERVICE_SHOWS_FORMER:
		return "shows an old certificate";
	case SERVICE_SHOWS_ANOTHER:
		return "shows another certificate";
	}
	return NULL;
}

static void add_services(const struct facts *facts, struct strvec *ret_lines)
{
	for (size_t i = 0; i < facts->service_count; i++) {
		const struct fact_service *service = &facts->services[i];
		AUTO_FREE char *socket = probe_socket(service->address, service->port);
		const char *words = service_words(service);

		if (words)
			strvec_pushf(ret_lines, "%s at %s/%s: %s", service->host, socket,
				     starttls_name(service->starttls), words);
	}
}

/* Lines about the name in the finding, or about all names. */
static void add_seen(const struct facts *facts, const struct finding *finding,
		     struct strvec *ret_lines)
{
	for (size_t i = 0; i < facts->name_count; i++)
		if (!finding->name || finding->name == &facts->names[i])
			add_name_lines(&facts->names[i], ret_lines);
	if (!finding->name)
		add_services(facts, ret_lines);
	add_list("this machine has", "addresses", &facts->machine->own, ret_lines);
	add_list("listening on", "port 80", &facts->machine->on_http, ret_lines);
	if (facts->machine->timers.ours)
		strvec_pushf(ret_lines, "renewals are started by %s", facts->machine->timers.ours);
	if (facts->machine->timers.other)
		strvec_pushf(ret_lines, "%s starts %s", facts->machine->timers.other,
			     facts->machine->timers.other_client);
}

/* ---- When ---- */

/* When the program will try again without being told, in words; heap, or NULL. */
static char *next_try(const struct facts *facts)
{
	const struct fact_timers *timers = &facts->machine->timers;

	if (!facts->lineage.name || facts->lineage.error)
		return NULL;
	if (facts->lineage.is_off)
		return xstrdup("not by itself");
	if (facts->failure.next_try > facts->machine->now) {
		AUTO_FREE char *time = datetime_rfc3339(facts->failure.next_try);

		return xasprintf("with the first certbot renew after %s", time);
	}
	if (!timers->ours && !timers->other && timers->is_known)
		return xstrdup("with the next certbot renew, which nothing was found to start");
	return facts_is_due(facts) || facts->failure.text ? xstrdup("with the next certbot renew")
							  : NULL;
}

/* The length of a word. A command with its options counts as one word, up to the punctuation that
 * ends it: people copy it, and a line break that we print, unlike one of the terminal, would be
 * copied too. */
static size_t word_length(const char *text)
{
	return strcspn(text, str_starts(text, "certbot ") ? ";," : " ");
}

/* Appends the text in that colour, where colours are understood and wanted. */
static void add_coloured(const struct terminal_screen *screen, const char *colour, const char *text,
			 struct strbuf *out)
{
	if (screen->has_colours)
		strbuf_addf(out, "\033[%sm%s\033[0m", colour, text);
	else
		strbuf_adds(out, text);
}

static size_t width_of(const struct terminal_screen *screen)
{
	if (!screen->columns || screen->columns > COLUMNS)
		return COLUMNS;
	return (size_t)(screen->columns > LEAST_COLUMNS ? screen->columns : LEAST_COLUMNS);
}

void answer_fold(const struct terminal_screen *screen, const char *label, const char *text,
		 struct strbuf *out)
{
	size_t indent = strlen(label) +
			4; /* two blanks before the label, a colon and a blank after it */
	size_t column = indent;
	bool is_after_blank = false;

	strbuf_adds(out, "  ");
	add_coloured(screen, BOLD, label, out);
	strbuf_adds(out, ": ");
	text += strspn(text, " ");
	for (size_t len, blanks; (len = word_length(text)) > 0; text += len + blanks) {
		if (is_after_blank && column + 1 + len > width_of(screen)) {
			strbuf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (is_after_blank) {
			strbuf_addc(out, ' ');
			column++;
		}
		strbuf_add(out, text, len);
		column += len;
		blanks = strspn(text + len, " ");
		is_after_blank = blanks > 0;
	}
}

static void say_folded(const struct ui *ui, const char *label, const char *text)
{
	const struct terminal_screen screen = terminal_screen_of(STDOUT_FILENO);
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;

	answer_fold(&screen, label, text, &lines);
	ui_say(ui, "%s", lines.text);
}

/* The text is that of the CA or program; it was made printable when it was recorded. */
static void say_failure(const struct ui *ui, const struct facts *facts)
{
	const struct fact_failure *failure = &facts->failure;
	AUTO_FREE char *since = failure->since ? datetime_rfc3339(failure->since) : NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!failure->text)
		return;
	if (failure->count > 1)
		strbuf_addf(&text, "%lld times%s%s; the last time: %s", (long long)failure->count,
			    since ? " since " : "", since ? since : "", failure->text);
	else
		strbuf_addf(&text, "%s%s%s", since ? since : "", since ? ": " : "", failure->text);
	say_folded(ui, "Failed", text.text);
}

/* Describes the state of the certificate in a few words; heap. */
static char *state_words(const struct facts *facts)
{
	const struct fact_second *second = &facts->lineage.second;
	AUTO_FREE char *date = facts->lineage.has_cert ? datetime_date(facts->lineage.not_after)
						       : NULL;

	if (!facts->lineage.name)
		return xstrdup("no certificate of this name is here");
	if (!facts->lineage.has_cert)
		return xstrdup("its certificate cannot be read");
	if (facts_is_second_expired(facts) && second->not_after < facts->lineage.not_after) {
		REPLACE(date, datetime_date(second->not_after));
		return xasprintf("the certificate for its %s key expired on %s", second->type,
				 date);
	}
	if (facts_is_expired(facts))
		return xasprintf("expired on %s", date);
	return xasprintf("valid until %s%s", date, facts_is_due(facts) ? ", due for renewal" : "");
}

void answer_say(const struct ui *ui, const struct facts *facts, const struct finding *finding)
{
	AUTO_FREE char *state = state_words(facts);
	AUTO_FREE char *remedy = diagnosis_remedy(facts, finding);
	AUTO_FREE char *next = next_try(facts);
	AUTO(strvec) struct strvec seen = STRVEC_INIT;
	const struct terminal_screen screen = terminal_screen_of(STDOUT_FILENO);
	AUTO(strbuf) struct strbuf title = STRBUF_INIT;

	add_coloured(&screen, finding->row ? RED : GREEN, facts->subject, &title);
	ui_say(ui, "%s: %s", title.text, state);
	if (!finding->row) {
		ui_say(ui, "  No problem was found.");
		return;
	}
	say_failure(ui, facts);
	say_folded(ui, "Why", finding->cause.text);
	add_seen(facts, finding, &seen);
	for (size_t i = 0; i < seen.count; i++)
		say_folded(ui, "Seen", seen.items[i]);
	if (remedy)
		say_folded(ui, "To do", remedy);
	if (next)
		say_folded(ui, "Next try", next);
}

/* ---- JSON ---- */

static struct json *json_of_failure(const struct fact_failure *failure)
{
	struct json *object = json_object_new();

	json_set_string(object, "text", failure->text);
	json_set_text(object, "class", failure->code);
	json_set_text(object, "problem", failure->problem);
	json_set_text(object, "name", failure->identifier);
	json_set_int(object, "count", failure->count ? failure->count : 1);
	json_set_time(object, "since", failure->since);
	json_set_time(object, "last", failure->at);
	json_set_time(object, "next_try", failure->next_try);
	return object;
}

struct json *answer_json(const struct facts *facts, const struct finding *finding)
{
	struct json *object = json_object_new();
	AUTO_FREE char *remedy = diagnosis_remedy(facts, finding);
	AUTO_FREE char *next = finding->row ? next_try(facts) : NULL;
	AUTO(strvec) struct strvec seen = STRVEC_INIT;

	add_seen(facts, finding, &seen);
	json_set_string(object, "subject", facts->subject);
	json_set_text(object, "lineage", facts->lineage.name);
	json_set_bool(object, "well", !finding->row);
	json_set_text(object, "id", finding->row ? finding->row->id : NULL);
	json_set_text(object, "cause", finding->row ? finding->cause.text : NULL);
	json_set_text(object, "name", finding->name ? finding->name->name : NULL);
	json_set_text(object, "remedy", remedy);
	json_set_text(object, "next_try", next);
	json_set_time(object, "not_after", facts->lineage.has_cert ? facts->lineage.not_after : 0);
	json_set_text(object, "failure", NULL);
	if (facts->failure.text)
		json_set(object, "failure", json_of_failure(&facts->failure));
	json_set(object, "seen", json_strings_new(&seen));
	return object;
}
