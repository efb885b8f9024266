/*
 * The values of --notify (see target.h).
 */
#include "app/notify/target.h"

#include <string.h>

#include "base/ascii.h"
#include "base/strbuf.h"
#include "net/http/http.h"
#include "os/file/file.h"

/* A relative path would be another one for the timer. */
static int check_program_path(const char *value, struct error *err)
{
	if (value[0] == '/')
		return 0;
	return error_set(err, ERR_CONFIG, "'%s' is not an absolute path", value);
}

static const struct notify_way ways[] = {
	{"syslog", NULL, NULL, way_log_send, NULL},
	{"mail", "ADDRESS", way_mail_check, way_mail_send, NULL},
	{"program", "/PATH", check_program_path, way_program_send, NULL},
};

static int refuse_way(const char *given, struct error *err)
{
	AUTO(strbuf) struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		strbuf_addf(&known, "%s%s%s%s", i ? ", " : "", ways[i].name,
			    ways[i].takes ? ":" : "", ways[i].takes ? ways[i].takes : "");
	error_set(err, ERR_CONFIG, "--notify cannot be '%s'", given);
	return error_hint(err, "one of: %s", known.text);
}

int notify_target_parse(const char *given, struct notify_target *ret_target, struct error *err)
{
	const char *colon = strchr(given, ':');
	size_t len = colon ? (size_t)(colon - given) : strlen(given);
	const struct notify_way *way = NULL;

	for (size_t i = 0; i < ARRAY_LEN(ways) && !way; i++)
		if (span_eq(span_make(given, len), ways[i].name))
			way = &ways[i];
	if (!way || !way->takes != !colon || (colon && !colon[1]) ||
	    !ascii_is_printable_text(given))
		return refuse_way(given, err);
	*ret_target = (struct notify_target){given, way, colon ? colon + 1 : ""};
	if (way->check && way->check(ret_target->value, err) < 0)
		return error_wrap(err, "--notify %s", given);
	return 0;
}

void notify_round_release(struct notify_round *round)
{
	http_client_free(round->http);
	round->http = NULL;
}

int notify_target_send(const struct notify_target *target, struct notify_round *round,
		       const struct digest *digest, struct error *err)
{
	if (target->way->send(target, round, digest, err) < 0)
		return error_wrap(err, "cannot notify %s", target->given);
	return 0;
}
