/*
 * The recorded state of a lineage (see renewal_state.h). Anything unreadable counts as absent: a
 * hand-edited section must not stop a renewal.
 */
#include "store/renewal/renewal_state.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"
#include "store/ca_place.h"

#define SECTION "renewal_state"
/* Certbot's own (5.0 and later), so that both programs know when the CA may be asked again. */
#define ARI_SECTION "acme_renewal_info"
/* After the serial number of a certificate whose revocation was asked for. */
#define ASKED "asked"
/* Certificates whose revocation is on record: those shown now (two, with two keys), and the
 * latest of those before, to which `undo` may go back. */
#define MAX_REVOCATIONS 4

/* The number of those among the `failures` that came before the CA was asked. */
#define LOCAL_FAILURES "local_failures"
/* Bytes of a text that is kept; the log has all of it. */
#define MAX_TEXT 500

static const struct ini_section *find_section(const struct ini *conf)
{
	return ini_find_section(ini_root(conf), SECTION);
}

static struct ini_section *make_section(struct ini *conf)
{
	return ini_add_section(ini_root(conf), SECTION);
}

/* The section is missing in each conf that Certbot wrote. */
static const char *peek(const struct ini *conf, const char *key)
{
	const struct ini_section *section = find_section(conf);

	return section ? ini_peek(section, key) : NULL;
}

/* The section goes with its last key: ini_drop() sees to it. */
static void drop_key(struct ini *conf, const char *key)
{
	ini_drop(conf, SECTION, key);
}

static void get_list(const struct ini *conf, const char *key, struct strvec *ret_names)
{
	const struct ini_section *section = find_section(conf);
	AUTO(error) struct error err = ERROR_INIT;

	/* Half a list would be worse than none: names that are missing from it would not be asked
	 * for again. */
	if (section && ini_has(section, key) && ini_get_list(section, key, ret_names, &err) < 0)
		strvec_release(ret_names);
}

static void set_list(struct ini *conf, const char *key, const struct strvec *names)
{
	if (names->count)
		ini_set_list(make_section(conf), key, names);
	else
		drop_key(conf, key);
}

void renewal_state_wanted(const struct ini *conf, struct strvec *ret_names)
{
	get_list(conf, "wanted", ret_names);
}

void renewal_state_set_wanted(struct ini *conf, const struct strvec *names)
{
	set_list(conf, "wanted", names);
}

void renewal_state_unasked(const struct ini *conf, struct strvec *ret_names)
{
	get_list(conf, "unasked", ret_names);
}

void renewal_state_set_unasked(struct ini *conf, const struct strvec *names)
{
	set_list(conf, "unasked", names);
}

const char *renewal_state_issuer(const struct ini *conf)
{
	return peek(conf, "issuer");
}

bool renewal_state_issuer_is_of(const struct ini *conf, const struct cert *cert,
				const char **ret_account)
{
	if (!peek(conf, "issuer") ||
	    !str_eq_or_null(peek(conf, "issuer_of"), cert_serial_hex(cert)))
		return false;
	*ret_account = peek(conf, "issuer_account");
	return true;
}

/* A certificate lives for fewer renewals than these. */
#define MAX_PAST_ISSUERS 32
#define PAST_ISSUERS "past_issuers"

bool renewal_state_past_issuer(const struct ini *conf, const struct cert *cert, char **ret_url,
			       char **ret_account)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO_FREE char *start = xasprintf("%s ", cert_serial_hex(cert));
	struct ca_place place = CA_PLACE_INIT;

	get_list(conf, PAST_ISSUERS, &items);
	for (size_t i = 0; i < items.count && !place.url; i++)
		if (str_starts(items.items[i], start))
			place = ca_place_parse(items.items[i] + strlen(start));
	*ret_url = place.url;
	*ret_account = place.account;
	return place.url != NULL;
}

