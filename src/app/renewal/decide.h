/*
 * Which lineage a request refers to, and what to do with it, as Certbot decides it.
 */
#ifndef APP_RENEWAL_DECIDE_H
#define APP_RENEWAL_DECIDE_H

#include "acme/types.h"
#include "app/app.h"
#include "store/lineage/lineage.h"

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
	bool second_only; /* RENEW: only the certificate of the second key */
};

/* Frees the identifiers, the name and the lineage. */
void decision_release(struct decision *decision);
DEFINE_AUTO(decision, decision_release);

/* The names come from the options, else from the lineage of --cert-name, else from the user (a menu
 * of the names the installer knows, or text). */
struct decide_request {
	struct settings *settings;
	struct plugin_instance *installer; /* offers names; NULL: none */
};

/* Decides, and asks the user where necessary. The caller releases the decision. ERR_REFUSED: the
 * answer was no, or there was nobody to ask. */
int decide(struct app *app, const struct decide_request *request, struct decision *ret_decision,
	   struct error *err) WARN_UNUSED;

/* Refuses to replace a real certificate by one of a test CA, unless --break-my-certs is given. */
int decide_check_staging(const struct settings *settings, struct lineage *lineage,
			 struct error *err) WARN_UNUSED;

#endif
