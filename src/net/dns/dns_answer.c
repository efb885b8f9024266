/*
 * Answers as values (see dns_answer.h): names of codes, and the release. This file parses no
 * messages.
 */
#include "net/dns/dns_answer.h"

#include <stdio.h>
#include <stdlib.h>

const char *dns_rcode_name(int rcode, char buffer[static 16])
{
	static const char *const names[] = {
		"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
		"YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",
	};

	if (rcode >= 0 && (size_t)rcode < ARRAY_LEN(names))
		return names[rcode];
	snprintf(buffer, 16, "rcode %d", rcode & 0xffff);
	return buffer;
}

void dns_answer_release(struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		free(answer->records[i].name);
		free(answer->records[i].value);
	}
	free(answer->records);
	*answer = (struct dns_answer)DNS_ANSWER_INIT;
}
