/*
 * The system's log: an entry for each notice that is new or over, with fields by which
 * `journalctl CERTBOT_CERTIFICATE=a.test` finds it. What is known already is there already, and is
 * written again only when it is due to be told again.
 */
#include "app/notify/ways.h"
#include "base/alloc.h"
#include "os/clock.h"
#include "os/system_log.h"

enum {
	LEVEL_ERROR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
};

static int write_entry(const struct digest_item *item, struct error *err)
{
	AUTO_FREE char *message = item->name[0]
					  ? xasprintf("certificate %s: %s", item->name, item->text)
					  : xstrdup(item->text);
	int level = item->state == DIGEST_OVER ? LEVEL_NOTICE
		    : item->row->is_urgent     ? LEVEL_ERROR
					       : LEVEL_WARNING;
	const struct system_log_field fields[] = {
		{"CERTBOT_NOTICE", item->row->id},
		{"CERTBOT_STATE", digest_state_ids[item->state]},
		{"CERTBOT_CERTIFICATE", item->name},
	};

	/* A field without value says nothing. */
	return system_log_write(&system_log_usual, level, message, fields,
				ARRAY_LEN(fields) - !item->name[0], err);
}

int way_log_send(const struct notify_target *target, struct notify_round *round,
		 const struct digest *digest, struct error *err)
{
	const struct clock *clock = round->network->clock;
	int64_t until = clock_mono_ms(clock) + NOTIFY_LOCAL_S * 1000;

	for (size_t i = 0; i < digest->count; i++) {
		if (digest->items[i].state == DIGEST_KNOWN && !digest->items[i].is_again)
			continue;
		/* A reader that is just fast enough for one entry could keep us for hours. */
		if (clock_mono_ms(clock) >= until)
			return error_set(err, ERR_IO, "only a part was taken within %d s",
					 NOTIFY_LOCAL_S);
		if (write_entry(&digest->items[i], err) < 0)
			return err->code;
	}
	return 0;
}
