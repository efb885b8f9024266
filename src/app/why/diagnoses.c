/*
 * Goes through the rows in order (see diagnoses.h).
 */
#include "app/why/diagnoses.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "config/names.h"

static const struct diagnosis *const groups[] = {diagnoses_here, diagnoses_fleet, diagnoses_names,
						 diagnoses_after};

void finding_release(struct finding *finding)
{
	strbuf_release(&finding->cause);
	strbuf_release(&finding->object);
}

bool failure_says(const struct facts *facts, const char *words)
{
	return facts->failure.text && strcasestr(facts->failure.text, words);
}

bool failure_is(const struct facts *facts, const char *problem)
{
	return str_eq_or_null(facts->failure.problem, problem);
}

/* "192.0.2.1: Invalid response" (Let's Encrypt), "dial tcp [2001:db8::1]:80: connect" (Pebble). */
char *failure_address(const struct facts *facts)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	char *address = NULL;

	strvec_split(&words, facts->failure.text ? facts->failure.text : "", " ,;()[]\"'");
	for (size_t i = 0; i < words.count; i++) {
		char *word = words.items[i];
		size_t len = strlen(word);
		AUTO(error) struct error other = ERROR_INIT;

		/* A port or a colon may follow. IPv6 addresses contain colons themselves, and may
		 * end in dots and digits. */
		if (strchr(word, '.'))
			len = strcspn(word, ":");
		else if (len > 2 && word[len - 1] == ':' && word[len - 2] != ':')
			len--;
		word[len] = '\0';
		if (names_check_ip(word, &address, &other) == 0)
			return address;
	}
	return NULL;
}

/* True for what the CA said to the CSR, with all names validated (RFC 8555 section 7.4). */
static bool is_of_finalization(const struct facts *facts)
{
	return failure_says(facts, "cannot finalize the order") ||
	       failure_says(facts, "cannot get the certificate");
}

/* True for failures whose cause may lie on the way to the names. A limit on failed validations was
 * reached by such failures. CAs look for CAA records again before they issue, so "caa" and "dns" may
 * come late. */
static bool is_of_challenge(const struct facts *facts)
{
	static const struct {
		const char *type;
		bool is_late;
	} problems[] = {
		{"connection", false},        {"dns", true},  {"unauthorized", false},
		{"incorrectResponse", false}, {"tls", false}, {"caa", true},
	};
	bool is_late = is_of_finalization(facts);

	if (!facts_are_trouble(facts))
		return false;
	if (!facts->failure.text || str_eq_or_null(facts->failure.code, "challenge"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(problems); i++)
		if (failure_is(facts, problems[i].type))
			return problems[i].is_late || !is_late;
	return failure_is(facts, "rateLimited") && failure_says(facts, "failed");
}

static bool is_its_time(const struct diagnosis *row, const struct facts *facts)
{
	switch (row->when) {
	case DIAGNOSIS_ALWAYS:
		return true;
	case DIAGNOSIS_IN_TROUBLE:
		return facts_are_trouble(facts);
	case DIAGNOSIS_OF_CHALLENGE:
		return is_of_challenge(facts);
	}
	return false;
}

void diagnose(const struct facts *facts, struct finding *ret_finding)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (const struct diagnosis *row = groups[i]; row->id; row++)
			if (is_its_time(row, facts) && row->holds(facts, ret_finding)) {
				ret_finding->row = row;
				return;
			}
}

static const char *word_for(struct span key, const struct facts *facts,
			    const struct finding *finding, const char *test)
{
	const struct {
		const char *key, *word;
	} words[] = {
		{"lineage", facts->lineage.name ? facts->lineage.name : facts->subject},
		{"name", finding->name ? finding->name->name : facts->subject},
		{"object", finding->object.text},
		{"test", test},
		{"host", facts->ca.host ? facts->ca.host : "the CA"},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_eq(key, words[i].key))
			return words[i].word;
	return "";
}

/* A domain without a certificate has nothing to renew yet. */
static char *test_command(const struct facts *facts)
{
	return facts->lineage.name
		       ? xasprintf("certbot renew --cert-name %s --dry-run", facts->lineage.name)
		       : xasprintf("certbot certonly -d %s --dry-run", facts->subject);
}

char *diagnosis_remedy(const struct facts *facts, const struct finding *finding)
{
	AUTO_FREE char *test = test_command(facts);
	struct strbuf text = STRBUF_INIT;
	struct span rest = span_of(finding->row && finding->row->remedy ? finding->row->remedy
									: "");
	struct span part, key;

	while (span_take_until(&rest, '{', &part)) {
		strbuf_add(&text, part.ptr, part.len);
		if (span_take_until(&rest, '}', &key))
			strbuf_adds(&text, word_for(key, facts, finding, test));
	}
	return text.len ? strbuf_detach(&text) : NULL;
}
