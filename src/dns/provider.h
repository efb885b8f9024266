/*
 * The contract of DNS providers: services that host zones and let programs change their records.
 *
 * A provider is a const row: the plugin row it appears as ("dns-cloudflare"), the credentials it
 * needs, how to find zones, and how to add and remove TXT values (docs/dns-provider.md).
 *
 * Both changes are idempotent. `present` succeeds if a value exists already, and leaves other
 * values of the name alone. `cleanup` removes exactly the values of the batch, even after a
 * `present` that failed halfway, and succeeds if a value is already gone.
 */
#ifndef DNS_PROVIDER_H
#define DNS_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "dns/plugin_row.h"
#include "dns/text.h"
#include "dns/zone.h"
#include "plugin/plugin.h"

struct dns_action_calls;
struct dns_guess;
struct dns_outgoing;
struct dns_record_calls;
struct dns_reply;
struct dns_session;
struct dns_token;
struct dns_worker;
struct dns_set_calls;
struct dns_whole_calls;
struct dns_zone_calls;
struct headers;
struct json;

/* The records to change in one zone. `records` is sorted by name; `sets` are slices of it. */
struct dns_batch {
	const struct dns_zone *zone;
	struct dns_record **records;
	size_t record_count;
	struct dns_set *sets;
	size_t set_count;
};

/* The list that list_zones() fills. */
struct dns_zones {
	struct dns_zone *items;
	size_t count, capacity;
};
/* Adds a zone with copies of the texts. `name` may end in a dot and have capitals; `id` may be
 * NULL. */
void dns_zones_add(struct dns_zones *zones, const char *name, const char *id);

enum dns_provider_flags {
	DNS_NO_CREDENTIALS_FILE = 1 << 0,  /* has no option --dns-X-credentials */
	DNS_RAW_CREDENTIALS = 1 << 1,      /* not a ConfigObj file: the provider reads it itself */
	DNS_OPTIONAL_CREDENTIALS = 1 << 2, /* works without the file, so never ask for it */
	DNS_SEARCH_FROM_RECORD = 1 << 3,   /* start the zone search at the record, not the domain */
	DNS_NO_ZONES = 1 << 4,             /* has no zones: all records are one batch, zone "" */
	DNS_NO_PROPAGATION = 1 << 5,       /* present() returns only when the records are visible */
	DNS_OWN_SERVER = 1 << 6,           /* the user's own server: allow http:// if configured */
};

/* The meaning of an answer. dns_call() turns all but the first into an error. */
enum dns_verdict {
	DNS_AS_STATUS, /* the HTTP status decides */
	DNS_REFUSED,   /* refused, whatever the status: ERR_PLUGIN */
	DNS_DENIED,    /* wrong credentials or permissions, like 401 and 403: ERR_CONFIG */
	DNS_SLOW_DOWN, /* too many requests, like 429: wait and retry, then ERR_RATE_LIMITED */
	DNS_UNKNOWN,   /* no such zone or record: ERR_NOT_FOUND */
	DNS_EXISTS,    /* the record to add exists already: ERR_EXISTS */
	DNS_STALE,     /* the zone has changed since it was read: ERR_BUSY, read it again */
};

struct dns_provider {
	/* DNS_PLUGIN(...). The first member, so that the row of an instance is the provider. */
	struct plugin plugin;
	const char *title;  /* "Cloudflare": for messages */
	unsigned flags;     /* enum dns_provider_flags */
	int ttl;            /* seconds; only the provider itself uses it */
	const char *domain; /* the one domain below which all its names are; NULL: any names */
	size_t max_batch;   /* most records in one request; 0: no limit, or one per request */
	const struct dns_credential *credentials; /* DNS_CREDENTIALS() */
	size_t credential_count;
	/* The user must give exactly one of these, all of which are optional credentials. An item
	 * may be several that belong together ("username password"). */
	const char *choices[4];
	const char *credentials_source; /* completes "Where to get them: "; NULL: say nothing */
	struct dns_vendors_file vendors_file;

	const char
		*base_url; /* of the API, without a final slash; NULL: all calls give full URLs */
	struct dns_endpoint endpoint;
	struct dns_fixed_query query;
	/* Authenticates a request; called again for every attempt. May be NULL. */
	int (*authorize)(struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers, struct error *err);
	const char *token_field, *token_scheme; /* for dns_authorize_token(), ..._session() */
	/* Logs in, for dns_authorize_session() in dns/api/token.h. */
	int (*log_in)(struct dns_session *session, struct dns_token *ret_token, struct error *err);
	/* How to read a refusal. If the shape cannot say it, the next three functions do. */
	struct dns_error_shape error_shape;
	/* Appends the reason from a JSON answer ("code 9109: bad token"). Without this function,
	 * messages quote the beginning of the answer. */
	void (*explain)(const struct json *answer, struct strbuf *out);
	/* Does the same for an answer that is not JSON. */
	void (*explain_body)(const struct dns_reply *answer, struct strbuf *out);
	/* Returns the meaning of an answer, for APIs whose status does not tell. May be NULL. */
	enum dns_verdict (*judge)(const struct dns_reply *reply);
	const char *login_hint; /* the remedy shown for 401 and 403; may be NULL */

