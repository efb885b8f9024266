/*
 * The member (see member.h): creating it, and what it asks the store. For commands, the engine's
 * answers become errors here; the machines of src/fleet judge answers themselves.
 */
#include "app/fleet/member/member.h"

#include <string.h>

#include "app/fleet/member/member_files.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "fleet/etcd/etcd.h"
#include "net/http/http.h"
#include "os/random.h"

enum {
	/* Long enough for an election among the store's members, short enough not to delay the next
	 * machine for long. */
	LEASE_S = 60,
	/* Keys in each page of a range. Generations are large: one with an RSA key of 4,096 bits
	 * has 8 KB in an answer. */
	PAGE = 1000,
	PAGE_OF_GENERATIONS = 250,
	/* Pages of a range: far more than a fleet fills. */
	MAX_PAGES = 2000,
	/* Once the store has been silent for this long, lineages no longer wait for an answer. */
	AWAY_MS = 5000,
	/* Before a question is asked again. */
	PAUSE_MS = 200,
};

bool member_is_configured(const struct settings *settings)
{
	return settings_list(settings, "fleet_endpoints")->count > 0;
}

/* For nonces and ids of leases: no two processes may get the same. */
static uint64_t draw_number(void *context)
{
	uint64_t number;

	random_bytes(&number, sizeof(number));
	return number;
}

void member_enter(struct member *member, const char *fleet)
{
	REPLACE(member->fleet, xstrdup(fleet));
	member->session.fleet = member->fleet;
}

/* As with CAs, requests go through the network process and answers through the parser
 * (docs/children.md). etcd is part of the local network: no proxy is used, and it may have a CA of
 * its own. */
static int connect_http(struct member *member, struct error *err)
{
	const struct settings *settings = member->settings;
	const struct http_options options = {
		.user_agent = "",
		.verify_tls = true,
		.ca_bundle = settings_string(settings, "fleet_ca"),
		.client_cert = settings_string(settings, "fleet_cert"),
		.client_key = settings_string(settings, "fleet_key"),
		.is_direct = true,
		.confinement = &member->network->confinement,
	};

	if (!options.client_cert != !options.client_key)
		return error_set(err, ERR_CONFIG,
				 "--fleet-cert and --fleet-key belong together: one is missing");
	if (http_client_new(&options, &member->http, err) < 0)
		return error_hint(err, "--fleet-ca, --fleet-cert and --fleet-key name the files");
	return 0;
}

static int connect_engine(struct member *member, struct error *err)
{
	const struct settings *settings = member->settings;
	AUTO(secret) struct secret password = SECRET_INIT;
	const struct etcd_options options = {
		.http = member->http,
		.endpoints = settings_list(settings, "fleet_endpoints"),
		.prefix = settings_string(settings, "fleet_prefix"),
		.user = settings_string(settings, "fleet_user"),
		.password = &password,
	};

	if (member_files_check_endpoints(settings, err) < 0 ||
	    member_files_read_password(settings, &password, err) < 0)
		return err->code;
	member->engine = etcd_new(&options);
	return 0;
}

int member_read_keys(struct member *member, struct error *err)
{
	struct secret *keys = member->ring.keys;

	if (member_files_read_key(member->settings, &keys[0], err) < 0 ||
	    member_files_read_next_key(member->settings, &keys[1], err) < 0)
		return err->code;
	/* Somebody may have copied the same key once more. */
	member->ring.count =
		keys[1].len && !span_same(span_make(secret_peek(&keys[0]), keys[0].len),
					  span_make(secret_peek(&keys[1]), keys[1].len))
			? 2
			: 1;
	return 0;
}

void member_seal_with_next(struct member *member)
{
	struct secret old = member->ring.keys[0];

	member->ring.keys[0] = member->ring.keys[1];
	member->ring.keys[1] = old;
	member->next_seals = true;
}

const struct secret *member_next_key(const struct member *member)
{
	if (member->ring.count < 2)
		return NULL;
	return &member->ring.keys[member->next_seals ? 0 : 1];
}

/* If the store does not answer now, what this process writes is sealed with the old key; whoever
 * drops that one looks for such values first (rekey.h). */
void member_choose_key(struct member *member)
{
	AUTO(fleet_record) struct fleet_record meta = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	struct fleet_place place = member_place(member, FLEET_META, "");

	if (member->ring.count < 2)
		return;
	if (member_read(member, &place, &meta, &value, &unread) < 0)
		log_debug("%s", unread.text);
	else if (fleet_seal_is_by(member_next_key(member), span_make(value.text, value.len)))
		member_seal_with_next(member);
}

