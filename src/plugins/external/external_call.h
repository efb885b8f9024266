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

/* The items NAME=VALUE of --plugin-option as members; the value is "" where there is no "=". */
struct json *external_options(const struct settings *settings);
/* A request to which the caller adds members: "version", "call", the directories, and "options"
 * from
 * --plugin-option. */
struct json *external_request(const struct external_call *call, const char *what);
/* Runs the program with the request (consumed). ERR_PLUGIN: it crashed, took longer than
 * --hook-timeout, wrote no JSON object, or answered with "error"; ERR_NOT_FOUND: it answered with
 * "error" and "not_installed". ERR_CANCELLED. */
int external_run(const struct external_call *call, struct json *own_request,
		 struct json **ret_answer, struct error *err) WARN_UNUSED;

#endif
