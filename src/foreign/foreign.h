/*
 * What other ACME clients keep on disk: certificates, the options they were obtained with, and
 * accounts. Everything here only reads; app/import/import.c makes lineages of it.
 *
 * A file that names commands which would run with our rights, or a script, is read only if nobody
 * else may change it.
 */
#ifndef FOREIGN_FOREIGN_H
#define FOREIGN_FOREIGN_H

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* One certificate of another client. Its options are words of a command line
 * ("--webroot-path=/var/www"), so that they are checked and kept like those that a person types. */
struct foreign_cert {
	char *name; /* the name for the lineage */
	char *cert_path, *key_path;
	char *chain_path;            /* NULL: cert_path has the chain too, after the leaf */
	char *server;                /* URL of the CA's directory; NULL: unknown */
	char *account_key_path;      /* key of the account that obtained it; NULL: unknown */
	struct strvec authenticator; /* options that say how names were validated; empty: unknown */
	struct strvec options;       /* all other options */
	struct strvec notes;         /* what cannot be taken over, and why */
	char *script;            /* a script from acme.sh's dnsapi that must be kept; else NULL */
	struct secret variables; /* settings that the script reads, as lines NAME='value' */
	char *problem;           /* why this certificate cannot be taken over; else NULL */
};

struct foreign_account {
	char *server; /* URL of the CA's directory; NULL: unknown */
	char *key_path;
	char *uri; /* account URL */
};

struct foreign_state {
	struct foreign_cert *certs;
	size_t cert_count, cert_capacity;
	struct foreign_account *accounts;
	size_t account_count, account_capacity;
};

#define FOREIGN_STATE_INIT                                                                         \
	{                                                                                          \
		.certs = NULL                                                                      \
	}
void foreign_state_release(struct foreign_state *state);
DEFINE_AUTO(foreign_state, foreign_state_release);

struct foreign_client {
	const char *name;   /* "acme.sh" */
	const char *timers; /* a hint for people where its timer or cron line may be */
	/* Reads the state below a directory into `ret`, which is FOREIGN_STATE_INIT; the caller
	 * releases it. A fault of a single certificate becomes its `problem`. ERR_NOT_FOUND: there
	 * is no such state. */
	int (*read)(const char *dir, struct foreign_state *ret, struct error *err);
};

/* Finds a client by name. The message of ERR_USAGE names those that are known. */
int foreign_find(const char *name, const struct foreign_client **ret_client,
		 struct error *err) WARN_UNUSED;

/* Reads a file whose commands would run with our rights. ERR_REFUSED if anybody but root and the
 * current user owns it or may write to it. ERR_NOT_FOUND, ERR_IO. */
int foreign_read_trusted(const char *path, struct strbuf *ret_text, struct error *err) WARN_UNUSED;

#endif
