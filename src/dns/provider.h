/*
 * The contract of DNS providers: services that host zones and let programs change their records.
 *
 * A provider is a const row: the plugin row it appears as ("dns-cloudflare"), what it needs to log
 * in, how zones are found, how TXT values are added and removed (docs/dns-provider.md).
 *
 * Both changes are idempotent. `present` succeeds if a value exists already and leaves other values
 * of the name alone; `cleanup` removes exactly the values of the batch, also after a `present` that
 * failed half-way, and succeeds if one is gone already.
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

/* Records of the run in one zone. `records` is ordered by name; `sets` are slices of it. */
struct dns_batch {
	const struct dns_zone *zone;
	struct dns_record **records;
	size_t record_count;
	struct dns_set *sets;
	size_t set_count;
};

/* The list that list_zones() fills in. */
struct dns_zones {
	struct dns_zone *items;
	size_t count, capacity;
};
/* Adds copies. `name` may have a final dot and capitals; `id` may be NULL. */
void dns_zones_add(struct dns_zones *zones, const char *name, const char *id);

enum dns_provider_flags {
	DNS_NO_CREDENTIALS_FILE = 1 << 0,  /* has no --dns-X-credentials */
	DNS_RAW_CREDENTIALS = 1 << 1,      /* the file is not ConfigObj: the provider reads it */
	DNS_OPTIONAL_CREDENTIALS = 1 << 2, /* works without the file: it is never asked for */
	DNS_SEARCH_FROM_RECORD = 1 << 3, /* zone search starts at the record name, not the domain */
	DNS_NO_ZONES = 1 << 4,           /* knows no zones: one batch, whose zone is "" */
	DNS_NO_PROPAGATION = 1 << 5,     /* present returns when the world can see the records */
	DNS_OWN_SERVER = 1 << 6,         /* of the user's: http:// is right, if it is configured */
};

/* The meaning of an answer. dns_call() makes an error of each but the first. */
enum dns_verdict {
	DNS_AS_STATUS, /* what the HTTP status says */
	DNS_REFUSED,   /* a refusal, whatever the status is: ERR_PLUGIN */
	DNS_DENIED,    /* wrong credentials or rights, like 401 and 403: ERR_CONFIG */
	DNS_SLOW_DOWN, /* too many requests, like 429: waited out, then ERR_RATE_LIMITED */
	DNS_UNKNOWN,   /* there is no such zone or record: ERR_NOT_FOUND */
	DNS_EXISTS,    /* what should be added is there: ERR_EXISTS */
	DNS_STALE,     /* the zone has changed since it was read: ERR_BUSY, and read again */
};

struct dns_provider {
	struct plugin plugin; /* DNS_PLUGIN(...); first, so that an instance leads here */
	const char *title;    /* "Cloudflare": for messages */
	unsigned flags;       /* enum dns_provider_flags */
	int ttl;              /* seconds; for the provider's own use */
	size_t max_batch;     /* records that one request may carry; 0: no limit, or one each */
	const struct dns_credential *credentials; /* DNS_CREDENTIALS() */
	size_t credential_count;
	/* Of these optional credentials one is needed, and one only. An item may be several of
	 * them, which belong together ("username password"). */
	const char *choices[4];
	const char *credentials_source; /* completes "Where to get them: "; NULL: nothing to say */
	/* Keys by which the file may name one of the vendor's own programs that has the values, and
	 * a section of it ("default"). NULL: there is no such file. */
	const char *profile_path, *profile_section;

	const char *base_url; /* of its API, no final slash; NULL: it gives whole URLs */
	struct dns_endpoint endpoint;
	struct dns_fixed_query query;
	/* Adds what proves who we are to a request; called for every attempt. May be NULL. */
	int (*authorize)(struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers, struct error *err);
	const char *token_field, *token_scheme; /* for dns_authorize_token(), ..._session() */
	/* Logs in, for dns_authorize_session() in dns/api/token.h. */
	int (*log_in)(struct dns_session *session, struct dns_token *ret_token, struct error *err);
	struct dns_error_shape error_shape; /* or these three: */
	/* Appends what a refusing JSON answer says ("code 9109: bad token"); else its start is
	 * shown. */
	void (*explain)(const struct json *answer, struct strbuf *out);
	void (*explain_body)(const struct dns_reply *answer, struct strbuf *out); /* not JSON */
	/* Returns the meaning of an answer whose status does not tell. May be NULL. */
	enum dns_verdict (*judge)(const struct dns_reply *reply);
	const char *login_hint; /* remedy shown for 401 and 403; may be NULL */

