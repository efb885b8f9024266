/*
 * The diagnoses of `why`: const rows with a condition over the fact sheet, the words for the cause
 * and its evidence, and the remedy to type. The first row that holds is the answer. Rows are
 * ordered by cause: what keeps the machine from working comes before what keeps the CA from
 * reaching it, and that before what the CA said.
 */
#ifndef APP_WHY_DIAGNOSES_H
#define APP_WHY_DIAGNOSES_H

#include "app/why/facts.h"
#include "base/strbuf.h"

struct finding;

enum diagnosis_when {
	DIAGNOSIS_ALWAYS,     /* a problem in itself, whether anything has failed or not */
	DIAGNOSIS_IN_TROUBLE, /* explains trouble, but is harmless without (facts_are_trouble()) */
	/* Explains a challenge that failed or has not been tried, but no other failure. */
	DIAGNOSIS_OF_CHALLENGE,
};

struct diagnosis {
	const char *id; /* "caa-other-issuer": stable, for --json */
	enum diagnosis_when when;
	/* True if it holds; it then appends the cause to the finding, and may set its name and
	 * object. */
	bool (*holds)(const struct facts *facts, struct finding *finding);
	/* A sentence with a command. {lineage}, {name} and {object} are replaced by those of the
	 * finding, and {host} by the CA's. */
	const char *remedy;
};

/* A row that holds. */
struct finding {
	const struct diagnosis *row; /* NULL: no row holds, all is well */
	const struct fact_name *name;
	struct strbuf cause;
	struct strbuf object; /* the subject of the remedy: a path, an address */
};
#define FINDING_INIT                                                                               \
	{                                                                                          \
		.cause = STRBUF_INIT, .object = STRBUF_INIT                                        \
	}
void finding_release(struct finding *finding);
DEFINE_AUTO(finding, finding_release);

/* Finds the first row that holds. */
void diagnose(const struct facts *facts, struct finding *ret_finding);
/* Returns the row's remedy with its words filled in; the caller frees it. NULL: there is none. */
char *diagnosis_remedy(const struct facts *facts, const struct finding *finding);

/* The rows, in groups that are tried one after the other. A row without an id ends each group. */
extern const struct diagnosis diagnoses_here[];  /* this machine, its files, timers, the account */
extern const struct diagnosis diagnoses_fleet[]; /* the fleet that the lineage is in */
extern const struct diagnosis diagnoses_names[]; /* DNS, and the way to the web server */
extern const struct diagnosis diagnoses_after[]; /* what the CA said, and what is owed since */

/* ---- For conditions ---- */

/* True if the text of the last failure contains the words, in upper or lower case. */
bool failure_says(const struct facts *facts, const char *words);
/* True if the last failure was that problem type of the CA. */
bool failure_is(const struct facts *facts, const char *problem);

/* Returns the address that the CA says it used in the last failure, in its shortest form; NULL: it
 * does not say. The caller frees it. */
char *failure_address(const struct facts *facts);

#endif
