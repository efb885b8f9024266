/*
 * Waiting for records (see propagation.h): every name server of the zone is asked, all at the same
 * time, until each shows the value. Servers that cannot be reached are left out when others of the
 * zone can; where none can (port 53 may be blocked on the way out), the resolvers are asked
 * instead, and if these do not answer either, it just sleeps, as Certbot does.
 *
 * A resolver that is asked too early remembers that there is no such record, and shows it no sooner
 * than the zone's negative TTL has passed; so resolvers are given a moment first.
 */
#include "dns/challenge/propagation.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "dns/query/authoritative.h"
#include "dns/query/authority.h"
#include "dns/query/lookup.h"
#include "net/dns/dns_client.h"
#include "os/clock.h"
#include "plugin/plugin.h"

enum {
	FIRST_PAUSE_MS = 100,
	LONGEST_PAUSE_MS = 3000,
	ROUND_TIMEOUT_MS = 4000,
	RESOLVER_PAUSE_MS = 2000, /* at most a third of the time */
	/* Rounds without an answer until a server counts as out of reach: one where no server has
	 * ever answered, as a round is several attempts already. */
	MAX_FAILURES = 2,
};

/* A value that one server is to show. */
struct check {
	const struct dns_expectation *expected;
	const struct name_server *server;
	int failures;
	bool seen;
};

struct wait {
	const struct plugin_host *host;
	const struct settings *settings;
	const struct dns_expectation *expected;
	size_t count;
	int64_t seconds, deadline_ms, pause_ms;
	char **zones; /* of each of them; NULL: not known */
	struct dns_authority *authorities;
	size_t authority_count;
	struct check *checks;
	size_t check_count, check_capacity;
	bool has_answer; /* some server has answered */
	bool has_said;
};

static void wait_release(struct wait *wait)
{
	for (size_t i = 0; i < wait->authority_count; i++)
		dns_authority_release(&wait->authorities[i]);
	free(wait->authorities);
	for (size_t i = 0; wait->zones && i < wait->count; i++)
		free(wait->zones[i]);
	free(wait->zones);
	free(wait->checks);
	if (wait->has_said)
		ui_progress(wait->host->ui, "%s", "");
}
DEFINE_AUTO(wait, wait_release);

static int sleep_ms(const struct wait *wait, int64_t ms, struct error *err)
{
	const struct clock *clock = wait->host->clock;

	if (clock->sleep_until(clock->context, clock_mono_ms(wait->host->clock) + ms) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}

/* Sleeps that long, but not beyond the end of the time. */
static int pause_for(const struct wait *wait, int64_t ms, struct error *err)
{
	int64_t left_ms = wait->deadline_ms - clock_mono_ms(wait->host->clock);

	return left_ms <= 0 ? 0 : sleep_ms(wait, ms < left_ms ? ms : left_ms, err);
}

/* Pauses before the next round, longer each time. Returns 1 to go on, 0 when the time is up. */
static int pause_between(struct wait *wait, struct error *err)
{
	if (wait->deadline_ms <= clock_mono_ms(wait->host->clock))
		return 0;
	if (pause_for(wait, wait->pause_ms, err) < 0)
		return err->code;
	wait->pause_ms = wait->pause_ms * 3 / 2;
	if (wait->pause_ms > LONGEST_PAUSE_MS)
		wait->pause_ms = LONGEST_PAUSE_MS;
	return 1;
}

/* Reports once that it takes longer, and which records are missing. */
static void tell_progress(struct wait *wait, const char *what)
{
	if (!wait->has_said)
		ui_say(wait->host->ui,
		       "Waiting until the name servers show the DNS records, at most %lld seconds",
		       (long long)wait->seconds);
	wait->has_said = true;
	ui_progress(wait->host->ui, "waiting for %s", what);
}

static bool shows_expected(const struct dns_answer *answer, const struct dns_expectation *expected)
{
	for (size_t i = 0; i < answer->count; i++)
		if (answer->records[i].in_answer && answer->records[i].type == DNS_TYPE_TXT &&
		    strcmp(answer->records[i].value, expected->value) == 0)
			return true;
	return false;
}

/* --- the zone's own servers --- */

static struct dns_authority *find_authority(const struct wait *wait, const char *zone)
{
	for (size_t i = 0; i < wait->authority_count; i++)
		if (strcmp(wait->authorities[i].zone, zone) == 0)
			return &wait->authorities[i];
	return NULL;
}

/* Finds the zones of records whose provider does not name one. */
static int find_zones(struct wait *wait, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(wait->count, sizeof(*lookups));
	AUTO_FREE char **zones = xcalloc(wait->count, sizeof(*zones));
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < wait->count; i++)
		if (!wait->expected[i].zone[0])
			lookups[count++] = (struct dns_lookup){.name = wait->expected[i].name,
							       .type = DNS_TYPE_TXT};
	if (count)
		rc = dns_lookup_authoritative(wait->host, wait->settings, lookups, count, zones,
					      err);
	dns_lookups_release(lookups, count);
	count = 0;
	wait->zones = xcalloc(wait->count, sizeof(*wait->zones));
	for (size_t i = 0; i < wait->count; i++)
		wait->zones[i] = wait->expected[i].zone[0] ? xstrdup(wait->expected[i].zone)
							   : zones[count++];
	return rc;
}

