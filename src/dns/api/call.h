/*
 * Calls of a provider's HTTP API, with JSON in both directions. A call is retried when the provider
 * is busy. A refusal becomes an error that names the call and the zone and quotes the answer.
 *
 *	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
 *	AUTO(json) struct json *body = json_object_new();
 *	const struct dns_call call = {.what = "add a record", .method = HTTP_POST,
 *				      .url = "/zones/1/records", .json = body};
 *
 *	json_set_string(body, "type", "TXT");
 *	if (dns_call(session, &call, &reply, err) < 0)
 *		return err->code;
 *
 * After 5xx, or after an answer that asks us to slow down (429), the call waits as long as
 * Retry-After says, else 1, 2, 4 ... seconds, and tries again: for half a minute in all after 5xx,
 * for four minutes after "slow down". A broken connection counts as 5xx, unless the request was a
 * POST that may have arrived.
 */
#ifndef DNS_API_CALL_H
#define DNS_API_CALL_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "codec/headers.h"
#include "dns/api/reply.h"
#include "net/http/http.h"

struct dns_session;
struct json;
struct strbuf;

enum dns_call_flags {
	DNS_CALL_REPEATABLE = 1 << 0, /* a POST that does no harm if it arrives twice */
	DNS_CALL_NOT_JSON = 1 << 1,   /* the answer is not JSON: reply.json stays NULL */
	/* Allow http://, for metadata services and the user's own servers. */
	DNS_CALL_PLAIN_HTTP = 1 << 2,
	DNS_CALL_ONCE = 1 << 3, /* do not retry: this only probes for a service */
	DNS_CALL_ANONYMOUS =
		1 << 4, /* a login: no authorize(), and keep the answer out of the log */
	DNS_CALL_NO_ANSWER = 1 << 5, /* accept a 2xx with any body */
	DNS_CALL_XML = 1 << 6,       /* the answer is XML */
	DNS_CALL_FORM = 1 << 7,      /* the answer is a form: for reply.json see codec/form.h */
	/* The answer is a zone file: for reply.json see net/parser/zone_file.h. */
	DNS_CALL_ZONE = 1 << 8,
};

struct dns_call {
	const char *what; /* completes "cannot ...": "add a record" */
	enum http_method method;
	const char *url;               /* a path that follows base_url ("/zones"), or absolute */
	const struct headers *headers; /* of this call only, or NULL */
	const struct json *json;       /* request body, or NULL */
	const char *content_type;      /* of `body`, a request body that is not JSON */
	const char *body;
	/* Statuses outside 2xx that are not an error, 0-terminated; the caller looks at
	 * reply.status. The body of such an answer need not be JSON. */
	int accept[4];
	unsigned flags;     /* enum dns_call_flags */
	int64_t timeout_ms; /* 0: the default */
};

/* The request to be sent, for authorize(). */
struct dns_outgoing {
	const char *method; /* "POST" */
	const char *url;    /* absolute */
	const char *body;   /* "" if there is none */
};

/* Adds an Authorization field with a bearer token and wipes intermediate buffers. */
void dns_add_bearer(struct headers *headers, const char *token);

/* Adds an Authorization field for basic authentication and wipes intermediate buffers. */
void dns_add_basic(struct headers *headers, const char *user, const char *password);

/* Appends a nonce of that many random bytes in hexadecimal. */
void dns_add_nonce(struct strbuf *out, size_t bytes);

/* Appends each element of an array as a form field of that name. Elements that are not texts are
 * written as JSON. */
void dns_add_fields(struct strbuf *form, const char *name, const struct json *array);

/* Appends the texts, numbers and booleans of an object as form fields. Skips null. */
void dns_add_members(struct strbuf *form, const struct json *object);

/* Performs the call. ERR_CONFIG: 401 or 403, with the login_hint of the provider's row. ERR_PLUGIN:
 * any other refusal, including 404, which a wrong URL gets as well; a caller for which 404 has a
 * meaning lists it in `accept`. ERR_RATE_LIMITED, ERR_NETWORK: all attempts have failed.
 * ERR_PROTOCOL: the answer is not JSON. ERR_NOT_FOUND, ERR_EXISTS, ERR_BUSY: only if the provider's
 * row says how to recognise them. ERR_CANCELLED. */
int dns_call(struct dns_session *session, const struct dns_call *call, struct dns_reply *ret_reply,
	     struct error *err) WARN_UNUSED;

/* Performs the call as a POST of the form, then wipes the form. */
int dns_post_form(struct dns_session *session, struct dns_call call, struct strbuf *form,
		  struct dns_reply *ret_reply, struct error *err) WARN_UNUSED;

/* Limit for the pages of a list, in case an API miscounts them or always names a next one. */
#define DNS_MAX_PAGES 1000
/* Processes one page. `*ret_next` (heap) is the URL or path of the next page, or NULL after the
 * last. */
typedef int dns_page_fn(void *context, const struct dns_reply *page, char **ret_next,
			struct error *err);
/* Fetches `first` and the pages that follow. ERR_PROTOCOL: the next page is on another host, which
 * must not get our credentials, or there are too many pages. */
int dns_call_pages(struct dns_session *session, const struct dns_call *first, dns_page_fn *take,
		   void *context, struct error *err) WARN_UNUSED;

/* Sets the error that dns_call() sets for a refusal, for a status that `accept` lists. */
int dns_refuse(struct dns_session *session, const struct dns_call *call,
	       const struct dns_reply *reply, struct error *err);
/* Sets ERR_PROTOCOL for an answer that is valid JSON with wrong contents; `fault` is "no 'id'". */
int dns_bad_answer(struct dns_session *session, const char *what, const char *fault,
		   struct error *err);

#endif
