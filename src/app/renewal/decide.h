/*
 * Which lineage does a request mean, and what is to be done with it (spec: flows.md 7)?
 */
#ifndef APP_RENEWAL_DECIDE_H
#define APP_RENEWAL_DECIDE_H

#include "acme/types.h"
#include "app/app.h"
#include "store/lineage.h"

enum decision_kind {
	DECIDE_NEW,   /* make the lineage `name` */
	DECIDE_RENEW, /* renew `lineage` with the identifiers */
	DECIDE_KEEP,  /* nothing to obtain: the certificate is good as it is */
};

struct decision {
	enum decision_kind kind;
	struct lineage *lineage; /* RENEW, KEEP */
	char *name;              /* NEW */
	struct acme_identifiers identifiers;
};
void decision_release(struct decision *decision);
DEFINE_AUTO(decision, decision_release);

/* Names come from the options, else from the lineage of --cert-name, else they are asked
 * for (a menu of what the installer knows, or text). Asks what has to be asked. ERR_REFUSED: the
 * answer was no, or nobody could be asked. */
struct decide_request {
	struct settings *settings;
	struct plugin_instance *installer; /* offers names; NULL: none */
};
int decide(struct app *app, const struct decide_request *request, struct decision *ret_decision,
	   struct error *err) WARN_UNUSED;

/* Refuses to put a certificate of a test CA in place of a real one, without --break-my-certs. */
int decide_check_staging(const struct settings *settings, struct lineage *lineage,
			 struct error *err) WARN_UNUSED;

#endif