/* Adds the servers of each zone once. */
static int load_authorities(struct wait *wait, struct error *err)
{
	if (find_zones(wait, err) < 0)
		return err->code;
	wait->authorities = xcalloc(wait->count, sizeof(struct dns_authority));
	for (size_t i = 0; i < wait->count; i++)
		if (wait->zones[i] && !find_authority(wait, wait->zones[i]))
			wait->authorities[wait->authority_count++].zone = xstrdup(wait->zones[i]);
	return dns_find_authorities(wait->host, wait->settings, wait->authorities,
				    wait->authority_count, err);
}

static void make_checks(struct wait *wait)
{
	for (size_t i = 0; i < wait->count; i++) {
		const struct dns_expectation *expected = &wait->expected[i];
		const struct dns_authority *authority =
			wait->zones[i] ? find_authority(wait, wait->zones[i]) : NULL;

		for (size_t j = 0; authority && j < authority->count; j++) {
			ARRAY_GROW(wait->checks, wait->check_count, wait->check_capacity);
			wait->checks[wait->check_count++] = (struct check){
				.expected = expected, .server = &authority->servers[j]};
		}
	}
}

static bool is_out_of_reach(const struct wait *wait, const struct check *check)
{
	return check->failures >= (wait->has_answer ? MAX_FAILURES : 1);
}

static bool is_open(const struct wait *wait, const struct check *check)
{
	return !check->seen && !is_out_of_reach(wait, check);
}

static void take_answer(struct wait *wait, struct check *check, const struct dns_question *question)
{
	if (error_is_set(&question->error)) {
		log_debug("%s", question->error.text);
		check->failures++;
		return;
	}
	wait->has_answer = true;
	check->failures = 0;
	check->seen = shows_expected(&question->answer, check->expected);
}

/* Asks the servers of all open checks once. */
static int ask_servers(struct wait *wait, struct error *err)
{
	struct dns_question *questions = dns_questions_new(wait->check_count);
	AUTO_FREE struct check **asked = xcalloc(wait->check_count + 1, sizeof(*asked));
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < wait->check_count; i++) {
		struct check *check = &wait->checks[i];

		if (!is_open(wait, check))
			continue;
		questions[count].server = *check->server;
		questions[count].name = xstrdup(check->expected->name);
		questions[count].type = DNS_TYPE_TXT;
		asked[count++] = check;
	}
	rc = dns_client_ask(wait->host->dns, questions, count, ROUND_TIMEOUT_MS, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		take_answer(wait, asked[i], &questions[i]);
	dns_questions_free(questions, wait->check_count);
	return rc;
}

/* Heap: "192.0.2.1 to show _acme-challenge.a.example" for the first check that is open, or NULL. */
static char *missing(const struct wait *wait)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < wait->check_count; i++) {
		if (!is_open(wait, &wait->checks[i]))
			continue;
		strbuf_adds(&text, "name server ");
		name_server_print(wait->checks[i].server, &text);
		strbuf_addf(&text, " to show '%s'", wait->checks[i].expected->name);
		return strbuf_detach(&text);
	}
	return NULL;
}

