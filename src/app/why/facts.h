/*
 * The fact sheet of `why`: what was observed of a lineage, its names, its CA and this machine. It
 * is filled once (gather.h) and then only read: by the conditions of the diagnoses, which see
 * nothing else, and to print the evidence. Whatever could not be found out is left out, and a
 * condition must not take a missing fact for a fault.
 */
#ifndef APP_WHY_FACTS_H
#define APP_WHY_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/types.h"
#include "app/why/fact_service.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "fleet/view.h"

enum {
	FACTS_MAX_NAMES = 100,   /* names of a lineage that are examined; no CA allows more */
	FACTS_MAX_ADDRESSES = 4, /* addresses of a name */
	FACTS_MAX_HOPS = 10,     /* how many redirects a CA follows (Let's Encrypt) */
	FACTS_MAX_SERVICES = 32, /* sockets that should present a lineage's certificate */
};

/* The last failure on record, in the renewal conf or in a log. */
struct fact_failure {
	char *text;       /* one line; NULL: none is known */
	char *code;       /* error_code_name(): "rate-limited"; or NULL */
	char *problem;    /* problem type of ACME, or NULL */
	char *identifier; /* the name that the CA blamed, or NULL */
	int64_t at;       /* Unix seconds, like the next two; 0: unknown */
	int64_t since;    /* the first failure in a row */
	int64_t next_try; /* the next try is not before this time */
	int64_t count;    /* in a row */
};

/* How one address of a name answered a request like the CA's. */
struct fact_probe {
	char *address;
	bool is_own; /* an address of this machine */
	enum probe_outcome outcome;
	int status;         /* of the last answer */
	char *error;        /* the error, if there was no answer */
	char *server;       /* Server field of the last answer, or NULL */
	struct strvec hops; /* the URLs requested, in order */
	bool is_loop;       /* a redirect to a URL that was requested before */
	bool is_endless;    /* more redirects than FACTS_MAX_HOPS */
	char *refused_hop;  /* a redirect that CAs do not follow (scheme or port), or NULL */
	char *leaf;         /* certificate presented on port 443, as PEM, or NULL */
};

/* CAA records, found as in RFC 8659 section 3. */
struct fact_caa {
	char *owner;           /* the owner of the records; NULL: none, or unknown */
	struct strvec records; /* values as in struct dns_answer_record */
	bool is_failed;        /* the servers do not answer the question, which forbids issuance */
};

struct fact_name {
	char *name; /* without a leading "*." */
	bool is_wildcard, is_ip;
	/* DNS. */
	bool is_known;         /* a server answered */
	bool is_missing;       /* NXDOMAIN */
	bool is_bogus;         /* there is an answer, but only without DNSSEC validation */
	char *resolver_error;  /* why resolvers have no answer, or NULL */
	char *zone;            /* NULL: unknown */
	struct strvec servers; /* servers of the zone that were asked: "ns1.a.test (192.0.2.1)" */
	struct strvec silent;  /* those of them that do not answer for the zone */
	char *disagreement;    /* how the zone's servers differ about addresses, as text; or NULL */
	char *serials;         /* how their serial numbers differ, as text; or NULL */
	char *cached;          /* what resolvers answer instead, as text; or NULL */
	struct strvec aliases; /* CNAME targets */
	struct fact_caa caa;
	char *challenge_alias; /* target of _acme-challenge, or NULL */
	char *alias_error;     /* why that alias leads nowhere, or NULL */
	/* The way to the web server. */
	struct fact_probe probes[FACTS_MAX_ADDRESSES];
	size_t probe_count;
};

struct fact_ca {
	char *url;   /* of the CA's directory */
	char *host;  /* the CA as messages call it */
	char *error; /* why the directory is not available, or NULL */
	char *hint;
	int64_t date; /* time of its answer by the CA's clock; 0: unknown */
	int64_t here; /* the same moment by our clock */
	struct strvec caa_identities;
	char *account_uri;   /* NULL: no account is known */
	char *account_error; /* the account is on disk but cannot be read */
};

/* The timers that start renewals on this machine. */
struct fact_timers {
	bool is_known;      /* all places of timers could be read */
	char *ours;         /* path of what starts this program, or NULL */
	char *disabled;     /* path of a disabled timer that would start it, or NULL */
	char *other;        /* path of what starts another Certbot, or NULL */
	char *other_client; /* path of that Certbot */
};

