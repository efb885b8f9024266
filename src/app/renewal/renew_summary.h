/*
 * The closing summary of `renew`. Scripts look for (skipped), (success), (failure) and (parsefail):
 * layout and words are Certbot's.
 */
#ifndef APP_RENEWAL_RENEW_SUMMARY_H
#define APP_RENEWAL_RENEW_SUMMARY_H

#include "app/renewal/renew_scan.h"

#define RENEW_LISTS_INIT                                                                           \
	{                                                                                          \
		.skipped = STRPACK_INIT, .postponed = STRPACK_INIT, .succeeded = STRPACK_INIT,     \
		.failed = STRPACK_INIT, .invalid = STRPACK_INIT, .passed_over = STRPACK_INIT       \
	}

/* Frees the lists. */
void renew_lists_release(struct renew_lists *lists);

/* Prints the summary of these lists. */
void renew_summary_print(const struct ui *ui, const struct settings *settings,
			 const struct renew_lists *lists);

#endif