/* Returns when all checks are closed, or the time is up. */
static int await_servers(struct wait *wait, struct error *err)
{
	for (;;) {
		AUTO_FREE char *what = NULL;
		int rc = ask_servers(wait, err);

		if (rc < 0)
			return rc;
		what = missing(wait);
		if (!what)
			return 0;
		tell_progress(wait, what);
		rc = pause_between(wait, err);
		if (rc < 0)
			return rc;
		if (!rc)
			log_warning("Continuing after %lld seconds without %s",
				    (long long)wait->seconds, what);
		if (!rc)
			return 0;
	}
}

/* True when no server could be asked about it. */
static bool is_unknown(const struct wait *wait, const struct dns_expectation *expected)
{
	for (size_t i = 0; i < wait->check_count; i++)
		if (wait->checks[i].expected == expected &&
		    (wait->checks[i].seen || !is_out_of_reach(wait, &wait->checks[i])))
			return false;
	return true;
}

/* --- resolvers --- */

static size_t find_unknown(const struct wait *wait, struct dns_lookup *lookups,
			   const struct dns_expectation **ret_expected)
{
	size_t count = 0;

	for (size_t i = 0; i < wait->count; i++) {
		if (!is_unknown(wait, &wait->expected[i]))
			continue;
		lookups[count] = (struct dns_lookup){.name = wait->expected[i].name,
						     .type = DNS_TYPE_TXT};
		ret_expected[count++] = &wait->expected[i];
	}
	return count;
}

/* Asks once. Returns 1 when all values are seen, 0 when some are not, ERR_NETWORK (with no error
 * set) when no resolver answers. */
static int ask_resolvers(struct wait *wait, struct dns_lookup *lookups,
			 const struct dns_expectation *const *expected, size_t count,
			 struct error *err)
{
	size_t seen = 0, failed = 0;

	dns_lookups_release(lookups, count);
	if (dns_lookup_all(wait->host, wait->settings, lookups, count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		failed += error_is_set(&lookups[i].error);
		seen += shows_expected(&lookups[i].answer, expected[i]);
	}
	if (failed == count)
		return ERR_NETWORK;
	return seen == count;
}

static int sleep_out(struct wait *wait, struct error *err)
{
	int64_t left_ms = wait->deadline_ms - clock_mono_ms(wait->host->clock);

	if (left_ms <= 0)
		return 0;
	ui_say(wait->host->ui, "Waiting %lld seconds for DNS changes to propagate",
	       (long long)(left_ms + 999) / 1000);
	return sleep_ms(wait, left_ms, err);
}

static int await_resolvers(struct wait *wait, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(wait->count, sizeof(*lookups));
	AUTO_FREE const struct dns_expectation **expected = xcalloc(wait->count, sizeof(*expected));
	size_t count = find_unknown(wait, lookups, expected);
	int64_t third_ms = wait->seconds * 1000 / 3;
	int rc = count ? pause_for(wait,
				   third_ms < RESOLVER_PAUSE_MS ? third_ms : RESOLVER_PAUSE_MS, err)
		       : 1;

	while (rc == 0) {
		rc = ask_resolvers(wait, lookups, expected, count, err);
		if (rc != 0)
			break;
		tell_progress(wait, "the resolvers to show the records");
		rc = pause_between(wait, err);
		if (rc == 0)
			log_warning("Continuing after %lld seconds although the resolvers do not "
				    "show all DNS records",
				    (long long)wait->seconds);
		if (rc == 0)
			break;
		rc = rc < 0 ? rc : 0;
	}
	dns_lookups_release(lookups, count);
	if (rc == ERR_NETWORK && !error_is_set(err))
		return sleep_out(wait, err);
	return rc < 0 ? rc : 0;
}

int dns_await(const struct plugin_host *host, const struct settings *settings,
	      const struct dns_expectation *expected, size_t count, int64_t seconds,
	      struct error *err)
{
	AUTO(wait) struct wait wait = {.host = host,
				       .settings = settings,
				       .expected = expected,
				       .count = count,
				       .seconds = seconds,
				       .pause_ms = FIRST_PAUSE_MS};

	if (!count || seconds <= 0)
		return 0;
	wait.deadline_ms = clock_mono_ms(wait.host->clock) + seconds * 1000;
	if (load_authorities(&wait, err) < 0)
		return err->code;
	make_checks(&wait);
	if (await_servers(&wait, err) < 0)
		return err->code;
	return await_resolvers(&wait, err);
}
