/*
 * The fact sheet of `why`: what was seen of a lineage, its names, its CA and this machine. It is
 * filled once (gather.h) and then only read: by the conditions of the diagnoses, which see nothing
 * else, and by the evidence that is printed. What could not be found out is absent, and a condition
 * must not take absence for a fault.
 */
#ifndef APP_WHY_FACTS_H
#define APP_WHY_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/types.h"
#include "app/why/fact_service.h"
#include "base/macros.h"
#include "base/strvec.h"

enum {
	FACTS_MAX_NAMES = 100,   /* names of a lineage that are looked at: all, at most CAs */
	FACTS_MAX_ADDRESSES = 4, /* of a name */
	FACTS_MAX_HOPS = 10,     /* redirects that a CA follows (Let's Encrypt) */
	FACTS_MAX_SERVICES = 32, /* sockets where a lineage's certificate should be shown */
};

/* The last failure that is on record, in the renewal conf or in a log. */
struct fact_failure {
	char *text;       /* one line; NULL: none is known */
	char *code;       /* error_code_name(): "rate-limited"; or NULL */
	char *problem;    /* ACME type, or NULL */
	char *identifier; /* that the CA named, or NULL */
	int64_t at;       /* Unix seconds, as are the next two; 0: unknown */
	int64_t since;    /* the first of those in a row */
	int64_t next_try; /* not before */
	int64_t count;    /* in a row */
};

/* The answer of one address of a name to a request such as the CA's. */
struct fact_probe {
	char *address;
	bool is_own; /* an address of this machine */
	enum probe_outcome outcome;
	int status;         /* of the last answer */
	char *error;        /* text, when there was no answer */
	char *server;       /* Server field of the last answer, or NULL */
	struct strvec hops; /* the URLs asked for, in their order */
	bool is_loop;       /* a redirect to a URL asked for before */
	bool is_endless;    /* more than FACTS_MAX_HOPS */
	char *refused_hop;  /* a redirect that CAs do not follow (scheme or port), or NULL */
	char *leaf;         /* PEM shown on port 443, or NULL */
};

/* CAA records as RFC 8659 section 3 finds them. */
struct fact_caa {
	char *owner;           /* where they are; NULL: none, or unknown */
	struct strvec records; /* values as in struct dns_answer_record */
	bool is_failed;        /* the servers do not answer the question, which forbids */
};

struct fact_name {
	char *name; /* without "*." */
	bool is_wildcard, is_ip;
	/* DNS. */
	bool is_known;         /* a server answered */
	bool is_missing;       /* NXDOMAIN */
	bool is_bogus;         /* only without DNSSEC validation there is an answer */
	char *resolver_error;  /* why resolvers have no answer, or NULL */
	char *zone;            /* NULL: unknown */
	struct strvec servers; /* of the zone: "ns1.a.test (192.0.2.1)", those asked */
	struct strvec silent;  /* of these, those that do not answer for the zone */
	char *disagreement;    /* of servers of the zone about addresses, as text; or NULL */
	char *serials;         /* of their serial numbers, as text; or NULL */
	char *cached;          /* what resolvers have instead, as text; or NULL */
	struct strvec aliases; /* CNAME targets */
	struct fact_caa caa;
	char *challenge_alias; /* target of _acme-challenge, or NULL */
	char *alias_error;     /* why that leads nowhere, or NULL */
	/* The way to it. */
	struct fact_probe probes[FACTS_MAX_ADDRESSES];
	size_t probe_count;
};

struct fact_ca {
	char *url;   /* of the directory */
	char *host;  /* for texts */
	char *error; /* why the directory cannot be had, or NULL */
	char *hint;
	int64_t date; /* of its answer by its own clock; 0: unknown */
	int64_t here; /* by ours at that moment */
	struct strvec caa_identities;
	char *account_uri;   /* NULL: none is known */
	char *account_error; /* the account cannot be read */
};

/* The timers that start renewals here. */
struct fact_timers {
	bool is_known;      /* the places where timers are could be read */
	char *ours;         /* a path that starts this program, or NULL */
	char *disabled;     /* a timer for that which is installed and switched off, or NULL */
	char *other;        /* a path that starts another Certbot, or NULL */
	char *other_client; /* its program */
};

struct fact_machine {
	int64_t now;
	bool has_public[2];    /* has an address that is reachable from outside: IPv4, IPv6 */
	struct strvec own;     /* its addresses, without those of loopback and link */
	int64_t http_port;     /* the usual one for http-01 */
	struct strvec on_http; /* programs that listen on it */
	char *full;            /* a directory without room, or NULL */
	char *read_only;       /* a directory that cannot be written to, or NULL */
	struct fact_timers timers;
};

struct fact_lineage {
	char *name;     /* NULL: the names have no lineage */
	char *error;    /* the conf cannot be used */
	char *key_path; /* of live/ */
	struct strvec faults;
	bool has_cert;
	int64_t not_before, not_after;
	int64_t due_at; /* `renew` tries it from then on; 0: at once, since it is revoked */
	bool is_revoked;
	bool is_off; /* autorenew = False */
	char *authenticator;
	enum acme_challenge_type challenge; /* that it uses; ACME_CHALLENGE_TYPE__COUNT: unknown */
	bool has_pre_hook;
	int64_t http_port;   /* that standalone listens on */
	char *webroot;       /* of the first name, or NULL */
	char *webroot_error; /* what is wrong with a webroot, or NULL */
	char *plugin_error;  /* a plugin that is not there */
	char *credentials;   /* a credentials file that is not there */
	char *hook;          /* the first word of a hook, if it is not a program */
	bool deploy_owed, reload_owed, outputs_owed, proof_owed;
	char *old_leaf; /* where a former certificate is shown: "a.test at 192.0.2.1:443" */
};

struct facts {
	char *subject;                      /* what was asked about: a lineage, or a name */
	const struct fact_machine *machine; /* borrowed: that of all sheets of a run */
	struct fact_ca ca;
	struct fact_lineage lineage;
	struct fact_failure failure;
	struct fact_name *names;
	size_t name_count, name_capacity;
	size_t names_left; /* of the lineage, which were not looked at */
	struct fact_service services[FACTS_MAX_SERVICES];
	size_t service_count;
	bool is_unlooked; /* the network was not asked: there was no time */
};

void fact_machine_init(struct fact_machine *machine);
void fact_machine_release(struct fact_machine *machine);
DEFINE_AUTO(fact_machine, fact_machine_release);

void fact_failure_release(struct fact_failure *failure);

/* A sheet that may be released although it was never made. */
#define FACTS_UNMADE                                                                               \
	{                                                                                          \
		.subject = NULL                                                                    \
	}
/* Makes an empty sheet for the subject. facts_release() frees what is in it. */
void facts_init(struct facts *facts, const char *subject, const struct fact_machine *machine);
void facts_release(struct facts *facts);
/* Adds a name, which is not known to be a wildcard or an address. NULL: there are enough, and this
 * one is counted among those that are left. Pointers to other names end. */
struct fact_name *facts_add_name(struct facts *facts, const char *name);
DEFINE_AUTO(facts, facts_release);

/* True when something is to be explained: a failure, or an expired or overdue certificate, or none
 * at all. */
bool facts_are_trouble(const struct facts *facts);
/* True when a renewal should have been done for two days at least. */
bool facts_is_overdue(const struct facts *facts);
bool facts_is_expired(const struct facts *facts);
/* True when the certificate is within its last third. */
bool facts_is_due(const struct facts *facts);

#endif