int member_connect(struct network *network, const struct settings *settings,
		   struct member **ret_member, struct error *err)
{
	AUTO(member) struct member *member = XNEW(struct member);

	member->network = network;
	member->settings = settings;
	member->node = member_files_node_name(settings);
	member->session = (struct fleet_session){
		.node = member->node,
		.ring = &member->ring,
		.random = draw_number,
		.lease_ttl_s = LEASE_S,
	};
	if (member_read_keys(member, err) < 0 ||
	    member_files_read_state(settings, &member->state, err) < 0 ||
	    connect_http(member, err) < 0 || connect_engine(member, err) < 0)
		return err->code;
	*ret_member = STEAL(member);
	return 0;
}

int member_open(struct network *network, const struct settings *settings,
		struct member **ret_member, struct error *err)
{
	AUTO(member) struct member *member = NULL;
	const char *fleet;

	if (member_connect(network, settings, &member, err) < 0)
		return err->code;
	fleet = ini_peek(ini_root(member->state), "fleet");
	if (!fleet) {
		error_set(err, ERR_CONFIG, "this machine is not a member of the fleet yet");
		return error_hint(err, "certbot fleet join");
	}
	member_enter(member, fleet);
	member_choose_key(member);
	*ret_member = STEAL(member);
	return 0;
}

/* If there is no answer, the lease ends by itself, since nobody renews it any more. */
static void end_lease(struct member *member)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_REVOKE};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	fleet_session_ask_end(&member->session, &ask);
	member_perform(member, &ask, &answer);
}

/* The lease is ended here at the latest: writes whose answer was lost must not outlive it. */
void member_free(struct member *member)
{
	if (!member)
		return;
	if (member->engine && member->session.lease && !member->silent_ms)
		end_lease(member);
	if (member->engine)
		member->engine->ops->free(member->engine);
	http_client_free(member->http);
	fleet_keyring_release(&member->ring);
	fleet_budget_free(member->session.shares);
	ini_free(member->state);
	error_release(&member->refusal);
	free(member->node);
	free(member->fleet);
	free(member);
}

int member_save_state(const struct member *member, struct error *err)
{
	return member_files_write_state(member->settings, member->state, err);
}

/* A failure costs a look that is not needed only if the store is set back before the next pull. */
void member_forget_tip(struct member *member)
{
	AUTO(error) struct error failure = ERROR_INIT;

	ini_set(ini_root(member->state), "tip", "");
	if (member_save_state(member, &failure) < 0)
		log_debug("%s", failure.text);
}

struct fleet_time member_now(const struct member *member)
{
	const struct clock *clock = member->network->clock;

	return (struct fleet_time){.mono_ms = clock_mono_ms(clock),
				   .unix_s = clock_now_seconds(clock)};
}

void member_perform(struct member *member, const struct fleet_ask *ask, struct fleet_answer *answer)
{
	member->engine->ops->perform(member->engine, ask, answer);
	if (answer->outcome != FLEET_AWAY && answer->outcome != FLEET_UNSURE)
		member->silent_ms = 0;
	else if (!member->silent_ms)
		member->silent_ms = member_now(member).mono_ms;
	error_release(&member->refusal);
	if (answer->outcome == FLEET_FULL || answer->outcome == FLEET_DENIED) {
		error_copy(&member->refusal, &answer->fault);
		error_recode(&member->refusal,
			     answer->outcome == FLEET_FULL ? ERR_IO : ERR_REFUSED);
	}
	if (error_is_set(&answer->fault))
		log_debug("the fleet's store: %s", answer->fault.text);
}

bool member_is_away(const struct member *member)
{
	return member->silent_ms && member_now(member).mono_ms - member->silent_ms > AWAY_MS;
}

/* Performs an ask. A question that was not answered is asked again for as long as an election
 * takes: the store does without one of its members. A write is asked once. */
static void perform_patiently(struct member *member, const struct fleet_ask *ask,
			      struct fleet_answer *answer)
{
	const struct clock *clock = member->network->clock;

	member_perform(member, ask, answer);
	while (!ask->op_count && answer->outcome == FLEET_UNSURE && !member_is_away(member) &&
	       clock->sleep_until(clock->context, clock_mono_ms(clock) + PAUSE_MS) == 0) {
		fleet_answer_release(answer);
		fleet_engine_wait(member->engine);
		member_perform(member, ask, answer);
	}
}

