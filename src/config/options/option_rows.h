/*
 * The core rows. Internal to config/: the rest of the program uses an option_table.
 */
#ifndef CONFIG_OPTIONS_OPTION_ROWS_H
#define CONFIG_OPTIONS_OPTION_ROWS_H

#include <stddef.h>

struct option;

/* Rows in the order in which Certbot 2.1 declares its options, which is also the order in renewal
 * confs. */
struct option_group {
	const struct option *rows;
	size_t count;
};

extern const struct option_group request_options;   /* names, account, which certificate to make */
extern const struct option_group security_options;  /* test CAs, ports, keys, enhancements, ACME */
extern const struct option_group renewal_options;   /* hooks and what renew does */
extern const struct option_group command_options;   /* of single subcommands, paths */
extern const struct option_group selection_options; /* which plugin */
extern const struct option_group fleet_options;     /* the store that machines share */

#endif
