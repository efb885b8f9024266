/*
 * Groups records by zone and hands them to the provider (see change.h). Many APIs take only one
 * change of a zone at a time and have a limit on its size, so the batches of a zone follow each
 * other, while different zones change at the same time.
 */
#include "dns/challenge/change.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "dns/crew.h"

/* How often a zone is changed that others change at the same time. */
enum { STALE_ATTEMPTS = 3 };

/* The change that is made in all zones. */
struct change {
	struct dns_placement **placements;
	const size_t *starts; /* of each zone's placements, and the end of the last */
	enum dns_change_kind kind;
};

void dns_placement_free(struct dns_placement *placement)
{
	if (!placement)
		return;
	free(placement->record.name);
	free(placement->record.value);
	free(placement->record.domain);
	free(placement->record.id);
	error_release(&placement->record.error);
	error_release(&placement->error);
	free(placement);
}

static int compare_zones(const struct dns_placement *a, const struct dns_placement *b)
{
	if (a->session != b->session)
		return a->session < b->session ? -1 : 1;
	return strcmp(a->zone->name, b->zone->name);
}

static int compare(const void *a, const void *b)
{
	const struct dns_placement *one = *(struct dns_placement *const *)a;
	const struct dns_placement *other = *(struct dns_placement *const *)b;
	int order = compare_zones(one, other);

	if (!order)
		order = strcmp(one->record.name, other->record.name);
	return order ? order : strcmp(one->record.value, other->record.value);
}

/* Slices the records, which are ordered, by name. */
static void make_sets(struct dns_batch *batch)
{
	for (size_t i = 0; i < batch->record_count; i++) {
		struct dns_record *record = batch->records[i];
		struct dns_set *last = batch->set_count ? &batch->sets[batch->set_count - 1] : NULL;

		if (last && strcmp(last->name, record->name) == 0)
			last->count++;
		else
			batch->sets[batch->set_count++] = (struct dns_set){record->name,
									   &batch->records[i], 1};
	}
}

/* A batch that the provider could not take has not been put in: there is nothing to take out. */
static bool was_refused(const struct dns_provider *provider, const struct dns_batch *batch)
{
	AUTO(error) struct error reason = ERROR_INIT;

	return provider->check && provider->check(batch, &reason) < 0;
}

static int make_change(struct dns_session *session, const struct dns_batch *batch,
		       enum dns_change_kind kind, struct error *err)
{
	const struct dns_provider *provider = session->provider;

	session->was_repeated = false;
	return kind == DNS_PRESENT ? provider->present(session, batch, err)
				   : provider->cleanup(session, batch, err);
}

/* A refusal after a request that may have arrived twice may be about its second arrival ("exists").
 * Or somebody else has changed the zone since it was read, which can happen again. */
static bool may_look_again(const struct dns_session *session, int rc, int attempt)
{
	if (rc == ERR_BUSY)
		return attempt < STALE_ATTEMPTS;
	return rc == ERR_PLUGIN && session->was_repeated && attempt == 1;
}

/* The change is made again when that may help: it looks first at what is there. */
static int change_surely(struct dns_session *session, const struct dns_batch *batch,
			 enum dns_change_kind kind, struct error *err)
{
	int rc = make_change(session, batch, kind, err);

	for (int attempt = 1; may_look_again(session, rc, attempt); attempt++) {
		log_debug("%s: looking again: %s", session->provider->plugin.name, err->text);
		error_release(err);
		rc = make_change(session, batch, kind, err);
	}
	return rc;
}

/* The session is a copy: it says which zone is worked on, and by whom. */
static int call_provider(const struct dns_session *session, const struct dns_batch *batch,
			 enum dns_change_kind kind, struct dns_worker *worker, struct error *err)
{
	const struct dns_provider *provider = session->provider;
	struct dns_session copy = *session;