	/* Checks what it can before the CA is asked: credentials that exclude each other, files
	 * that they name. Sets session->state. May be NULL. */
	int (*open)(struct dns_session *session, struct error *err);
	/* Frees session->state; also called after open() has failed. May be NULL. */
	void (*close)(struct dns_session *session);
	/* A provider needs one of these two, unless it has DNS_NO_ZONES.
	 *
	 * find_zone: looks for a zone with exactly this name; `*ret_id` is on the heap, or NULL if
	 * zones have no ids. ERR_NOT_FOUND: try the parent. ERR_REFUSED: the zone may be somebody
	 * else's; try the parent too, and show the reason if no zone is found. Any other error ends
	 * the search.
	 *
	 * list_zones: lists all zones of the account. A provider with both may return ERR_REFUSED
	 * here; then find_zone is called. */
	int (*find_zone)(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err);
	int (*list_zones)(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err);
	/* find_zone for many names at once: fills in each guess. ERR_CANCELLED. */
	int (*find_zones)(struct dns_session *session, struct dns_guess *guesses, size_t count,
			  struct error *err);
	/* The calls of the usual kinds of APIs, as described in dns/api/: actions.h, answer.h,
	 * records.h, sets.h and whole.h. */
	const struct dns_action_calls *action_calls;
	const struct dns_zone_calls *zone_calls;
	const struct dns_record_calls *record_calls;
	const struct dns_set_calls *set_calls;
	const struct dns_whole_calls *whole_calls;
	/* Refuses records that the provider cannot hold at the same time. Also called before the CA
	 * is asked, with placeholders for the values. May be NULL. */
	int (*check)(const struct dns_batch *batch, struct error *err);
	/* Waits until the added records are in force. Called once, after present() has been called
	 * for all zones. May be NULL. */
	int (*settle)(struct dns_session *session, struct error *err);
	/* Adds all values of the batch. After an error, none of them can be relied on. */
	int (*present)(struct dns_session *session, const struct dns_batch *batch,
		       struct error *err);
	/* Removes them. */
	int (*cleanup)(struct dns_session *session, const struct dns_batch *batch,
		       struct error *err);
};

/* One login at one provider, with one credentials file, in one run. */
struct dns_session {
	const struct dns_provider *provider;
	const struct plugin_host *host;
	struct settings *settings; /* a copy of those of the first lineage that uses the login */
	struct dns_login *login;
	struct dns_directory *directory;
	void *state;               /* the provider's own data */
	const char *base_url;      /* the provider's, unless open() sets another */
	char *endpoint;            /* heap: see dns_use_endpoint() */
	char *query;               /* added to all URLs ("team=1"), or NULL: see dns_add_query() */
	const char *zone;          /* the zone being changed, for messages, or NULL */
	struct dns_worker *worker; /* the worker that uses this copy of the session, or NULL */
	bool is_used;              /* false: only opened to check the credentials */
	bool was_repeated;         /* a change was sent again and may have been made before */
};

/* Returns a credential, borrowed; NULL if it is optional and missing. Never log it. */
const char *dns_credential(const struct dns_session *session, const char *key);
const char *dns_credentials_path(const struct dns_session *session); /* NULL: no such file */
/* Hides another secret (a session token) in all messages from now on. */
void dns_hide(struct dns_session *session, const char *secret);
/* Returns the option --dns-<provider>-<name> ("project"); NULL if it was not given. */
const char *dns_option(const struct dns_session *session, const char *name);
int64_t dns_now(const struct dns_session *session); /* the wall clock, Unix seconds */
/* Sleeps. ERR_CANCELLED on a signal. */
int dns_pause(const struct dns_session *session, int64_t ms, struct error *err) WARN_UNUSED;
char *dns_home(void); /* $HOME, or else the user's home directory; heap */
/* Both read a small file; the second warns if other users can read it. ERR_NOT_FOUND, ERR_IO. */
int dns_read_file(const char *path, struct secret *ret_text, struct error *err) WARN_UNUSED;
int dns_read_secret_file(const char *path, struct secret *ret_text, struct error *err) WARN_UNUSED;
/* Creates or replaces a file that only its owner may read. ERR_IO. */
int dns_write_secret_file(const char *path, const char *text, struct error *err) WARN_UNUSED;

#endif
