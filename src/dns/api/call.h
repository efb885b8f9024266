/*
 * Calls of a provider's HTTP API: JSON in, JSON out, tried again when the provider is busy, refused
 * answers turned into errors that say which call on which zone failed and what was answered.
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
 * Answers of 5xx, and what says "slower" (429), are waited out (Retry-After, else 1, 2, 4 ...
 * seconds) and tried again, up to half a minute and four minutes in all; so are broken connections,
 * unless the request was a POST that may have arrived.
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
	DNS_CALL_REPEATABLE = 1 << 0, /* a POST that does no harm when it arrives twice */
	DNS_CALL_NOT_JSON = 1 << 1,   /* the answer is not JSON: reply.json stays NULL */
	DNS_CALL_PLAIN_HTTP =
		1 << 2,              /* http:// is right: metadata services, a server of the user */
	DNS_CALL_ONCE = 1 << 3,      /* no second attempt: probing for a service */
	DNS_CALL_ANONYMOUS = 1 << 4, /* a log-in: no authorize(), and no answer in the log */
	DNS_CALL_NO_ANSWER = 1 << 5, /* a 2xx will do, whatever comes with it */
	DNS_CALL_XML = 1 << 6,       /* the answer is XML instead of JSON */
	DNS_CALL_FORM = 1 << 7,      /* it is a form: reply.json is as codec/form.h says */
	DNS_CALL_ZONE = 1 << 8,      /* it is a zone file: the same, net/parser/zone_file.h */
};

struct dns_call {
	const char *what; /* completes "cannot ...": "add a record" */
	enum http_method method;
	const char *url;               /* a path behind base_url ("/zones"), or absolute */
	const struct headers *headers; /* of this call only, or NULL */
	const struct json *json;       /* request body, or NULL */
	const char *content_type;      /* with `body`: a request body of any other form */
	const char *body;
	/* Statuses outside 2xx that are fine, 0-terminated: the caller looks at reply.status. Their
	 * body need not be JSON. */
	int accept[4];
	unsigned flags;     /* enum dns_call_flags */
	int64_t timeout_ms; /* 0: the usual */
};

/* The request that is about to be sent, for authorize(). */
struct dns_outgoing {
	const char *method; /* "POST" */
	const char *url;    /* absolute, as the provider knows it */
	const char *body;   /* "" when there is none */
};

/* Adds an Authorization field with a bearer token and wipes intermediate buffers. */
void dns_add_bearer(struct headers *headers, const char *token);

/* Adds an Authorization field for basic authentication and wipes intermediate buffers. */
void dns_add_basic(struct headers *headers, const char *user, const char *password);

/* Appends a nonce of that many random bytes in hexadecimal. */
void dns_add_nonce(struct strbuf *out, size_t bytes);

/* Appends the elements of an array as form fields of one name: texts, or what JSON prints. */
void dns_add_fields(struct strbuf *form, const char *name, const struct json *array);

/* Appends the texts, numbers and truth values of an object as form fields. Null is left out. */
void dns_add_members(struct strbuf *form, const struct json *object);

/* Performs the call. ERR_CONFIG: 401, 403 (with the row's hint). ERR_PLUGIN: refused otherwise;
 * 404 too, which a wrong address gets: a caller that knows what it means accepts it.
 * ERR_RATE_LIMITED, ERR_NETWORK: still so after all attempts. ERR_PROTOCOL: the answer is not JSON.
 * ERR_NOT_FOUND, ERR_EXISTS, ERR_BUSY: only by what the provider says of errors. ERR_CANCELLED. */
int dns_call(struct dns_session *session, const struct dns_call *call, struct dns_reply *ret_reply,
	     struct error *err) WARN_UNUSED;

/* Performs the call as a POST of the form, which is wiped. */
int dns_post_form(struct dns_session *session, struct dns_call call, struct strbuf *form,
		  struct dns_reply *ret_reply, struct error *err) WARN_UNUSED;

/* The most pages of a list: an API may count wrong, or always have a next one. */
#define DNS_MAX_PAGES 1000
/* Reads what it needs from a page. `ret_next` (heap) is the URL or path of the next page, or NULL
 * to end. */
typedef int dns_page_fn(void *context, const struct dns_reply *page, char **ret_next,
			struct error *err);
/* Fetches `first` and the pages that follow. ERR_PROTOCOL: the next page is on another host, which
 * would receive our credentials, or there is no end of pages. */
int dns_call_pages(struct dns_session *session, const struct dns_call *first, dns_page_fn *take,
		   void *context, struct error *err) WARN_UNUSED;

/* Sets the error that dns_call() sets for a refusal; for statuses of `accept`. */
int dns_refuse(struct dns_session *session, const struct dns_call *call,
	       const struct dns_reply *reply, struct error *err);
/* Sets ERR_PROTOCOL for an answer that is JSON but not what the call should return: "no 'id'". */
int dns_bad_answer(struct dns_session *session, const char *what, const char *fault,
		   struct error *err);

#endif