int member_judge(struct member *member, const struct fleet_answer *answer, struct error *err)
{
	switch (answer->outcome) {
	case FLEET_DONE:
	case FLEET_NO_LEASE:
		return 0;
	case FLEET_FULL:
	case FLEET_DENIED:
		return error_copy(err, &member->refusal);
	case FLEET_UNSURE:
	case FLEET_AWAY:
		break;
	}
	return error_set(err, ERR_NETWORK, "the fleet's store does not answer: %s",
			 error_is_set(&answer->fault) ? answer->fault.text : "no majority");
}

int member_ask(struct member *member, const struct fleet_ask *ask, struct fleet_answer *answer,
	       struct error *err)
{
	perform_patiently(member, ask, answer);
	return member_judge(member, answer, err);
}

bool member_renew_lease(struct member *member)
{
	struct fleet_session *session = &member->session;
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_GRANT};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	if (session->lease)
		fleet_session_ask_beat(session, member_now(member), &ask);
	else
		fleet_session_ask_lease(session, member_now(member), &ask);
	member_perform(member, &ask, &answer);
	if (fleet_session_take_lease(session, &answer))
		return true;
	/* Use a new id next time: it is not known what became of this lease. */
	if (ask.kind == FLEET_GRANT)
		fleet_session_lose_lease(session);
	return false;
}

void member_end_stale_lease(struct member *member)
{
	if (!member->turns && member->session.must_end && member->session.lease)
		end_lease(member);
}

void member_beat(struct member *member)
{
	if (fleet_session_wants_beat(&member->session, member_now(member)) &&
	    !member_renew_lease(member))
		log_debug("the fleet's lease could not be renewed");
}

struct fleet_place member_place(const struct member *member, enum fleet_kind kind, const char *name)
{
	/* The fleet's record contains the id of the fleet, so it cannot be bound to it. */
	return (struct fleet_place){
		.fleet = kind == FLEET_META ? "" : member->fleet, .kind = kind, .name = name};
}

int member_unseal(const struct member *member, enum fleet_kind kind, const char *name,
		  const struct strbuf *value, struct fleet_record *ret_record, struct error *err)
{
	struct fleet_place place = member_place(member, kind, name);

	return fleet_unseal(&member->ring, &place, span_make(value->text, value->len), ret_record,
			    err);
}

/* Appends the sealed value of a place: nothing if there is none. */
static int fetch_value(struct member *member, const struct fleet_place *place,
		       struct strbuf *ret_value, struct error *err)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO_FREE char *key = fleet_place_key(place);
	const struct fleet_pair *pair;

	fleet_ask_read(&ask, xstrdup(key));
	if (member_ask(member, &ask, &answer, err) < 0)
		return err->code;
	pair = fleet_answer_find(&answer, key);
	if (pair)
		strbuf_add(ret_value, pair->value.text, pair->value.len);
	return 0;
}

int member_read(struct member *member, const struct fleet_place *place,
		struct fleet_record *ret_record, struct strbuf *ret_value, struct error *err)
{
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	if (fetch_value(member, place, &value, err) < 0)
		return err->code;
	if (ret_value)
		strbuf_add(ret_value, value.text, value.len);
	if (!value.len)
		return 0;
	return fleet_unseal(&member->ring, place, span_make(value.text, value.len), ret_record,
			    err);
}

int member_peek_tip(struct member *member, struct strbuf *ret_digest, struct error *err)
{
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	struct fleet_place place = member_place(member, FLEET_TIP, "");

	if (fetch_value(member, &place, &value, err) < 0)
		return err->code;
	if (value.len)
		digest_hex(DIGEST_SHA256, value.text, value.len, ret_digest);
	return 0;
}

/* Performs an ask that changes a key if its comparison holds. */
static int change_store(struct member *member, const struct fleet_ask *ask, const char *key,
			struct error *err)
{
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	if (member_ask(member, ask, &answer, err) < 0)
		return err->code;
	if (!answer.succeeded)
		return error_set(err, ERR_EXISTS, "another machine has changed '%s' in the store",
				 key);
	return 0;
}

int member_write(struct member *member, const struct fleet_place *place,
		 const struct fleet_record *record, const struct strbuf *guard, struct error *err)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO_FREE char *key = fleet_place_key(place);

	if (guard)
		fleet_ask_compare(&ask, xstrdup(key), guard);
	fleet_seal(&member->ring, place, record, &fleet_ask_put(&ask, xstrdup(key))->value);
	return change_store(member, &ask, key, err);
}

