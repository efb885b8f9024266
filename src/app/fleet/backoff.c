/*
 * Pauses between tries (see backoff.h). A success does not shorten the pause: a caller that
 * tries again because of something new calls backoff_restart().
 */
#include "app/fleet/backoff.h"

enum {
	FIRST_MS = 30 * 1000,
	MOST_MS = 3600 * 1000,
};

void backoff_restart(struct backoff *backoff)
{
	backoff->pause_ms = FIRST_MS;
}

void backoff_note(struct backoff *backoff, bool has_failed, int64_t now_ms)
{
	int64_t doubled = 2 * backoff->pause_ms;

	backoff->due_ms = has_failed ? now_ms + backoff->pause_ms : 0;
	backoff->pause_ms = doubled < MOST_MS ? doubled : MOST_MS;
}

void backoff_hasten(struct backoff *backoff, int64_t now_ms)
{
	backoff_restart(backoff);
	backoff->due_ms = backoff->due_ms ? now_ms : 0;
}

bool backoff_is_due(const struct backoff *backoff, int64_t now_ms)
{
	return backoff->due_ms && now_ms >= backoff->due_ms;
}
