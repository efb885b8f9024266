/*
 * CAs that may take the place of a lineage's own (--fallback-server), in the order in which they
 * are asked, and the decision to ask one: an order has failed for a reason that is the CA's, and
 * the CAA records of its names do not forbid the next one. The conf keeps
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

/* Opens what --fallback-server names and registers accounts where there are none, so that no
 * renewal needs consent. Names the accounts in the settings, which the conf gets. Does nothing
 * unless the user gave the option. Where that leaves an account open, it is the one that the conf
 * names, if the lineage (or NULL) has one. ERR_CONFIG: one is no CA to fall back to.
 * ERR_REFUSED. */
int fallback_register(struct cas *cas, struct settings *settings, struct lineage *lineage,
		      struct error *err) WARN_UNUSED;

/* The same for a renewal, which must not fail for a CA that it may never need: one that cannot be
 * used is left out, with a warning. What the conf has stays there. ERR_CANCELLED only. */
int fallback_register_usable(struct cas *cas, struct settings *settings, struct lineage *lineage,
			     struct error *err) WARN_UNUSED;

/* Gives the request the CAs that its settings name, or else its lineage's conf. One that has no
 * account is left out with a warning: another CA may do, and mostly none is needed. */
void fallback_open(struct cas *cas, struct issue_request *request);

/* Notes in a request whose order has failed whether the failure is one of its CA, for which another
 * may be asked. Local faults are not, nor what is wrong with the names. */
void fallback_note_failure(struct issue_request *request, const struct error *failure,
			   bool is_local);

/* Of the requests that failed so, gives each the next CA that its names allow, and all names that
 * it was for; its error moves into `outage`. `ret_again` has room for all of them.
 * ERR_CANCELLED. */
int fallback_choose(struct plugins *plugins, struct issue_request *const *requests, size_t count,
		    struct issue_request **ret_again, size_t *ret_count,
		    struct error *err) WARN_UNUSED;

/* To be called when no more is asked: a request that failed everywhere gets one error that tells of
 * each CA. Its code and its time to try again are those of the first, which the next renewal
 * begins with. */
void fallback_settle(struct issue_request *request);

/* Records in the conf's tree what the request's settings name, and which CA has issued. */
void fallback_note(const struct issue_request *request, struct ini *conf);

/* Returns the CA that issued a certificate that the lineage has or had, and the account there. NULL
 * stands for what live/ shows. The caller releases it. Its URL is NULL if the conf does not say. */
struct ca_place fallback_issuer(struct lineage *lineage, const struct cert *cert);

#endif
