/*
 * When to try again what has failed: less and less often. Times are monotonic, in milliseconds.
 */
#ifndef APP_FLEET_BACKOFF_H
#define APP_FLEET_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	int64_t due_ms;   /* of the next try; 0: nothing has failed */
	int64_t pause_ms; /* after the next failure */
};

/* Makes the pause after the next failure the shortest again. */
void backoff_restart(struct backoff *backoff);
/* Records how a try ended. Each failure doubles the pause after the next, up to an hour. */
void backoff_note(struct backoff *backoff, bool has_failed, int64_t now_ms);
/* Makes what has failed due at once, with the shortest pause after it: it may work now. */
void backoff_hasten(struct backoff *backoff, int64_t now_ms);
/* True when something has failed, and its time has come. */
bool backoff_is_due(const struct backoff *backoff, int64_t now_ms);

#endif
