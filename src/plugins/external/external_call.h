/*
 * One call of an external plugin: a JSON object goes in, one comes out. Internal to external*.c.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_CALL_H
#define PLUGINS_EXTERNAL_EXTERNAL_CALL_H

#include "codec/json.h"
#include "config/settings.h"

#define EXTERNAL_VERSION 1

struct external_call {
	const char *plugin;  /* its name, for messages */
	const char *program; /* path */
	const struct settings *settings;
};

/* The NAME=VALUE items of --plugin-option as members of an object, which the caller releases. The
 * value is "" for items without "=". */
struct json *external_options(const struct settings *settings);
/* A request with "version", "call", the directories, and "options" from --plugin-option. The caller
 * adds members and releases it, or passes it to external_run(). */
struct json *external_request(const struct external_call *call, const char *what);
/* Runs the program with the request, which it takes over. The caller releases the answer.
 * ERR_PLUGIN when the program crashed, took longer than --hook-timeout, wrote no JSON object, or
 * answered with "error"; ERR_NOT_FOUND when it answered with "error" and "not_installed";
 * ERR_CANCELLED. */
int external_run(const struct external_call *call, struct json *own_request,
		 struct json **ret_answer, struct error *err) WARN_UNUSED;

#endif
