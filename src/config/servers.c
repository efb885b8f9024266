/*
 * Addresses that have moved (see servers.h).
 */
#include "config/servers.h"

#include <stddef.h>
#include <string.h>

#include "base/macros.h"

bool servers_is_letsencrypt(const char *url)
{
	return strcmp(url, SERVER_LETSENCRYPT) == 0 || strcmp(url, SERVER_LETSENCRYPT_STAGING) == 0;
}

bool servers_is_test(const char *url)
{
	return url && strstr(url, "staging");
}

const char *servers_present(const char *url)
{
	static const struct {
		const char *old, *present;
	} moved[] = {
		{SERVER_LETSENCRYPT_V1, SERVER_LETSENCRYPT},
		{SERVER_LETSENCRYPT_STAGING_V1, SERVER_LETSENCRYPT_STAGING},
	};

	for (size_t i = 0; i < ARRAY_LEN(moved); i++)
		if (strcmp(url, moved[i].old) == 0)
			return moved[i].present;
	return url;
}
