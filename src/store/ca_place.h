/*
 * A CA and the account there, as confs have them in lists: "https://ca.example/dir,account=0a1b".
 */
#ifndef STORE_CA_PLACE_H
#define STORE_CA_PLACE_H

#include "base/macros.h"

struct ca_place {
	char *url;     /* heap */
	char *account; /* heap; its id; NULL: not known, or the only one there is */
};
#define CA_PLACE_INIT                                                                              \
	{                                                                                          \
		NULL, NULL                                                                         \
	}
/* Frees both texts. */
void ca_place_release(struct ca_place *place);
DEFINE_AUTO(ca_place, ca_place_release);

/* Makes a place from its text; any text is the URL of one without an account. */
struct ca_place ca_place_parse(const char *text);
/* Returns the text of a place, which the caller frees. `account` may be NULL. */
char *ca_place_text(const char *url, const char *account);

#endif
