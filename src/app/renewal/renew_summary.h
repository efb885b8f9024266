/*
 * The closing summary of `renew`. Scripts look for (skipped), (success), (failure) and (parsefail):
 * layout and words are Certbot's.
 */
#ifndef APP_RENEWAL_RENEW_SUMMARY_H
#define APP_RENEWAL_RENEW_SUMMARY_H

#include "app/renewal/renew_scan.h"

#define RENEW_LISTS_INIT                                                                           \
	{                                                                                          \
		.skipped = STRVEC_INIT, .postponed = STRVEC_INIT, .succeeded = STRVEC_INIT,        \
		.failed = STRVEC_INIT, .invalid = STRVEC_INIT, .passed_over = STRVEC_INIT          \
	}

/* Frees the lists. */
void renew_lists_release(struct renew_lists *lists);

/* Prints the summary of these lists. */
void renew_summary_print(const struct ui *ui, const struct settings *settings,
			 const struct renew_lists *lists);

#endif
