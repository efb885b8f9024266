/*
 * CAs that may replace a lineage's own CA (--fallback-server), in the order in which they are
 * asked. One is asked if an order failed because of the CA, and the CAA records of the names do not
 * forbid the next one. The conf keeps
 *
 *	[renewalparams]
 *	server = https://a.example/directory          the first, asked first by every renewal
 *	[services]
 *	fallback_servers = "https://b.example/directory,account=ID",
 *	[renewal_state]
 *	issuer = https://b.example/directory          only if it issued the present certificate
 */
#ifndef APP_ISSUE_FALLBACK_H
#define APP_ISSUE_FALLBACK_H

#include "app/issue/ca.h"
#include "base/error.h"
#include "codec/ini.h"
#include "store/ca_place.h"

struct issue_request;
struct lineage;
struct plugins;
struct settings;

/* Opens the CAs of --fallback-server and registers missing accounts, so that no renewal has to ask
 * for consent. Adds the accounts to the settings, from where they get into the conf. An account
 * that the option does not name is taken from the conf of the lineage, which may be NULL. Does
 * nothing unless the user gave the option. ERR_CONFIG: a CA that cannot be a fallback.
 * ERR_REFUSED. */
int fallback_register(struct cas *cas, struct settings *settings, struct lineage *lineage,
		      struct error *err) WARN_UNUSED;

/* Refuses what can be known of --fallback-server without asking anybody. ERR_CONFIG. */
int fallback_check(const struct settings *settings, struct error *err) WARN_UNUSED;

/* The same as fallback_register() for a renewal, which must not fail because of a CA that it may
 * never need: skips CAs that cannot be used, with a warning, and leaves them in the conf.
 * ERR_CANCELLED only. */
int fallback_register_usable(struct cas *cas, struct settings *settings, struct lineage *lineage,
			     struct error *err) WARN_UNUSED;

/* Gives the request the CAs that its settings name, or else the conf of its lineage. Skips a CA
 * without an account, with a warning: another may do, and usually none is needed. */
void fallback_open(struct cas *cas, struct issue_request *request);

/* When the first CA cannot be used, as no account could be made there. */
enum fallback_start {
	FALLBACK_IF_DOWN,     /* goes on if the CA is the reason, not a person who refuses */
	FALLBACK_IF_UNUSABLE, /* and if it wants a consent that nobody is there to give */
};
/* Returns true if another CA may be asked after that failure to open the first. */
bool fallback_may_begin(const struct settings *settings, const struct lineage *lineage,
			enum fallback_start start, const struct error *failure);
/* Gives a request that has no CA the first of its fallbacks that its names allow, and keeps why in
 * `outage`. The failure is the error if there is none. */
int fallback_begin(struct plugins *plugins, struct issue_request *request, struct error *failure,
		   struct error *err) WARN_UNUSED;

/* Records in a request whose order failed whether that is the CA's fault, so that another CA may be
 * asked. Local errors are not, nor problems with the names. */
void fallback_note_failure(struct issue_request *request, const struct error *failure,
			   bool is_local);

/* Gives each request that failed because of its CA the next CA that its names allow, and all the
 * names that it began with; its error moves into `outage`. `ret_again` has room for all requests.
 * ERR_CANCELLED. */
int fallback_choose(struct plugins *plugins, struct issue_request *const *requests, size_t count,
		    struct issue_request **ret_again, size_t *ret_count,
		    struct error *err) WARN_UNUSED;

/* Call this when no other CA will be asked: a request that failed at all CAs gets one error that
 * quotes each of them. Its code and its retry time are those of the first CA, with which the next
 * renewal begins. */
void fallback_settle(struct issue_request *request);

/* Records in the conf's tree what the request's settings name, and which CA has issued. */
void fallback_note(const struct issue_request *request, struct ini *conf);

/* Returns the CA that issued a certificate that the lineage has or had, and the account there. NULL
 * stands for what live/ shows. The caller releases it. Its URL is NULL if the conf does not say. */
struct ca_place fallback_issuer(struct lineage *lineage, const struct cert *cert);

#endif
