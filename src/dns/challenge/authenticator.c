/*
 * The authenticator that all DNS plugins share: from challenges to records in zones, and back.
 *
 * Records of all lineages of a run are put in place together, one call per zone. Two challenges may
 * want the same record (an authorization that two orders share): it is added once, and removed when
 * the last of them is cleaned up.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "dns/challenge/alias.h"
#include "dns/challenge/change.h"
#include "dns/challenge/names_check.h"
#include "dns/challenge/propagation.h"
#include "dns/crew.h"
#include "dns/directory.h"
#include "dns/login.h"
#include "dns/session.h"

enum {
	/* Time for a record to reach the name servers before a resolver is asked for it. */
	RESOLVER_PAUSE_MS = 2000,
};

/* A record in the run. */
struct entry {
	struct dns_placement *placement;
	size_t users; /* challenges that were presented and not cleaned up */
	bool attempted;
};

struct dns_state {
	struct map sessions;   /* the options of a session -> struct dns_session */
	struct map entries;    /* "session name value" -> struct entry */
	struct map challenges; /* challenge URL -> key in entries, heap */
};

/* Placements picked for one change. Borrowed. */
struct picked {
	struct dns_placement **items;
	size_t count, capacity;
};

static void free_session(void *value)
{
	dns_session_free(value);
}

static void free_entry(void *value)
{
	struct entry *entry = value;

	dns_placement_free(entry->placement);
	free(entry);
}

static struct dns_state *state_of(struct plugin_instance *instance)
{
	if (!instance->state) {
		struct dns_state *state = XNEW(struct dns_state);

		state->sessions = (struct map)MAP_INIT(free_session);
		state->entries = (struct map)MAP_INIT(free_entry);
		state->challenges = (struct map)MAP_INIT(free);
		instance->state = state;
	}
	return instance->state;
}

void dns_close_instance(struct plugin_instance *instance)
{
	struct dns_state *state = instance->state;

	if (!state)
		return;
	map_release(&state->challenges);
	map_release(&state->entries);
	map_release(&state->sessions);
	free(state);
}

/* The row in which the plugin row is the first member. */
static const struct dns_provider *provider_of(const struct plugin_instance *instance)
{
	return (const struct dns_provider *)(const void *)instance->plugin;
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	if (identifier->kind == ACME_IDENTIFIER_IP)
		return 0;
	ret_types[0] = ACME_DNS_01;
	ret_types[1] = ACME_DNS_ACCOUNT_01;
	return 2;
}

/* Lineages share a session if their credentials and all other texts among the provider's own
 * options are the same. */
static char *session_key(const struct dns_provider *provider, const struct settings *settings)
{
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	for (size_t i = 0; i < provider->plugin.option_count; i++) {
		const struct option *option = &provider->plugin.options[i];
		const char *text = NULL;

		if (option->type == OPTION_STRING || option->type == OPTION_PATH)
			text = settings_string(settings, option->dest);
		if (text)
			strbuf_addf(&key, "%s=%zu:%s ", option->dest, strlen(text), text);
	}
	return strbuf_detach(&key);
}

static int find_session(struct plugin_instance *instance, const struct settings *settings,
			struct dns_session **ret_session, struct error *err)
{
	struct map *sessions = &state_of(instance)->sessions;
	AUTO_FREE char *key = session_key(provider_of(instance), settings);
	struct dns_session *session = map_get(sessions, key);

	if (!session) {
		if (dns_session_open(provider_of(instance), instance->host, settings, &session,
				     err) < 0)
			return err->code;
		map_set(sessions, key, session);
	}
	*ret_session = session;
	return 0;
}

/* Returns the session to work with. One that was opened before a hook put other credentials into
 * the file is opened again. */
static int take_session(struct plugin_instance *instance, const struct settings *settings,
			struct dns_session **ret_session, struct error *err)
{
	AUTO_FREE char *key = session_key(provider_of(instance), settings);
	int rc = find_session(instance, settings, ret_session, err);

	if (rc == 0 && !(*ret_session)->is_used &&
	    dns_login_has_changed((*ret_session)->login, dns_credentials_path(*ret_session))) {
		map_remove(&state_of(instance)->sessions, key);
		rc = find_session(instance, settings, ret_session, err);
	}
	if (rc == 0)
		(*ret_session)->is_used = true;
	return rc;
}

/* A session is opened before the CA is asked: missing credentials would otherwise cost a failed
 * authorization. A pre-hook may be what puts them in place, so an error before it says nothing. */