	/* Checks what can be known before the CA is asked: rules among credentials, files that they
	 * name. Makes session->state. May be NULL. */
	int (*open)(struct dns_session *session, struct error *err);
	/* Frees session->state; called also after a failed open. May be NULL. */
	void (*close)(struct dns_session *session);
	/* One of these, unless DNS_NO_ZONES. find_zone: is there a zone of exactly this name? Heap
	 * id or NULL; ERR_NOT_FOUND, or ERR_REFUSED for what may be somebody else's: try the parent
	 * (reasons are shown if there is none either); other errors end the search. list_zones: all
	 * zones of the account; with both, ERR_REFUSED: look for single ones. */
	int (*find_zone)(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err);
	int (*list_zones)(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err);
	/* find_zone for many names in one go: fills in all guesses. ERR_CANCELLED. */
	int (*find_zones)(struct dns_session *session, struct dns_guess *guesses, size_t count,
			  struct error *err);
	/* For the usual kinds of APIs: actions.h, answer.h, records.h, sets.h and whole.h in
	 * dns/api/. */
	const struct dns_action_calls *action_calls;
	const struct dns_zone_calls *zone_calls;
	const struct dns_record_calls *record_calls;
	const struct dns_set_calls *set_calls;
	const struct dns_whole_calls *whole_calls;
	/* Refuses records that it cannot have at the same time. Also called before the CA is asked,
	 * with values that stand for those to come. May be NULL. */
	int (*check)(const struct dns_batch *batch, struct error *err);
	/* Called once after present() of all zones: waits until what it added is in force. May be
	 * NULL. */
	int (*settle)(struct dns_session *session, struct error *err);
	/* Puts all values of the batch in. An error means that none can be relied on. */
	int (*present)(struct dns_session *session, const struct dns_batch *batch,
		       struct error *err);
	int (*cleanup)(struct dns_session *session, const struct dns_batch *batch,
		       struct error *err);
};

/* One login at one provider: a credentials file in one run. */
struct dns_session {
	const struct dns_provider *provider;
	const struct plugin_host *host;
	struct settings *settings; /* those of the lineage that came first; its own */
	struct dns_login *login;
	struct dns_directory *directory;
	void *state;               /* the provider's own */
	const char *base_url;      /* open() may set another than the provider's */
	char *endpoint;            /* heap: see dns_use_endpoint() */
	char *query;               /* of all URLs, "team=1", or NULL: heap, see dns_add_query() */
	const char *zone;          /* what is being worked on, for messages; NULL: none */
	struct dns_worker *worker; /* who works in the name of this copy of the session, or NULL */
	bool is_used;              /* opened not only to see whether that works */
	bool was_repeated;         /* a change may have arrived before it was answered */
};

/* The credential of that key; NULL: optional and missing. Borrowed; never to be logged. */
const char *dns_credential(const struct dns_session *session, const char *key);
const char *dns_credentials_path(const struct dns_session *session); /* NULL: no such file */
/* Declares a further secret (a session token): hidden in all messages from now on. */
void dns_hide(struct dns_session *session, const char *secret);
/* The option --dns-<provider>-<name>: "project"; NULL: not given. */
const char *dns_option(const struct dns_session *session, const char *name);
int64_t dns_now(const struct dns_session *session); /* the wall clock, Unix seconds */
/* Waits; ERR_CANCELLED when a signal comes. */
int dns_pause(const struct dns_session *session, int64_t ms, struct error *err) WARN_UNUSED;
char *dns_home(void); /* of the environment, or else of the user; heap */
/* Reads a small file; the second warns when others can read it. ERR_NOT_FOUND, ERR_IO. */
int dns_read_file(const char *path, struct secret *ret_text, struct error *err) WARN_UNUSED;
int dns_read_secret_file(const char *path, struct secret *ret_text, struct error *err) WARN_UNUSED;
/* Replaces (or makes) a file that only its owner may read. ERR_IO. */
int dns_write_secret_file(const char *path, const char *text, struct error *err) WARN_UNUSED;
struct dns_program {
	const char *const *argv;
	const char *name;             /* for messages; NULL: argv[0] */
	const struct strvec *env;     /* "NAME=value": it gets little else; NULL: all of ours */
	void (*ended)(void *context); /* before what it wrote is quoted; may be NULL */
	void *context;
};
/* ERR_REFUSED when every user may change the program. */
int dns_check_program(const char *what, const char *program, struct error *err) WARN_UNUSED;
/* Runs a program of the user's, for --hook-timeout or 10 minutes at most. ERR_PLUGIN: it failed;
 * the text has its error output, without secrets. ERR_CONFIG: it is not there. ERR_CANCELLED. */
int dns_run_program(const struct dns_session *session, const struct dns_program *program,
		    struct strbuf *ret_output, struct error *err) WARN_UNUSED;
typedef int dns_record_fn(struct dns_session *session, const struct dns_record *record,
			  const char *verb, struct error *err);
/* Calls it for each record. A failure is that record's ("cannot <verb> ..."). ERR_CANCELLED. */
int dns_run_for_each(struct dns_session *session, const struct dns_batch *batch, const char *verb,
		     dns_record_fn *run, struct error *err) WARN_UNUSED;

#endif