/* Once for each certificate: where one comes again, that is not another one's place. */
static void add_issuer(struct ini *conf, const char *serial, const char *place)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO_FREE char *item = xasprintf("%s %s", serial, place);

	get_list(conf, PAST_ISSUERS, &items);
	if (strvec_contains(&items, item))
		return;
	strvec_push(&items, item);
	if (items.count > MAX_PAST_ISSUERS)
		strvec_remove(&items, 0);
	set_list(conf, PAST_ISSUERS, &items);
}

static void keep_issuer(struct ini *conf)
{
	const char *url = peek(conf, "issuer"), *serial = peek(conf, "issuer_of");
	AUTO_FREE char *place = url ? ca_place_text(url, peek(conf, "issuer_account")) : NULL;

	if (url && serial)
		add_issuer(conf, serial, place);
}

void renewal_state_add_past_issuer(struct ini *conf, const struct cert *cert, const char *url,
				   const char *account)
{
	AUTO_FREE char *place = ca_place_text(url, account);

	add_issuer(conf, cert_serial_hex(cert), place);
}

void renewal_state_set_issuer(struct ini *conf, const struct cert *cert, const char *url,
			      const char *account)
{
	static const char *const keys[] = {"issuer", "issuer_account", "issuer_of"};
	const char *const values[] = {url, account, cert ? cert_serial_hex(cert) : NULL};

	keep_issuer(conf);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (cert)
			ini_set(make_section(conf), keys[i], values[i]);
		else
			drop_key(conf, keys[i]);
}

static bool peek_flag(const struct ini *conf, const char *key)
{
	const char *text = peek(conf, key);

	return text && str_eq_nocase(text, "true");
}

/* A flag that is off has no key, so that the conf of a lineage with nothing to do is as Certbot
 * left it. True is spelled as Certbot spells it. */
static void set_flag(struct ini *conf, const char *key, bool value)
{
	if (value)
		ini_set(make_section(conf), key, "True");
	else
		drop_key(conf, key);
}

bool renewal_state_deploy_pending(const struct ini *conf)
{
	return peek_flag(conf, "deploy_hook_pending");
}

void renewal_state_set_deploy_pending(struct ini *conf, bool pending)
{
	set_flag(conf, "deploy_hook_pending", pending);
}

bool renewal_state_reload_pending(const struct ini *conf)
{
	return peek_flag(conf, "reload_pending");
}

void renewal_state_set_reload_pending(struct ini *conf, bool pending)
{
	set_flag(conf, "reload_pending", pending);
	if (pending)
		return;
	drop_key(conf, "installation_pending");
	drop_key(conf, "installation_port");
}

bool renewal_state_installation_pending(const struct ini *conf)
{
	return renewal_state_reload_pending(conf) && peek_flag(conf, "installation_pending");
}

/* Both, so that a release that does not know the second one still owes something. */
void renewal_state_set_installation_pending(struct ini *conf, int64_t https_port)
{
	AUTO_FREE char *port = xasprintf("%lld", (long long)https_port);

	renewal_state_set_reload_pending(conf, true);
	set_flag(conf, "installation_pending", true);
	if (https_port)
		ini_set(make_section(conf), "installation_port", port);
	else
		drop_key(conf, "installation_port");
}

int64_t renewal_state_installation_port(const struct ini *conf)
{
	const char *text = peek(conf, "installation_port");
	int64_t port = 0;

	return text && str_to_int64(text, 1, UINT16_MAX, &port) ? port : 0;
}

bool renewal_state_outputs_pending(const struct ini *conf)
{
	return peek_flag(conf, "outputs_pending");
}

void renewal_state_set_outputs_pending(struct ini *conf, bool pending)
{
	set_flag(conf, "outputs_pending", pending);
}

bool renewal_state_proof_pending(const struct ini *conf)
{
	return peek_flag(conf, "proof_pending");
}

void renewal_state_set_proof_pending(struct ini *conf, bool pending)
{
	set_flag(conf, "proof_pending", pending);
}

/* Compares serial numbers, because Certbot may have renewed without writing the files. */
bool renewal_state_outputs_are_of(const struct ini *conf, const struct cert *cert)
{
	return str_eq_or_null(peek(conf, "outputs_of"), cert_serial_hex(cert));
}