static int open_early(struct plugin_instance *instance, const struct settings *settings,
		      struct error *err)
{
	const struct plugin_host *host = instance->host;
	struct dns_session *session = NULL;
	int rc = find_session(instance, settings, &session, err);

	if (rc == 0 || rc == ERR_CANCELLED || !host->awaits_pre_hook ||
	    !host->awaits_pre_hook(host->context, settings))
		return rc;
	log_debug("%s: asking again after the pre-hook: %s", instance->plugin->name, err->text);
	error_release(err);
	return 0;
}

/* As the provider itself would refuse them in one batch. By the names of the challenges: where an
 * alias leads is known later, and two that lead to one place are still refused together. */
static bool conflict(struct plugin_instance *instance, const struct plugin_task *tasks,
		     size_t count)
{
	AUTO_FREE struct dns_record *records = xcalloc(count, sizeof(*records));
	AUTO_FREE struct dns_record **pointers = xcalloc(count, sizeof(*pointers));
	const struct dns_batch batch = {.records = pointers, .record_count = count};
	AUTO(error) struct error reason = ERROR_INIT;

	for (size_t i = 0; i < count; i++) {
		records[i].name = tasks[i].challenge->dns_name;
		records[i].value = tasks[i].challenge->dns_value;
		pointers[i] = &records[i];
	}
	return provider_of(instance)->check(&batch, &reason) < 0;
}

static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	const struct dns_provider *provider = provider_of(instance);

	if (dns_login_configure(provider, instance->host, settings, err) < 0 ||
	    open_early(instance, settings, err) < 0)
		return err->code;
	return dns_check_names(provider, instance->host, settings, identifiers, err);
}

/* The name from which the search for a zone goes upwards. */
static const char *search_name(const struct dns_session *session,
			       const struct acme_challenge *challenge, const char *record_name)
{
	bool is_moved = strcmp(record_name, challenge->dns_name) != 0;

	return session->provider->flags & DNS_SEARCH_FROM_RECORD || is_moved
		       ? record_name
		       : challenge->identifier.value;
}

static int find_challenge_zone(struct dns_session *session, const struct acme_challenge *challenge,
			       const char *record_name, const struct dns_zone **ret_zone,
			       struct error *err)
{
	static const struct dns_zone none = {.name = strbuf_empty};

	if (session->provider->flags & DNS_NO_ZONES) {
		*ret_zone = &none;
		return dns_check_domain(session->provider, record_name, err);
	}
	return dns_find_zone(session, search_name(session, challenge, record_name), ret_zone, err);
}

static struct entry *make_entry(struct dns_session *session, const struct dns_zone *zone,
				const struct acme_challenge *challenge, const char *record_name)
{
	struct entry *entry = XNEW(struct entry);
	struct dns_placement *placement = XNEW(struct dns_placement);

	placement->session = session;
	placement->zone = zone;
	placement->record.name = xstrdup(record_name);
	ascii_lower_string(placement->record.name);
	placement->record.value = xstrdup(challenge->dns_value);
	placement->record.domain = xstrdup(challenge->identifier.value);
	entry->placement = placement;
	return entry;
}

/* Finds out where the challenge's record goes. */
static int enlist(struct plugin_instance *instance, const struct plugin_task *task,
		  struct dns_session *session, const char *record_name, struct error *err)
{
	struct dns_state *state = state_of(instance);
	const struct acme_challenge *challenge = task->challenge;
	const struct dns_zone *zone = NULL;
	AUTO_FREE char *key = NULL;
	struct entry *entry;

	key = xasprintf("%p %s %s", (void *)session, record_name, challenge->dns_value);
	entry = map_get(&state->entries, key);
	if (!entry) {
		if (find_challenge_zone(session, challenge, record_name, &zone, err) < 0)
			return err->code;
		entry = make_entry(session, zone, challenge, record_name);
		map_set(&state->entries, key, entry);
	}
	entry->users++;
	map_set(&state->challenges, challenge->url, STEAL(key));
	return 0;
}

/* Opens sessions for all tasks that have no entry yet. A task whose session fails gets the error
 * instead of an entry. */
static int open_sessions(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
			 struct dns_session **ret_sessions, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct error *failure = &tasks[i].challenge->present_error;

		if (error_is_set(failure) ||
		    map_contains(&state_of(instance)->challenges, tasks[i].challenge->url))
			continue;
		if (take_session(instance, tasks[i].settings, &ret_sessions[i], failure) ==
		    ERR_CANCELLED)
			return error_copy(err, failure);
	}
	return 0;
}

