/*
 * The text of a CA and an account (see ca_place.h).
 */
#include "store/ca_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define ACCOUNT ",account="

void ca_place_release(struct ca_place *place)
{
	free(place->url);
	free(place->account);
	*place = (struct ca_place)CA_PLACE_INIT;
}

struct ca_place ca_place_parse(const char *text)
{
	const char *at = strstr(text, ACCOUNT);

	if (!at)
		return (struct ca_place){.url = xstrdup(text)};
	return (struct ca_place){xstrndup(text, (size_t)(at - text)),
				 xstrdup(at + strlen(ACCOUNT))};
}

char *ca_place_text(const char *url, const char *account)
{
	return account ? xasprintf("%s" ACCOUNT "%s", url, account) : xstrdup(url);
}