void renewal_state_set_outputs_of(struct ini *conf, const struct cert *cert)
{
	if (cert)
		ini_set(make_section(conf), "outputs_of", cert_serial_hex(cert));
	else
		drop_key(conf, "outputs_of");
}

void renewal_state_outputs(const struct ini *conf, struct strvec *ret_records)
{
	get_list(conf, "outputs_written", ret_records);
}

void renewal_state_set_outputs(struct ini *conf, const struct strvec *records)
{
	set_list(conf, "outputs_written", records);
}

void renewal_state_former_outputs(const struct ini *conf, struct strvec *ret_records)
{
	get_list(conf, "outputs_former", ret_records);
}

void renewal_state_set_former_outputs(struct ini *conf, const struct strvec *records)
{
	set_list(conf, "outputs_former", records);
}

/* A time of the section; 0 when absent or unreadable. */
static int64_t peek_time(const struct ini *conf, const char *key)
{
	const char *text = peek(conf, key);
	int64_t seconds = 0;

	return text && datetime_parse_rfc3339(text, &seconds) ? seconds : 0;
}

static void set_time(struct ini *conf, const char *key, int64_t seconds)
{
	AUTO_FREE char *text = datetime_rfc3339(seconds);

	ini_set(make_section(conf), key, text);
}

int64_t renewal_state_next_try(const struct ini *conf)
{
	return peek_time(conf, "next_try");
}

static int peek_count(const struct ini *conf, const char *key)
{
	const char *text = peek(conf, key);
	int64_t count = 0;

	return text && str_to_int64(text, 0, INT32_MAX, &count) ? (int)count : 0;
}

static void set_count(struct ini *conf, const char *key, int count)
{
	AUTO_FREE char *text = xasprintf("%d", count);

	ini_set(make_section(conf), key, text);
}

int renewal_state_failures(const struct ini *conf)
{
	return peek_count(conf, "failures");
}

uint64_t renewal_state_generation(const struct ini *conf)
{
	const char *text = peek(conf, "generation");
	int64_t generation = 0;

	return text && str_to_int64(text, 0, INT64_MAX, &generation) ? (uint64_t)generation : 0;
}

void renewal_state_set_generation(struct ini *conf, uint64_t generation)
{
	AUTO_FREE char *text = xasprintf("%llu", (unsigned long long)generation);

	if (generation)
		ini_set(make_section(conf), "generation", text);
	else
		drop_key(conf, "generation");
}

/* One line of limited length. Certbot's reader takes "%(" for a reference. */
static void set_text(struct ini *conf, const char *key, const char *text)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	size_t len = text ? strlen(text) : 0;

	strbuf_add_printable(&line, text ? text : "", len < MAX_TEXT ? len : MAX_TEXT);
	strbuf_trim(&line);
	for (char *at = line.text; (at = strstr(at, "%("));)
		*at = '?';
	if (!line.len || !ini_set(make_section(conf), key, line.text))
		drop_key(conf, key);
}

static void count_failure(struct ini *conf, const struct error *failure, int64_t now_seconds)
{
	int failures = renewal_state_failures(conf);

	/* The first failure of a series: `renew` and monitors say since when it has been
	 * failing. */
	if (!failures || !peek_time(conf, "failing_since"))
		set_time(conf, "failing_since", now_seconds);
	set_time(conf, "failed_at", now_seconds);
	set_text(conf, "failure", failure->text);
	set_text(conf, "failure_problem", failure->problem_type);
	drop_key(conf, "failure_name");
	set_count(conf, "failures", failures + 1);
	ini_set(make_section(conf), "failure_class", error_code_name(failure->code));
}

