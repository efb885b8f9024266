/*
 * Where a message goes: a value of --notify, "WAY:VALUE", and how each way sends it.
 *
 * What is secret (passwords, tokens, the URLs of webhooks) is in a file of its own, which VALUE
 * names: on a command line other users would see it, and in cli.ini, too, where a package has made
 * that readable. No answer of a server is read here: the network process speaks HTTP and SMTP
 * (docs/children.md), and of what it hands on the status counts.
 */
#ifndef APP_NOTIFY_TARGET_H
#define APP_NOTIFY_TARGET_H

#include "app/notify/ways.h"

/* Splits a value of --notify, which is borrowed. ERR_CONFIG: there is no such way, or the value
 * does not suit it. */
int notify_target_parse(const char *given, struct notify_target *ret_target,
			struct error *err) WARN_UNUSED;

/* Frees what the messages of the round have made. */
void notify_round_release(struct notify_round *round);
/* Sends the message. The error names the target, and has no secret in its text. */
int notify_target_send(const struct notify_target *target, struct notify_round *round,
		       const struct digest *digest, struct error *err) WARN_UNUSED;

#endif
