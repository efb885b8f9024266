/*
 * What CAA records say to a CA (RFC 8659, and RFC 8657 for accounts and methods).
 */
#ifndef APP_WHY_CAA_H
#define APP_WHY_CAA_H

#include <stdbool.h>

#include "base/strvec.h"

enum caa_verdict {
	CAA_ALLOWS,
	CAA_OTHER_ISSUER,  /* other CAs are named, or none */
	CAA_OTHER_ACCOUNT, /* the CA is named with another account */
	CAA_OTHER_METHOD,  /* the CA is named with other methods of validation */
	CAA_CRITICAL,      /* a property that no CA may pass over */
};

struct caa_question {
	const struct strvec *identities; /* names of the CA in such records; none: unknown */
	const char *account_uri;         /* NULL: unknown, and any will do */
	const char *method;              /* "http-01"; NULL: unknown, and any will do */
	bool is_wildcard;
};

/* Judges the records of one owner: `0 issue "ca.example; accounturi=..."`, the form of struct
 * dns_answer_record. `*ret_record` is the one that decided, borrowed; NULL with CAA_ALLOWS. A CA of
 * unknown names is allowed everything but critical properties. */
enum caa_verdict caa_judge(const struct strvec *records, const struct caa_question *question,
			   const char **ret_record);

#endif
