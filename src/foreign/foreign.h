/*
 * What other ACME clients keep on disk: their certificates with the options they were obtained
 * with, and their accounts. Everything here reads; app/import/import.c makes lineages of it.
 *
 * A file that names commands to run with our rights, or a script, is read only if nobody else may
 * change it.
 */
#ifndef FOREIGN_FOREIGN_H
#define FOREIGN_FOREIGN_H

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* One certificate of another client. Options are words of a command line ("--webroot-path=/var/www"),
 * so that they are checked and kept like those that a person types. */
struct foreign_cert {
	char *name; /* that the lineage should have */
	char *cert_path, *key_path;
	char *chain_path;            /* NULL: the chain follows the leaf in cert_path */
	char *server;                /* URL of the CA's directory; NULL: unknown */
	char *account_key_path;      /* key of the account that obtained it; NULL: unknown */
	struct strvec authenticator; /* how control over the names was proved; empty: unknown */
	struct strvec options;       /* the others */
	struct strvec notes;         /* what does not come along, and why */
	char *script;                /* of acme.sh's dnsapi, to be kept with us; else NULL */
	struct secret variables;     /* that the script reads, as NAME='value' lines */
	char *problem;               /* why it cannot be taken over; else NULL */
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
	const char *timers; /* where its timer or cron line is likely to be, for people */
	/* Reads the state below a directory into `ret`, which is FOREIGN_STATE_INIT; the caller
	 * releases it. What concerns one certificate becomes its `problem`. ERR_NOT_FOUND: there is
	 * no such state. */
	int (*read)(const char *dir, struct foreign_state *ret, struct error *err);
};

/* Finds a client by name. ERR_USAGE names those that there are. */
int foreign_find(const char *name, const struct foreign_client **ret_client,
		 struct error *err) WARN_UNUSED;

/* Reads a file whose commands would run with our rights. ERR_REFUSED when somebody other than root
 * and us owns it or may write it. ERR_NOT_FOUND, ERR_IO. */
int foreign_read_trusted(const char *path, struct strbuf *ret_text, struct error *err) WARN_UNUSED;

#endif
