/*
 * Steps of account operations (see account_steps.h).
 */
#include "acme/account_steps.h"

#include <string.h>

#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"

void acme_account_set_contacts(struct json *payload, const struct strvec *contacts)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < contacts->count; i++) {
		AUTO_FREE char *url = xasprintf("mailto:%s", contacts->items[i]);

		json_push_string(list, url);
	}
	json_set(payload, "contact", list);
}

/* The account must be usable; the status is left out by some servers. A deactivated account would
 * refuse the next order with "unauthorized"; said here, it is said before anything was done. */
int acme_account_check(const struct acme_answer *answer, struct error *err)
{
	AUTO(json) struct json *account = NULL;
	AUTO_FREE char *printable = NULL;
	const char *status;

	if (!answer->reply->body_len)
		return 0;
	if (acme_answer_json(answer, "account", &account, err) < 0 ||
	    json_opt_string(account, "account", "status", &status, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	if (!status || strcmp(status, "valid") == 0)
		return 0;
	printable = acme_printable(status);
	error_set(err, ERR_ACME, "the status of the account is '%s'", printable);
	return error_hint(err, "register a new account");
}

int acme_account_take_url(struct acme_exchange *exchange, const struct acme_answer *answer,
			  struct error *err)
{
	const char *url = headers_get(&answer->reply->headers, "Location");

	if (!url)
		return error_set(err, ERR_PROTOCOL, "the reply has no Location");
	if (url_check_https(url, "Location", err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	acme_server_set_account_url(exchange->server, url);
	return 0;
}

const char *acme_account_url(const struct acme_exchange *exchange, struct error *err)
{
	const char *url = acme_server_account_url(exchange->server);

	if (!url)
		error_set(err, ERR_REFUSED, "there is no account");
	return url;
}

/* The CA refuses everything that an account signs which is not valid any more (RFC 8555 section
 * 7.3.6). If it may have done what it was asked before the reply got lost, it has. */
int acme_account_finish_deactivation(struct acme_exchange *exchange, struct acme_answer *answer,
				     struct error *err)
{
	AUTO_FREE char *type = NULL;

	if (answer->kind == ACME_ANSWER_REFUSED) {
		type = acme_problem_type(answer->reply);
		if (str_eq_or_null(type, "unauthorized") ||
		    str_eq_or_null(type, "accountDoesNotExist")) {
			if (answer->maybe_done)
				return ACME_PROGRESS_END;
			acme_exchange_finish_plain(exchange, answer, err);
			return error_recode(err, ERR_EXISTS);
		}
	}
	return acme_exchange_finish_plain(exchange, answer, err);
}