/* Has each session find the zones of all its names in one go. */
static int learn_zones(const struct plugin_task *tasks, struct dns_session *const *sessions,
		       size_t count, const struct dns_alias *aliases, struct error *err)
{
	AUTO_FREE bool *is_done = xcalloc(count, sizeof(bool));
	AUTO_FREE struct dns_wanted *wanted = xcalloc(count, sizeof(*wanted));

	for (size_t i = 0; i < count; i++) {
		size_t wanted_count = 0;

		for (size_t j = i; sessions[i] && !is_done[i] && j < count; j++) {
			if (sessions[j] != sessions[i])
				continue;
			is_done[j] = j != i;
			wanted[wanted_count++] = (struct dns_wanted){
				search_name(sessions[j], tasks[j].challenge, aliases[j].name),
				aliases[j].zone};
		}
		if (wanted_count && dns_learn_zones(sessions[i], wanted, wanted_count, err) < 0)
			return err->code;
	}
	return 0;
}

static int enlist_all(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      const struct dns_alias *aliases, struct error *err)
{
	AUTO_FREE struct dns_session **sessions = xcalloc(count ? count : 1, sizeof(*sessions));

	if (open_sessions(instance, tasks, count, sessions, err) < 0 ||
	    learn_zones(tasks, sessions, count, aliases, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct error *failure = &tasks[i].challenge->present_error;

		if (sessions[i] && enlist(instance, &tasks[i], sessions[i], aliases[i].name,
					  failure) == ERR_CANCELLED)
			return error_copy(err, failure);
	}
	return 0;
}

static struct entry *entry_of(struct dns_state *state, const struct acme_challenge *challenge)
{
	const char *key = map_get(&state->challenges, challenge->url);

	return key ? map_get(&state->entries, key) : NULL;
}

static void pick(struct picked *picked, struct dns_placement *placement)
{
	ARRAY_GROW(picked->items, picked->count, picked->capacity);
	picked->items[picked->count++] = placement;
}

/* Adds what has not been tried yet. */
static void add_records(struct dns_state *state)
{
	struct picked picked = {.items = NULL};

	for (size_t i = 0; i < state->entries.count; i++) {
		struct entry *entry = state->entries.entries[i].value;

		if (!entry->attempted)
			pick(&picked, entry->placement);
		entry->attempted = true;
	}
	dns_change(picked.items, picked.count, DNS_PRESENT);
	free(picked.items);
}

/* The longest of the waiting times of those lineages that are in the batch. */
static int64_t propagation_seconds(const struct dns_provider *provider,
				   const struct plugin_task *tasks, size_t count)
{
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO_FREE char *dest = xasprintf("%spropagation_seconds", prefix);
	int64_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t seconds = settings_int(tasks[i].settings, dest);

		if (seconds > longest)
			longest = seconds;
	}
	return longest;
}

/* Reports what happened to each challenge and waits for the records that are in place. */
static int finish_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
			  struct error *err)
{
	AUTO_FREE struct dns_expectation *expected = xcalloc(count ? count : 1,
							     sizeof(struct dns_expectation));
	const struct dns_provider *provider = provider_of(instance);
	size_t expected_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct acme_challenge *challenge = tasks[i].challenge;
		const struct entry *entry = entry_of(state_of(instance), challenge);
		const struct dns_placement *placement = entry ? entry->placement : NULL;

		if (!placement || error_is_set(&challenge->present_error))
			continue;
		if (error_is_set(&placement->error))
			error_copy(&challenge->present_error, &placement->error);
		else
			expected[expected_count++] = (struct dns_expectation){
				placement->zone->name, placement->record.name,
				placement->record.value};
	}
	if (provider->flags & DNS_NO_PROPAGATION)
		return 0;
	return dns_await(instance->host, tasks[0].settings, expected, expected_count,
			 propagation_seconds(provider, tasks, count), err);
}

/* The names of the records, which are those of the challenges until aliases are followed. */
static struct dns_alias *make_aliases(const struct plugin_task *tasks, size_t count)
{
	struct dns_alias *aliases = xcalloc(count + 1, sizeof(struct dns_alias));

	for (size_t i = 0; i < count; i++) {
		aliases[i].name = xstrdup(tasks[i].challenge->dns_name);
		aliases[i].is_open = settings_flag(tasks[0].settings, "dns_follow_cname");
	}
	return aliases;
}