struct fact_machine {
	int64_t now;
	bool has_public[2];    /* it has a public address: IPv4, IPv6 */
	struct strvec own;     /* its addresses, except for loopback and link-local ones */
	int64_t http_port;     /* the port for http-01, 80 unless changed */
	struct strvec on_http; /* programs that listen on it */
	char *full;            /* a directory without free space, or NULL */
	char *read_only;       /* a directory that cannot be written to, or NULL */
	struct fact_timers timers;
};

struct fact_second {
	const char *type;  /* static; NULL: there is one key */
	int64_t not_after; /* 0: there is no certificate for it yet */
	bool is_revoked;
	const char *left; /* type of one that is not renewed any more, static; NULL: none */
	char *remedy;     /* what to type then */
};

struct fact_lineage {
	char *name;     /* NULL: there is no lineage with the names */
	char *error;    /* the conf cannot be used */
	char *key_path; /* where live/ shows the certificate */
	struct strvec faults;
	bool has_cert;
	int64_t not_before, not_after;
	int64_t due_at; /* `renew` waits until then; 0: it does not wait, as after a revocation */
	bool is_revoked;
	struct fact_second second; /* the second key of --key-type ecdsa,rsa */
	bool is_off;               /* autorenew = False */
	char *authenticator;
	enum acme_challenge_type
		challenge; /* its challenge type; ACME_CHALLENGE_TYPE__COUNT: unknown */
	bool has_pre_hook;
	int64_t http_port;   /* port that standalone listens on */
	char *csr;           /* the CSR that it is renewed from, if it does not exist, or NULL */
	char *webroot;       /* webroot of the first name, or NULL */
	char *webroot_error; /* what is wrong with a webroot, or NULL */
	char *plugin_error;  /* a plugin that is not installed, or NULL */
	char *credentials;   /* a credentials file that does not exist, or NULL */
	char *hook;          /* the first word of a hook that is not a program, or NULL */
	bool deploy_owed, reload_owed, outputs_owed, proof_owed;
	char *old_leaf; /* where an earlier certificate is still presented: "a.test at 192.0.2.1:443" */
};

struct facts {
	char *subject;                      /* what was asked about: a lineage or a name */
	const struct fact_machine *machine; /* borrowed; all sheets of a run share it */
	struct fact_ca ca;
	struct fact_lineage lineage;
	struct fact_failure failure;
	struct fleet_view fleet; /* what the fleet has of it */
	struct fact_name *names;
	size_t name_count, name_capacity;
	size_t names_left; /* how many names of the lineage were not examined */
	struct fact_service services[FACTS_MAX_SERVICES];
	size_t service_count;
	bool is_unlooked; /* the network was not used: there was no time left */
};

void fact_machine_init(struct fact_machine *machine);
void fact_machine_release(struct fact_machine *machine);
DEFINE_AUTO(fact_machine, fact_machine_release);

void fact_failure_release(struct fact_failure *failure);

/* For sheets that may be released without having been filled. */
#define FACTS_UNMADE                                                                               \
	{                                                                                          \
		.subject = NULL                                                                    \
	}
/* Initialises an empty sheet for the subject. facts_release() frees its contents. */
void facts_init(struct facts *facts, const char *subject, const struct fact_machine *machine);
void facts_release(struct facts *facts);
/* Adds a name, at first as neither wildcard nor address. NULL: there are enough, and it is only
 * counted. Invalidates pointers to other names. */
struct fact_name *facts_add_name(struct facts *facts, const char *name);
DEFINE_AUTO(facts, facts_release);

/* True if there is something to explain: a failure, a certificate that is expired or overdue, or
 * none at all. */
bool facts_are_trouble(const struct facts *facts);
/* True if renewal has been overdue for two days or more. */
bool facts_is_overdue(const struct facts *facts);
/* True if the certificate has expired, or that of a second key. */
bool facts_is_expired(const struct facts *facts);
bool facts_is_second_expired(const struct facts *facts);
/* True during the last third of the certificate's lifetime. */
bool facts_is_due(const struct facts *facts);

#endif
