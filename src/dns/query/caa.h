/*
 * What CAA records mean for a CA (RFC 8659, and RFC 8657 for accounts and methods).
 */
#ifndef DNS_QUERY_CAA_H
#define DNS_QUERY_CAA_H

#include <stdbool.h>

#include "base/strvec.h"

enum caa_verdict {
	CAA_ALLOWS,
	CAA_OTHER_ISSUER,  /* only other CAs are named, or none */
	CAA_OTHER_ACCOUNT, /* the CA is named, but with another account */
	CAA_OTHER_METHOD,  /* the CA is named, but with other validation methods */
	CAA_CRITICAL,      /* a critical property that CAs do not know */
};

struct caa_question {
	const struct strvec
		*identities;     /* the names by which records may call the CA; none: unknown */
	const char *account_uri; /* NULL: unknown, so any account will do */
	const char *method;      /* "http-01"; NULL: unknown, so any method will do */
	bool is_wildcard;
};

/* Judges the records of one owner: `0 issue "ca.example; accounturi=..."`, the form of struct
 * dns_answer_record. `*ret_record` is the record that decided, borrowed; NULL with CAA_ALLOWS. A CA
 * whose names are unknown is only stopped by critical properties. */
enum caa_verdict caa_judge(const struct strvec *records, const struct caa_question *question,
			   const char **ret_record);

#endif
