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
	int64_t now = network_now(inquiry->network), again = now + DEFAULT_PAUSE;

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

		renewal_state_set_ari_window(conf, window->start, window->end,
					     window->start + (int64_t)random_below(length + 1));
		if (window->explanation_url)
			log_info("The CA explains the renewal window of %s at %s",
				 lineage_name(inquiry->item->lineage), window->explanation_url);
		if (window->retry_after)
			again = window->retry_after;
	}
	again = again < now + SHORTEST_PAUSE ? now + SHORTEST_PAUSE : again;
	again = again > now + LONGEST_PAUSE ? now + LONGEST_PAUSE : again;
	renewal_state_set_ari_retry_after(conf, again);
	save_quietly(inquiry->item->lineage);
}

/* An expired certificate is due by its lifetime, whatever its CA would say. */
bool renewal_info_is_stale(struct lineage *lineage, int64_t now_seconds)
{
	AUTO(ca_place) struct ca_place issuer = CA_PLACE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	if (renewal_state_ari_retry_after(lineage_conf(lineage)) > now_seconds ||
	    due_is_switched_off(lineage_conf(lineage)) || lineage_cert(lineage, &cert, &err) < 0 ||
	    cert_not_after(cert) <= now_seconds)
		return false;
	issuer = fallback_issuer(lineage, cert);
	return issuer.url != NULL;
}

/* Returns the certificate's id if the CA should be asked about the item. */
static bool should_ask(struct due_item *item, int64_t now, char **ret_id)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	return renewal_info_is_stale(item->lineage, now) &&
	       lineage_cert(item->lineage, &cert, &err) == 0 &&
	       cert_ari_id(cert, ret_id, &err) == 0;
}

/* The other rules decide about a certificate that the CA cannot be asked about. */
static void start_inquiry(struct cas *cas, struct driver *driver, struct due_item *item,
			  struct inquiry *inquiry)
{
	AUTO(ca_place) struct ca_place issuer = CA_PLACE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = NULL;
	struct ca *ca = NULL;

	if (!should_ask(item, network_now(cas->network), &id))
		return;
	/* Only the CA that issued a certificate knows it. */
	issuer = fallback_issuer(item->lineage, NULL);
	if (ca_open_anonymous(cas, issuer.url, &ca, &err) < 0) {
		log_warning("cannot get renewal information for %s: %s",
			    lineage_name(item->lineage), err.text);
		return;
	}
	inquiry->network = cas->network;
	inquiry->item = item;
	inquiry->exchange = acme_renewal_info(ca_server(ca), id);
	inquiry->task = (struct driver_task){
		.kind = &driver_exchange_machine,
		.machine = inquiry->exchange,
		.label = lineage_name(item->lineage),
		.done = inquiry_done,
		.context = inquiry,
	};
	driver_add(driver, &inquiry->task);
}

/* The CA is not asked about items that are due already: the answer would change nothing. */
int renewal_info_refresh(struct cas *cas, struct due_item *items, size_t count, struct error *err)
{
	struct inquiry *inquiries = xcalloc(count, sizeof(*inquiries));
	AUTO(driver) struct driver *driver = driver_new(cas->network);
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		if (!items[i].due && !error_is_set(&items[i].error))
			start_inquiry(cas, driver, &items[i], &inquiries[i]);
	if (driver_has_tasks(driver))
		rc = driver_run(driver, err);
	for (size_t i = 0; i < count; i++) {
		acme_exchange_free(inquiries[i].exchange);
		error_release(&inquiries[i].task.error);
	}
	free(inquiries);
	return rc;
}