	copy.zone = batch->zone->name;
	copy.worker = worker;
	log_debug("%s: %s %zu records in zone '%s'", provider->plugin.name,
		  kind == DNS_PRESENT ? "adding" : "removing", batch->record_count,
		  batch->zone->name);
	if (kind != DNS_PRESENT)
		return was_refused(provider, batch) ? 0 : change_surely(&copy, batch, kind, err);
	if (provider->check && provider->check(batch, err) < 0)
		return err->code;
	return change_surely(&copy, batch, kind, err);
}

/* The placements all belong to one zone, and fit one batch. */
static void change_batch(struct dns_placement **placements, size_t count, enum dns_change_kind kind,
			 struct dns_worker *worker)
{
	AUTO_FREE struct dns_record **records = xcalloc(count, sizeof(struct dns_record *));
	AUTO_FREE struct dns_set *sets = xcalloc(count, sizeof(struct dns_set));
	AUTO(error) struct error failure = ERROR_INIT;
	struct dns_batch batch = {.zone = placements[0]->zone,
				  .records = records,
				  .record_count = count,
				  .sets = sets};
	int rc;

	for (size_t i = 0; i < count; i++)
		records[i] = &placements[i]->record;
	make_sets(&batch);
	rc = call_provider(placements[0]->session, &batch, kind, worker, &failure);
	for (size_t i = 0; i < count; i++) {
		error_release(&placements[i]->error);
		if (error_is_set(&placements[i]->record.error))
			error_move(&placements[i]->error, &placements[i]->record.error);
		else if (rc < 0)
			error_copy(&placements[i]->error, &failure);
	}
}

/* How many of the placements, which all belong to one zone, go into one batch. A name is only split
 * when it has more records than fit. */
static size_t batch_size(struct dns_placement *const *placements, size_t count)
{
	size_t most = placements[0]->session->provider->max_batch, size = most;

	if (!most || count <= most)
		return count;
	while (size &&
	       strcmp(placements[size - 1]->record.name, placements[size]->record.name) == 0)
		size--;
	return size ? size : most;
}

/* Batches of a zone come one after the other: many APIs take one change of a zone at a time. */
static void change_zone(struct dns_placement **placements, size_t count, enum dns_change_kind kind,
			struct dns_worker *worker)
{
	while (count) {
		size_t size = batch_size(placements, count);

		change_batch(placements, size, kind, worker);
		placements += size;
		count -= size;
	}
}

/* The placements all belong to one session. */
static void settle_placements(struct dns_placement **placements, size_t count)
{
	struct dns_session *session = placements[0]->session;
	AUTO(error) struct error failure = ERROR_INIT;

	if (!session->provider->settle || session->provider->settle(session, &failure) == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!error_is_set(&placements[i]->error))
			error_copy(&placements[i]->error, &failure);
}

static void settle_all(struct dns_placement **placements, size_t count)
{
	size_t end;

	for (size_t start = 0; start < count; start = end) {
		for (end = start + 1; end < count; end++)
			if (placements[start]->session != placements[end]->session)
				break;
		settle_placements(&placements[start], end - start);
	}
}

static void change_next(void *context, size_t index, struct dns_worker *worker)
{
	const struct change *change = context;
	size_t start = change->starts[index];

	change_zone(&change->placements[start], change->starts[index + 1] - start, change->kind,
		    worker);
}

void dns_change(struct dns_placement **placements, size_t count, enum dns_change_kind kind)
{
	AUTO_FREE size_t *starts = xcalloc(count + 1, sizeof(size_t));
	struct change change = {.placements = placements, .starts = starts, .kind = kind};
	size_t zones = 0;

	if (!count)
		return;
	qsort(placements, count, sizeof(placements[0]), compare);
	for (size_t i = 0; i < count; i++)
		if (!i || compare_zones(placements[i - 1], placements[i]) != 0)
			starts[zones++] = i;
	starts[zones] = count;
	dns_crew_run(placements[0]->session->host, change_next, &change, zones);
	if (kind == DNS_PRESENT)
		settle_all(placements, count);
}