int member_delete(struct member *member, const struct fleet_place *place,
		  const struct strbuf *guard, struct error *err)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO_FREE char *key = fleet_place_key(place);

	if (guard)
		fleet_ask_compare(&ask, xstrdup(key), guard);
	fleet_ask_delete(&ask, xstrdup(key));
	return change_store(member, &ask, key, err);
}

static int visit_page(const struct fleet_answer *answer, size_t prefix_len,
		      const struct member_visit *visit, struct error *err)
{
	for (size_t i = 0; i < answer->found_count; i++) {
		const struct fleet_pair *pair = &answer->found[i];

		if (strlen(pair->key) > prefix_len &&
		    visit->visit(visit->context, pair->key + prefix_len, &pair->value, err) < 0)
			return err->code;
	}
	return 0;
}

/* Goes on with the next page. A store that repeats keys, or never ends, would otherwise keep the
 * command here forever. */
static int turn_page(const struct fleet_answer *answer, struct strbuf *after, size_t pages,
		     struct error *err)
{
	size_t common = after->len < answer->last_len ? after->len : answer->last_len;
	int order = common ? memcmp(answer->last, after->text, common) : 0;

	if (!answer->last || order < 0 || (order == 0 && answer->last_len <= after->len))
		return error_set(err, ERR_PROTOCOL, "etcd lists the same keys again");
	if (pages >= MAX_PAGES)
		return error_set(err, ERR_REFUSED,
				 "there are more than %d pages of keys: remove from etcd what is "
				 "not of this fleet",
				 MAX_PAGES);
	strbuf_clear(after);
	strbuf_add(after, answer->last, answer->last_len);
	return 0;
}

static void warn_of_foreign(const char *prefix, size_t count)
{
	if (count)
		log_warning("%zu keys below '%s' in the store are not of this fleet, and are "
			    "passed over.",
			    count, prefix);
}

int member_list(struct member *member, enum fleet_kind kind, const struct member_visit *visit,
		struct error *err)
{
	AUTO_FREE char *prefix = xasprintf("%s/", fleet_kind_name(kind));
	AUTO(strbuf) struct strbuf after = STRBUF_INIT;
	size_t foreign = 0;
	size_t limit = kind == FLEET_GENERATION ? PAGE_OF_GENERATIONS : PAGE;
	bool has_more = true;

	for (size_t pages = 1; has_more; pages++) {
		AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
		AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

		fleet_ask_range(&ask, xstrdup(prefix), span_make(after.text, after.len), limit);
		if (member_ask(member, &ask, &answer, err) < 0 ||
		    visit_page(&answer, strlen(prefix), visit, err) < 0)
			return err->code;
		foreign += answer.foreign_count;
		has_more = answer.has_more;
		if (has_more && turn_page(&answer, &after, pages, err) < 0)
			return error_wrap(err, "cannot list '%s'", prefix);
	}
	warn_of_foreign(prefix, foreign);
	return 0;
}

void member_inspect(struct member *member, struct strvec *ret_warnings)
{
	if (member->engine->ops->inspect)
		member->engine->ops->inspect(member->engine, ret_warnings);
}

bool member_generation_place(const struct member *member, const char *key, char **ret_name,
			     struct fleet_place *ret_place)
{
	const char *slash = strrchr(key, '/');
	int64_t generation;

	if (!slash || !str_to_int64(slash + 1, 1, INT64_MAX, &generation))
		return false;
	*ret_name = xasprintf("%.*s", (int)(slash - key), key);
	*ret_place = member_place(member, FLEET_GENERATION, *ret_name);
	ret_place->generation = (uint64_t)generation;
	return true;
}

/* Shows that this machine has the next key: see rekey.h. */
static void seal_with_newest(const struct member *member, const struct fleet_place *place,
			     const struct fleet_record *record, struct strbuf *out)
{
	const struct secret *next = member_next_key(member);
	const struct fleet_keyring newest = {.keys = {*(next ? next : &member->ring.keys[0])},
					     .count = 1};

	fleet_seal(&newest, place, record, out);
}

int member_sign(struct member *member, uint64_t lineages, struct error *err)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_NODE, member->node);
	AUTO_FREE char *key = fleet_place_key(&place);

	record.kind = FLEET_NODE;
	record.generation = lineages;
	record.node = xstrdup(member->node);
	record.not_before = member_now(member).unix_s;
	record.version = xstrdup(CERTBOT_VERSION);
	seal_with_newest(member, &place, &record, &fleet_ask_put(&ask, xstrdup(key))->value);
	return change_store(member, &ask, key, err);
}
