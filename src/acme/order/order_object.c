/*
 * Reads order objects (see order_object.h). Each URL is checked when it is read, so no request ever
 * goes to one that is not https.
 */
#include "acme/order/order_object.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"

/* Ten times what Let's Encrypt allows in a certificate. It bounds what a hostile server can make us
 * fetch. */
enum { MAX_AUTHORIZATIONS = 1000 };

static const char *const statuses[] = {
	[ACME_ORDER_PENDING] = "pending",       [ACME_ORDER_READY] = "ready",
	[ACME_ORDER_PROCESSING] = "processing", [ACME_ORDER_VALID] = "valid",
	[ACME_ORDER_INVALID] = "invalid",
};

void acme_order_object_release(struct acme_order_object *object)
{
	json_free(object->json);
	object->json = NULL;
}

static int read_status(const struct json *json, enum acme_order_status *ret_status,
		       struct error *err)
{
	AUTO_FREE char *printable = NULL;
	const char *status;

	if (json_get_string(json, "order", "status", &status, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (strcmp(status, statuses[i]) == 0) {
			*ret_status = (enum acme_order_status)i;
			return 0;
		}
	}
	printable = acme_printable(status);
	return error_set(err, ERR_PARSE, "order.status: unknown status '%s'", printable);
}

int acme_order_object_read(const struct acme_answer *answer, struct acme_order_object *ret_object,
			   struct error *err)
{
	AUTO(json) struct json *json = NULL;

	if (acme_answer_json(answer, "order", &json, err) < 0)
		return err->code;
	if (read_status(json, &ret_object->status, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	ret_object->json = STEAL(json);
	return 0;
}

int acme_order_object_url(const struct acme_order_object *object, const char *name, char **ret_url,
			  struct error *err)
{
	AUTO_FREE char *what = xasprintf("order.%s", name);
	const char *url;

	if (json_get_string(object->json, "order", name, &url, err) < 0 ||
	    url_check_https(url, what, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	*ret_url = xstrdup(url);
	return 0;
}

/* An authorization that is listed twice is read once: its challenge must not be answered a second
 * time. */
static int read_authorization(const struct json *list, size_t index, struct strvec *urls,
			      struct error *err)
{
	AUTO_FREE char *what = xasprintf("order.authorizations[%zu]", index);
	const char *url = json_text(json_at(list, index));

	if (!url)
		return error_set(err, ERR_PARSE, "%s: expected a string", what);
	if (url_check_https(url, what, err) < 0)
		return err->code;
	strvec_push_unique(urls, url);
	return 0;
}

int acme_order_object_authorizations(const struct acme_order_object *object,
				     struct strvec *ret_urls, struct error *err)
{
	struct json *list;

	if (json_get_array(object->json, "order", "authorizations", &list, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	if (json_count(list) == 0 || json_count(list) > MAX_AUTHORIZATIONS)
		return error_set(err, ERR_PROTOCOL, "order.authorizations: expected 1 to %d URLs",
				 MAX_AUTHORIZATIONS);
	for (size_t i = 0; i < json_count(list); i++)
		if (read_authorization(list, i, ret_urls, err) < 0)
			return error_recode(err, ERR_PROTOCOL);
	return 0;
}

int acme_order_object_error(const struct acme_order_object *object, struct acme_failures *failures,
			    struct error *err)
{
	const struct json *problem = json_member(object->json, "error");

	if (json_is_object(problem))
		return acme_problem_object_to_error(problem, failures, err);
	return error_set(err, ERR_ACME, "the order became invalid and the CA gave no reason");
}
