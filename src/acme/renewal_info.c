/*
 * Renewal information (RFC 9773): an unsigned GET of the renewal window that the CA suggests for
 * one certificate. app/ decides when to renew inside the window and how often to ask.
 */
#include <string.h>

#include "acme/account.h"
#include "acme/exchange_parts.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "codec/url.h"

/* Unsigned on purpose (RFC 9773 section 4.1): it needs no account and no nonce, so it can be asked
 * before anything is decided, and caches may answer. */
static int begin_renewal_info(struct acme_exchange *exchange, struct error *err)
{
	const char *base = acme_server_resource(exchange->server, ACME_RENEWAL_INFO, err);
	AUTO_FREE char *url = NULL;
	struct acme_call_spec spec = {.method = ACME_GET, .accept = "application/json"};

	if (!base)
		return err->code;
	url = xasprintf("%s%s%s", base, str_ends(base, "/") ? "" : "/", exchange->cert_id);
	spec.url = url;
	acme_exchange_call(exchange, &spec);
	return 0;
}

static int read_time(const struct json *window, const char *name, int64_t *ret_seconds,
		     struct error *err)
{
	const char *text;

	if (json_get_string(window, "renewalInfo.suggestedWindow", name, &text, err) < 0)
		return err->code;
	if (!datetime_parse_rfc3339(text, ret_seconds))
		return error_set(err, ERR_PARSE,
				 "renewalInfo.suggestedWindow.%s: expected an RFC 3339 time", name);
	return 0;
}

static int read_window(const struct acme_answer *answer, struct acme_window *window,
		       struct error *err)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(json) struct json *json = NULL;
	struct json *suggested;
	const char *url;

	if (acme_answer_json(answer, "renewalInfo", &json, err) < 0 ||
	    json_get_object(json, "renewalInfo", "suggestedWindow", &suggested, err) < 0 ||
	    read_time(suggested, "start", &window->start, err) < 0 ||
	    read_time(suggested, "end", &window->end, err) < 0)
		return err->code;
	/* A window of one instant is none by RFC 9773 section 4.2, but CAs mean "at that time" by
	 * it, mostly "now", and Certbot takes it so. */
	if (window->end < window->start)
		return error_set(err, ERR_PARSE,
				 "renewalInfo.suggestedWindow: it ends before it starts");
	/* For people only: one that cannot be shown is as good as none. */
	url = json_text(json_member(json, "explanationURL"));
	if (url && url_check_https(url, "explanationURL", &ignored) == 0)
		window->explanation_url = xstrdup(url);
	return 0;
}

/* Retry-After is how long the answer may be kept (RFC 9773 section 4.3.2); it is stored with the
 * lineage, so that hourly runs do not ask each time. */
static int finish_renewal_info(struct acme_exchange *exchange, struct acme_answer *answer,
			       struct error *err)
{
	int progress = acme_exchange_finish_plain(exchange, answer, err);

	if (progress < 0)
		return progress;
	if (read_window(answer, &exchange->window, err) < 0) {
		error_wrap(err, "cannot %s", exchange->kind->doing);
		return error_recode(err, ERR_PROTOCOL);
	}
	exchange->window.retry_after = acme_reply_retry_at(answer->reply, answer->now_ms) / 1000;
	return progress;
}

static const struct acme_exchange_kind renewal_info_kind = {
	.doing = "read the renewal information",
	.begin = begin_renewal_info,
	.finish = finish_renewal_info,
};

struct acme_exchange *acme_renewal_info(struct acme_server *server, const char *cert_id)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &renewal_info_kind);

	exchange->cert_id = xstrdup(cert_id);
	return exchange;
}