static void free_aliases(struct dns_alias *aliases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(aliases[i].name);
		free(aliases[i].zone);
		error_release(&aliases[i].error);
	}
	free(aliases);
}

/* Ends the use of the challenges' records; those that nobody uses any more are picked. */
static void release_records(struct dns_state *state, const struct plugin_task *tasks, size_t count,
			    struct picked *picked)
{
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = entry_of(state, tasks[i].challenge);

		if (!entry)
			continue;
		map_remove(&state->challenges, tasks[i].challenge->url);
		if (--entry->users == 0 && entry->attempted)
			pick(picked, entry->placement);
	}
}

static void forget_unused(struct dns_state *state)
{
	for (size_t i = state->entries.count; i-- > 0;) {
		const struct entry *entry = state->entries.entries[i].value;
		AUTO_FREE char *key = xstrdup(state->entries.entries[i].key);

		if (!entry->users)
			map_remove(&state->entries, key);
	}
}

/* Withdraws challenges whose record turned out to belong elsewhere: the records are removed, and
 * errors of the first attempt are dropped. */
static void withdraw_moved(struct dns_state *state, const struct plugin_task *tasks, size_t count,
			   const struct dns_alias *aliases)
{
	struct picked picked = {.items = NULL};

	for (size_t i = 0; i < count; i++) {
		if (!aliases[i].is_open || aliases[i].is_unsure)
			continue;
		error_release(&tasks[i].challenge->present_error);
		release_records(state, &tasks[i], 1, &picked);
	}
	dns_change(picked.items, picked.count, DNS_CLEANUP);
	free(picked.items);
	forget_unused(state);
}

/* Where name servers could not be asked for an alias, the resolvers are, now that the record should
 * be there: asked earlier, they would remember that it is not. Returns how many have moved. */
static int find_moved(struct plugin_instance *instance, const struct plugin_task *tasks,
		      size_t count, struct dns_alias *aliases, struct error *err)
{
	bool is_unsure = false;
	int moved;

	for (size_t i = 0; i < count; i++)
		is_unsure |= aliases[i].is_unsure;
	if (!is_unsure)
		return 0;
	if (dns_worker_pause(NULL, instance->host, RESOLVER_PAUSE_MS, err) < 0)
		return err->code;
	moved = dns_follow_unsure_aliases(instance->host, tasks[0].settings, aliases, count, err);
	if (moved > 0)
		withdraw_moved(state_of(instance), tasks, count, aliases);
	return moved;
}

/* Adds the records under the names that aliases lead to. */
static int place_records(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
			 struct dns_alias *aliases, struct error *err)
{
	int moved;

	do {
		if (dns_follow_aliases(instance->host, tasks[0].settings, aliases, count, err) < 0)
			return err->code;
		for (size_t i = 0; i < count; i++)
			if (error_is_set(&aliases[i].error))
				error_move(&tasks[i].challenge->present_error, &aliases[i].error);
		if (enlist_all(instance, tasks, count, aliases, err) < 0)
			return err->code;
		add_records(state_of(instance));
		moved = find_moved(instance, tasks, count, aliases, err);
	} while (moved > 0);
	return moved;
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct dns_alias *aliases;
	int rc;

	if (!count)
		return 0;
	aliases = make_aliases(tasks, count);
	rc = place_records(instance, tasks, count, aliases, err);
	free_aliases(aliases, count);
	return rc < 0 ? rc : finish_present(instance, tasks, count, err);
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct dns_state *state = state_of(instance);
	struct picked picked = {.items = NULL};
	const char *last_zone = NULL;

	release_records(state, tasks, count, &picked);
	dns_change(picked.items, picked.count, DNS_CLEANUP);
	for (size_t i = 0; i < picked.count; i++) {
		struct error *failure = &picked.items[i]->error;
		const char *zone = picked.items[i]->zone->name;

		if (error_is_set(failure) && !error_is_set(err))
			error_move(err, failure);
		else if (error_is_set(failure) && zone != last_zone)
			log_warning("%s", failure->text);
		last_zone = zone;
	}
	free(picked.items);
	forget_unused(state);
	return err->code;
}

const struct authenticator dns_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.conflict = conflict,
	.failure_hint =
		"The Certificate Authority could not find the TXT records that were added. Ensure "
		"that the name servers named in the parent zone are those of this provider, and "
		"that the waiting time (--dns-...-propagation-seconds) is long enough for them.",
};
