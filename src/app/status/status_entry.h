/*
 * What is on record of one lineage, as `status` and the metrics report it. Contacts no server, CA
 * or DNS, and repairs nothing.
 */
#ifndef APP_STATUS_STATUS_ENTRY_H
#define APP_STATUS_STATUS_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "plugin/registry.h"
#include "store/lineage/lineage_walk.h"

/* State of a lineage, worst first: the order of the text and of the page. */
enum status_state {
	STATUS_INVALID,
	STATUS_EXPIRED,
	STATUS_REVOKED,
	STATUS_FAILING,
	STATUS_OWED,
	STATUS_DUE,
	STATUS_OFF,
	STATUS_OK,
	STATUS_STATE__COUNT,
};
struct status_state_row {
	const char *id;      /* in JSON and metrics */
	const char *meaning; /* for people */
	bool is_bad;         /* somebody has to look at it */
	const char *symbol;  /* UTF-8 */
	const char *colour;  /* ANSI */
};
extern const struct status_state_row status_states[STATUS_STATE__COUNT];

/* Work left over from a change of live/, as bits of `debts`. */
enum status_debt {
	STATUS_DEBT_OUTPUTS,
	STATUS_DEBT_DEPLOY_HOOK,
	STATUS_DEBT_RELOAD,
	STATUS_DEBT_PROOF,
	STATUS_DEBT_SECOND_KEY, /* there is a left_type */
	STATUS_DEBT__COUNT,
};
extern const char *const status_debt_ids[STATUS_DEBT__COUNT];   /* in JSON */
extern const char *const status_debt_texts[STATUS_DEBT__COUNT]; /* for people */

/* The result of the last check that services present the certificate. */
enum status_seen {
	STATUS_SEEN_UNKNOWN, /* never checked: no --prove, and no installer whose server can tell */
	STATUS_SEEN_NOT,     /* the check failed or is still owed */
	STATUS_SEEN,
};

struct status_failure {
	int count; /* in a row */
	int64_t at, since;
	char *class, *text, *problem, *name; /* NULL: not on record */
};

struct status_entry {
	char *name, *conf_path;
	enum status_state state;
	char *fault; /* why it is STATUS_INVALID, else NULL */
	/* Everything below is unknown (0, NULL, empty) if the certificate could not be read. */
	bool has_cert;
	char *domains; /* names and addresses, separated by blanks */
	char *server, *issuer;
	int64_t not_before, not_after;
	bool is_revoked;   /* from here: nobody is asked */
	char *second_type; /* of the second key; NULL: it has none */
	int64_t second_not_before;
	int64_t second_not_after; /* 0: there is no certificate for it yet */
	bool is_second_revoked;
	/* The same of one that is not renewed any more; no rule goes by it. */
	char *left_type;
	int64_t left_not_after;
	bool is_left_revoked;
	int64_t next_try;     /* Unix seconds; 0: none, or at the next run */
	const char *next_why; /* static: the rule that decides it; NULL: never renewed by itself */
	unsigned debts;
	enum status_seen seen;
	struct status_failure failure;
};

/* The moment of the report and the way in which renewals are spread. */
struct status_clock {
	int64_t now;
	int64_t window; /* --renew-window in seconds; 0: renewals are not spread */
};

/* Reads all that is on record. May be called from several threads at once. The caller frees the
 * entry. */
struct status_entry *status_entry_new(const struct plugin_registry *registry,
				      const char *config_dir, struct lineage_opened *opened,
				      const struct status_clock *clock);
void status_entry_free(struct status_entry *entry);
/* Returns when the certificate expires; with two keys, the sooner of the two. */
int64_t status_entry_end(const struct status_entry *entry);

#endif