void renewal_state_note_failure(struct ini *conf, const struct error *failure, int64_t now_seconds)
{
	/* A CA counts failed validations per hour (Let's Encrypt: 5), so that a timer that fires
	 * every few minutes must not try each time. It has seen nothing of the local failures. */
	static const int pauses[] = {60, 600, 6000, 86400};
	int failures = renewal_state_failures(conf), local = peek_count(conf, LOCAL_FAILURES);
	size_t seen = failures > local ? (size_t)(failures - local) : 0;
	int64_t next = now_seconds +
		       pauses[seen < ARRAY_LEN(pauses) ? seen : ARRAY_LEN(pauses) - 1];

	count_failure(conf, failure, now_seconds);
	set_time(conf, "next_try", failure->retry_at > next ? failure->retry_at : next);
}

void renewal_state_note_local_failure(struct ini *conf, const struct error *failure, int64_t now)
{
	count_failure(conf, failure, now);
	set_count(conf, LOCAL_FAILURES, peek_count(conf, LOCAL_FAILURES) + 1);
}

/* The CA's words about one name tell more than the error of the whole order, which only counts the
 * failures. */
void renewal_state_note_problem(struct ini *conf, const char *name, const char *type,
				const char *detail)
{
	set_text(conf, "failure", detail);
	set_text(conf, "failure_problem", type);
	set_text(conf, "failure_name", name);
}

struct renewal_failure renewal_state_failure(const struct ini *conf)
{
	return (struct renewal_failure){
		.text = peek(conf, "failure"),
		.code = peek(conf, "failure_class"),
		.problem = peek(conf, "failure_problem"),
		.name = peek(conf, "failure_name"),
		.at = peek_time(conf, "failed_at"),
		.since = peek_time(conf, "failing_since"),
	};
}

/* Drops the keys of renewal_state_note_failure(). A revocation stays on record: it is of a
 * certificate by its serial number, and a second key's may not have been replaced. */
void renewal_state_note_success(struct ini *conf)
{
	static const char *const keys[] = {"failures",        "failure_class", "failure",
					   "failure_problem", "failure_name",  "failed_at",
					   "failing_since",   "next_try",      LOCAL_FAILURES};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		drop_key(conf, keys[i]);
}

int64_t renewal_state_ari_retry_after(const struct ini *conf)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), ARI_SECTION);
	const char *text = section ? ini_peek(section, "ari_retry_after") : NULL;
	int64_t seconds = 0;

	/* Certbot writes this one without an offset, in the zone of the machine. */
	return text && datetime_parse_local(text, &seconds) ? seconds : 0;
}

void renewal_state_set_ari_retry_after(struct ini *conf, int64_t seconds)
{
	AUTO_FREE char *text = datetime_local(seconds);

	ini_set(ini_add_section(ini_root(conf), ARI_SECTION), "ari_retry_after", text);
}

/* Both keys of a lineage share its conf. The caller frees it. */
static char *ari_key(const char *name, const char *suffix)
{
	return xasprintf("%s%s", name, suffix ? suffix : "");
}

int64_t renewal_state_ari_time(const struct ini *conf, const char *suffix)
{
	AUTO_FREE char *key = ari_key("ari_time", suffix);

	return peek_time(conf, key);
}

void renewal_state_set_ari_window(struct ini *conf, const char *suffix,
				  const struct renewal_window *window)
{
	AUTO_FREE char *text = xasprintf("%lld-%lld", (long long)window->start,
					 (long long)window->end);
	AUTO_FREE char *window_key = ari_key("ari_window", suffix);
	AUTO_FREE char *time_key = ari_key("ari_time", suffix);

	/* The time within a window is drawn once (RFC 9773 4.2): drawing again at each check would
	 * favour its beginning. */
	if (str_eq_or_null(peek(conf, window_key), text) && renewal_state_ari_time(conf, suffix))
		return;
	ini_set(make_section(conf), window_key, text);
	set_time(conf, time_key, window->draw);
}

