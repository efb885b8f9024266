/*
 * The values of --notify (see target.h).
 */
#include "app/notify/target.h"

#include <string.h>

#include "base/ascii.h"
#include "base/strbuf.h"
#include "net/http/http.h"
#include "os/file/file.h"

/* A relative path would lead elsewhere when the timer runs this. */
static int check_absolute_path(const char *value, struct error *err)
{
	if (value[0] == '/')
		return 0;
	if (!strstr(value, "://"))
		return error_set(err, ERR_CONFIG, "'%s' is not an absolute path", value);
	error_set(err, ERR_CONFIG, "a URL is secret and has no place here");
	return error_hint(err, "put it in a file, after \"url = \", and name the file");
}

static const struct notify_way ways[] = {
	{"syslog", NOTIFY_LOCAL_S, NULL, NULL, way_log_send},
	{"mail", NOTIFY_LOCAL_S, "ADDRESS", way_mail_check, way_mail_send},
	{"smtp", NOTIFY_SMTP_S, "/FILE", check_absolute_path, way_smtp_send},
	{"program", NOTIFY_LOCAL_S, "/PATH", check_absolute_path, way_program_send},
	{"webhook", NOTIFY_WEB_S, "/FILE", check_absolute_path, way_web_send},
	{"slack", NOTIFY_WEB_S, "/FILE", check_absolute_path, way_web_send},
	{"matrix", NOTIFY_WEB_S, "/FILE", check_absolute_path, way_web_send},
	{"ntfy", NOTIFY_WEB_S, "/FILE", check_absolute_path, way_web_send},
	{"telegram", NOTIFY_WEB_S, "/FILE", check_absolute_path, way_web_send},
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
		return error_wrap(err, "--notify %s", way->name);
	return 0;
}

int notify_round_http(struct notify_round *round, struct error *err)
{
	return round->http ? 0 : network_new_http(round->network, &round->http, err);
}

void notify_round_release(struct notify_round *round)
{
	http_client_free(round->http);
	round->http = NULL;
}

int notify_target_send(const struct notify_target *target, struct notify_round *round,
		       const struct digest *digest, struct error *err)
{
	round->may_have_arrived = false;
	if (target->way->send(target, round, digest, err) < 0)
		return error_wrap(err, "cannot notify %s", target->given);
	return 0;
}
