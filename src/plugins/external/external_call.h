/*
 * One call of an external plugin: a JSON object goes in, one comes out. Internal to external*.c.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_CALL_H
#define PLUGINS_EXTERNAL_EXTERNAL_CALL_H

#include "codec/json.h"
#include "config/settings.h"
#include "plugin/plugin.h"

#define EXTERNAL_VERSION 1

struct external_call {
	const struct plugin *plugin; /* its name, its program, and the options that it declares */
	const struct settings *settings;
	int64_t seconds; /* limit of time; 0: --hook-timeout */
};

/* A request with "version", "call", "plugin", the directories and the ports. The caller adds members and
 * releases it, or passes it to external_run(). */
struct json *external_request(const struct external_call *call, const char *what);
/* Runs the program with the request, which it takes over; "options" is added to it, and to each of
 * its "challenges" and "certificates". The caller releases the answer. ERR_CONFIG: the options are
 * unusable (external_options.h); ERR_PLUGIN when the program crashed, took too long, wrote no JSON
 * object, or answered with "error"; ERR_NOT_FOUND when it answered with "error" and
 * "not_installed"; ERR_CANCELLED. */
int external_run(const struct external_call *call, struct json *own_request,
		 struct json **ret_answer, struct error *err) WARN_UNUSED;

#endif