/* The second key may have had another type until now. */
void renewal_state_clear_ari(struct ini *conf)
{
	static const char *const keys[] = {"ari_window", "ari_window-rsa", "ari_window-ecdsa",
					   "ari_time",   "ari_time-rsa",   "ari_time-ecdsa"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		drop_key(conf, keys[i]);
	ini_remove_section(ini_root(conf), ARI_SECTION);
}

enum revocation {
	REVOCATION_NONE,
	REVOCATION_ASKED,
	REVOCATION_DONE,
};

/* Appends what is on record of each certificate: "SERIAL" or "SERIAL asked". In the file these are
 * the words of one list; earlier versions wrote "SERIAL, asked" as one text. */
static void get_revocations(const struct ini *conf, struct strvec *ret)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT, words = STRVEC_INIT;

	get_list(conf, "revoked", &items);
	for (size_t i = 0; i < items.count; i++)
		strvec_split(&words, items.items[i], ", ");
	for (size_t i = 0; i < words.count; i++) {
		bool is_asked = i + 1 < words.count && strcmp(words.items[i + 1], ASKED) == 0;

		strvec_pushf(ret, "%s%s", words.items[i], is_asked ? " " ASKED : "");
		i += is_asked;
	}
}

/* Returns what is on record of the certificate with that serial number, and where in the list; at
 * its end if it is not there. */
static enum revocation find_revocation(const struct strvec *records, const char *serial,
				       size_t *ret_index)
{
	size_t len = strlen(serial);

	for (*ret_index = 0; *ret_index < records->count; ++*ret_index) {
		const char *record = records->items[*ret_index];

		if (strcmp(record, serial) == 0)
			return REVOCATION_DONE;
		if (str_starts(record, serial) && record[len] == ' ')
			return REVOCATION_ASKED;
	}
	return REVOCATION_NONE;
}

static enum revocation revocation_of(const struct ini *conf, const struct cert *cert)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT;
	size_t index;

	get_revocations(conf, &records);
	return find_revocation(&records, cert_serial_hex(cert), &index);
}

static void set_revocation(struct ini *conf, const struct cert *cert, enum revocation revocation)
{
	const char *serial = cert_serial_hex(cert);
	AUTO(strvec) struct strvec records = STRVEC_INIT;
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	size_t index;

	get_revocations(conf, &records);
	if (find_revocation(&records, serial, &index) != REVOCATION_NONE)
		strvec_remove(&records, index);
	if (revocation != REVOCATION_NONE)
		strvec_pushf(&records, "%s%s", serial,
			     revocation == REVOCATION_ASKED ? " " ASKED : "");
	while (records.count > MAX_REVOCATIONS)
		strvec_remove(&records, 0);
	for (size_t i = 0; i < records.count; i++)
		strvec_split(&words, records.items[i], " ");
	set_list(conf, "revoked", &words);
}

void renewal_state_note_revocation(struct ini *conf, const struct cert *cert)
{
	set_revocation(conf, cert, REVOCATION_DONE);
}

bool renewal_state_is_revoked(const struct ini *conf, const struct cert *cert)
{
	return revocation_of(conf, cert) == REVOCATION_DONE;
}

/* A certificate known to be revoked must not become a question again. */
void renewal_state_note_revocation_asked(struct ini *conf, const struct cert *cert)
{
	if (!renewal_state_is_revoked(conf, cert))
		set_revocation(conf, cert, REVOCATION_ASKED);
}

/* The CA refused: the certificate remains in use. */
void renewal_state_drop_revocation_asked(struct ini *conf, const struct cert *cert)
{
	if (revocation_of(conf, cert) == REVOCATION_ASKED)
		set_revocation(conf, cert, REVOCATION_NONE);
}

/* True also if the CA's answer was lost: the certificate is then replaced, which is safe in both
 * cases. */
bool renewal_state_may_be_revoked(const struct ini *conf, const struct cert *cert)
{
	return revocation_of(conf, cert) != REVOCATION_NONE;
}

int64_t renewal_state_ocsp_next_check(const struct ini *conf)
{
	return peek_time(conf, "ocsp_next_check");
}

void renewal_state_set_ocsp_next_check(struct ini *conf, int64_t seconds)
{
	set_time(conf, "ocsp_next_check", seconds);
}
