/*
 * --notify: people are told what goes wrong with certificates.
 *
 * Who tells: `renew` at its end, and `notify watch`, which a second timer starts for when `renew`
 * does not run; nothing else, so a question has no side effects. Each makes one round:
 *
 *	status_list_read()          what is on record of all certificates
 *	notices_of_list(), _runs()  the rules: what is worth a message  notices.h
 *	for each target of --notify:
 *	    digest_fill()           what of that is new, known, over    digest.h
 *	    notified_note_attempt() what it is about to be told         notified.h
 *	    notify_target_send()    one message, if one is due          target.h
 *	    notified_note_sent()    what it was told                    notified.h
 *
 * Several rounds may be under way at once. Each takes the record for a moment before and after it
 * sends, and leaves alone what another is sending.
 *
 * So what is told twice, and how often, is decided by the record: a notice is told when it begins,
 * once a week while it lasts, and when it is over; a target gets four messages in 24 hours at most,
 * and what is held back is in the next one. A message that cannot be sent is a warning, and is sent
 * by the next round; it never makes a renewal fail.
 *
 * This process has the keys, so it reads no answer: webhooks and SMTP are spoken by a network
 * process that is started for the round and for nothing else.
 */
#ifndef APP_NOTIFY_NOTIFY_H
#define APP_NOTIFY_NOTIFY_H

#include "app/app.h"
#include "app/status/status_list.h"
#include "base/map.h"

/* Checks the values of --notify before `renew` begins. Those of a configuration file that are wrong
 * are only warned of, and passed over. ERR_CONFIG. */
int notify_check_for_run(const struct settings *settings, struct error *err) WARN_UNUSED;
/* Makes the round at the end of `renew`; does nothing without --notify. See status_list_need() for
 * the list. `unrecorded` has failures that are in no conf: names of lineages, with texts.
 * `is_complete`: the run was about all certificates, so it counts as one that the watch waits
 * for. */
void notify_of_run(struct plugins *plugins, struct status_list *list, const struct map *unrecorded,
		   bool is_complete);

/* `notify watch`: makes a round, and tells too if `renew` has not run for two intervals.
 * ERR_PLUGIN: a message could not be sent. */
int notify_watch(struct app *app, struct error *err) WARN_UNUSED;
/* `notify test`: sends a message to each target, whatever is on record. ERR_PLUGIN: one could not
 * be sent. ERR_CONFIG: there is no target. */
int notify_test(struct app *app, struct error *err) WARN_UNUSED;

#endif
