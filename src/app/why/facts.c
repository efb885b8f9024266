/*
 * Memory of the fact sheet, and conclusions from its dates (see facts.h).
 */
#include "app/why/facts.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
	DAY = 24 * 60 * 60,
	/* By then, an hourly or daily timer has fired, and pauses after failures are over. */
	PATIENCE = 2 * DAY,
};

void fact_machine_init(struct fact_machine *machine)
{
	*machine = (struct fact_machine){.now = 0};
	strvec_init(&machine->own);
	strvec_init(&machine->on_http);
}

/* The vectors must be usable even if nothing was gathered. */
void facts_init(struct facts *facts, const char *subject, const struct fact_machine *machine)
{
	*facts = (struct facts){.subject = xstrdup(subject), .machine = machine};
	facts->lineage.challenge = ACME_CHALLENGE_TYPE__COUNT;
	strvec_init(&facts->lineage.faults);
	strvec_init(&facts->ca.caa_identities);
}

/* Allocated one at a time: most certificates have only one or two names. */
struct fact_name *facts_add_name(struct facts *facts, const char *text)
{
	struct fact_name *name;

	if (facts->name_count == FACTS_MAX_NAMES) {
		facts->names_left++;
		return NULL;
	}
	ARRAY_GROW(facts->names, facts->name_count, facts->name_capacity);
	name = &facts->names[facts->name_count++];
	*name = (struct fact_name){.name = xstrdup(text)};
	strvec_init(&name->servers);
	strvec_init(&name->silent);
	strvec_init(&name->aliases);
	strvec_init(&name->caa.records);
	for (size_t j = 0; j < FACTS_MAX_ADDRESSES; j++)
		strvec_init(&name->probes[j].hops);
	return name;
}

static void release_texts(char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
}

static void release_probe(struct fact_probe *probe)
{
	char *const texts[] = {probe->address, probe->error, probe->server, probe->refused_hop,
			       probe->leaf};

	release_texts(texts, ARRAY_LEN(texts));
	strvec_release(&probe->hops);
}

static void release_name(struct fact_name *name)
{
	char *const texts[] = {name->name,        name->resolver_error, name->zone,
			       name->cached,      name->disagreement,   name->challenge_alias,
			       name->alias_error, name->caa.owner,      name->serials};

	release_texts(texts, ARRAY_LEN(texts));
	strvec_release(&name->servers);
	strvec_release(&name->silent);
	strvec_release(&name->aliases);
	strvec_release(&name->caa.records);
	for (size_t i = 0; i < FACTS_MAX_ADDRESSES; i++)
		release_probe(&name->probes[i]);
}

static void release_service(struct fact_service *service)
{
	char *const texts[] = {service->address, service->host, service->error, service->leaf,
			       service->serial};

	release_texts(texts, ARRAY_LEN(texts));
}

static void release_lineage(struct fact_lineage *lineage)
{
	char *const texts[] = {
		lineage->name,          lineage->error,       lineage->key_path,
		lineage->authenticator, lineage->webroot,     lineage->webroot_error,
		lineage->plugin_error,  lineage->credentials, lineage->hook,
		lineage->old_leaf,      lineage->csr,         lineage->second.remedy};

	release_texts(texts, ARRAY_LEN(texts));
	strvec_release(&lineage->faults);
}

void fact_machine_release(struct fact_machine *machine)
{
	const struct fact_timers *timers = &machine->timers;
	char *const texts[] = {machine->full, machine->read_only,   timers->ours,
			       timers->other, timers->other_client, timers->disabled};

	release_texts(texts, ARRAY_LEN(texts));
	strvec_release(&machine->own);
	strvec_release(&machine->on_http);
}

void fact_failure_release(struct fact_failure *failure)
{
	char *const texts[] = {failure->text, failure->code, failure->problem, failure->identifier};

	release_texts(texts, ARRAY_LEN(texts));
	*failure = (struct fact_failure){.text = NULL};
}

void facts_release(struct facts *facts)
{
	const struct fact_ca *ca = &facts->ca;
	char *const texts[] = {facts->subject, ca->url,         ca->host,         ca->error,
			       ca->hint,       ca->account_uri, ca->account_error};

	release_texts(texts, ARRAY_LEN(texts));
	strvec_release(&facts->ca.caa_identities);
	fact_failure_release(&facts->failure);
	release_lineage(&facts->lineage);
	fleet_view_release(&facts->fleet);
	for (size_t i = 0; i < facts->name_count; i++)
		release_name(&facts->names[i]);
	free(facts->names);
	for (size_t i = 0; i < facts->service_count; i++)
		release_service(&facts->services[i]);
}

/* Clients choose between two keys, so that one of them has expired is an error to some. */
bool facts_is_expired(const struct facts *facts)
{
	return (facts->lineage.has_cert && facts->machine->now > facts->lineage.not_after) ||
	       facts_is_second_expired(facts);
}

bool facts_is_second_expired(const struct facts *facts)
{
	return facts->lineage.second.not_after &&
	       facts->machine->now > facts->lineage.second.not_after;
}

bool facts_is_due(const struct facts *facts)
{
	return facts->lineage.has_cert && facts->machine->now > facts->lineage.due_at;
}

bool facts_is_overdue(const struct facts *facts)
{
	return facts_is_expired(facts) || (facts->lineage.has_cert && facts->lineage.due_at &&
					   facts->machine->now > facts->lineage.due_at + PATIENCE);
}

bool facts_are_trouble(const struct facts *facts)
{
	return facts->failure.text || !facts->lineage.has_cert || facts_is_overdue(facts);
}
