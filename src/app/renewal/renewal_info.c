/*
 * Batch of renewal-information requests (see renewal_info.h). The moment is drawn uniformly from
 * the window, once per window; a window in the past makes the certificate due at once.
 */
#include "app/renewal/renewal_info.h"

#include "acme/account.h"
#include "store/renewal/due_moment.h"
#include "store/renewal/renewal_state.h"
#include "app/issue/ca.h"
#include "app/issue/driver.h"
#include "app/issue/fallback.h"
#include "base/alloc.h"
#include "base/log.h"
#include "os/random.h"
#include "store/lineage/lineage_conf.h"

/* RFC 9773 section 4.3.3: the pause when the server names none or fails. */
#define DEFAULT_PAUSE (6 * 3600)
/* The limits keep a server from having us ask at each run, or never again. */
#define SHORTEST_PAUSE 60
#define LONGEST_PAUSE 86400

/* One request under way. */
struct inquiry {
	const struct network *network;
	struct due_item *item;
	struct lineage *of; /* the item's lineage, or what stands for its second key */
	struct acme_exchange *exchange;
	struct driver_task task;
};

static void save_quietly(struct lineage *lineage)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (lineage_save_conf(lineage, &err) < 0)
		log_warning("cannot record when to ask the CA again: %s", err.text);
}

/* The time is drawn once and kept: drawing it again in each run would move all renewals towards the
 * start of the window. */
static void inquiry_done(struct driver_task *task)
{
	struct inquiry *inquiry = task->context;
	struct ini *conf = lineage_conf(inquiry->item->lineage);
	int64_t now = network_now(inquiry->network), again = now + DEFAULT_PAUSE, other;

	if (task->error.code == ERR_CANCELLED)
		return;
	if (error_is_set(&task->error)) {
		/* A CA without renewal information is the normal case, not worth a warning twice a
		 * day. */
		if (task->error.code != ERR_NOT_FOUND)
			log_warning("cannot get renewal information for %s: %s",
				    lineage_name(inquiry->item->lineage), task->error.text);
	} else {
		const struct acme_window *window = acme_exchange_window(inquiry->exchange);
		uint64_t length = (uint64_t)(window->end - window->start);
		const struct renewal_window suggested = {
			.start = window->start,
			.end = window->end,
			.draw = window->start + (int64_t)random_below(length + 1),
		};

		renewal_state_set_ari_window(conf, lineage_suffix(inquiry->of), &suggested);
		if (window->explanation_url)
			log_info("The CA explains the renewal window of %s at %s",
				 lineage_name(inquiry->item->lineage), window->explanation_url);
		if (window->retry_after)
			again = window->retry_after;
	}
	again = again < now + SHORTEST_PAUSE ? now + SHORTEST_PAUSE : again;
	again = again > now + LONGEST_PAUSE ? now + LONGEST_PAUSE : again;
	/* Of two keys the sooner one counts. A time that is over is that of the last answer. */
	other = renewal_state_ari_retry_after(conf);
	again = other > now && other < again ? other : again;
	renewal_state_set_ari_retry_after(conf, again);
	save_quietly(inquiry->item->lineage);
}

/* An expired certificate is due by its lifetime, whatever its CA would say. Only the CA that issued
 * it knows it. */
static struct ca_place place_to_ask(struct lineage *of, int64_t now_seconds)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(of, &cert, &err) < 0 || cert_not_after(cert) <= now_seconds)
		return (struct ca_place)CA_PLACE_INIT;
	return fallback_issuer(of, cert);
}

static bool can_be_asked(struct lineage *of, int64_t now_seconds)
{
	AUTO(ca_place) struct ca_place issuer = place_to_ask(of, now_seconds);

	return issuer.url != NULL;
}

bool renewal_info_is_stale(struct lineage *lineage, int64_t now_seconds)
{
	struct lineage *second = lineage_second_shown(lineage);

	return renewal_state_ari_retry_after(lineage_conf(lineage)) <= now_seconds &&
	       !due_is_switched_off(lineage_conf(lineage)) &&
	       (can_be_asked(lineage, now_seconds) ||
		(second && can_be_asked(second, now_seconds)));
}

/* The other rules decide about a certificate that the CA cannot be asked about. */
static void start_inquiry(struct cas *cas, struct driver *driver, struct inquiry *inquiry)
{
	AUTO(ca_place) struct ca_place issuer = place_to_ask(inquiry->of,
							     network_now(cas->network));
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = NULL;
	const struct cert *cert = NULL;
	struct ca *ca = NULL;

	if (!issuer.url || lineage_cert(inquiry->of, &cert, &err) < 0 ||
	    cert_ari_id(cert, &id, &err) < 0)
		return;
	if (ca_open_anonymous(cas, issuer.url, &ca, &err) < 0) {
		log_warning("cannot get renewal information for %s: %s", lineage_name(inquiry->of),
			    err.text);
		return;
	}
	inquiry->network = cas->network;
	inquiry->exchange = acme_renewal_info(ca_server(ca), id);
	inquiry->task = (struct driver_task){
		.kind = &driver_exchange_machine,
		.machine = inquiry->exchange,
		.label = lineage_name(inquiry->of),
		.done = inquiry_done,
		.context = inquiry,
	};
	driver_add(driver, &inquiry->task);
}

static void start_inquiries(struct cas *cas, struct driver *driver, struct due_item *item,
			    struct inquiry inquiries[static LINEAGE_MAX_KEYS])
{
	struct lineage *keys[LINEAGE_MAX_KEYS];

	if (item->due || error_is_set(&item->error) ||
	    !renewal_info_is_stale(item->lineage, network_now(cas->network)))
		return;
	lineage_shown_keys(item->lineage, keys);
	for (size_t i = 0; i < LINEAGE_MAX_KEYS && keys[i]; i++) {
		inquiries[i].item = item;
		inquiries[i].of = keys[i];
		start_inquiry(cas, driver, &inquiries[i]);
	}
}

/* The CA is not asked about items that are due already: the answer would change nothing. */
int renewal_info_refresh(struct cas *cas, struct due_item *items, size_t count, struct error *err)
{
	struct inquiry *inquiries = xcalloc(count * LINEAGE_MAX_KEYS, sizeof(*inquiries));
	AUTO(driver) struct driver *driver = driver_new(cas->network);
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		start_inquiries(cas, driver, &items[i], &inquiries[i * LINEAGE_MAX_KEYS]);
	if (driver_has_tasks(driver))
		rc = driver_run(driver, err);
	for (size_t i = 0; i < count * LINEAGE_MAX_KEYS; i++) {
		acme_exchange_free(inquiries[i].exchange);
		error_release(&inquiries[i].task.error);
	}
	free(inquiries);
	return rc;
}
